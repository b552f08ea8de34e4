# SPDX-License-Identifier: GPL-2.0-or-later
# tests/vm: one guest in QEMU, always emulated (never -accel kvm: the device can exist and hang).
# shellcheck shell=sh disable=SC2086,SC2046 # VM_QEMU, disk_args: words

# Text that /init of the first guest prints right before the panic: after it nothing is retried.
CRASH_MARK='first: crash'

# disk_args DIR: QEMU arguments for DIR/vda.img, vdb.img, ... in this order
disk_args()
{
	for image in "$1"/vd?.img; do
		[ -e "$image" ] || continue
		printf '%s\n' -drive \
			"file=$(basename "$image"),if=virtio,format=raw,cache=unsafe,discard=unmap"
	done
}

# guest DIR KERNEL INITRD APPEND [guest options]...: run one guest in DIR, console in DIR/serial.log.
# Takes VM_MEM (MiB), VM_SMP, VM_DEADLINE (s), VM_QEMU (more words for QEMU), VM_RESET (empty: a
# reset ends QEMU). Gives the status of the guest tool: 0 ended, 124 deadline.
guest()
{
	dir=$1 kernel=$2 initrd=$3 append=$4
	shift 4
	tool_build guest vm/guest.c
	(
		slot_take
		cd "$dir" || exit
		rm -f mon
		"$VMO/bin/guest" -l serial.log -t "$VM_DEADLINE" "$@" -- \
			qemu-system-x86_64 -accel tcg,thread=multi -cpu max \
			-m "$VM_MEM" -smp "$VM_SMP" -display none -nodefaults -nic none -no-user-config \
			-serial stdio -monitor unix:mon,server=on,wait=off ${VM_RESET:--no-reboot} \
			$(disk_args .) $VM_QEMU \
			-kernel "$kernel" -initrd "$initrd" -append "$append" 3>&2 2>qemu.log 9>&-
		# a command behind the guest: the shell must stay and hold the slot, not become the guest
		exit "$?"
	)
}

# at DIR TEXT: seconds after the start of the guest when TEXT first appeared on its console
at()
{
	awk -v text="$2" 'index($0, text) {
		sub(/^\[ */, "")
		print $1 + 0
		exit
	}' "$1/serial.log"
}

# between DIR FROM TO: seconds from the one text to the other, or "-"
between()
{
	awk -v from="$(at "$1" "$2")" -v to="$(at "$1" "$3")" \
		'BEGIN { if (from == "" || to == "") print "-"; else printf "%.2f\n", to - from }'
}

crashed()
{
	grep -q "$CRASH_MARK" "$1/serial.log" 2>/dev/null
}
