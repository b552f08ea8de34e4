#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What make install puts where, the Debian package, and that it leaves nothing behind.
bats_require_minimum_version 1.5.0

setup_file() {
	export REPO="$BATS_TEST_DIRNAME/../.." DEB="$BATS_FILE_TMPDIR/deb" ROOT="$BATS_FILE_TMPDIR/root"
	export CRASHBOX="${CRASHBOX:-$REPO/build/crashbox}"
	DESTDIR="$ROOT" PREFIX=/usr sh "$REPO/config/install.sh" "$CRASHBOX"
	SOURCE_DATE_EPOCH=1700000000 sh "$REPO/config/deb.sh" "$CRASHBOX" 0.1.0 "$DEB"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

@test "install: programs, pages, units, and no path of the build in them" {
	[ -x "$ROOT/usr/sbin/crashbox" ]
	[ "$(readlink "$ROOT/usr/sbin/kdumpctl")" = crashbox ]
	[ "$(readlink "$ROOT/usr/sbin/kdump-config")" = crashbox ]
	[ -x "$ROOT/usr/lib/crashbox/mkinitrd.sh" ]
	grep -qx 'ExecStart=/usr/sbin/kdumpctl --no-savecore start' "$ROOT/usr/lib/systemd/system/kdump.service"
	run ! grep -rqF "$BATS_FILE_TMPDIR" --exclude=crashbox "$ROOT"
	run ! grep -rqE '@(SBIN|LIB)DIR@' --exclude=crashbox "$ROOT"
	for page in "$REPO"/docs/*.8; do
		[ -n "$(find "$ROOT/usr/share/man" -name "*${page##*/}")" ]
	done
	run -0 "$ROOT/usr/lib/crashbox/mkinitrd.sh" --help
}

@test "every applet has a page, or its part of crashbox(8)" {
	for applet in $("$CRASHBOX" --list); do
		[ -e "$REPO/docs/crashbox-$applet.8" ] || [ -e "$REPO/docs/$applet.8" ] ||
			grep -q "^\.SS $applet\( \|\$\)" "$REPO/docs/crashbox.8" || {
			echo "$applet is not described"
			return 1
		}
	done
}

@test "install: another prefix, and a configuration that is there already" {
	mkdir -p dest/etc
	echo 'path /mine' >dest/etc/kdump.conf
	DESTDIR="$PWD/dest" sh "$REPO/config/install.sh" "$CRASHBOX"
	[ "$(cat dest/etc/kdump.conf)" = "path /mine" ]
	grep -qx 'ExecStart=/usr/local/sbin/kdumpctl --no-savecore start' dest/usr/local/lib/systemd/system/kdump.service
	grep -qx 'hook=/usr/local/lib/crashbox/kernel-hook' dest/etc/kernel/postinst.d/crashbox
}

@test "the unit that arms waits for no recovery, which has a limit" {
	units=$ROOT/usr/lib/systemd/system
	run ! grep -E '^(After|Wants|Requires)=.*savecore' "$units/kdump.service"
	run ! grep -q '^Before=.*kdump' "$units/crashbox-savecore.service"
	grep -q '^After=.* kdump.service$' "$units/crashbox-savecore.service"
	grep -qx 'TimeoutStartSec=6h' "$units/crashbox-savecore.service"
}

@test "systemd takes the units" {
	cp -r "$ROOT" root
	mkdir -p root/usr/lib/systemd/system
	for unit in sysinit basic shutdown local-fs remote-fs network-online multi-user; do
		printf '[Unit]\nDefaultDependencies=no\n' >"root/usr/lib/systemd/system/$unit.target"
	done
	install -D /bin/sh root/bin/sh
	run -0 systemd-analyze verify --man=no --root="$PWD/root" kdump.service crashbox-savecore.service
	[ -z "$output" ]
}

@test "the units are sandboxed: what systemd counts as exposure stays low" {
	# 9.6 of 10 without; in tenths
	for unit in kdump:30 crashbox-savecore:20; do
		run -0 systemd-analyze security --no-pager --offline=yes --threshold="${unit#*:}" \
			"$ROOT/usr/lib/systemd/system/${unit%:*}.service"
	done
}

@test "the generator lets savecore write to the configured directory alone" {
	generator=$ROOT/usr/lib/systemd/system-generators/crashbox-generator
	# shellcheck disable=SC2016
	grep -q 'dir=$(/usr/sbin/crashbox savecore --where' "$generator"
	sed "s:/usr/sbin/crashbox:$ROOT/usr/sbin/crashbox:" "$generator" >copy
	touch kdump.conf
	[ -e /etc/kdump.conf ] || { touch /etc/kdump.conf && made=1; }
	mkdir -p 'd/50%x'
	for path in "$PWD/d" "$PWD/d/50%x/missing/y" /missing/at/the/top; do
		echo "path $path" >kdump.conf
		rm -rf units
		unshare -m sh -ec 'mount --bind kdump.conf /etc/kdump.conf; sh copy units'
		tail -n 1 units/crashbox-savecore.service.d/50-path.conf >>said
	done
	[ -z "${made:-}" ] || rm /etc/kdump.conf
	printf 'ReadWritePaths="-%s"\n' "$PWD/d" "$PWD/d/50%%x" /var/crash | diff - said
}

@test "the package is lintian-clean, and the same every time" {
	run -0 lintian --fail-on error,warning "$DEB"/*.deb
	SOURCE_DATE_EPOCH=1700000000 sh "$REPO/config/deb.sh" "$CRASHBOX" 0.1.0 again
	cmp "$DEB"/*.deb again/*.deb
}

# Runs the commands of standard input in a copy of this system: what they write is in upper/.
on_a_system() {
	cp "$DEB"/*.deb package.deb
	cat >commands
	# shellcheck disable=SC2016 # the inner shell expands
	unshare -m --propagation private sh -euc '
		mount -t tmpfs none /mnt
		mkdir /mnt/upper /mnt/work /mnt/root
		mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work none /mnt/root
		mount -t tmpfs none /mnt/root/run
		mount -t tmpfs none /mnt/root/tmp
		mount -t proc none /mnt/root/proc
		mount --rbind /dev /mnt/root/dev
		cp package.deb commands /mnt/root/tmp
		chroot /mnt/root sh -eux /tmp/commands
		cd /mnt/upper
		find . -mindepth 1 ! -type d | sort >"$1"' sh "$PWD/left"
}

@test "installed, used, removed and purged, it leaves nothing" {
	on_a_system <<-'SH'
		dpkg --force-depends --force-conflicts -i /tmp/package.deb >/tmp/log
		grep -q crashbox /tmp/log
		crashbox check /etc/kdump.conf
		[ "$(crashbox --version)" = "crashbox 0.1.0" ]
		[ -e /etc/systemd/system/multi-user.target.wants/kdump.service ]
		[ -d /var/crash ]
		: >/boot/initramfs-6.0-testkdump.img
		: >/var/lib/crashbox/image-6.0-test.stamp
		: >/var/lib/crashbox/rehearsal
		: >/boot/initramfs-6.0-othersystem.img
		dpkg -r crashbox >/tmp/log
		[ ! -e /usr/sbin/crashbox ]
		[ ! -e /boot/initramfs-6.0-testkdump.img ]
		[ -e /etc/kdump.conf ]
		dpkg -P crashbox >/tmp/log
		rm /boot/initramfs-6.0-othersystem.img
	SH
	grep -qx ./var/lib/dpkg/status left
	# Empty directories of these names that were here before go too.
	run ! grep -vE '^\./var/((lib/dpkg|log|cache)/|crash$|lib/crashbox$|lib/kdump$)' left
}

@test "dumps survive the package" {
	on_a_system <<-'SH'
		dpkg --force-depends --force-conflicts -i /tmp/package.deb >/tmp/log
		mkdir -p /var/crash/127.0.0.1-2024-01-01-00:00:00
		echo core >/var/crash/127.0.0.1-2024-01-01-00:00:00/vmcore
		dpkg -P crashbox >/tmp/log
		[ -e /var/crash/127.0.0.1-2024-01-01-00:00:00/vmcore ]
	SH
}

@test "a kernel comes and goes" {
	hook="$ROOT/usr/lib/crashbox/kernel-hook"
	export SYSROOT="$PWD/machine"
	mkdir -p machine/{boot,etc,run,var/lib/crashbox}
	ln -s machine/boot machine/var/lib/crashbox .
	mv crashbox state
	echo "path /var/crash" >machine/etc/kdump.conf
	# Nothing is built where nothing was ever armed.
	run -0 "$hook" add 6.0-test
	[ -z "$output" ] && [ -z "$(ls boot)" ]
	: >state/image-5.0.stamp
	# A kernel that no image can be built for is no failure of its installation.
	run -0 "$hook" add 6.0-test
	[[ "$output" == *"no capture image for kernel 6.0-test"* ]]
	touch boot/initramfs-5.0kdump.img boot/initramfs-5.0.img boot/initramfs-6.1kdump.img state/image-5.0.seen
	run -0 "$hook" remove 5.0
	[ "$(echo boot/* state/*)" = "boot/initramfs-5.0.img boot/initramfs-6.1kdump.img state/*" ]
	# Where /boot cannot be written, the image lies elsewhere.
	mkdir machine/var/lib/kdump
	touch machine/var/lib/kdump/initramfs-6.2kdump.img state/linux-6.2
	run -0 "$hook" remove 6.2
	[ ! -e machine/var/lib/kdump/initramfs-6.2kdump.img ] && [ ! -e state/linux-6.2 ]
	run -2 "$hook" remove ../../etc
	run -2 "$hook" remove
	run -2 "$hook" rebuild 5.0
}

@test "bash completes applets, their options and the commands of kdumpctl" {
	PATH="$ROOT/usr/sbin:$PATH"
	# shellcheck source=config/completion/crashbox.bash
	. "$REPO/config/completion/crashbox.bash"
	COMP_WORDS=(crashbox che) COMP_CWORD=1
	_crashbox
	[ "${COMPREPLY[*]}" = check ]
	COMP_WORDS=(crashbox check --ca) COMP_CWORD=2
	_crashbox
	[ "${COMPREPLY[*]}" = --capture ]
	COMP_WORDS=(kdump-config sta) COMP_CWORD=1
	_kdump_config
	[ "${COMPREPLY[*]}" = status ]
	COMP_WORDS=(kdumpctl sta) COMP_CWORD=1
	_kdumpctl
	[ "${COMPREPLY[*]}" = "start status" ]
}

@test "zsh takes its completion" {
	zsh -n "$REPO/config/completion/_crashbox"
}
