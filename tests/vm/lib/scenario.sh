# SPDX-License-Identifier: GPL-2.0-or-later
# tests/vm: one scenario: a folder -> disks, image, crash, capture, verdict.
# shellcheck shell=sh disable=SC1091,SC2034,SC2086

# scenario_defaults: what a scenario's env file may change
scenario_defaults()
{
	VM_MEM=512		# MiB of the guest
	VM_SMP=1		# CPUs of the first kernel
	VM_CRASHKERNEL=128M
	VM_DEADLINE=300		# seconds for the whole guest
	VM_FILL=96		# MiB of memory the first guest fills before the crash
	VM_WORK=		# not empty: VM_FILL MiB of memory of every kind instead, see first/workload
	VM_FIRST=		# more words for the first kernel's command line
	VM_CPUS=		# CPUs of the capture kernel, when not one
	VM_PANIC=		# run this on the host when the first kernel has panicked, before the capture kernel
	VM_CAPTURE=		# more words for the capture kernel's command line
	VM_PLAIN=		# the capture line itself, instead of config/capture-cmdline
	VM_TAGS=		# what the plan needs, see tests/vm/cmdline.sh
	VM_QUIET=loglevel=4	# console noise of both kernels
	VM_QEMU=		# more words for QEMU
	VM_RESET=		# "-action reboot=reset": a reset does not end QEMU
	VM_SECOND=		# "DEVICE PATH": a second boot that finds a vmcore there powers off
	VM_DRIVERS='virtio_pci virtio_blk ext4'
	VM_MKINITRD=		# more options for mkinitrd.sh
	VM_OVERWRITE=		# a file put over the kdump.conf of the finished image ...
	VM_OVER=etc/kdump.conf	# ... or over this one
	VM_WATCH_TEXT=		# when this text appears on the console ...
	VM_WATCH=		# ... run this; its output is typed into the console
	VM_SHOW=		# console lines of these speakers are shown as they come
	VM_END_TEXT=		# when this text appears the guest is ended
	VM_FS=ext4		# file system of vda
	VM_SIZE=1G		# size of vda
}

# filter_defaults: what the env file of a scenario starts from that filters memory of every kind
filter_defaults()
{
	VM_WORK=yes
	VM_MEM=896
	VM_FILL=256
	VM_DEADLINE=400
	VM_WATCH_TEXT='crashbox: '
	VM_WATCH=$(save_memory)
}

# killer_make first|each: killer.sh in the current directory, a hook that kills who writes the dump
killer_make()
{
	sed "s/@TIMES@/$1/" "$VM/lib/killer.sh" >killer.sh
	chmod +x killer.sh
}

disks_make()
{
	make_disk vda "$VM_FS" "$VM_SIZE"
}

# make_disk NAME FS SIZE [LABEL]: a sparse disk image in the current directory
make_disk()
{
	truncate -s "$3" "$1.img"
	case $2 in
	ext4) mkfs.ext4 -q -F -U "$FS_UUID" -L "${4:-crash}" "$1.img" ;;
	xfs) mkfs.xfs -q -f -m "uuid=$FS_UUID" -L "${4:-crash}" "$1.img" ;;
	btrfs) mkfs.btrfs -q -f -L "${4:-crash}" "$1.img" >/dev/null ;;
	vfat) mkfs.vfat -F 32 -i "$FS_VOLID" -n "${4:-CRASH}" "$1.img" >/dev/null ;;
	raw) ;;
	*) die "make_disk: unknown file system $2" ;;
	esac
	make_paths "$1.img" "$2"
}

# The directory of `path` exists on the target, as an administrator leaves it
make_paths()
{
	case $2 in
	ext4) printf 'mkdir /var\nmkdir /var/crash\n' | debugfs -w "$1" >/dev/null 2>&1 ;;
	vfat) mmd -i "$1" ::/var ::/var/crash ;;
	esac
}

FS_UUID=6c3f2a8e-4b1d-4e57-9c0a-2d5e8f7a1b34
FS_VOLID=5ca1ab1e

# no_timer_check: on a busy machine the emulated timer misses the kernel's test of it, and the capture kernel panics
# before /init; under other hypervisors the kernel leaves that test out by itself.
scenario_env()
{
	cat <<-END
	FILL=$VM_FILL
	WORK=$VM_WORK
	CPUS=$VM_CPUS
	SECOND='$VM_SECOND'
	TAGS='$VM_TAGS'
	PLAIN='$VM_PLAIN'
	EXTRA='console=ttyS0 no_timer_check $VM_QUIET $VM_CAPTURE'
	END
}

# capture_image FILE: the image under test, or its peer
capture_image()
{
	if [ "$CAPTURE" = baseline ]; then
		sh "$VM/baseline-image.sh" "$K_RELEASE" "$1"
		return
	fi
	sed "s|@RUN@|$PWD|" conf >kdump.conf
	CRASHBOX=$O/crashbox sh "$ROOT/mkinitrd.sh" -f -c kdump.conf --no-host-check \
		--kernel-modules "$K_ROOT" --add-drivers "$VM_DRIVERS" $VM_MKINITRD "$1" "$K_VERSION"
}

scenario_prepare()
{
	kernel_get "$2"
	cp -r "$VM/$1/." .
	[ ! -e env ] || . ./env
	VM_CRASHKERNEL=${CRASHKERNEL:-$VM_CRASHKERNEL}
	[ ! -e disk.sh ] || . ./disk.sh
	. ./expect.sh
	disks_make
	capture_image capture.img >mkinitrd.log 2>&1 || die "FAIL $1 $2: mkinitrd.sh: $(tail -3 mkinitrd.log)"
	capture_line_load
	[ -z "$VM_OVERWRITE" ] || overwrite "$VM_OVERWRITE" capture.img
	scenario_env >scenario.env
	[ -z "$VM_WORK" ] || work_disks "$((VM_FILL * 7 / 8))"
	first_image . capture.img
}

# overwrite FILE IMAGE: what a person would be refused can still be in an image that was damaged
# later: the kernel takes the last of two files with one name
overwrite()
{
	mkdir -p "over/$(dirname "$VM_OVER")"
	cp "$1" "over/$VM_OVER"
	pack "$PWD/over" "$PWD/over.cpio"
	truncate -s %512 "$2" # a segment begins on a multiple of 4
	cat over.cpio >>"$2"
	rm -rf over over.cpio
}

# scenario_boot: crash and capture. A guest that dies before the crash was triggered (the emulator
# and the kernel's code patching do that now and then) is started again, counted and told.
scenario_boot()
{
	RETRIES=0
	while :; do
		scenario_guest && STATUS=0 || STATUS=$?
		if crashed .; then
			capture_line_keep
			return 0
		fi
		[ "$RETRIES" -lt 3 ] || die "FAIL $NAME: the first guest never reached the crash, see $PWD/serial.log"
		RETRIES=$((RETRIES + 1))
		cp serial.log "serial-retry$RETRIES.log"
		say "vm: $NAME: the guest died before the crash, retry $RETRIES"
	done
}

scenario_guest()
{
	set --
	[ -z "$VM_WATCH_TEXT" ] || set -- "$@" -w "$VM_WATCH_TEXT" "$VM_WATCH"
	[ -z "$VM_WORK" ] ||
		set -- "$@" -w 'first: inflate' "'$VM/monitor' . 'balloon $((VM_MEM - 32))' 2>balloon.log"
	[ -z "$VM_PANIC" ] || set -- "$@" -w 'Kernel panic - not syncing' "$VM_PANIC"
	for text in $VM_SHOW; do
		set -- "$@" -p "$text: "
	done
	[ -z "$VM_END_TEXT" ] || set -- "$@" -e "$VM_END_TEXT"
	guest . "$K_VMLINUZ" first.img \
		"console=ttyS0 panic=-1 $VM_QUIET crashkernel=$VM_CRASHKERNEL $VM_FIRST" "$@"
}

# The capture line of a kernel needs its symbols, seconds of emulated time to read: the first guest
# works it out once per kernel, list and set of tags; later guests are given the result.
capture_line_load()
{
	CAPTURE_LINE=$VMO/capture-line-$K_RELEASE$(echo "$VM_TAGS" | tr ' ' -)
	[ -z "$VM_PLAIN" ] || return 0
	! up_to_date "$CAPTURE_LINE" "$ROOT/config/capture-cmdline" "$VM/cmdline.sh" "$K_VMLINUZ" ||
		VM_PLAIN=$(cat "$CAPTURE_LINE")
}

capture_line_keep()
{
	[ -z "$VM_PLAIN" ] || return 0
	sed -n 's/.*first: capture line: \(.*\) console=ttyS0 .*/\1/p' serial.log >"$CAPTURE_LINE.$$"
	[ ! -s "$CAPTURE_LINE.$$" ] || mv "$CAPTURE_LINE.$$" "$CAPTURE_LINE"
	rm -f "$CAPTURE_LINE.$$"
}
