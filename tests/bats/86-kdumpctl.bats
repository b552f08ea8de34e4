#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# kdumpctl on a machine made of files: what is built when, what is said, what is left alone.
# The last step, the load, is the kernel's; tests/vm/B0-arm proves it.
bats_require_minimum_version 1.5.0

setup_file() {
	export ROOT="$BATS_TEST_DIRNAME/../.."
	export CRASHBOX="${CRASHBOX:-$ROOT/build/crashbox}"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	export SYSROOT="$PWD/host"
	machine
}

# A disk with an ext4 file system, drivers built in, a kernel 6.0-test, memory reserved, nothing loaded.
machine() {
	local tree="$SYSROOT/lib/modules/6.0-test" disk="$SYSROOT/sys/devices/pci/virtio1/block/vda"
	mkdir -p "$tree" "$SYSROOT"/{boot,etc/sysconfig,var/crash,proc/self,dev/disk/by-uuid,sys/kernel,sys/class/block}
	mkdir -p "$disk/vda1"
	: >"$tree/modules.dep"
	: >"$tree/modules.alias"
	printf 'kernel/fs/ext4/ext4.ko\n' >"$tree/modules.builtin"
	echo 254:0 >"$disk/dev"
	echo 254:1 >"$disk/vda1/dev"
	ln -s "$disk" "$SYSROOT/sys/class/block/vda"
	ln -s "$disk/vda1" "$SYSROOT/sys/class/block/vda1"
	: >"$SYSROOT/dev/vda1"
	ln -s ../../vda1 "$SYSROOT/dev/disk/by-uuid/0b0a-1"
	echo "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw" >"$SYSROOT/proc/self/mountinfo"
	echo "ext4 12345 1 - Live 0x0" >"$SYSROOT/proc/modules"
	echo "BOOT_IMAGE=/vmlinuz root=UUID=0b0a-1 ro crashkernel=128M" >"$SYSROOT/proc/cmdline"
	echo $((512 << 20)) >"$SYSROOT/sys/kernel/kexec_crash_size"
	echo 0 >"$SYSROOT/sys/kernel/kexec_crash_loaded"
	echo kernel >"$SYSROOT/boot/vmlinuz-6.0-test"
	echo "path /var/crash" >"$SYSROOT/etc/kdump.conf"
	echo 'KDUMP_KERNELVER="6.0-test"' >"$SYSROOT/etc/sysconfig/kdump"
	image="$SYSROOT/boot/initramfs-6.0-testkdump.img"
	sleep 0.02 # what is younger than a build's start is looked at once more: file times tick every few milliseconds
}

kdumpctl() {
	run -"${want:-0}" "$CRASHBOX" kdumpctl --mkinitrd "$ROOT/mkinitrd.sh" "$@"
	echo "$output"
}

teardown() {
	sh "$ROOT/tests/net/sshd.sh" stop "$PWD/sshd"
}

# Everything but the load itself, which this kernel refuses or, for a kernel that is none, always would.
start() {
	want=1 kdumpctl start --no-savecore
}

built() {
	stat -c '%i %Y' "$image"
}

@test "kdumpctl: start builds the image once, and not again while nothing changes" {
	start
	[[ "$output" == *"initramfs-6.0-testkdump.img: "*"MiB for kernel 6.0-test"* ]]
	first=$(built)
	start
	[[ "$output" != *"kernel 6.0-test: base"* && "$output" != *"nothing has changed"* ]]
	[ "$(built)" = "$first" ]
	[ ! -e "$image.old" ]
}

@test "kdumpctl: after an edit of kdump.conf only the site part is other bytes" {
	kdumpctl rebuild
	cp "$image" before
	echo "final_action poweroff" >>"$SYSROOT/etc/kdump.conf"
	start
	[[ "$output" == *"MiB for kernel 6.0-test: base"* ]]
	base=$(awk '$1 == "segment" && $2 == "base" { print $4 }' "$SYSROOT/var/lib/crashbox/image-6.0-test.stamp")
	host=$(awk '$1 == "segment" && $2 == "host" { print $4 }' "$SYSROOT/var/lib/crashbox/image-6.0-test.stamp")
	cmp -n $((base + host)) before "$image"
	run -1 cmp -s before "$image"
	"$CRASHBOX" cpio --cat /etc/kdump.conf "$image" | grep -qx 'final_action poweroff'
	# back again: the same bytes as a whole build gives
	sed -i '/final_action/d' "$SYSROOT/etc/kdump.conf"
	start
	cmp before "$image"
}

@test "kdumpctl: an update is byte for byte what a whole build gives" {
	mkdir -p "$SYSROOT/etc/kdump/post.d"
	printf '#!/bin/sh\nexit 0\n' >"$SYSROOT/etc/kdump/post.d/hook"
	chmod 755 "$SYSROOT/etc/kdump/post.d/hook"
	kdumpctl rebuild
	echo "failure_action halt" >>"$SYSROOT/etc/kdump.conf"
	start
	cp "$image" updated
	kdumpctl rebuild
	cmp updated "$image"
}

@test "kdumpctl: what else brings a new look: a hook, a module of another file system, another image" {
	kdumpctl rebuild
	start
	mkdir -p "$SYSROOT/etc/kdump/post.d"
	start
	[[ "$output" == *"nothing has changed"* ]]
	echo "xfs 1 0 - Live 0x0" >>"$SYSROOT/proc/modules"
	start
	[[ "$output" == *"nothing has changed"* ]]
	echo more >>"$image"
	start
	[[ "$output" == *"kernel 6.0-test: base"* ]]
	rm "$image"
	start
	[[ "$output" == *"kernel 6.0-test: base"* ]]
	start
	[[ "$output" != *initramfs-6.0-testkdump.img:* ]]
}

@test "kdumpctl: force_rebuild and force_no_rebuild" {
	kdumpctl rebuild
	echo "force_no_rebuild 1" >>"$SYSROOT/etc/kdump.conf"
	first=$(built)
	start
	[ "$(built)" = "$first" ]
	echo "force_rebuild 1" >>"$SYSROOT/etc/kdump.conf"
	start
	[[ "$output" == *"exclude each other"* ]]
}

@test "kdumpctl: a configuration with errors stops it, and what is loaded stays" {
	echo "nonsense here" >>"$SYSROOT/etc/kdump.conf"
	echo 1 >"$SYSROOT/sys/kernel/kexec_crash_loaded"
	start
	[[ "$output" == *"kdump.conf:2: "* && "$output" == *"refused"* && "$output" == *"stays loaded"* ]]
	[ ! -e "$image" ]
}

@test "kdumpctl: a build that is refused leaves the old image" {
	kdumpctl rebuild
	cp "$image" before
	echo "kdump_post /no/such/program" >>"$SYSROOT/etc/kdump.conf"
	start
	[[ "$output" == *"/no/such/program does not exist"* && "$output" == *"refused to build"* ]]
	[[ "$output" == *"the image of before could not be loaded either: load /boot/vmlinuz-6.0-test"* ]]
	cmp before "$image"
	[ ! -e "$image.old" ]
}

@test "kdumpctl: the image of before may lie in the other of its two places" {
	kdumpctl rebuild
	mkdir -p "$SYSROOT/var/lib/kdump"
	mv "$image" "$SYSROOT/var/lib/kdump/"
	echo "nonsense here" >>"$SYSROOT/etc/kdump.conf"
	start
	[[ "$output" == *"the image of before could not be loaded either: load /boot/vmlinuz-6.0-test"* ]]
}

@test "kdumpctl: no memory reserved, no kernel, a kernel without crash dumps are told" {
	echo 0 >"$SYSROOT/sys/kernel/kexec_crash_size"
	start
	[[ "$output" == *"no memory is reserved"* ]]
	echo 134217728 >"$SYSROOT/sys/kernel/kexec_crash_size"
	rm "$SYSROOT/boot/vmlinuz-6.0-test"
	start
	[[ "$output" == *"no kernel 6.0-test below /boot"* ]]
	rm "$SYSROOT/sys/kernel/kexec_crash_size"
	start
	[[ "$output" == *"no crash dumps built in"* ]]
}

@test "kdumpctl: the image goes elsewhere when /boot cannot be written, kernels are found elsewhere" {
	mkdir -p "$SYSROOT/mine"
	mv "$SYSROOT/boot/vmlinuz-6.0-test" "$SYSROOT/mine/bzImage-6.0-test.x"
	printf 'KDUMP_BOOTDIR=/mine\nKDUMP_IMG=bzImage\nKDUMP_IMG_EXT=".x"\n' >>"$SYSROOT/etc/sysconfig/kdump"
	start
	[ -e "$SYSROOT/mine/initramfs-6.0-testkdump.img" ]
	[[ "$output" == *"load /mine/bzImage-6.0-test.x"* ]]
	echo 'KDUMP_BOOTDIR=/nowhere' >>"$SYSROOT/etc/sysconfig/kdump"
	want=0 kdumpctl rebuild
	[ -e "$SYSROOT/var/lib/kdump/initramfs-6.0-testkdump.img" ]
}

@test "kdumpctl: the command line has the list as tests/vm/cmdline.sh makes it, and what the administrator says" {
	{
		seq -f '0 t other%g' 2000
		printf '0 t %s\n' tracer_init_tracefs kfunc_init cubictcp_register
	} >"$SYSROOT/proc/kallsyms"
	echo "console=tty0 quiet root=/dev/vda1 crashkernel=1M fsck.mode=skip" >"$SYSROOT/proc/cmdline"
	echo "KDUMP_KERNELVER=$(uname -r)" >>"$SYSROOT/etc/sysconfig/kdump"
	list=$(sh "$ROOT/tests/vm/cmdline.sh" "$SYSROOT/proc/kallsyms")
	kdumpctl start -n
	[[ "$output" == *"line    console=tty0 fsck.mode=skip $list" ]]
	# a server needs TCP; what the administrator says goes before the list
	printf 'nfs 192.0.2.1:/dump\n' >"$SYSROOT/etc/kdump.conf"
	printf 'KDUMP_COMMANDLINE_REMOVE="irqpoll fsck.mode"\nKDUMP_COMMANDLINE_APPEND="panic=10 nr_cpus=1"\n' \
		>>"$SYSROOT/etc/sysconfig/kdump"
	list=$(sh "$ROOT/tests/vm/cmdline.sh" -t tcp -x irqpoll -x panic=-1 -x nr_cpus=1 "$SYSROOT/proc/kallsyms")
	kdumpctl start -n
	[[ "$output" == *"line    console=tty0 $list panic=10 nr_cpus=1" ]]
	[[ "$output" != *cubictcp* ]]
	# SUSE says by a variable of its own how many processors start
	sed -i 's/ nr_cpus=1"/"/' "$SYSROOT/etc/sysconfig/kdump"
	echo 'KDUMP_CPUS="16"' >>"$SYSROOT/etc/sysconfig/kdump"
	kdumpctl start -n
	[[ "$output" == *"line    console=tty0 $list nr_cpus=16 panic=10"* ]]
}

@test "kdumpctl: words that the capture will not take are said before, by start -n and by check --capture" {
	echo 'KDUMP_COMMANDLINE_APPEND="crashbox.failure=Reboot crashbox.stal_timeout=3 ip=eth0:shared rd.retry=5s"' \
		>>"$SYSROOT/etc/sysconfig/kdump"
	kdumpctl start -n
	for word in crashbox.failure=Reboot crashbox.stal_timeout=3 ip=eth0:shared rd.retry=5s; do
		[[ "$output" == *"warning: the capture will pass over '$word' of its command line: "* ]]
	done
	run "$CRASHBOX" check --capture
	[[ "$output" == *"warning: the capture will pass over 'crashbox.failure=Reboot'"* ]]
	echo 'KDUMP_COMMANDLINE_APPEND="crashbox.failure=halt ip=eth0:dhcp"' >>"$SYSROOT/etc/sysconfig/kdump"
	kdumpctl start -n
	[[ "$output" != *"pass over"* ]]
}

@test "kdumpctl: words of the running system do not decide the capture, and start -n says which were dropped and why" {
	printf '%s' "BOOT_IMAGE=/vmlinuz root=UUID=1 ro crashkernel=256M rd.emergency=halt rd.retry=30 rd.timeout=0 " \
		"sysctl.kernel.panic_on_warn=1 nmi_watchdog=panic,1 numa_cma=0:1G pci=nommconf" >"$SYSROOT/proc/cmdline"
	kdumpctl start -n
	[[ "$output" == *"dropped rd.emergency=halt: written for the running system's initramfs"* ]]
	[[ "$output" == *"dropped sysctl.kernel.panic_on_warn=1: a sysctl of the running system"* ]]
	[[ "$output" == *"dropped numa_cma=0:1G: takes memory"* ]]
	line=$(sed -n 's/^line //p' <<<"$output")
	[[ "$line" == *"pci=nommconf"* ]]
	[[ "$line" != *rd.* && "$line" != *sysctl* && "$line" != *nmi_watchdog* && "$line" != *numa_cma* ]]
	echo 'KDUMP_COMMANDLINE_APPEND="rd.emergency=halt"' >>"$SYSROOT/etc/sysconfig/kdump"
	kdumpctl start -n
	[[ "$output" == *"line "*" rd.emergency=halt" ]]
}

@test "kdumpctl: start -n says that the command line is too long, and for which kernel" {
	{
		printf 'root=UUID=1'
		seq -f ' mod_%03g.option=0123456789abcdef' 89
	} | tr -d '\n' >"$SYSROOT/proc/cmdline"
	want=1 kdumpctl start -n
	[[ "$output" == *"line    mod_001.option="* ]]
	[[ "$output" == *"the command line of the capture kernel is too long: "*" bytes, and /boot/vmlinuz-"*" has room for 2017; KDUMP_COMMANDLINE_REMOVE in /etc/sysconfig/kdump takes words out of it"* ]]
	run -1 "$CRASHBOX" check
	[[ "$output" == *"the command line of the capture kernel is too long: "* ]]
	# what the kernel image itself says is what holds
	python3 - "$SYSROOT"/boot/vmlinuz-* <<-'END'
		import struct, sys
		head = bytearray(0x240)
		head[0x202:0x208] = b"HdrS\x0f\x02"
		struct.pack_into("<I", head, 0x238, 8191)
		for path in sys.argv[1:]:
		    open(path, "wb").write(head)
	END
	kdumpctl start -n
	# start says the same, once, before it calls mkinitrd.sh
	python3 - "$SYSROOT"/boot/vmlinuz-* <<-'END'
		import struct, sys
		for path in sys.argv[1:]:
		    head = bytearray(open(path, "rb").read())
		    struct.pack_into("<I", head, 0x238, 1023)
		    open(path, "wb").write(head)
	END
	start
	[[ "$output" == "kdumpctl: the command line of the capture kernel is too long: "*" has room for 993; KDUMP_COMMANDLINE_REMOVE in "* ]]
	[[ "$output" != *mkinitrd.sh* ]]
}

@test "kdumpctl: a condition of a shell is left out with what it assigns, and said" {
	cat >"$SYSROOT/etc/sysconfig/kdump" <<-'END'
		KDUMP_COMMANDLINE_APPEND="nr_cpus=1"
		if [ -f /etc/no-such-file ]; then
			KDUMP_COMMANDLINE_APPEND="$KDUMP_COMMANDLINE_APPEND fips=1"
		else
			KDUMP_COMMANDLINE_APPEND="$KDUMP_COMMANDLINE_APPEND dma=off"
		fi
		[ -e /x ] && KDUMP_COMMANDLINE_APPEND=never
	END
	kdumpctl start -n
	[[ "$output" == *"/etc/sysconfig/kdump:2: not an assignment but an if block: only a shell can tell what holds; lines 2 to 6 are passed over, with what they assign"* ]]
	[[ "$output" == *"/etc/sysconfig/kdump:7: not an assignment but a list of commands with &&"* ]]
	[[ "$output" == *"line "*" nr_cpus=1" ]]
	[[ "$output" != *fips* && "$output" != *dma=off* ]]
}

@test "kdumpctl: mounts that the sandbox of a unit makes are no change" {
	kdumpctl rebuild
	echo 1 >"$SYSROOT/sys/kernel/kexec_crash_loaded"
	sed -i 's/ rw,relatime shared/ ro,nosuid,relatime shared/' "$SYSROOT/proc/self/mountinfo"
	cat >>"$SYSROOT/proc/self/mountinfo" <<-'END'
		80 22 254:1 /boot /boot rw,relatime shared:2 - ext4 /dev/vda1 rw
		81 22 254:1 /home /home ro,relatime shared:3 - ext4 /dev/vda1 rw
		82 22 254:1 /tmp/systemd-private-1-kdump.service-x/tmp /tmp rw,relatime shared:4 - ext4 /dev/vda1 rw
		83 22 254:1 / / ro,relatime shared:5 - ext4 /dev/vda1 rw
	END
	kdumpctl status
	[[ "$output" == *"up to date"* ]]
	echo "84 22 254:1 /srv /other rw,relatime shared:2 - ext4 /dev/vda1 rw" >>"$SYSROOT/proc/self/mountinfo"
	kdumpctl status
	[[ "$output" == *"to be looked at"* ]]
	# and the other way round
	echo 0 >"$SYSROOT/sys/kernel/kexec_crash_loaded"
	kdumpctl rebuild
	echo 1 >"$SYSROOT/sys/kernel/kexec_crash_loaded"
	sed -i '/^8[0-3]/d' "$SYSROOT/proc/self/mountinfo"
	kdumpctl status
	[[ "$output" == *"up to date"* ]]
}

@test "kdumpctl: another one holds the lock: the wait has an end" {
	mkdir -p "$SYSROOT/run/crashbox"
	(
		flock 8
		want=1 kdumpctl --wait 0 start --no-savecore
		[[ "$output" == *"nothing was done: "*" has held /run/crashbox/lock for 0 s"* ]]
	) 8>"$SYSROOT/run/crashbox/lock"
	[ "$(stat -c %a "$SYSROOT/run/crashbox")" = 700 ]
}

@test "kdumpctl: the lock of kdump-utils is no reason not to arm, and none at all where others can hold it" {
	mkdir -p "$SYSROOT/run/lock"
	chmod 755 "$SYSROOT/run/lock"
	umask 077
	(
		flock 8
		want=1 kdumpctl --wait 0 start --no-savecore
		[[ "$output" == *"has held /run/lock/kdump for 0 s: going on without it"* && -e "$image" ]]
	) 8>"$SYSROOT/run/lock/kdump"
	# Debian's /run/lock: everybody may make the file first, and hold it
	umask 022
	rm "$image" "$SYSROOT/run/lock/kdump"
	chmod 1777 "$SYSROOT/run/lock"
	dir=$SYSROOT
	while [ "$dir" != / ]; do
		chmod o+x "$dir" 2>/dev/null || :
		dir=$(dirname "$dir")
	done
	setpriv --reuid=nobody --regid=nogroup --clear-groups flock "$SYSROOT/run/lock/kdump" sleep 60 3>&- &
	until [ -e "$SYSROOT/run/lock/kdump" ]; do sleep 0.02; done
	want=1 kdumpctl --wait 5 start --no-savecore
	[[ "$output" != *"/run/lock"* && "$output" != *waiting* && -e "$image" ]]
	# a file of root that everybody may read is held as easily
	chmod 755 "$SYSROOT/run/lock"
	chown root "$SYSROOT/run/lock/kdump"
	want=1 kdumpctl --wait 5 start --no-savecore
	[[ "$output" != *"/run/lock"* ]]
	kill %1 || :
}

@test "kdumpctl: start arms first, then recovers dumps" {
	cat >mkinitrd.sh <<-'END'
		#!/bin/sh
		echo built
		exit 1
	END
	chmod 755 mkinitrd.sh
	# savecore is not to look at this machine
	# shellcheck disable=SC2016
	run -1 unshare -m sh -ec 'mount -t tmpfs none /sys/class/block
		[ ! -e /etc/kdump.conf ] || mount --bind /dev/null /etc/kdump.conf
		mkdir -p /var/crash
		mount -t tmpfs none /var/crash
		mkfifo -m 666 /var/crash/savecore.txt
		exec "$0" kdumpctl --mkinitrd "$PWD/mkinitrd.sh" start' "$CRASHBOX"
	[ "$(echo "$output" | grep -o '^built\|^no dump waits' | tr '\n' ' ')" = "built no dump waits " ]
}

@test "kdumpctl: status says what holds, exit code 3 when not armed" {
	want=3 kdumpctl status
	[[ "$output" == *"armed       NO: no capture kernel is loaded"* ]]
	[[ "$output" == *"reserved    512.0 MiB"* ]]
	[[ "$output" == *"image       none yet for kernel 6.0-test"* ]]
	[[ "$output" == *"rehearsal   none yet"* && "$output" == *"last dump   none below /var/crash"* ]]
	kdumpctl rebuild
	mkdir -p "$SYSROOT/var/lib/crashbox"
	echo '{ "format": 1, "time": 1795285041, "failed": 1, "good": 2, "image": { "ok": false } }' \
		>"$SYSROOT/var/lib/crashbox/rehearsal"
	echo 1 >"$SYSROOT/sys/kernel/kexec_crash_loaded"
	kdumpctl status
	[[ "$output" == *"armed       yes, by another program"* && "$output" == *"up to date"* ]]
	[[ "$output" == *"2 target(s) good, 1 FAILED; the image is NOT as it should be"* ]]
}

# dump NAME: a directory with report and log
dump() {
	mkdir -p "$SYSROOT/var/crash/$1"
	echo '{ "format": 1, "kernel": "6.1-seen", "crash_time": '"$2"', "panic": "Kernel panic - not syncing: x" }' \
		>"$SYSROOT/var/crash/$1/crashbox-report.json"
	echo "[    1.0] Linux" >"$SYSROOT/var/crash/$1/vmcore-dmesg.txt"
}

@test "kdumpctl: list shows whole, cut, damaged and log-only dumps, newest first" {
	dump 127.0.0.1-2026-11-21-18:17:27 1795285041
	dump 127.0.0.1-2026-11-20-18:17:27 1795198641
	dump kdump-test-17-5 1795285040
	"${O:-$ROOT/build}/mk/mkvmcore" "$ROOT/tests/data/flatmem.spec" whole
	"$CRASHBOX" makedumpfile -l -d 31 whole "$SYSROOT/var/crash/127.0.0.1-2026-11-21-18:17:27/vmcore"
	head -c 5000 whole >"$SYSROOT/var/crash/127.0.0.1-2026-11-20-18:17:27/vmcore-incomplete"
	mkdir "$SYSROOT/var/crash/other" "$SYSROOT/var/crash/bad"
	echo text >"$SYSROOT/var/crash/other/file"
	echo text >"$SYSROOT/var/crash/bad/vmcore"
	touch -d '2020-01-01' "$SYSROOT/var/crash/bad/vmcore"
	kdumpctl list
	[[ "$output" == *"whole       6.1-seen"*"127.0.0.1-2026-11-21-18:17:27"*"kdump-test-17-5"*"INCOMPLETE"* ]]
	[[ "$output" == *"Kernel panic - not syncing: x"* && "$output" == *"UNREADABLE"*bad* && "$output" == *"log only"* ]]
	[[ "$output" != *other* ]]
	kdumpctl list --json
	echo "$output" | python3 -c 'import json, sys; d = json.load(sys.stdin); assert [x["state"] for x in d][0] == "whole" and len(d) == 4, d'
	# a name in UTF-8 is the name of the directory, not an escape of each byte
	mkdir -p names/Größe
	echo text >names/Größe/vmcore
	kdumpctl list "$PWD/names" --json
	echo "$output" | python3 -c 'import json, sys; d = json.load(sys.stdin); assert d[0]["dir"] == "Gr\u00f6\u00dfe", d'
	want=3 kdumpctl status
	[[ "$output" == *"last dump   /var/crash/127.0.0.1-2026-11-21-18:17:27: "*"whole"* ]]
	want=1 kdumpctl list "$PWD/nowhere"
	# from a partition, savecore brings them to where `path` says
	printf 'raw PARTLABEL=dump\npath /var/crash\n' >"$SYSROOT/etc/kdump.conf"
	kdumpctl list
	[[ "$output" == *"whole       6.1-seen"*"127.0.0.1-2026-11-21-18:17:27"* ]]
}

@test "kdumpctl: list calls whole what it has read, and says what it has not" {
	local crash="$SYSROOT/var/crash" dir
	for dir in small damaged large flat; do
		mkdir "$crash/$dir"
	done
	"${O:-$ROOT/build}/mk/mkvmcore" "$ROOT/tests/data/flatmem.spec" core
	"$CRASHBOX" makedumpfile -c -d 1 core "$crash/small/vmcore"
	cp "$crash/small/vmcore" "$crash/damaged/vmcore"
	dd if=/dev/urandom of="$crash/damaged/vmcore" bs=1 seek=120000 count=300 conv=notrunc status=none
	sed 's/^load .*/load 0 0xffff888000000000 0x48000000/;/^info\|^load/!d' "$ROOT/tests/data/flatmem.spec" >spec
	"${O:-$ROOT/build}/mk/mkvmcore" spec big
	"$CRASHBOX" makedumpfile -c -d 1 big "$crash/large/vmcore"
	"$CRASHBOX" makedumpfile -F -c -d 1 big >"$crash/flat/vmcore.flat"
	want=0 kdumpctl list
	for want in 'whole .* small' 'INCOMPLETE .* damaged' 'unchecked .* large' 'flattened .* flat'; do
		grep -q -- "$want$" <<<"$output" || { echo "missing: $want in $output"; return 1; }
	done
	grep -q 'page frame .* bytes do not unpack$' <<<"$output"
	[[ "$output" == *"its pages were not read: "*"crashbox verify"* ]]
}

@test "kdumpctl: list shows what kdump-tools and SUSE's kdump left" {
	local crash="$SYSROOT/var/crash"
	mkdir "$crash/202601020304" "$crash/202601020305" "$crash/202601020306" "$crash/202601020307" \
		"$crash/2026-01-02-03:08" "$crash/192.0.2.1-202601020309"
	"${O:-$ROOT/build}/mk/mkvmcore" "$ROOT/tests/data/flatmem.spec" whole
	"$CRASHBOX" makedumpfile -l -d 31 whole "$crash/202601020304/dump.202601020304"
	echo '[    9.0] Kernel panic - not syncing: of Debian' >"$crash/202601020304/dmesg.202601020304"
	"$CRASHBOX" makedumpfile -F -l -d 31 whole >"$crash/202601020305/dump.202601020305"
	# the makedumpfile there failed, and cp was interrupted
	head -c 5000 whole >"$crash/202601020306/dump-incomplete"
	cp whole "$crash/192.0.2.1-202601020309/vmcore.202601020309"
	gzip -c whole >"$crash/202601020307/dump.202601020307.gz"
	cp whole "$crash/2026-01-02-03:08/vmcore"
	echo 'Kernel crashdump' >"$crash/2026-01-02-03:08/README.txt"
	echo '[    9.0] Kernel panic - not syncing: of SUSE' >"$crash/2026-01-02-03:08/dmesg.txt"
	kdumpctl list
	for want in 'whole .* 202601020304' 'flattened .* 202601020305' 'INCOMPLETE .* 202601020306' \
		'packed .* 202601020307' 'whole .* 2026-01-02-03:08' 'whole .* 192.0.2.1-202601020309'; do
		grep -q -- "$want$" <<<"$output" || { echo "missing: $want"; return 1; }
	done
	[[ "$output" == *"Kernel panic - not syncing: of Debian"* && "$output" == *"Kernel panic - not syncing: of SUSE"* ]]
	[[ "$output" == *"gzip"* ]]
	want=0 kdumpctl list --json
	echo "$output" | python3 -c 'import json, sys
d = {x["dir"]: x for x in json.load(sys.stdin)}
assert len(d) == 6, d
assert d["202601020304"]["state"] == "whole" and d["202601020307"]["state"] == "packed", d
assert d["2026-01-02-03:08"]["panic"].endswith("of SUSE"), d'
}

@test "kdumpctl: a test is asked for twice, and its dump is looked for by its id" {
	want=1 kdumpctl test
	[[ "$output" == *"test --force"* ]]
	want=1 kdumpctl test --force
	[[ "$output" == *"no capture kernel is loaded"* ]]
	mkdir -p "$SYSROOT/var/lib/crashbox"
	printf "ID='17-5'\nWHEN=17\nDIR='/var/crash'\nTARGET='directory /var/crash'\n" >"$SYSROOT/var/lib/crashbox/test"
	want=3 kdumpctl status
	[[ "$output" == *"last test   FAILED: there is no kdump-test-17-5 below /var/crash"* ]]
	mkdir -p "$SYSROOT/var/crash/kdump-test-17-5"
	"${O:-$ROOT/build}/mk/mkvmcore" "$ROOT/tests/data/flatmem.spec" "$SYSROOT/var/crash/kdump-test-17-5/vmcore"
	want=3 kdumpctl status
	[[ "$output" == *"last test   passed: /var/crash/kdump-test-17-5 is whole"* ]]
}

@test "kdumpctl: crashkernel= goes into GRUB and systemd-boot entries, or only said" {
	mkdir -p "$SYSROOT/boot/loader/entries" "$SYSROOT/etc/default"
	printf 'title x\noptions root=/dev/vda1 crashkernel=64M\n' >"$SYSROOT/boot/loader/entries/a.conf"
	echo 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"' >"$SYSROOT/etc/default/grub"
	kdumpctl reset-crashkernel -n 200M
	[[ "$output" == *"nothing was written"* ]]
	grep -q '=64M' "$SYSROOT/boot/loader/entries/a.conf"
	kdumpctl reset-crashkernel 200M
	[[ "$output" == *"a.conf: crashkernel=200M, was 64M"* ]]
	grep -qx 'options root=/dev/vda1 crashkernel=200M' "$SYSROOT/boot/loader/entries/a.conf"
	grep -qx 'GRUB_CMDLINE_LINUX_DEFAULT="quiet crashkernel=200M"' "$SYSROOT/etc/default/grub"
	kdumpctl reset-crashkernel
	grep -q "crashkernel=$("$CRASHBOX" kdumpctl get-default-crashkernel)" "$SYSROOT/boot/loader/entries/a.conf"
	want=1 kdumpctl reset-crashkernel auto
	want=0 kdumpctl showmem
	[ "$output" = "Reserved 512MB memory for crash kernel" ]
}

@test "kdumpctl: propagate makes a key, brings it to a real server, and logs in with it" {
	local sshd="$ROOT/tests/net/sshd.sh"
	export HOME="$PWD/root" # where no .ssh is yet
	sh "$sshd" start "$PWD/sshd" port=22
	sed -i 's,^AuthorizedKeysFile.*,& .ssh/authorized_keys,' sshd/conf
	sh "$sshd" kill "$PWD/sshd"
	sh "$sshd" again "$PWD/sshd"
	# what an administrator can log in with already
	sh "$sshd" in "$PWD/sshd" install -D -m 600 "$PWD/sshd/key" /run/home/.ssh/id_ed25519
	sh "$sshd" in "$PWD/sshd" cp "$PWD/sshd/known" /run/home/.ssh/known_hosts
	printf 'ssh root@10.98.0.1\nsshkey %s\n' "$PWD/keys/kdump" >"$SYSROOT/etc/kdump.conf"
	run -0 sh "$sshd" in "$PWD/sshd" "$CRASHBOX" kdumpctl propagate
	echo "$output"
	[[ "$output" == *"made a key: $PWD/keys/kdump"* && "$output" == *"root@10.98.0.1 takes the key"* ]]
	grep -q '^ssh-ed25519' keys/kdump.pub
	sh "$sshd" in "$PWD/sshd" grep -qF "$(cut -d ' ' -f 2 keys/kdump.pub)" /run/home/.ssh/authorized_keys
	run -0 sh "$sshd" in "$PWD/sshd" "$CRASHBOX" kdumpctl propagate
	[[ "$output" != *"made a key"* ]]
	echo "path /var/crash" >"$SYSROOT/etc/kdump.conf"
	want=1 kdumpctl propagate
	[[ "$output" == *"names no ssh target"* ]]
}

@test "kdumpctl: estimate by formula builds the image that it needs" {
	kdumpctl estimate -n
	[ -e "$image" ]
	[[ "$output" == *"Reservation that will do: crashkernel="*"Reserved now: 512M"* ]]
}

# mib LEVEL: what is said of a dump of that level on standard input
mib() {
	sed -n "s/^ *dump level $1 *\([0-9.]*\) MiB\$/\1/p"
}

@test "kdumpctl: estimate tells the size of a dump, and what pages of zeros are worth" {
	cat >spec <<-SPEC
		cpu 336
		load 0 0xffff888000000000 0x3000000
		info OSRELEASE=6.1.0-test
		info PAGESIZE=4096
		fill 0xffff888000100000 0x400000 text
		fill 0xffff888001000000 0x800000 noise
	SPEC
	"$O/mk/mkvmcore" spec "$SYSROOT/proc/kcore"
	kdumpctl estimate -n
	[ "$(mib 0 <<<"$output")" = 48.0 ]
	[ "$(mib 16 <<<"$output")" = 48.0 ]
	# 12 MiB are no zeros; a sample is a sample
	for level in 17 31; do
		awk -v mib="$(mib $level <<<"$output")" 'BEGIN { exit !(mib > 11 && mib < 13) }'
	done
}

@test "kdumpctl: reload on hotplug does nothing where the kernel follows by itself, or nothing is loaded" {
	kdumpctl reload --hotplug=cpu
	[ -z "$output" ]
	mkdir -p "$SYSROOT/sys/devices/system/memory"
	echo 1 >"$SYSROOT/sys/kernel/kexec_crash_loaded"
	echo 1 >"$SYSROOT/sys/devices/system/memory/crash_hotplug"
	kdumpctl reload --hotplug=memory
	[ -z "$output" ]
	want=1 kdumpctl reload --hotplug=cpu
	want=2 kdumpctl reload --hotplug=disk
}

@test "kdumpctl: words, and being called by its own name" {
	ln -s "$CRASHBOX" kdumpctl
	run -0 ./kdumpctl condrestart
	run -2 ./kdumpctl
	run -2 ./kdumpctl bogus
	run -2 ./kdumpctl status more
	run -2 ./kdumpctl --wait x status
	run -0 ./kdumpctl --help
}
