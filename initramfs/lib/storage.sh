# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# From a device name to the disk controller, read from /sys and /dev/disk. Needs: mounts.sh; $work, $SYSROOT (a prefix
# for /proc /sys /dev /etc, empty outside of tests).

# The kernel's name (as in /sys/class/block) of the device that $1 names: a path, UUID=, LABEL=,
# PARTUUID=, PARTLABEL=. Nothing when there is none.
device_name() (
	value=${1#*=}
	value=${value#\"}
	value=${value%\"}
	case $1 in
	UUID=* | LABEL=* | PARTUUID=* | PARTLABEL=*)
		dir=$SYSROOT/dev/disk/by-$(printf '%s' "${1%%=*}" | tr '[:upper:]' '[:lower:]')
		lower=$(printf '%s' "$value" | tr '[:upper:]' '[:lower:]')
		upper=$(printf '%s' "$value" | tr '[:lower:]' '[:upper:]')
		node=$dir/$(udev_text "$value")
		[ -e "$node" ] || [ "${1%%=*}" != UUID ] || node=$dir/$lower
		[ -e "$node" ] || [ "${1%%=*}" != UUID ] || node=$dir/$upper
		if [ ! -e "$node" ] && [ -z "$SYSROOT" ]; then
			node=$(limited 60 blkid -c /dev/null -l -o device -t "${1%%=*}=$value") || exit 0
		fi
		;;
	/dev/*) node=$SYSROOT$1 ;;
	*) exit 0 ;;
	esac
	[ -e "$node" ] || exit 0
	name=$(node_name "$node")
	if [ -e "$SYSROOT/sys/class/block/$name" ]; then
		printf '%s\n' "$name"
	elif [ -b "$node" ]; then
		number=$(stat -L -c '%t %T' "$node")
		device_by_number $((0x${number% *})):$((0x${number#* }))
	fi
)

# The name that sysfs has for node $1, which may be a link: "/" of "cciss/c0d0" stands there as "!".
node_name() (
	real=$(readlink -f "$1")
	printf '%s\n' "${real#"$SYSROOT/dev/"}" | tr / '!'
)

# Label $1 as udev writes it in the name of a link: every other byte of ASCII is \xNN.
udev_text() {
	case $1 in
	*[!A-Za-z0-9#+.:=@_-]*) ;;
	*)
		printf '%s\n' "$1"
		return 0
		;;
	esac
	LABEL=$1 awk 'BEGIN {
		for (i = 1; i < 256; i++)
			number[sprintf("%c", i)] = i
		s = ENVIRON["LABEL"]
		for (i = 1; i <= length(s); i++) {
			c = substr(s, i, 1)
			plain = c ~ /[A-Za-z0-9#+.:=@_-]/ || number[c] > 127
			out = out (plain ? c : sprintf("\\x%02x", number[c]))
		}
		print out
	}'
}

# TAG=VALUE ($1, $2: VALUE as udev writes it) in the words of the recipe, where a blank ends the name.
tag_spec() {
	case $2 in
	*\\x*) printf '/dev/disk/by-%s/%s\n' "$(printf '%s' "$1" | tr '[:upper:]' '[:lower:]')" "$2" ;;
	*) printf '%s=%s\n' "$1" "$2" ;;
	esac
}

# The same for a name of kdump.conf that is kept as it is.
given_spec() {
	case $1 in
	LABEL=* | PARTLABEL=*) tag_spec "${1%%=*}" "$(udev_text "${1#*=}")" ;;
	*) printf '%s\n' "$1" ;;
	esac
}

# The same for MAJOR:MINOR: a root mounted by the kernel itself is called /dev/root, which is nowhere.
device_by_number() {
	[ ! -e "$SYSROOT/sys/dev/block/$1" ] || basename "$(readlink -f "$SYSROOT/sys/dev/block/$1")"
}

# A name of device NAME ($1) that survives a reboot: of the file system, else of the partition.
device_identity() (
	for by in uuid partuuid label partlabel; do
		tag=$(printf '%s' "$by" | tr '[:lower:]' '[:upper:]')
		for link in "$SYSROOT/dev/disk/by-$by/"*; do
			[ "$(node_name "$link")" = "$1" ] || continue
			tag_spec "$tag" "$(basename "$link")"
			exit 0
		done
		[ -z "$SYSROOT" ] || continue
		value=$(limited 20 blkid -c /dev/null -o value -s "$tag" "/dev/$1") || value=
		if [ -n "$value" ]; then
			tag_spec "$tag" "$(udev_text "$value")"
			exit 0
		fi
	done
	printf '/dev/%s\n' "$1"
)

# What lies between device NAME ($1) and the disk that a plain driver reaches: "KIND: step 'STEP'",
# or nothing. Each of these needs to be set up again in the capture kernel.
device_stack() (
	sys=$SYSROOT/sys/class/block/$1
	if [ -r "$sys/dm/uuid" ]; then
		read -r id <"$sys/dm/uuid" || id=
		case $id in
		LVM-*) echo "LVM logical volume: step 'lvm'" ;;
		CRYPT-*) echo "encrypted device: step 'luks'" ;;
		*mpath-*) echo "multipath device: step 'multipath'" ;;
		*) echo "device-mapper device: step 'dm'" ;;
		esac
		exit 0
	fi
	if [ -d "$sys/md" ]; then
		echo "RAID array: step 'md'"
		exit 0
	fi
	device_starts "$1" >"$work/stack"
	while read -r real; do
		step_of_path "$real"
	done <"$work/stack" >"$work/step"
	[ -s "$work/step" ] || unknown_driver "$1" >"$work/step" || exit 0
	head -n 1 "$work/step"
)

# The step that sysfs path $1 tells of.
step_of_path() {
	case $1 in
	*/md[0-9]*/md[0-9]*p[0-9]*) echo "partition of a RAID array: step 'md'" ;;
	*/session[0-9]*/*) echo "iSCSI disk: step 'iscsi'" ;;
	*/nbd[0-9]*) echo "network block device: step 'nbd'" ;;
	*/loop[0-9]*) echo "loop device: step 'loop'" ;;
	*/rbd[0-9]*) echo "Ceph block device: step 'rbd'" ;;
	*/drbd[0-9]*) echo "DRBD device: step 'drbd'" ;;
	*/bcache[0-9]*) echo "bcache device: step 'bcache'" ;;
	*/zram[0-9]* | */ram[0-9]* | */nullb[0-9]* | */pseudo_[0-9]* | */tcm_loop_*)
		echo "RAM disk, lost in a crash: step 'ram'"
		;;
	*/nvme-fabrics/*) echo "NVMe over fabrics: step 'nvmf'" ;;
	*/ctlr_[0-9]*/host[0-9]*) echo "disk over Fibre Channel over Ethernet: step 'fcoe'" ;;
	*/infiniband_srp/*) echo "SRP disk: step 'srp'" ;;
	*/virtual/*/zd[0-9]*) echo "ZFS volume: step 'zfs'" ;;
	*/vhci_hcd.[0-9]*/*) echo "disk over USB/IP: step 'usbip'" ;;
	*/dummy_hcd.[0-9]*/*) echo "disk that this system shows itself over USB: step 'gadget'" ;;
	*/virtual/*/ublkb[0-9]*) echo "disk that a program serves: step 'ublk'" ;;
	esac
}

# Disks that are known to work are those whose own device has a driver: the driver then is packed and binds again.
# Prints what is amiss with device NAME ($1), which no step above is known for; fails when it is a known disk.
unknown_driver() {
	owner=$(device_owner "$1")
	family=$(printf '%s' "$1" | sed 's/[0-9].*//')
	case $owner in
	"$SYSROOT"/sys/devices/virtual | "$SYSROOT"/sys/devices/virtual/*)
		echo "virtual disk of a driver that is not known here ($1): step '$family'"
		return 0
		;;
	esac
	[ ! -L "$owner/driver" ] || return 1
	# No driver at all is to be seen, as in a part of sysfs: the name tells.
	if [ -z "$(chain_drivers "$owner")" ] && [ -n "$(family_modules "$1")" ]; then
		return 1
	fi
	echo "disk without a driver that sysfs shows ($1): step '$family'"
}

# The sysfs directory of the device that the disk of block device NAME ($1) belongs to: what a driver is bound to.
device_owner() (
	device_starts "$1" >"$work/starts.owner"
	read -r real <"$work/starts.owner"
	case $real in
	*/nvme/nvme[0-9]*) printf '%s\n' "${real%/nvme/nvme[0-9]*}" ;;
	*/block/*) printf '%s\n' "${real%/block/*}" ;;
	*)
		[ ! -e "$real/partition" ] || real=${real%/*}
		printf '%s\n' "${real%/*}"
		;;
	esac
)

# The directories with a driver from $1 up to the root of the device tree.
chain_drivers() (
	at=$1
	while [ "$at" != "${at#"$SYSROOT"/sys/devices/}" ]; do
		[ ! -L "$at/driver" ] || printf '%s\n' "$at"
		at=${at%/*}
	done
)

# Requests for the driver that a disk of this name ($1) has.
family_modules() {
	case $1 in
	sd[a-z]*) echo '?sd_mod' ;;
	vd[a-z]*) printf '?virtio_%s\n' pci blk ;;
	xvd[a-z]*) echo '?xen-blkfront' ;;
	nvme[0-9]*) echo '?nvme' ;;
	mmcblk[0-9]*) echo '?mmc_block' ;;
	pmem[0-9]*) echo '?nd_pmem' ;;
	dasd[a-z]*) printf '?dasd_%s_mod\n' eckd fba ;;
	scm[a-z]*) echo '?scm_block' ;;
	esac
}

# The sysfs directories to start from: the device, and each controller of a disk whose NVMe paths
# the kernel joins by itself (nvme_core multipath: the disk then is a virtual device).
device_starts() (
	real=$(readlink -f "$SYSROOT/sys/class/block/$1")
	case $real in
	*/nvme-subsystem/nvme-subsys*)
		subsystem=${real%%/nvme-subsys[0-9]*}
		rest=${real#"$subsystem"/}
		for link in "$subsystem/${rest%%/*}/"nvme[0-9]*; do
			[ ! -L "$link" ] || readlink -f "$link"
		done
		;;
	esac
	printf '%s\n' "$real"
)

# Modules for one sysfs device: the driver that is bound to it, by its module's name; a driver that
# is built into the running kernel may be a module of the other one, so its alias is asked too.
sysfs_modules() {
	[ -L "$1/driver" ] || return 0
	if [ -L "$1/driver/module" ]; then
		basename "$(readlink "$1/driver/module")"
		return 0
	fi
	[ -r "$1/modalias" ] || return 0
	case $(cat "$1/modalias") in
	pci:*bc06*) ;;   # bridges: their only modules are for hot-plug
	*) modules_of_aliases <"$1/modalias" ;;
	esac
}

# Requests (see closure.awk) for every driver between device NAME ($1) and the root of the device
# tree, controllers first.
device_modules() {
	[ -n "$(chain_drivers "$(device_owner "$1")")" ] || family_modules "$1"
	device_starts "$1" | chain_modules
}

# The same for each of the sysfs directories on standard input.
chain_modules() {
	: >"$work/chained"
	while read -r start; do
		chain_from "$start" ''
	done | awk '!seen[$0]++'
}

# What makes a device comes before it: its parents, and its suppliers (clocks, regulators, buses beside the tree, which
# the kernel links as "supplier:BUS:NAME" since 5.13). $2 is "?" for those that another kernel may have built in.
chain_from() (
	! grep -qxF "$1" "$work/chained" || exit 0
	printf '%s\n' "$1" >>"$work/chained"
	case $1 in
	"$SYSROOT"/sys/devices/?*)
		chain_from "${1%/*}" "$2"
		for link in "$1"/supplier:*; do
			[ ! -e "$link/supplier" ] || chain_from "$(readlink -f "$link/supplier")" '?'
		done
		;;
	esac
	sysfs_modules "$1" | sed "s/^?*/$2/"
)

# Requests for file system type $1 mounted with options $2.
fs_modules() {
	case $1 in
	ext2 | ext3) echo "$1|fs-$1|ext4" ;;
	*) echo "$1|fs-$1" ;;
	esac
	case $1 in
	vfat)
		page=$(printf '%s\n' "$2" | tr ',' '\n' | sed -n 's/^codepage=//p')
		set=$(printf '%s\n' "$2" | tr ',' '\n' | sed -n 's/^iocharset=//p')
		printf '?nls_cp%s\n' "${page:-437}"
		printf '?nls_%s\n' "${set:-ascii}" ascii iso8859-1 utf8
		;;
	virtiofs) echo '?virtio_pci' ;;
	esac
}

# Drivers of watchdogs that run now, and of what makes them: after a crash only /init can feed them. Without
# CONFIG_WATCHDOG_SYSFS there is no `state`, and each of them may run.
watchdog_modules() {
	for dir in "$SYSROOT/sys/class/watchdog/"*; do
		[ ! -e "$dir/state" ] || grep -qx active "$dir/state" 2>/dev/null || continue
		[ ! -e "$dir/device" ] || readlink -f "$dir/device"
	done | chain_modules
}

# Drivers of the consoles that are written to now. Those of a hypervisor have no `device`: their driver lists them.
console_modules() {
	active=
	[ ! -r "$SYSROOT/sys/class/tty/console/active" ] || read -r active <"$SYSROOT/sys/class/tty/console/active" || :
	for tty in $active; do
		[ ! -e "$SYSROOT/sys/class/tty/$tty/device" ] || readlink -f "$SYSROOT/sys/class/tty/$tty/device"
		case $tty in
		hvc*)
			for dir in "$SYSROOT/sys/bus/virtio/drivers/virtio_console/virtio"[0-9]*; do
				[ ! -e "$dir" ] || readlink -f "$dir"
			done
			;;
		esac
	done | chain_modules
}

# " fixed" for a device NAME ($1) that no hand plugs in: a stick with the same identity is not taken for it.
device_fixed() (
	real=$(readlink -f "$SYSROOT/sys/class/block/$1")
	[ ! -e "$real/partition" ] || real=${real%/*}
	[ -r "$real/removable" ] || exit 0
	read -r removable <"$real/removable"
	case $removable:$real in
	0:*/usb[0-9]*) ;;
	0:*) echo ' fixed' ;;
	esac
)

# A raw partition: $1 number, $2 device. It is marked here, while somebody is there to read why not.
target_raw() {
	what="target $1 (raw $2)"
	recipe "target $1"
	if [ "$hostcheck" = 0 ]; then
		recipe "raw $(given_spec "$2")"
		return 0
	fi
	name=$(device_name "$2")
	if [ -z "$name" ]; then
		refuse "$what: no device $2 on this system"
		return 0
	fi
	check_stack "$what" "$(device_text "$2" "$name")" "$name" || return 0
	device_modules "$name" | recipe_modules "$what"
	identity=$(device_identity "$name")
	case $identity in
	/dev/*) note "$what: $identity has no PARTUUID, its name is kept: a crash may change it" ;;
	esac
	recipe "raw $identity$(device_fixed "$name")"
	[ -z "$SYSROOT" ] || return 0
	"$crashbox" raw prepare "/dev/$name" >"$work/raw" 2>&1 ||
		refuse "$what: $(sed 's/^crashbox raw: //' "$work/raw")"
}
