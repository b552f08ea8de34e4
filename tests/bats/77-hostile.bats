#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Another user of the machine, in a directory where root works on dumps.
# Promise: nothing outside is written, nothing of root's is given away, nothing is lost, everything ends in time.

bats_require_minimum_version 1.5.0

setup_file()
{
	export BUILD=${O:-$BATS_TEST_DIRNAME/../../build}
	export CRASHBOX="${CRASHBOX:-$BUILD/crashbox}"
	export dumps=$BATS_FILE_TMPDIR
	"$BUILD/mk/mkvmcore" "$BATS_TEST_DIRNAME/../data/flatmem.spec" "$dumps/vmcore"
	cd "$dumps" || return
	"$CRASHBOX" makedumpfile -F -l -d 1 vmcore >flat
	"$CRASHBOX" makedumpfile -R final <flat
	"$CRASHBOX" vmcore-dmesg vmcore >log
	cp "$BUILD/mk/neighbour" .
	chmod 755 neighbour
	chmod 644 flat
	# the way to the neighbour's place
	dir=$dumps
	while [ "$dir" != / ]; do
		chmod o+x "$dir"
		dir=$(dirname "$dir")
	done
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
	chmod o+x . ..
	mkdir out
	chmod 1777 out
	truncate -s 64M dev
	neighbour=
}

teardown()
{
	stop_neighbour
}

# as_nobody COMMAND…
as_nobody()
{
	setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"
}

# neighbour WORD…: in the background; waits until it is ready. What it says is in said.
neighbour()
{
	as_nobody "$dumps/neighbour" "$@" >said 2>&1 3>&- &
	neighbour=$!
	timeout 20 sh -c 'until grep -q ready said; do sleep 0.02; done'
}

stop_neighbour()
{
	[ -n "$neighbour" ] || return 0
	: >out/stop
	wait "$neighbour" || :
	neighbour=
	rm -f out/stop
}

# savecore, within a time, from dev into out
save()
{
	timeout 60 "$CRASHBOX" savecore --dev dev --dir out "$@" /dev/null
}

@test "list: a FIFO, a link, a socket in the place of each file: it ends, and says what it can" {
	mkdir out/127.0.0.1-2024-01-01-12:00:00
	cp "$dumps/final" out/127.0.0.1-2024-01-01-12:00:00/vmcore
	for file in vmcore vmcore.flat vmcore-dmesg.txt crashbox-report.json savecore.txt; do
		as_nobody mkdir "out/fifo-$file" "out/link-$file"
		as_nobody mkfifo "out/fifo-$file/$file"
		as_nobody ln -s "$dumps/log" "out/link-$file/$file"
		as_nobody touch "out/fifo-$file/vmcore-dmesg-incomplete.txt"
	done
	as_nobody ln -s "$dumps" out/link
	run -0 timeout 20 "$CRASHBOX" kdumpctl list out
	[[ "$output" == *"whole"*"127.0.0.1-2024-01-01-12:00:00"* ]]
	[[ "$output" == *"log only"*"fifo-vmcore.flat"* ]]
	[[ "$output" != *link* ]]
	# nor is a log given that a link leads to
	as_nobody touch out/link-vmcore-dmesg.txt/vmcore-dmesg-incomplete.txt
	run -0 timeout 20 "$CRASHBOX" kdumpctl list out
	[[ "$output" != *"Kernel panic"* ]]
}

@test "list: a file that takes more than the limits to read is told, and the others are listed" {
	mkdir out/good out/much
	cp "$dumps/final" out/good/vmcore
	# a stream of a great many records of one byte
	python3 - out/much/vmcore.flat <<-'END'
		import struct, sys
		f = open(sys.argv[1], "wb")
		f.write(b"makedumpfile".ljust(16, b"\0") + struct.pack(">qq", 1, 1) + bytes(4096 - 32))
		f.write(b"".join(struct.pack(">qq", 2 * i, 1) + b"K" for i in range(1 << 23)))
		f.write(struct.pack(">qq", -1, -1))
	END
	run -0 timeout 60 "$CRASHBOX" kdumpctl list out
	[[ "$output" == *"whole"*good* ]]
	[[ "$output" == *"UNREADABLE"*much* ]]
}

@test "makedumpfile, send: no link, no FIFO and no file of another user is written to" {
	for name in dump dump-incomplete; do
		echo mine >victim
		chmod 666 victim
		rm -f out/*
		as_nobody ln -s "$PWD/victim" "out/$name"
		run timeout 20 "$CRASHBOX" makedumpfile -c "$dumps/vmcore" out/dump
		run timeout 20 "$CRASHBOX" send --name dump out "$dumps/flat"
		[ "$(cat victim)" = mine ]
		rm -f "out/$name"
		as_nobody mkfifo "out/$name"
		run timeout 20 "$CRASHBOX" makedumpfile -c "$dumps/vmcore" out/dump
		[ "$status" -ne 124 ]
		run timeout 20 "$CRASHBOX" send --name dump out "$dumps/flat"
		[ "$status" -ne 124 ]
		rm -f "out/$name"
	done
	as_nobody touch out/dump-incomplete
	as_nobody chmod 666 out/dump-incomplete
	run -1 timeout 20 "$CRASHBOX" send --name dump out "$dumps/flat"
	[[ "$output" == *"out: dump-incomplete belongs to user 65534 or has a second name: not written to"* ]]
	[ ! -s out/dump-incomplete ]
}

@test "what is made is the maker's alone, whatever the umask was" {
	umask 000
	"$CRASHBOX" makedumpfile -c "$dumps/vmcore" dump
	"$CRASHBOX" send new/dir "$dumps/flat"
	[ "$(stat -c %a dump new new/dir new/dir/flat | tr '\n' ' ')" = "600 700 700 600 " ]
	# a program that is started makes its files with the same mask
	"$CRASHBOX" raw put dev "$dumps/flat" "$dumps/log"
	rm -r out
	save -q
	[ "$(find out -printf '%m %y\n' | sort -u)" = "$(printf '600 f\n700 d')" ]
}
