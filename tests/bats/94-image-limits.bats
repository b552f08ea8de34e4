#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mkinitrd.sh where what it asks never answers: name servers, a daemon, a disk, the server of a file system. Each of the
# programs that it asks is one that sleeps; limits of a minute are a second here, by a `timeout` that hands on the rest.
# Promise: no build waits without end, and what did not answer is named.

bats_require_minimum_version 1.5.0

setup() {
	# shellcheck source=tests/bats/image.sh disable=SC1091
	. "$BATS_TEST_DIRNAME/image.sh"
	image_begin
	cd "$BATS_TEST_TMPDIR" || return
	mkdir bin work
	REAL=$(command -v timeout)
	stub timeout "shift 3; exec $REAL -s KILL 1 \"\$@\""
	PATH="$PWD/bin:$PATH"
}

stub() {
	printf '#!/bin/sh\n%s\n' "$2" >"bin/$1"
	chmod +x "bin/$1"
}

# A function of mkinitrd.sh on this machine itself: call FUNCTION WORD…
call() {
	# shellcheck disable=SC2016 # the inner shell expands
	SYSROOT='' run "$REAL" 20 sh -euc '
		lib=$1 work=$PWD/work debug=0 crashbox=$2
		for part in say conf mounts storage dhcp routes network ssh team fsparts targets; do
			. "$lib/$part.sh"
		done
		: >"$work/refused"
		shift 2
		"$@"' sh "$REPO/initramfs/lib" "$CRASHBOX" "$@"
	echo "$output"
	[ "$status" -ne 124 ]
}

gives_up() {
	[[ "$output" == *"warning: no answer within "*" seconds, given up: $1"* ]]
}

@test "limits: name servers that do not answer" {
	stub getent 'exec sleep 600'
	call host_addresses store.example
	gives_up "getent ahosts store.example"
}

@test "limits: what ssh_config has run, and the names that it looks up" {
	stub ssh 'exec sleep 600'
	call ssh_settings kdump@store.example
	gives_up "ssh -G kdump@store.example"
}

@test "limits: a disk that does not answer when labels are looked for" {
	stub blkid 'exec sleep 600'
	call device_name LABEL=no-such-label
	gives_up "blkid -c /dev/null -l -o device -t LABEL=no-such-label"
	call device_identity no-such-disk
	[ "$(grep -c 'given up: blkid' <<<"$output")" -eq 4 ]
	[[ "$output" == *"/dev/no-such-disk" ]]
}

@test "limits: the superblock of a disk that does not answer" {
	stub crashbox 'exec sleep 600'
	CRASHBOX="$PWD/bin/crashbox" call parts_of_superblock vda1
	gives_up "$PWD/bin/crashbox blkwait -p /dev/vda1"
}

@test "limits: daemons of the network that hang" {
	stub nmcli 'exec sleep 600'
	call dhcp_manager eth0
	gives_up "nmcli -t -f DHCP4.OPTION device show eth0"
	stub teamdctl 'exec sleep 600'
	call team_config team0
	gives_up "teamdctl team0 config dump actual"
}

@test "limits: an automount whose server does not answer" {
	stub ls 'exec sleep 600'
	call automount_open /net/store
	gives_up "ls /net/store/."
}

@test "limits: path on a server that does not answer is refused as such" {
	mkdir -p machine/proc/self machine/var/crash kroot/lib/modules/6.0-test
	: >kroot/lib/modules/6.0-test/modules.dep
	echo '22 1 254:1 / / rw - ext4 /dev/vda1 rw' >machine/proc/self/mountinfo
	echo "path /var/crash" >kdump.conf
	stub readlink "case \$* in */var/crash) exec sleep 600 ;; esac; exec $(command -v readlink) \"\$@\""
	SYSROOT="$PWD/machine" run -1 "$REAL" 60 "$REPO/mkinitrd.sh" -c kdump.conf --kernel-modules kroot \
		--busybox none --reserved 0 --crashbox "$CRASHBOX" -f image 6.0-test
	echo "$output"
	[[ "$output" == *"refused: path /var/crash: its file system does not answer"* ]]
	[ ! -e image ]
}

@test "limits: no program that may wait for others is called without one" {
	run grep -rnE '(^|[^a-z_.-])(getent|blkid|nmcli|teamdctl|ssh) +[-a-z"$]' "$REPO/mkinitrd.sh" "$REPO/initramfs/lib"
	run -1 grep -v 'limited\|^[^:]*:[0-9]*:[[:space:]]*#\|recipe "ssh\|target .*(ssh\|ssh_config\|(ssh to it\|command -v\|echo "name a' <<<"$output"
}
