# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# From a place in the file tree to the device that holds it, read from /proc/self/mountinfo and fstab.
# Needs: storage.sh; $work, $SYSROOT (a prefix for /proc /sys /dev /etc, empty outside of tests).

# For awk programs: octal_text(S) is S with every \ooo decoded. The kernel writes blank, tab, line end, backslash and
# '#' like that (mangle() in fs/proc_namespace.c, 6.12), fstab takes the same (fstab(5)).
octal_awk='
function octal_text(s,    out, n) {
	while (match(s, /\\[0-3][0-7][0-7]/)) {
		n = substr(s, RSTART + 1, 1) * 64 + substr(s, RSTART + 2, 1) * 8 + substr(s, RSTART + 3, 1)
		out = out substr(s, 1, RSTART - 1) (n ? sprintf("%c", n) : substr(s, RSTART, 4))
		s = substr(s, RSTART + 4)
	}
	return out s
}'

# Field $1 of a mount line or of fstab as plain text.
table_text() {
	case $1 in
	*\\[0-3][0-7][0-7]*) FIELD=$1 awk "$octal_awk"' BEGIN { print octal_text(ENVIRON["FIELD"]) }' ;;
	*) printf '%s\n' "$1" ;;
	esac
}

# One line a mount: MAJOR:MINOR ROOT MOUNTPOINT FSTYPE SOURCE OPTIONS, in mount order; the fields stay encoded.
# Layout: kernel Documentation/filesystems/proc.rst, /proc/PID/mountinfo (6.12).
mounts_init() {
	awk '{
		for (i = 7; i <= NF && $i != "-"; i++)
			;
		print $3, $4, $5, $(i + 1), $(i + 2), $6 "," $(i + 3)
	}' "$SYSROOT/proc/self/mountinfo" >"$work/mounts"
}

# The mount line of the file system that holds directory $1: the longest mount point, the last one.
mount_line() {
	DIR=$1 awk "$octal_awk"' {
		point = octal_text($3)
		p = point == "/" ? "/" : point "/"
		if (index(ENVIRON["DIR"] "/", p) == 1 && length(p) >= best) {
			best = length(p)
			line = $0
		}
	} END { if (best) print line }' "$work/mounts"
}

# The same, after an automount at that place had its chance: stat(2) does not start one, a walk through it does.
mount_of_dir() (
	mount_line "$1" >"$work/line"
	read -r _ _ auto_point auto_type _ <"$work/line" || :
	if [ "${auto_type:-}" = autofs ]; then
		automount_open "$(table_text "$auto_point")"
		mounts_init
		mount_line "$1" >"$work/line"
	fi
	cat "$work/line"
)

automount_open() {
	trace "$1: an automount, opened once"
	limited 60 ls "$SYSROOT${1%/}/." >/dev/null || :
}

# The mount line of block device NAME ($1); the whole file system is preferred to a bind mount.
mount_of_device() (
	read -r number <"$SYSROOT/sys/class/block/$1/dev"
	while read -r id root point type source options; do
		plain=$(table_text "$source")
		case $plain in
		/dev/*) ;;
		*) continue ;;
		esac
		# btrfs has numbers of its own: there only the source tells.
		[ "$id" = "$number" ] || [ "$(device_name "$plain")" = "$1" ] || continue
		printf '%s %s %s %s %s %s\n' "$id" "$root" "$point" "$type" "$source" "$options"
	done <"$work/mounts" | awk '$2 == "/" && !whole { whole = $0 } NR == 1 { first = $0 }
		END { if (NR) print whole ? whole : first }'
)

# The same; where fstab has an automount for the device, that one is opened before.
mount_of_target() (
	mount_of_device "$1" >"$work/found"
	point=$(fstab_field "$1" point)
	if [ ! -s "$work/found" ] && [ -n "$point" ] &&
		[ "$(mount_line "$point" | cut -d' ' -f4)" = autofs ]; then
		mount_of_dir "$point" >/dev/null
		mount_of_device "$1" >"$work/found"
	fi
	cat "$work/found"
)

# Options for the capture kernel: writable, nothing that is a matter of the running system (fstab
# words, labels of its security module). subvolid= would name a snapshot that may be gone.
mount_options() {
	printf '%s\n' "$1" | tr ',' '\n' | awk "$octal_awk"'
		{ $0 = octal_text($0) }
		$0 == "ro" { $0 = "rw" }
		/^(noauto|auto|nofail|nobootwait|bootwait|defaults|user|users|owner|group|_netdev|seclabel)$/ ||
		/^(emergency_ro|shutdown)$/ ||
		/^(x-|X-|comment=|context=|fscontext=|defcontext=|rootcontext=|subvolid=)/ || $0 == "" { next }
		!seen[$0]++ { out = out (out == "" ? "" : ",") $0 }
		END { print out == "" ? "-" : out }'
}

# What fstab has for one of the names of device NAME ($1): $2 is point or options.
fstab_field() (
	[ -r "$SYSROOT/etc/fstab" ] || exit 0
	grep -v '^[[:space:]]*#' "$SYSROOT/etc/fstab" | while read -r spec point _ options _; do
		if [ -n "$spec" ] && [ "$(device_name "$(table_text "$spec")")" = "$1" ]; then
			case $2 in
			point) table_text "$point" ;;
			*) echo "$options" ;;
			esac
			break
		fi
	done
)

# --- the root file system ------------------------------------------------------------------------

# The mount line of the file system that the system's root lies on. What / shows can be layers over it: then it is what
# an image-based system has on /sysroot, else what root= of the kernel command line names.
mount_of_root() {
	mount_of_dir / >"$work/root"
	if [ -z "$(mount_device "$work/root")" ]; then
		awk '$3 == "/sysroot" { line = $0 } END { if (line) print line }' "$work/mounts" >"$work/below"
		[ -n "$(mount_device "$work/below")" ] || mount_of_word >"$work/below"
		[ -z "$(mount_device "$work/below")" ] || cp "$work/below" "$work/root"
	fi
	cat "$work/root"
}

mount_of_word() (
	[ -r "$SYSROOT/proc/cmdline" ] || exit 0
	named=$(tr ' ' '\n' <"$SYSROOT/proc/cmdline" | sed -n 's/^root=//p' | tail -n 1)
	device=$(device_name "$named")
	[ -z "$device" ] || mount_of_device "$device"
)

# The kernel's name of the device that the mount line in file $1 is on; nothing when there is none.
mount_device() (
	read -r number _ _ type source _ <"$1" || exit 0
	case $type in
	zfs | nfs | nfs4 | virtiofs | overlay) exit 0 ;;
	esac
	name=$(device_name "$(table_text "$source")")
	[ -n "$name" ] || name=$(device_by_number "$number")
	printf '%s\n' "$name"
)

# Where directory $1 lies on the file system in $work/mount: a bind mount shows a part of it. For
# btrfs the mount options name the subvolume, which is where the capture kernel starts from too.
path_on_device() (
	read -r _ root point _ _ options <"$work/mount"
	point=$(table_text "$point")
	root=$(table_text "$root")
	rest=${1#"${point%/}"}
	volume=$(mount_volume "$options")
	root=${root#"${volume%/}"}
	printf '%s/%s\n' "${root%/}" "${rest#/}" | sed 's:/*$::; s:^$:/:'
)

# The subvolume that mount options $1 name.
mount_volume() {
	table_text "$(printf '%s\n' "$1" | tr ',' '\n' | sed -n 's/^subvol=//p')"
}

# --- what cannot be written after a crash --------------------------------------------------------

# Why a file system of type $1 without a block device is no target, and what is.
no_device_text() {
	case $1 in
	tmpfs | ramfs | devtmpfs) echo "it is in memory and lost in a crash" ;;
	zfs) echo "the capture kernel has no ZFS; name a partition of another type, a raw partition, nfs or ssh" ;;
	overlay | aufs | unionfs) echo "these are layers; name the file system below as the target, or a path on one" ;;
	fuse | fuse.* | fuseblk) echo "a program serves it, which a crash ends" ;;
	9p | cifs | smb3 | ceph | afs | glusterfs) echo "of the file systems of servers only NFS is built in" ;;
	*) echo "name a partition, a raw partition, nfs or ssh as the target" ;;
	esac
}

# File systems that one kernel with their module can write to alone. Others are made for reading, for several machines
# at once, or need a program beside them.
type_writable() {
	case $1 in
	ext2 | ext3 | ext4 | xfs | btrfs | bcachefs | f2fs | jfs | nilfs2 | reiserfs | minix | vfat | msdos | exfat | \
		ntfs3 | hfsplus | udf | auto) return 0 ;;
	*) return 1 ;;
	esac
}
