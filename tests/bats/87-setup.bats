#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# crashbox setup: by options, and question by question at a terminal.
bats_require_minimum_version 1.5.0

setup() {
	export CRASHBOX="${CRASHBOX:-$BATS_TEST_DIRNAME/../../build/crashbox}"
	cd "$BATS_TEST_TMPDIR" || return
	mkdir -p host/etc/default host/proc host/boot/loader/entries
	echo 'BOOT_IMAGE=/vmlinuz root=/dev/vda1 quiet' >host/proc/cmdline
	echo 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"' >host/etc/default/grub
	printf 'title Linux\noptions root=/dev/vda1 quiet\n' >host/boot/loader/entries/a.conf
	export SYSROOT="$PWD/host"
}

@test "options answer everything" {
	run -0 "$CRASHBOX" setup -y --memory 256M --target 'ssh dump@srv.example' --path /srv --level 23 --action shell
	[ "$(grep -v '^#' host/etc/kdump.conf)" = "ssh dump@srv.example
path /srv
core_collector makedumpfile -l --message-level 7 -d 23
failure_action shell" ]
	[ "$(cat host/etc/default/grub)" = 'GRUB_CMDLINE_LINUX_DEFAULT="quiet crashkernel=256M"' ]
	grep -qx 'options root=/dev/vda1 quiet crashkernel=256M' host/boot/loader/entries/a.conf
	"$CRASHBOX" check host/etc/kdump.conf
}

@test "what is not asked about stays, and the old file as well" {
	cat >host/etc/kdump.conf <<-'CONF'
		# mine
		kdump_post /usr/local/bin/after
		xfs LABEL=old
		path /old
		core_collector makedumpfile -z -d 31
		default shell
	CONF
	cp host/etc/kdump.conf old
	run -0 "$CRASHBOX" setup -y --memory keep --target 'nfs srv:/e'
	cmp old host/etc/kdump.conf.old
	[ "$(cat host/etc/kdump.conf)" = "# mine
kdump_post /usr/local/bin/after
# Set by \`crashbox setup\`:
nfs srv:/e
path /old
core_collector makedumpfile -z -d 31
failure_action shell" ]
	[ "$(cat host/etc/default/grub)" = 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"' ]
	# Once more changes nothing.
	cp host/etc/kdump.conf once
	run -0 "$CRASHBOX" setup -y --memory keep
	cmp once host/etc/kdump.conf
}

@test "lines that stay are judged before anything is written" {
	printf 'kdumppre /bin/x\ndracut_args --mount "/dev/vdb /mnt ext4 defaults"\n' >host/etc/kdump.conf
	run -0 "$CRASHBOX" setup -n -y --memory keep --target 'nfs srv:/e'
	[[ "$output" == *"line 1: is refused: "*"kdump_pre"* ]]
	[[ "$output" == *"2 targets are tried in order, one of them from a line that stays."* ]]
}

@test "--dry-run writes nothing" {
	cp -r host before
	run -0 "$CRASHBOX" setup -n -y --target 'raw /dev/sdb1'
	[[ "$output" == *"    raw /dev/sdb1"* ]]
	[[ "$output" == *"/etc/default/grub: crashkernel="* ]]
	diff -r before host
}

@test "answers that make no sense are refused before anything is written" {
	cp -r host before
	run -2 "$CRASHBOX" setup -y --memory plenty
	run -2 "$CRASHBOX" setup -y --level 32
	run -2 "$CRASHBOX" setup -y --action party
	run -2 "$CRASHBOX" setup -y --target 'ssh nobody'
	[[ "$output" == *"That will not do: "*"USER@HOST"* ]]
	run -2 "$CRASHBOX" setup -y --target 'local
raw /dev/sda'
	run -2 "$CRASHBOX" setup -y --target 'kdump_pre /bin/x'
	run -2 "$CRASHBOX" setup word
	diff -r before host
}

@test "an end of the input writes nothing" {
	cp -r host before
	run -1 "$CRASHBOX" setup </dev/null
	[[ "$output" == *"nothing was written"* ]]
	printf '\n1\n\n\n\nno\n' >answers
	run -1 "$CRASHBOX" setup <answers
	[[ "$output" == *"crashbox setup: nothing was written" ]]
	diff -r before host
}

@test "a question mark shows help, and a directory that is not absolute is refused with the reason" {
	printf '%s\n' '' 1 '?' var/crash /srv/crash '?' >answers
	run -1 "$CRASHBOX" setup <answers
	[[ "$output" == *"a path that begins with /, as /var/crash"* ]]
	[[ "$output" == *"'var/crash' is no absolute path: a directory begins with /"* ]]
	[[ "$output" == *"a number from 0 (everything) to 31"* ]]
	run "$CRASHBOX" setup --yes --path '?'
	[ "$status" -ne 0 ]
	[[ "$output" == *"'?' is no absolute path"* ]]
}

@test "question by question at a terminal; a bad answer is asked again" {
	printf '%s\n' lots 192M 5 nobody 5 dump@srv.example /srv/crash 99 31 reboot yes no no >answers
	run -0 script -qec "$CRASHBOX setup" /dev/null <answers
	[[ "$output" == *"That will not do: crashkernel=lots: expected a size like 256M or ranges like "*" (or keep)"* ]]
	[[ "$output" == *"the user is missing"* ]]
	[[ "$output" == *"'99' will not do"* ]]
	grep -qx 'ssh dump@srv.example' host/etc/kdump.conf
	grep -qx 'path /srv/crash' host/etc/kdump.conf
	grep -q 'crashkernel=192M"' host/etc/default/grub
}

@test "memory that is reserved already is kept" {
	echo 'root=/dev/vda1 crashkernel=300M' >host/proc/cmdline
	run -0 "$CRASHBOX" setup -y
	[ "$(cat host/etc/default/grub)" = 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"' ]
	printf '\n1\n\n\n\nyes\nno\n' >answers
	run -0 "$CRASHBOX" setup <answers
	[[ "$output" == *"This boot: crashkernel=300M"* ]]
	[ "$(cat host/etc/default/grub)" = 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"' ]
}

@test "a file of Debian's kdump-tools gives the answers that are proposed" {
	printf 'USE_KDUMP=1\nKDUMP_COREDIR=/data/crash\nMAKEDUMP_ARGS="-F -z -d 17"\n' >host/etc/default/kdump-tools
	run -0 "$CRASHBOX" setup -y
	grep -qx 'path /data/crash' host/etc/kdump.conf
	grep -qx 'core_collector makedumpfile -z -d 17' host/etc/kdump.conf
	[ ! -e host/etc/kdump.conf.old ]
}
