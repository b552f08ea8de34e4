# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# File systems that lie on more than one device: a log, a journal or a realtime section beside them, or members. The
# capture kernel awaits one device, so they are refused by name. Needs: mounts.sh, storage.sh; $crashbox, $SYSROOT.

# Refuses the file system on device NAME ($3) when it needs others. $1: what needs it, $2: the device for people,
# $4: type, $5: options of the mount. Fails after a refusal.
check_parts() (
	{
		parts_of_options "$4" "$5"
		parts_of_sysfs "$3" "$4"
		parts_of_superblock "$3"
	} | awk -F '\t' '!seen[$1]++' >"$work/parts"
	[ -s "$work/parts" ] || exit 0
	while IFS='	' read -r part where; do
		refuse "$1: $2 ($4): $part${where:+ on $where}: a file system on several devices is not built in;" \
			"name another target"
	done <"$work/parts"
	exit 1
)

# What mount options name: lines PART TAB DEVICE. ext4 shows the journal's device as a number, or not at all.
parts_of_options() {
	printf '%s\n' "$2" | tr ',' '\n' | sed -n 's/^\([a-z_]*\)=\(.*\)/\1 \2/p' | while read -r key value; do
		value=$(table_text "$value")
		case $1,$key in
		xfs,logdev) printf 'its log is\t%s\n' "$value" ;;
		xfs,rtdev) printf 'its realtime section is\t%s\n' "$value" ;;
		ext[34],journal_path | reiserfs,jdev) printf 'its journal is\t%s\n' "$value" ;;
		ext[34],journal_dev) printf 'its journal is\tdevice number %s\n' "$value" ;;
		btrfs,device) printf 'a member is\t%s\n' "$value" ;;
		esac
	done
}

# The members that the kernel has joined: of btrfs and bcachefs each file system lists them.
parts_of_sysfs() {
	case $2 in
	btrfs | bcachefs) ;;
	*) return 0 ;;
	esac
	for dir in "$SYSROOT/sys/fs/$2/"*; do
		members=
		for path in "$dir/devices/"* "$dir/dev-"*/block; do
			[ -e "$path" ] || [ -L "$path" ] || continue
			case $path in
			*/block) member=$(basename "$(readlink -f "$path")") ;;
			*) member=${path##*/} ;;
			esac
			members="$members $member"
		done
		case " $members " in
		*" $1 "*) printf '%s\n' "$members" | tr ' ' '\n' | grep . | grep -vxF "$1" | sort -u |
			sed "s:^:a member is	/dev/:" | tr '\n' ',' | sed 's:,a member is	:, :g; s:,$::' || : ;;
		esac
	done
}

# What the superblock says, which holds for a file system that is not mounted, too: lines of `crashbox blkwait -p`.
parts_of_superblock() {
	limited 20 "$crashbox" blkwait -p "$SYSROOT/dev/$(printf '%s' "$1" | tr '!' /)" | while read -r part value; do
		case $part in
		log) printf 'its log is\tanother device\n' ;;
		journal) printf 'its journal is\tanother device (UUID %s)\n' "$value" ;;
		realtime) printf 'its realtime section is\tanother device\n' ;;
		devices) printf 'a member is\tanother device: it has %s\n' "$value" ;;
		device) printf 'a member is\t%s\n' "$value" ;;
		esac
	done
}

# Refuses a source that names several devices, as bcachefs has it: "/dev/vda1:/dev/vdb1". $1: what needs it,
# $2: mount point, $3: type, $4: source.
check_sources() {
	case $4 in
	/dev/*:/dev/*)
		refuse "$1: $2 is $3 on $4: a file system on several devices is not built in; name another target"
		return 1
		;;
	esac
}

# True when below directory $1, the root of a file system, there is directory $2; links in it lead to places below $1,
# as they will when $1 is mounted alone.
dir_below() (
	root=$SYSROOT${1%/}
	below=
	rest=$2
	links=0
	while [ -n "$rest" ]; do
		part=${rest%%/*}
		case $rest in
		*/*) rest=${rest#*/} ;;
		*) rest= ;;
		esac
		case $part in
		'' | .) continue ;;
		..)
			below=${below%/*}
			continue
			;;
		esac
		if [ -L "$root$below/$part" ]; then
			links=$((links + 1))
			[ "$links" -le 40 ] || exit 1
			target=$(readlink "$root$below/$part")
			case $target in
			/*) below= ;;
			esac
			rest=$target/$rest
		else
			below=$below/$part
		fi
	done
	[ -d "$root$below" ]
)
