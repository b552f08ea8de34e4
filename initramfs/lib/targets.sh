# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# The recipe: how /init reaches each target, decided and checked while a person is watching.
# Needs: mounts.sh, storage.sh, fsparts.sh, network.sh, modules.sh, conf.sh; $version $generic $hostcheck $add_drivers.

recipe() {
	printf '%s\n' "$*" >>"$work/recipe"
}

# `module` lines for the requests on standard input, with the parameters that this system has.
recipe_modules() (
	modules_resolve "$1" >"$work/names"
	while read -r name; do
		text=$(awk -v m="$name" '{ n = $1; gsub(/-/, "_", n) }
			n == m { $1 = ""; out = out $0 } END { print out }' "$work/params")
		recipe "module $name$text"
	done <"$work/names"
)

recipe_common() {
	: >"$work/recipe"
	recipe "crashbox-recipe 1"
	recipe "kernel $version"
	recipe "mode $([ "$generic" = 1 ] && echo generic || echo host)"
	if [ "$hostcheck" != 0 ]; then
		watchdog_modules | sed 's/^?*/?/' | recipe_modules "watchdog"
		console_modules | sed 's/^?*/?/' | recipe_modules "console"
	fi
	printf '%s\n' "$add_drivers" | tr -s ' ,' '\n' | recipe_modules "--add-drivers"
	conf_all extra_module | recipe_modules "extra_modules"
	[ "$generic" = 0 ] || recipe_generic
}

# Network drivers are in the image for plans to come; /init loads none of them for a local target.
recipe_generic() {
	if [ -z "$generic_groups" ]; then
		generic_groups=storage,fs,net
		grep -q '^target	[0-9]*	\(nfs\|ssh\)	' "$work/facts" ||
			note "network drivers are included though $conf does not use the network" \
				"(--generic=storage,fs leaves them out)"
	fi
	modules_generic "$generic_groups" | modules_resolve "generic-modules" >/dev/null
}

# The steps behind a `target` or `rootfs` line. $1: what needs it, $2: device, $3: fstype,
# $4: options of the mount, $5: the kernel's name of the device or nothing.
recipe_steps() {
	case $2,$4 in
	*[[:blank:]]*,* | *,*\\054*)
		refuse "$1: the device or a mount option has a blank or a comma in its name, which the recipe" \
			"cannot say: $2 $4"
		return 0
		;;
	esac
	{
		[ -z "$5" ] || device_modules "$5"
		fs_modules "$3" "$4"
	} >"$work/requests"
	recipe_modules "$1" <"$work/requests"
	case $5:$2 in
	?*:/dev/*) note "$1: $2 has no UUID or label, its name is kept: a crash may change it" ;;
	esac
	recipe "device $2$([ -z "$5" ] || device_fixed "$5")"
	recipe "mount $3$(mount_options "$4" | sed 's/^-$//; s/^./ &/')"
}

# Refuses what /init cannot set up. $1: what needs it, $2: its name for people, $3: for the kernel.
check_stack() (
	stack=$(device_stack "$3")
	[ -n "$stack" ] || exit 0
	refuse "$1: $2: $stack is not built in; name another target"
	exit 1
)

device_text() {
	case $1 in
	/dev/dm-* | /dev/root) ;;
	*) printf '%s\n' "$1" && return 0 ;;
	esac
	[ -r "$SYSROOT/sys/class/block/$2/dm/name" ] || { printf '%s\n' "$1" && return 0; }
	printf '/dev/mapper/%s\n' "$(cat "$SYSROOT/sys/class/block/$2/dm/name")"
}

# A file system named in kdump.conf: $1 number, $2 fstype, $3 device or tag, $4 options or "-".
target_fs() {
	what="target $1 ($2 $3)"
	given=$4
	[ "$given" != - ] || given=
	recipe "target $1"
	if [ "$2" = virtiofs ] || [ "$hostcheck" = 0 ]; then
		recipe_steps "$what" "$(given_spec "$3")" "$2" "$given" ""
		return 0
	fi
	name=$(device_name "$3")
	if [ -z "$name" ]; then
		refuse "$what: no device $3 on this system"
		return 0
	fi
	check_stack "$what" "$(device_text "$3" "$name")" "$name" || return 0
	mount_of_target "$name" >"$work/mount"
	[ -n "$given" ] || given=$(target_mounted_options "$name")
	target_check "$what" "$2" "$name"
	check_parts "$what" "$3" "$name" "$2" "$given" || return 0
	recipe_steps "$what" "$(device_identity "$name")" "$2" "$given" "$name"
}

target_mounted_options() {
	if [ -s "$work/mount" ]; then
		cut -d' ' -f6 "$work/mount"
	else
		fstab_field "$1" options
	fi
}

# What can be seen of a target from here: its type, and its directory when it is mounted.
target_check() (
	if [ ! -s "$work/mount" ]; then
		seen=
		[ -n "$SYSROOT" ] || seen=$(limited 20 blkid -c /dev/null -o value -s TYPE "/dev/$3") || seen=
		[ -z "$seen" ] || [ "$seen" = "$2" ] || refuse "$1: the device holds $seen"
		note "$1: not mounted here, so the directory $dump_path on it was not looked at"
		exit 0
	fi
	read -r _ _ point seen _ <"$work/mount"
	point=$(table_text "$point")
	[ "$seen" = "$2" ] || refuse "$1: the device is mounted as $seen on $point"
	dir_below "$point" "$dump_path" ||
		refuse "$1: no directory $dump_path on it (that is ${point%/}$dump_path here)"
)

# No target in kdump.conf: the file system that holds `path`.
target_default() {
	if [ "$hostcheck" = 0 ]; then
		refuse "$conf names no target, and with --no-host-check nothing else tells where" \
			"$dump_path is"
		return 0
	fi
	dir=$(dump_dir) || return 0
	mount_of_dir "${dir:-/}" >"$work/mount"
	recipe "target 0"
	target_mount "path $dump_path" && recipe "path $(path_on_device "${dir:-/}")"
}

# Where `path` is on this system, without links. It may be on a server that does not answer, which would hold a shell
# that looks itself. Fails after a refusal.
dump_dir() (
	set -- 0
	dir=$(limited 60 readlink -f "$SYSROOT$dump_path") || set -- $?
	if [ "$1" = 137 ]; then
		refuse "path $dump_path: its file system does not answer"
	elif [ "$1" != 0 ] || [ ! -d "$dir" ]; then
		refuse "path $dump_path: no such directory on this system"
	else
		printf '%s\n' "${dir#"$SYSROOT"}"
		exit 0
	fi
	exit 1
)

# The system's root, for dump_to_rootfs and mount_root_run_init.
target_rootfs() {
	if [ "$hostcheck" = 0 ]; then
		note "the root file system is not looked at: the capture kernel needs root="
		return 0
	fi
	mount_of_root >"$work/mount"
	case $1,$(awk '{ print $4 }' "$work/mount") in
	mount_root_run_init,nfs | mount_root_run_init,nfs4)
		if [ "$kernel_nfs" = 0 ]; then
			refuse "failure_action $1: the root file system is on a server, and only files are written" \
				"there, nothing is mounted: --with-kernel-nfs does, and dump_to_rootfs needs no mount"
			return 0
		fi
		;;
	esac
	if [ "$1" = mount_root_run_init ] && ! root_is_whole; then
		refuse "failure_action $1: / is a part of its file system or layers over it, which the program that" \
			"starts this system puts together: say dump_to_rootfs, reboot, halt or shell"
		return 0
	fi
	recipe "rootfs"
	target_mount "failure_action $1" || return 0
	[ "$1" != dump_to_rootfs ] || rootfs_path
}

# True when / is what the file system in $work/mount has at its own root.
root_is_whole() {
	mount_line / >"$work/shown"
	case $(awk '{ print $4 }' "$work/shown") in
	nfs | nfs4) return 0 ;;
	esac
	cmp -s "$work/shown" "$work/mount" && [ "$(path_on_device /)" = / ]
}

# Where `path` lies on the root's own file system, when that is another place than its name says.
rootfs_path() (
	dir=$(limited 60 readlink -f "$SYSROOT$dump_path") || exit 0
	dir=${dir#"$SYSROOT"}
	cp "$work/mount" "$work/root"
	mount_of_dir "${dir:-/}" >"$work/mount"
	if [ "$(mount_same "$work/root")" = "$(mount_same "$work/mount")" ]; then
		at=$(path_on_device "${dir:-/}")
		[ "$at" = "$dump_path" ] || recipe "path $at"
	fi
)

# Which file system, and of btrfs which subvolume, the line in file $1 mounts.
mount_same() (
	read -r number _ _ type _ options <"$1" || exit 0
	printf '%s %s %s\n' "$number" "$type" "$(mount_volume "$options")"
)

# Steps for the mount in $work/mount. $1: what needs it.
target_mount() {
	read -r number _ point type source options <"$work/mount" || {
		refuse "$1: nothing is mounted there"
		return 1
	}
	point=$(table_text "$point")
	source=$(table_text "$source")
	case $type in
	nfs | nfs4)
		if ! network_built; then
			refuse "$1: it is on $source, $type: networking is not built in"
			return 1
		fi
		case $source in
		*[[:blank:]]*)
			refuse "$1: the export $source has a blank in its name, which the recipe cannot say"
			return 1
			;;
		esac
		network_nfs "$1" "$source" "$(printf '%s\n' "$options" | nfs_options)" || return 1
		return 0
		;;
	virtiofs)
		recipe_steps "$1" "$source" "$type" "$options" ""
		return 0
		;;
	esac
	name=$(device_name "$source")
	[ -n "$name" ] || name=$(device_by_number "$number")
	if [ -z "$name" ] && ! check_sources "$1" "$point" "$type" "$source"; then
		return 1
	fi
	if [ -z "$name" ] && [ "$type" = autofs ]; then
		refuse "$1: $point is an automount that did not mount when it was opened: \`ls $point/.\` shows why"
		return 1
	fi
	if [ -z "$name" ]; then
		refuse "$1: $point is $type on $source, which is no block device: $(no_device_text "$type")"
		return 1
	fi
	check_stack "$1" "$(device_text "$source" "$name")" "$name" || return 1
	if ! type_writable "$type"; then
		refuse "$1: $point is $type, which the capture kernel cannot write to: name another target"
		return 1
	fi
	check_parts "$1" "$source" "$name" "$type" "$options" || return 1
	recipe_steps "$1" "$(device_identity "$name")" "$type" "$options" "$name"
}

# One line of $work/facts.
target_line() {
	case $2 in
	fs)
		target_fs "$1" "$3" "$4" "$5"
		echo "$1" >>"$work/reachable"
		;;
	raw)
		target_raw "$1" "$4"
		echo "$1" >>"$work/reachable"
		;;
	nfs | ssh)
		if network_built; then
			"target_$2" "$1" "$4" "$5"
			echo "$1" >>"$work/reachable"
		else
			printf 'target %s (%s %s)\n' "$1" "$2" "$4" >>"$work/unbuilt"
		fi
		;;
	*) printf 'target %s (%s %s)\n' "$1" "$2" "$4" >>"$work/unbuilt" ;;
	esac
}

# Everything: writes $work/recipe.
targets_resolve() {
	: >"$work/reachable"
	: >"$work/unbuilt"
	: >"$work/ssh.list"
	: >"$work/known_hosts"
	dump_path=$(conf_one path)
	dump_path=/$(printf '%s\n' "$dump_path" | tr -s / | sed 's:^/::; s:/$::')
	recipe_common
	conf_all target >"$work/targets"
	while IFS='	' read -r nr kind type where options; do
		target_line "$nr" "$kind" "$type" "$where" "$options"
	done <"$work/targets"
	[ -s "$work/targets" ] || target_default
	while read -r line; do
		if [ -s "$work/reachable" ]; then
			warn "$line is not built in: it is skipped, the next target is used"
		else
			refuse "$line: not built in, and there is no other target beside it"
		fi
	done <"$work/unbuilt"
	fence_links
	action=$(conf_one failure_action)
	case $action in
	dump_to_rootfs | mount_root_run_init) target_rootfs "$action" ;;
	esac
	steps=$(grep -vc '^\(crashbox-recipe\|kernel\|mode\|target\|rootfs\|fence\|path\)' "$work/recipe" || :)
	[ "$steps" -le 192 ] || refuse "the recipe has $steps steps, /init takes 192: fewer targets or drivers"
	"$crashbox" plan -c "$conf" -r "$work/recipe" >"$work/plan" 2>&1 ||
		refuse "the recipe cannot be read back: $(head -n 1 "$work/plan")"
}
