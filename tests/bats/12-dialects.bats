#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Files of SUSE and Debian as the kdump.conf they amount to: tests/bats/12-dialects holds them as they were found,
# each beside what must come out. Without kdump.conf they are what the image is built from.
bats_require_minimum_version 1.5.0

setup() {
	export CRASHBOX="${CRASHBOX:-$BATS_TEST_DIRNAME/../../build/crashbox}"
	FILES="$BATS_TEST_DIRNAME/12-dialects"
	cd "$BATS_TEST_TMPDIR" || return
}

# What is printed and said for FILE of DIALECT
converted() {
	local status=0
	cd "$FILES" || return
	"$CRASHBOX" check --from "$1" "$2" 2>&1 || status=$?
	echo "status $status"
}

@test "every file found gives what stands beside it" {
	local seen=0 file dialect
	for file in "$FILES"/*.sysconfig "$FILES"/*.default; do
		dialect=suse
		[[ $file != *.default ]] || dialect=debian
		diff "$file.expect" <(converted "$dialect" "${file##*/}")
		seen=$((seen + 1))
	done
	[ "$seen" -ge 6 ]
}

@test "auto tells the dialect by what the file says" {
	for file in "$FILES"/*.sysconfig "$FILES"/*.default; do
		diff <(sed '/^status/d' "$file.expect") <(converted auto "$file" | sed "s,$FILES/,,; /^status/d")
	done
	printf 'KDUMP_KERNELVER=""\nKEXEC_ARGS="-s"\n' >fedora
	run -1 "$CRASHBOX" check --from auto fedora
	[ "$output" = "crashbox check: fedora says nothing of where dumps go" ]
}

@test "the converted text goes through the reader of kdump.conf" {
	echo 'KDUMP_SAVEDIR=nfs://h/a' >file
	echo 'MAKEDUMPFILE_OPTIONS="-d 99"' >>file
	run -1 --separate-stderr "$CRASHBOX" check --from suse file
	# shellcheck disable=SC2154 # bats sets it
	[[ "$stderr" == *"file, converted:4: "*"99"* ]]
	[[ "$output" == *"nfs h:/a"* ]]
}

@test "standard input, and an unknown dialect" {
	run -0 --separate-stderr "$CRASHBOX" check --from debian - <<<'NFS=h:/e'
	[[ "$output" == *"nfs h:/e"* ]]
	run -2 "$CRASHBOX" check --from slackware /dev/null
}

# Builds an image on a system that has FILE as /etc/PLACE, and no kdump.conf.
image_from() {
	mkdir -p "host/etc/${2%/*}" kroot/lib/modules/6.0-test
	cp "$1" "host/etc/$2"
	printf 'kernel/fs/ext4/ext4.ko\n' >kroot/lib/modules/6.0-test/modules.builtin
	: >kroot/lib/modules/6.0-test/modules.dep
	: >kroot/lib/modules/6.0-test/modules.alias
	SYSROOT="$PWD/host" "$BATS_TEST_DIRNAME/../../mkinitrd.sh" -f --kernel-modules "$PWD/kroot" --busybox none \
		--reserved 0 --no-host-check --crashbox "$CRASHBOX" image 6.0-test
}

@test "without kdump.conf the image is built from Debian's file" {
	printf 'USE_KDUMP=1\nSSH=dump@192.0.2.1\n' >file
	mkdir -p host/root/.ssh
	ssh-keygen -q -t ed25519 -N '' -f host/root/.ssh/kdump_id_rsa
	echo "192.0.2.1 $(cut -d' ' -f1,2 host/root/.ssh/kdump_id_rsa.pub)" >host/root/.ssh/known_hosts
	run -0 image_from file default/kdump-tools
	[[ "$output" == *"no $PWD/host/etc/kdump.conf: $PWD/host/etc/default/kdump-tools is taken"* ]]
	"$CRASHBOX" cpio --cat etc/kdump.conf image >conf
	grep -x 'ssh dump@192.0.2.1' conf
}

@test "a file that cannot be carried over whole ends the build" {
	run -1 image_from "$FILES/cifs.sysconfig" sysconfig/kdump
	[[ "$output" == *"no CIFS here"* ]]
	[[ "$output" == *"cannot be carried over whole: write $PWD/host/etc/kdump.conf"* ]]
	[ ! -e image ]
}
