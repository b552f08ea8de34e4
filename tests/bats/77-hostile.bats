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

@test "list: a file that takes more than the limits to read is named, and the others are listed" {
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

@test "list: what looks at a dump is no process that other users can stop or kill" {
	mkdir -m 700 out/good
	cp "$dumps/final" out/good/vmcore
	cat >run.sh <<-'END'
		setpriv --reuid=nobody --regid=nogroup --clear-groups sh -c 'while :; do kill -KILL -1; done' 2>/dev/null &
		for i in 1 2 3 4 5 6 7 8; do
			timeout 20 "$CRASHBOX" kdumpctl list out
		done
		kill $!
	END
	run -0 unshare -p -f --kill-child --mount-proc sh run.sh
	[ "$(grep -c " whole .*good" <<<"$output")" -eq 8 ]
}

@test "a pipe of another user is not waited for by what reads a dump, a file or settings" {
	as_nobody mkfifo out/pipe
	for command in info verify vmcore-dmesg "makedumpfile --dry-run" "raw sum" \
		"raw put dev" check "plan -c" "cpio -t" "send out" "kexec -p" "savecore -n"; do
		# shellcheck disable=SC2086
		run -1 timeout -k 1 10 "$CRASHBOX" $command out/pipe
	done
	[ "$(ls out)" = pipe ]
	# one of root's is read, and a pipe without a name whatever user made it
	mkfifo pipe
	cat "$dumps/flat" >pipe &
	run -0 timeout 20 "$CRASHBOX" send -n copy out pipe
	cmp out/copy "$dumps/flat"
	as_nobody echo "path /x" | timeout 10 "$CRASHBOX" check -
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
	# nor is another user's link on the way followed; one of root's is
	mkdir victim.d
	as_nobody ln -s "$PWD/victim.d" out/link
	for command in "makedumpfile -c $dumps/vmcore out/link/dump" "send out/link/x $dumps/flat"; do
		# shellcheck disable=SC2086
		run -1 "$CRASHBOX" $command
		[[ "$output" == *"link is a link that user 65534 made: it is not followed"* ]]
	done
	[ -z "$(ls victim.d)" ]
	ln -s "$PWD/victim.d" out/mine
	run -0 "$CRASHBOX" makedumpfile -c "$dumps/vmcore" out/mine/dump
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

# The name that savecore wants for the dump that waits in dev
wanted()
{
	"$CRASHBOX" raw status dev | sed -n 's/^dump 1  \([^ ]*\) .*/\1/p'
}

@test "savecore: the directory of another user is not adopted, empty or not" {
	"$CRASHBOX" raw put dev "$dumps/flat" "$dumps/log"
	name=$(wanted)
	neighbour adopt "$PWD/out/$name" vmcore 20
	run -0 save
	stop_neighbour
	run ! grep -q "has [1-9]" said
	cmp "out/$name.1/vmcore" "$dumps/final"
	[ "$(stat -c '%U %a' "out/$name.1")" = "root 700" ]
	[ "$(stat -c '%U %a' "out/$name.1/vmcore")" = "root 600" ]
	run -0 save
	[ "$output" = "no dump waits" ]
}

@test "savecore: a directory with the right note that others made, or can write to, is not where a dump is" {
	"$CRASHBOX" raw put dev "$dumps/flat" "$dumps/log"
	cp dev before
	save
	id=$(head -n 1 out/127*/savecore.txt)
	name=$(basename out/127*)
	rm -r out/127*
	cp before dev
	as_nobody mkdir "out/$name" out/x
	for dir in "$name" x; do
		as_nobody sh -c "echo '$id' >'out/$dir/savecore.txt' && echo mine >'out/$dir/vmcore'"
	done
	chown -R root out/x
	chmod 777 out/x
	run -0 save
	[ "$(cat out/x/vmcore "out/$name/vmcore")" = "$(printf 'mine\nmine')" ]
	cmp "out/$name.1/vmcore" "$dumps/final"
}

@test "savecore: a vmcore that is another dump is not taken for this one, nor written over" {
	"$CRASHBOX" raw put dev "$dumps/flat" "$dumps/log"
	cp dev before
	save
	cp before dev
	dir=$(echo out/127*)
	cp "$dir/vmcore" whole
	# killed behind its last write: it is compared, and the partition may forget
	run -0 save
	[[ "$output" == *"1 waited, 1 recovered, 0 kept"* ]]
	[ "$(find out -name vmcore | wc -l)" -eq 1 ]
	cp before dev
	printf x | dd of="$dir/vmcore" bs=1 seek=50000 conv=notrunc status=none
	run -1 save
	[[ "$output" == *"vmcore is there and is not this dump: both stay"* ]]
	run -0 "$CRASHBOX" raw status dev
	[[ "$output" == *"waits for savecore"* ]]
	# the stream of a directory likewise
	mkdir out/flat
	cp "$dumps/flat" out/flat/vmcore.flat
	cp "$dir/vmcore" out/flat/vmcore
	run -1 save
	[ -e out/flat/vmcore.flat ]
	cp whole out/flat/vmcore
	run save
	[ ! -e out/flat/vmcore.flat ]
}

@test "savecore: FIFOs and links with the names that it looks for do not hold it up" {
	"$CRASHBOX" raw put dev "$dumps/flat" "$dumps/log"
	for i in 1 2 3; do
		as_nobody mkdir "out/$i"
		as_nobody mkfifo "out/$i/savecore.txt"
		as_nobody ln -s /etc/shadow "out/$i/vmcore"
	done
	mkdir out/4 out/5
	mkfifo out/4/savecore.txt out/5/vmcore.flat
	ln -s 5 out/6
	run save
	[ "$status" -ne 124 ]
	[[ "$output" == *"1 recovered"* ]]
	[[ "$output" == *"out/5: "*"vmcore.flat is no regular file: not used"* ]]
	cmp out/127*/vmcore "$dumps/final"
}

@test "savecore: a stream in a directory of another user stays, whatever is exchanged meanwhile" {
	mkdir victim
	chmod 700 victim
	chmod 777 out
	neighbour swap "$PWD/out" "$dumps/flat" "$PWD/victim" 40
	run save
	[ "$status" -ne 124 ]
	stop_neighbour
	[ -z "$(ls victim)" ]
	[ -z "$(find out -user root -type f)" ]
	[[ "$output" == *"belongs to user 65534: not used"* ]]
	[ "$(find out -name vmcore.flat | wc -l)" -eq 40 ]
}

@test "savecore: a directory that is moved while it is written to: the dump still waits, then is recovered" {
	chmod 777 out
	"$CRASHBOX" raw put dev "$dumps/flat" "$dumps/log"
	# shellcheck disable=SC2016
	as_nobody sh -c 'for i in $(seq 4000); do for d in out/127*; do [ ! -d "$d" ] || mv "$d" out/moved 2>/dev/null; done; done' &
	mover=$!
	run save
	kill "$mover" 2>/dev/null || :
	wait "$mover" || :
	if [ "$status" -ne 0 ]; then
		[[ "$output" == *"another program has renamed"* ]]
		run -0 save
	fi
	[ "$(find out -name vmcore | wc -l)" -eq 1 ]
	cmp out/*/vmcore "$dumps/final"
}

# in_time COMMAND…: it ends by itself
in_time()
{
	code=0
	timeout 60 "$@" || code=$?
	[ "$code" -ne 124 ]
	[ "$code" -lt 128 ]
}

# A digest of everything below $1
picture()
{
	(cd "$1" && find . -printf '%p %y %m %u %s %l\n' | sort && find . -type f -exec cat {} +) | sha1sum
}

# True when the dump is in a directory of root's alone, wherever that is by now, or waits on the partition.
not_lost()
{
	"$CRASHBOX" raw status dev | grep -q 'waits for savecore' && return 0
	find out -user root -name vmcore -type f | while read -r file; do
		! cmp -s "$file" "$dumps/final" || echo found
	done | grep -q found
}

# NEIGHBOUR_SEEDS=1000 for a long run; each seed takes about a second.
@test "a neighbour that renames, links, makes FIFOs and sockets by a seed: nothing outside, nothing lost, all ends" {
	mkdir -m 755 victim
	echo mine >victim/vmcore
	chmod 666 victim/vmcore
	mkdir -m 700 victim/private
	before=$(picture victim)
	for seed in $(seq "${NEIGHBOUR_SEEDS:-8}"); do
		rm -rf out dev
		mkdir out
		chmod $((seed % 2))777 out
		truncate -s 64M dev
		"$CRASHBOX" raw put dev "$dumps/flat" "$dumps/log"
		(
			umask 077
			mkdir out/127.0.0.1-2024-01-01-12:00:00
			echo old >out/127.0.0.1-2024-01-01-12:00:00/vmcore
		)
		neighbour random "$PWD/out" "$PWD/victim/vmcore" "$(wanted)" "$seed" 120
		echo "seed $seed"
		in_time "$CRASHBOX" savecore --dev dev --dir out /dev/null
		in_time "$CRASHBOX" kdumpctl list out
		in_time "$CRASHBOX" makedumpfile -c -d 31 "$dumps/vmcore" out/out
		in_time "$CRASHBOX" retain --keep 1 out
		in_time "$CRASHBOX" send out "$dumps/log"
		in_time "$CRASHBOX" savecore --dev dev --dir out /dev/null
		stop_neighbour
		not_lost
		# what root made nobody else can read; what is called vmcore is whole
		[ -z "$(find out -user root -type f -perm /077)" ]
		[ "$(picture victim)" = "$before" ]
	done
}
