#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Applets of the capture kernel, started where they have no business.
# shellcheck disable=SC2154 # stderr is set by `run --separate-stderr`
bats_require_minimum_version 1.5.0

setup_file() {
	export CRASHBOX="${CRASHBOX:-$BATS_TEST_DIRNAME/../../build/crashbox}"
}

# What init would change first
state() {
	cat /proc/self/mountinfo /proc/sys/kernel/printk
	ls -ld /kdumproot /run/crashbox* /etc/kdump.conf 2>&1 || :
}

@test "init that is not process 1 does nothing and says so" {
	before=$(state)
	run --separate-stderr -1 "$CRASHBOX" init
	[ -z "$output" ]
	[[ $stderr == "crashbox init: "*"this process is not number 1, nothing is done" ]]
	[ "$before" = "$(state)" ]
}

@test "a link called init refuses as well" {
	ln -s "$CRASHBOX" "$BATS_TEST_TMPDIR/init"
	before=$(state)
	run --separate-stderr -1 "$BATS_TEST_TMPDIR/init"
	[[ $stderr == *"not number 1"* ]]
	[ "$before" = "$(state)" ]
}

@test "init refuses whatever the words behind it: the kernel passes those it does not know" {
	run --separate-stderr "$CRASHBOX" init single
	[ "$status" -ne 0 ]
	[ -z "$output" ]
	[ -n "$stderr" ]
}

@test "init needs no standard descriptors to refuse" {
	run bash -c '"$1" init <&- >&- 2>&-' - "$CRASHBOX"
	[ "$status" -eq 1 ]
}

@test "rescue ends at the end of its input and changes nothing" {
	before=$(state)
	run -0 timeout 10 "$CRASHBOX" rescue </dev/null
	[ "$before" = "$(state)" ]
}

@test "rescue answers a word that it does not know with those it knows" {
	run -0 timeout 10 "$CRASHBOX" rescue <<<"nonsense"
	for word in ls cat mount umount save reboot exit; do
		[[ $output == *"  $word "* ]]
	done
}
