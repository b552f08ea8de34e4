# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# From a place in the file tree or a device name to the disk controller, read from /proc, /sys and
# /dev/disk. Needs: $work, $SYSROOT (a prefix for /proc /sys /dev /etc, empty outside of tests).

# One line a mount: MAJOR:MINOR ROOT MOUNTPOINT FSTYPE SOURCE OPTIONS, in mount order.
# Layout: kernel Documentation/filesystems/proc.rst, /proc/PID/mountinfo (6.12).
mounts_init() {
	awk '{
		for (i = 7; i <= NF && $i != "-"; i++)
			;
		print $3, $4, $5, $(i + 1), $(i + 2), $6 "," $(i + 3)
	}' "$SYSROOT/proc/self/mountinfo" >"$work/mounts"
}

# The mount line of the file system that holds directory $1: the longest mount point, the last one.
mount_of_dir() {
	awk -v dir="$1" '{
		p = $3 == "/" ? "/" : $3 "/"
		if (index(dir "/", p) == 1 && length(p) >= best) {
			best = length(p)
			line = $0
		}
	} END { if (best) print line }' "$work/mounts"
}

# The mount line of block device NAME ($1); the whole file system is preferred to a bind mount.
mount_of_device() {
	read -r number <"$SYSROOT/sys/class/block/$1/dev"
	while read -r id root point type source options; do
		case $source in
		/dev/*) ;;
		*) continue ;;
		esac
		# btrfs has numbers of its own: there only the source tells.
		[ "$id" = "$number" ] || [ "$(device_name "$source")" = "$1" ] || continue
		printf '%s %s %s %s %s %s\n' "$id" "$root" "$point" "$type" "$source" "$options"
	done <"$work/mounts" | awk '$2 == "/" && !whole { whole = $0 } NR == 1 { first = $0 }
		END { if (NR) print whole ? whole : first }'
}

# Options for the capture kernel: writable, nothing that is a matter of the running system (fstab
# words, labels of its security module). subvolid= would name a snapshot that may be gone.
mount_options() {
	printf '%s\n' "$1" | tr ',' '\n' | awk '
		$0 == "ro" { $0 = "rw" }
		/^(noauto|auto|nofail|nobootwait|bootwait|defaults|user|users|owner|group|_netdev|seclabel)$/ ||
		/^(x-|X-|comment=|context=|fscontext=|defcontext=|rootcontext=|subvolid=)/ || $0 == "" { next }
		!seen[$0]++ { out = out (out == "" ? "" : ",") $0 }
		END { print out == "" ? "-" : out }'
}

# The mount options that fstab has for one of the names of device NAME ($1).
fstab_options() {
	[ -r "$SYSROOT/etc/fstab" ] || return 0
	grep -v '^[[:space:]]*#' "$SYSROOT/etc/fstab" | while read -r spec _ _ options _; do
		if [ -n "$spec" ] && [ "$(device_name "$spec")" = "$1" ]; then
			echo "$options"
			break
		fi
	done
}

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
		node=$dir/$value
		[ -e "$node" ] || [ "${1%%=*}" != UUID ] || node=$dir/$lower
		[ -e "$node" ] || [ "${1%%=*}" != UUID ] || node=$dir/$upper
		if [ ! -e "$node" ] && [ -z "$SYSROOT" ]; then
			node=$(blkid -c /dev/null -l -o device -t "${1%%=*}=$value" 2>/dev/null) || exit 0
		fi
		;;
	/dev/*) node=$SYSROOT$1 ;;
	*) exit 0 ;;
	esac
	[ -e "$node" ] || exit 0
	name=$(basename "$(readlink -f "$node")")
	if [ -e "$SYSROOT/sys/class/block/$name" ]; then
		printf '%s\n' "$name"
	elif [ -b "$node" ]; then
		number=$(stat -L -c '%t %T' "$node")
		device_by_number $((0x${number% *})):$((0x${number#* }))
	fi
)

# The same for MAJOR:MINOR: a root mounted by the kernel itself is called /dev/root, which is nowhere.
device_by_number() {
	[ ! -e "$SYSROOT/sys/dev/block/$1" ] || basename "$(readlink -f "$SYSROOT/sys/dev/block/$1")"
}

# A name of device NAME ($1) that survives a reboot: of the file system, else of the partition.
device_identity() (
	for by in uuid partuuid label partlabel; do
		tag=$(printf '%s' "$by" | tr '[:lower:]' '[:upper:]')
		for link in "$SYSROOT/dev/disk/by-$by/"*; do
			[ "$(basename "$(readlink -f "$link")")" = "$1" ] || continue
			printf '%s=%s\n' "$tag" "$(basename "$link")"
			exit 0
		done
		[ -z "$SYSROOT" ] || continue
		value=$(blkid -c /dev/null -o value -s "$tag" "/dev/$1" 2>/dev/null) || value=
		if [ -n "$value" ]; then
			printf '%s=%s\n' "$tag" "$value"
			exit 0
		fi
	done
	printf '/dev/%s\n' "$1"
)

# What lies between device NAME ($1) and the disk that a plain driver reaches: "KIND: step 'STEP'",
# or nothing. Each of these needs to be set up again in the capture kernel.
device_stack() (
	sys=$SYSROOT/sys/class/block/$1
	real=$(readlink -f "$sys")
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
	case $real in
	*/md[0-9]*/md[0-9]*p[0-9]*) echo "partition of a RAID array: step 'md'" ;;
	*/session[0-9]*/*) echo "iSCSI disk: step 'iscsi'" ;;
	*/nbd[0-9]*) echo "network block device: step 'nbd'" ;;
	*/loop[0-9]*) echo "loop device: step 'loop'" ;;
	*/rbd[0-9]*) echo "Ceph block device: step 'rbd'" ;;
	*/drbd[0-9]*) echo "DRBD device: step 'drbd'" ;;
	*/bcache[0-9]*) echo "bcache device: step 'bcache'" ;;
	*/zram[0-9]* | */ram[0-9]*) echo "RAM disk, lost in a crash: step 'ram'" ;;
	*/nvme-fabrics/*) echo "NVMe over fabrics: step 'nvmf'" ;;
	esac
)

# The sysfs directories to start from: the device, and each controller of a disk whose NVMe paths
# the kernel joins by itself (nvme_core multipath: the disk then is a virtual device).
device_starts() (
	real=$(readlink -f "$SYSROOT/sys/class/block/$1")
	printf '%s\n' "$real"
	case $real in
	*/nvme-subsystem/nvme-subsys*)
		subsystem=${real%%/nvme-subsys[0-9]*}
		rest=${real#"$subsystem"/}
		for link in "$subsystem/${rest%%/*}/"nvme[0-9]*; do
			[ ! -L "$link" ] || readlink -f "$link"
		done
		;;
	esac
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
	device_starts "$1" | chain_modules
}

# The same for each of the sysfs directories on standard input.
chain_modules() {
	cat >"$work/starts"
	while read -r at; do
		: >"$work/chain"
		while [ "$at" != "${at#"$SYSROOT"/sys/devices/}" ]; do
			echo "$at" >>"$work/chain"
			at=${at%/*}
		done
		awk '{ line[NR] = $0 } END { for (i = NR; i; i--) print line[i] }' "$work/chain" >"$work/walk"
		while read -r dir; do
			sysfs_modules "$dir"
		done <"$work/walk"
	done <"$work/starts" | awk '!seen[$0]++'
}

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

# Drivers of watchdogs that run now: nobody feeds them after a crash unless /init does.
watchdog_modules() {
	for dir in "$SYSROOT/sys/class/watchdog/"*; do
		grep -qx active "$dir/state" 2>/dev/null || continue
		[ ! -L "$dir/device/driver/module" ] || basename "$(readlink "$dir/device/driver/module")"
	done
}

# A raw partition: $1 number, $2 device. It is marked here, while somebody is there to read why not.
target_raw() {
	what="target $1 (raw $2)"
	recipe "target $1"
	if [ "$hostcheck" = 0 ]; then
		recipe "raw $2"
		return 0
	fi
	name=$(device_name "$2")
	if [ -z "$name" ]; then
		refuse "$what: no device $2 on this system"
		return 0
	fi
	check_stack "$what" "$(device_text "$2" "$name")" "$name" || return 0
	partition=$name # the next two lines have a use of their own for $name
	device_modules "$partition" >"$work/requests"
	recipe_modules "$what" <"$work/requests"
	identity=$(device_identity "$partition")
	case $identity in
	/dev/*) note "$what: $identity has no PARTUUID, its name is kept: a crash may change it" ;;
	esac
	recipe "raw $identity"
	[ -z "$SYSROOT" ] || return 0
	"$crashbox" raw prepare "/dev/$partition" >"$work/raw" 2>&1 ||
		refuse "$what: $(sed 's/^crashbox raw: //' "$work/raw")"
}
