#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# crashbox savecore: from a partition into a directory.
# Promise: killed at any moment it loses nothing; a file called vmcore is whole; the partition forgets last.

bats_require_minimum_version 1.5.0

setup_file()
{
	mk=${O:-build}/mk/mkvmcore
	[ -x "$mk" ] || { echo "no mkvmcore: run make bats" >&2; return 1; }
	export dumps=$BATS_FILE_TMPDIR
	"$mk" "$BATS_TEST_DIRNAME/../data/flatmem.spec" "$dumps/vmcore"
	cd "$dumps" || return
	makedumpfile -F -l -d 1 vmcore >flat
	makedumpfile -R final <flat
	"$CRASHBOX" vmcore-dmesg vmcore >log
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
	truncate -s 64M dev
}

crashbox()
{
	"${CRASHBOX:-build/crashbox}" "$@"
}

# save [OPTION…]: from dev into out, whatever this machine has
save()
{
	crashbox savecore --dev dev --dir out "$@" /dev/null
}

# none NAME: in no directory
none()
{
	[ -z "$(find out -name "$1")" ]
}

noise()
{
	head -c "$((1048576 * $2 + 12345))" /dev/urandom >"$1"
}

@test "nothing there is nothing to do" {
	run -0 save
	[ "$output" = "no dump waits" ]
	crashbox raw prepare dev
	run -0 save
	[ "$output" = "no dump waits" ]
	[ ! -e out ]
}

@test "log and dump in their final form; the partition takes the next one" {
	crashbox raw put dev "$dumps/flat" "$dumps/log"
	run -0 save -n
	[[ $output == *"would go to out"* ]]
	[ ! -e out ]
	run -0 save
	[[ $output == *"1 waited, 1 recovered, 0 kept"* ]]
	cmp out/127.0.0.1-20*/vmcore "$dumps/final"
	cmp out/127.0.0.1-20*/vmcore-dmesg.txt "$dumps/log"
	crashbox verify -q out/*/vmcore
	run -0 crashbox raw status dev
	[[ $output == *"from byte 0 on"* ]]
	run -0 save
	[ "$output" = "no dump waits" ]
	run ! makedumpfile -R again <dev
	crashbox raw put dev "$dumps/flat"
}

@test "without a log on the partition it is read from the dump" {
	crashbox raw put dev "$dumps/flat"
	save
	cmp out/*/vmcore-dmesg.txt "$dumps/log"
}

@test "the first block was taken away by kdump-utils: the rest is not recovered twice" {
	crashbox raw put dev "$dumps/flat" "$dumps/log"
	dd if=/dev/zero of=dev bs=512 count=1 conv=notrunc status=none
	run -0 save
	[[ $output == *"another program has recovered"* ]]
	none vmcore
	cmp out/*/vmcore-dmesg.txt "$dumps/log"
	run -0 save
	[ "$output" = "no dump waits" ]
}

@test "a stream of kdump-utils is taken, with its log, and the partition gets a label" {
	dd if="$dumps/flat" of=dev bs=512 conv=notrunc status=none
	run -0 save
	[[ $output == *"by another program"* ]]
	# the time of the crash, of the dump itself: 2025-11-21T08:40:00Z
	[ -d "out/127.0.0.1-$(date -d 2025-11-21T08:40:00Z +%Y-%m-%d-%H:%M:%S)" ]
	cmp out/*/vmcore "$dumps/final"
	cmp out/*/vmcore-dmesg.txt "$dumps/log"
	[ "$(head -c 4096 dev | tr -d '\0' | wc -c)" -eq 0 ]
	run -0 save
	[ "$output" = "no dump waits" ]
	crashbox raw put dev "$dumps/flat"
	# and once more over our label, by a capture kernel that knows nothing of it
	save
	makedumpfile -F -c -d 0 "$dumps/vmcore" >other
	dd if=other of=dev bs=512 conv=notrunc status=none
	run -0 save
	[[ $output == *"by another program"* ]]
	[ "$(find out -name vmcore | wc -l)" -eq 3 ]
}

@test "a stream that is cut: what there is of it, marked" {
	head -c 300000 "$dumps/flat" | dd of=dev conv=notrunc status=none
	run -0 save
	none vmcore
	[ -s "$(find out -name vmcore-incomplete)" ]
	run -0 save
	[ "$output" = "no dump waits" ]
}

@test "damage on the partition: never a vmcore, and the dump stays" {
	noise dump 5
	crashbox raw put dev dump "$dumps/log"
	printf x | dd of=dev bs=1 seek=3000000 conv=notrunc status=none
	run -1 save
	[[ $output == *"the checksum of the dump is "* ]]
	none vmcore
	[ -s "$(find out -name vmcore-incomplete)" ]
	[ -s "$(find out -name vmcore-dmesg.txt)" ]
	run -0 crashbox raw status dev
	[[ $output == *"waits for savecore"* ]]
}

@test "not enough room: the log is there, the dump stays until there is" {
	mkdir out
	mount -t tmpfs -o size=12m none out
	noise dump 20
	crashbox raw put dev dump "$dumps/log"
	run -1 save
	status1=$status said=$output
	cmp out/*/vmcore-dmesg.txt "$dumps/log"
	none vmcore
	mount -o remount,size=64m out
	run -0 save
	cmp out/*/vmcore dump
	umount out
	[ "$status1" -eq 1 ]
	[[ $said == *"has "*" free, the dump may need "* ]]
}

@test "vmcore.flat of a directory becomes vmcore" {
	mkdir -p out/a out/b out/c
	cp "$dumps/flat" out/a/vmcore.flat
	head -c 300000 "$dumps/flat" >out/b/vmcore.flat
	# killed between the rename and the removal
	cp "$dumps/flat" out/c/vmcore.flat
	cp "$dumps/final" out/c/vmcore
	run -1 save
	[[ $output == *"out/b/vmcore.flat is cut off: it stays"* ]]
	cmp out/a/vmcore "$dumps/final"
	[ ! -e out/a/vmcore.flat ]
	[ -e out/b/vmcore.flat ]
	[ ! -e out/c/vmcore.flat ]
}

@test "a stream that came whole, of a dump that is not: reported, marked, no vmcore" {
	cp "$dumps/flat" damaged
	# Within packed pages: the records and the end mark stay.
	dd if=/dev/zero of=damaged bs=1 seek=100000 count=5000 conv=notrunc status=none
	mkdir -p out/a
	cp damaged out/a/vmcore.flat
	dd if=damaged of=dev conv=notrunc status=none
	run -0 save
	[[ $output == *"out/a: the dump is incomplete: "*"page frame "* ]]
	[[ $output == *"out/127.0.0.1-"*": the dump is incomplete: "*"page frame "* ]]
	none vmcore
	none vmcore.flat
	find out -name vmcore-incomplete >found
	[ "$(wc -l <found)" -eq 2 ]
	while read -r made; do
		[[ $(crashbox info "$made") == *"the writer ended early"* ]]
	done <found
	# With our checksum, and the mark of its writer: disk_dump_header.status.
	cp "$dumps/final" marked
	printf '\014' | dd of=marked bs=1 seek=424 conv=notrunc status=none
	crashbox raw put dev marked
	run -0 save
	[[ $output == *": the dump is incomplete: the writer ended early"* ]]
	none vmcore
	# What is no dump keeps its name; it is said.
	noise dump 1
	crashbox raw put dev dump
	run -0 save
	[[ $output == *": whether all of vmcore is there is unknown: "* ]]
	cmp "$(find out -name vmcore)" dump
}

@test "a name that is taken by another dump gets a number" {
	crashbox raw put dev "$dumps/flat"
	name=$(crashbox raw status dev | sed -n 's/^dump 1  \([^ ]*\) .*/\1/p')
	mkdir -p "out/$name"
	echo mine >"out/$name/vmcore-incomplete"
	save
	cmp "out/$name.1/vmcore" "$dumps/final"
	[ "$(cat "out/$name/vmcore-incomplete")" = mine ]
}

# Two dumps wait; after each kill every vmcore is whole, and what is not there still waits.
@test "killed 50 times at random moments: nothing is lost, nothing is false" {
	noise dump1 16
	noise dump2 12
	kills=0
	RANDOM=76 # the same moments each time
	while [ "$kills" -lt 50 ]; do
		rm -rf out
		truncate -s 0 dev
		truncate -s 64M dev
		crashbox raw put dev dump1 "$dumps/log"
		crashbox raw put dev dump2 "$dumps/log"
		while crashbox raw status dev | grep -q 'waits for savecore'; do
			"$CRASHBOX" savecore -q --dev dev --dir out /dev/null 2>/dev/null &
			pid=$!
			sleep "0.0$((RANDOM % 60 + 10))"
			kill -KILL "$pid" 2>/dev/null && kills=$((kills + 1))
			wait "$pid" || :
			for file in out/*/vmcore; do
				[ -e "$file" ] || continue
				cmp "$file" dump1 2>/dev/null || cmp "$file" dump2
			done
			[ "$kills" -lt 80 ] || break
		done
		save -q 2>/dev/null
		[ "$(find out -name vmcore | wc -l)" -eq 2 ]
		[ "$(cat out/*/vmcore | wc -c)" -eq "$(cat dump1 dump2 | wc -c)" ]
	done
}
