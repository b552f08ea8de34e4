#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Old dumps go as the rules say, on the running system; the image carries the same rules.
bats_require_minimum_version 1.5.0

setup() {
	export CRASHBOX="${CRASHBOX:-$BATS_TEST_DIRNAME/../../build/crashbox}"
	cd "$BATS_TEST_TMPDIR" || return
	mkdir -p crash host/etc/sysconfig host/etc/default
	export SYSROOT="$PWD/host"
}

# dump DAY…: a whole dump of each day of January 2024
dump() {
	for day in "$@"; do
		mkdir "crash/127.0.0.1-2024-01-$day-12:00:00"
		head -c 20000 /dev/urandom >"crash/127.0.0.1-2024-01-$day-12:00:00/vmcore"
		echo log >"crash/127.0.0.1-2024-01-$day-12:00:00/vmcore-dmesg.txt"
	done
}

# The days whose dumps are there, and have a vmcore
days() {
	for f in crash/127.0.0.1-*/vmcore; do
		f=${f#crash/127.0.0.1-2024-01-}
		printf '%s ' "${f%%-*}"
	done
}

@test "everything stays when nothing is said" {
	dump 01 02 03 04
	run -0 "$CRASHBOX" retain --root host crash
	[ "$output" = "crash: 4 dumps stay, 0 went, 0 lost their vmcore, 0 B" ]
	[ "$(days)" = "01 02 03 04 " ]
}

@test "the number of dumps, as SUSE and Debian write it" {
	dump 01 02 03 04
	echo 'KDUMP_KEEP_OLD_DUMPS="2"' >host/etc/sysconfig/kdump
	run -0 "$CRASHBOX" retain --root host crash
	[[ "${lines[0]}" == "127.0.0.1-2024-01-01-12:00:00 goes: "*", newer ones are enough" ]]
	[ "$(days)" = "02 03 04 " ]
	rm host/etc/sysconfig/kdump
	echo 'KDUMP_NUM_DUMPS=2' >host/etc/default/kdump-tools
	run -0 "$CRASHBOX" retain -q --root host crash
	[ -z "$output" ]
	[ "$(days)" = "03 04 " ]
	# With a kdump.conf the other file is nobody's.
	: >host/etc/kdump.conf
	echo 'KDUMP_NUM_DUMPS=1' >host/etc/default/kdump-tools
	run -0 "$CRASHBOX" retain --root host crash
	[ "$(days)" = "03 04 " ]
}

@test "-n deletes nothing, options are over the files" {
	dump 01 02 03
	echo 'KDUMP_KEEP_OLD_DUMPS=5' >host/etc/sysconfig/kdump
	run -0 "$CRASHBOX" retain -n --keep 1 --root host crash
	[ "${#lines[@]}" = 3 ]
	[[ "${lines[2]}" == "crash: 1 dumps stay, 2 would go, "* ]]
	[ "$(days)" = "01 02 03 " ]
	run -0 "$CRASHBOX" retain --days 1 --root host crash
	[ "$(days)" = "03 " ]
}

@test "a floor that cannot be reached leaves the newest dump" {
	dump 01 02 03
	run -0 "$CRASHBOX" retain --free 4000000000 --root host crash
	[[ "${lines[0]}" == *"room is needed" ]]
	[ "$(days)" = "03 " ]
}

@test "a machine that crashes again and again keeps its first and its last dump, and the logs between" {
	for minute in 10 13 16 19 22; do
		mkdir "crash/127.0.0.1-2024-02-01-12:$minute:00"
		echo core >"crash/127.0.0.1-2024-02-01-12:$minute:00/vmcore"
		echo log >"crash/127.0.0.1-2024-02-01-12:$minute:00/vmcore-dmesg.txt"
	done
	run -0 "$CRASHBOX" retain --root host crash
	[ "$(echo crash/*/vmcore-dmesg.txt | wc -w)" = 5 ]
	[ "$(echo crash/*/vmcore)" = \
		"crash/127.0.0.1-2024-02-01-12:10:00/vmcore crash/127.0.0.1-2024-02-01-12:22:00/vmcore" ]
	[[ "$output" == *"loses its vmcore: "*"one of many crashes within minutes"* ]]
}

@test "a newer file that is only called vmcore does not cost the newest whole dump" {
	"${O:-$BATS_TEST_DIRNAME/../../build}/mk/mkvmcore" "$BATS_TEST_DIRNAME/../data/flatmem.spec" elf
	"$CRASHBOX" makedumpfile -l -d 1 elf kdump
	dump 01 02 03 04 05
	cp elf crash/127.0.0.1-2024-01-01-12:00:00/vmcore
	cp kdump crash/127.0.0.1-2024-01-02-12:00:00/vmcore
	head -c $(($(stat -c %s elf) / 2)) elf >crash/127.0.0.1-2024-01-03-12:00:00/vmcore
	head -c $(($(stat -c %s kdump) - 10000)) kdump >crash/127.0.0.1-2024-01-04-12:00:00/vmcore
	run -0 "$CRASHBOX" retain -n --keep 1 --root host crash
	[[ "${lines[3]}" == "crash: 2 dumps stay, 3 would go, "* ]]
	run -0 "$CRASHBOX" retain --keep 1 --root host crash
	[ "$(days)" = "02 05 " ]
	run -0 "$CRASHBOX" retain --days 1 --root host crash
	[ "$(days)" = "02 05 " ]
	# once a whole one is newer, its predecessor goes
	dump 06
	cp elf crash/127.0.0.1-2024-01-06-12:00:00/vmcore
	run -0 "$CRASHBOX" retain --keep 1 --root host crash
	[ "$(days)" = "06 " ]
}

@test "a directory of another user, of another name, or with anything else in it stays" {
	dump 01 02 03 04 05
	chown 65534 crash/127.0.0.1-2024-01-01-12:00:00
	touch crash/127.0.0.1-2024-01-02-12:00:00/keep
	mv crash/127.0.0.1-2024-01-03-12:00:00 crash/case-1234
	run -0 "$CRASHBOX" retain --keep 1 --root host crash
	[ -e crash/127.0.0.1-2024-01-01-12:00:00/vmcore ]
	[ -e crash/127.0.0.1-2024-01-02-12:00:00/vmcore ]
	[ -e crash/case-1234/vmcore ]
	[ ! -e crash/127.0.0.1-2024-01-04-12:00:00 ]
	[ -e crash/127.0.0.1-2024-01-05-12:00:00/vmcore ]
}

@test "without DIR: path of the configuration" {
	mkdir -p host/srv
	mv crash host/srv/crash
	ln -s host/srv/crash crash
	dump 01 02
	echo 'path /srv/crash' >host/etc/kdump.conf
	run -0 "$CRASHBOX" retain --keep 1 --root "$PWD/host"
	[ "$(days)" = "02 " ]
}

@test "a value that makes no sense deletes nothing and is said" {
	dump 01 02
	printf '\nKDUMP_KEEP_OLD_DUMPS=some\n' >host/etc/sysconfig/kdump
	run -0 "$CRASHBOX" retain --root host crash
	[[ "$output" == *"settings, line 2: KDUMP_KEEP_OLD_DUMPS 'some': expected a number; no dump is deleted for it"* ]]
	[ "$(days)" = "01 02 " ]
	run -2 "$CRASHBOX" retain --keep few crash
	run -2 "$CRASHBOX" retain --keep
	run -1 "$CRASHBOX" retain --root host /no/such/place
}

@test "dumps that kdump-tools and SUSE's kdump left are counted, and go only when asked" {
	dump 03
	mkdir crash/202401010304 crash/2024-01-02-03:04 crash/202401020304
	head -c 20000 /dev/urandom >crash/202401010304/dump.202401010304
	echo log >crash/202401010304/dmesg.202401010304
	head -c 20000 /dev/urandom >crash/2024-01-02-03:04/vmcore
	echo text >crash/2024-01-02-03:04/README.txt
	cp crash/202401010304/dump.202401010304 crash/202401020304/dump.202401020304
	touch crash/202401020304/case-42
	run -0 "$CRASHBOX" retain --keep 1 --root host crash
	[ "${lines[0]}" = "crash: 1 dumps stay, 0 went, 0 lost their vmcore, 0 B" ]
	[[ "${lines[1]}" == "crash: 3 dumps of other programs stay, "*": no rule takes them without --foreign" ]]
	[ -e crash/202401010304/dump.202401010304 ]
	[ -e crash/2024-01-02-03:04/vmcore ]
	run -0 "$CRASHBOX" retain -n --foreign --keep 1 --root host crash
	[[ "${lines[2]}" == "crash: 1 dumps stay, 2 would go, "* ]]
	[ -e crash/202401010304/dump.202401010304 ]
	# the setting says the same, and the image carries it
	echo 'KDUMP_RETAIN_FOREIGN="yes"' >host/etc/sysconfig/kdump
	run -0 "$CRASHBOX" retain --settings --root host
	[[ "$output" == *"KDUMP_RETAIN_FOREIGN=yes" ]]
	run -0 "$CRASHBOX" check --from suse host/etc/sysconfig/kdump
	[[ "$output" == *"KDUMP_RETAIN_FOREIGN: read from this file as it is"* ]]
	[[ "$output" != *"not a variable"* ]]
	run -0 "$CRASHBOX" retain --keep 1 --root host crash
	[[ "${lines[0]}" == "202401010304 goes: "*", newer ones are enough" ]]
	[ ! -e crash/202401010304 ]
	[ ! -e crash/2024-01-02-03:04 ]
	[ -e crash/202401020304/dump.202401020304 ]
	[[ "${lines[3]}" == *"1 dumps of other programs stay, "*": they hold other files than a dump's" ]]
	[ "$(days)" = "03 " ]
}

@test "a rule in a block of a shell does not count, and is said" {
	dump 01 02
	printf 'if [ -e /x ]; then\n\tKDUMP_NUM_DUMPS=1\nfi\n' >host/etc/sysconfig/kdump
	run -0 "$CRASHBOX" retain --root host crash
	[[ "$output" == *"settings, line 1: not an assignment but an if block: "*"; lines 1 to 3 are passed over, with what they assign: no dump is deleted for it"* ]]
	[ "$(days)" = "01 02 " ]
}

@test "the image carries the rules" {
	mkdir -p kroot/lib/modules/6.0-test
	printf 'kernel/fs/ext4/ext4.ko\n' >kroot/lib/modules/6.0-test/modules.builtin
	: >kroot/lib/modules/6.0-test/modules.dep
	: >kroot/lib/modules/6.0-test/modules.alias
	printf 'KDUMP_KEEP_OLD_DUMPS=4\nKDUMP_FREE_DISK_SIZE=64\n' >host/etc/sysconfig/kdump
	echo 'ext4 LABEL=crash' >kdump.conf
	"$BATS_TEST_DIRNAME/../../mkinitrd.sh" -f -c kdump.conf --kernel-modules "$PWD/kroot" --busybox none \
		--reserved 0 --no-host-check --crashbox "$CRASHBOX" image 6.0-test
	run -0 "$CRASHBOX" cpio --cat etc/crashbox/settings image
	[ "${lines[0]}" = "KDUMP_NUM_DUMPS=5" ]
	[ "${lines[2]}" = "KDUMP_FREE_DISK_SIZE=64" ]
}
