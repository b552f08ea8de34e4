# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Three archives, one behind the other: base (the same on every host), host (one kernel version),
# site (one configuration). Needs: all of the other files here.

# Memory that a stock Debian 12 kernel takes until /init starts (docs/mkinitrd.sh.8 has the formula).
kernel_floor=$((64 * 1048576))

archive() {
	sort "$work/$1.list" >"$work/$1.sorted"
	"$crashbox" cpio -z -o "$work/$1.cpio" "$work/$1.sorted" || die "archive $1 could not be built"
}

base_list() {
	cp "$crashbox" "$work/crashbox"
	sed -e 's/[[:space:]]*#.*//' -e "s:@CRASHBOX@:$work/crashbox:" "$lib/../files.list"
	"$crashbox" raw sum "$work/crashbox" >"$work/self" || die "$crashbox: cannot be read"
	file_line /etc/crashbox/self 0600 "$work/self"
	"$crashbox" --list | while read -r name; do
		printf 'link /bin/%s crashbox\n' "$name"
	done
}

host_list() {
	modules_list
	firmware_list
	shell_list
}

site_list() {
	cp "$conf" "$work/kdump.conf"
	file_line /etc/kdump.conf 0600 "$work/kdump.conf"
	file_line /etc/crashbox/recipe 0600 "$work/recipe"
	network_list
	hooks_list
	localtime_list
	settings_list
}

image_build() {
	: >"$work/programs"
	stamp_load
	if segment_same base; then
		segment_keep base
	else
		base_list >"$work/base.list"
	fi
	if segment_same host; then
		segment_keep host
		stamp_shell
	else
		host_list >"$work/host.list"
	fi
	cp "$work/programs" "$work/host.programs"
	site_list >"$work/site.list"
	stop_if_refused
	if segment_same site; then
		segment_keep site
	fi
	for part in base host site; do
		[ -e "$work/$part.cpio" ] || archive "$part"
		cat "$work/$part.cpio"
	done >"$work/image"
	"$crashbox" cpio --sizes "$work/image" >"$work/sizes" || die "the image cannot be read back"
}

# Field $1 of `crashbox cpio --sizes`, added up.
image_sum() {
	awk -v f="$1" '{ for (i = 1; i < NF; i++) if ($i == f) n += $(i + 1) }
		END { print n + 0 }' "$work/sizes"
}

# The packed image and the files it unpacks to are in memory at the same time.
image_fits() {
	if [ -z "$reserved" ]; then
		reserved=0
		size=$SYSROOT/sys/kernel/kexec_crash_size
		[ ! -r "$size" ] || read -r reserved <"$size"
		[ "$reserved" != 0 ] ||
			note "no memory is reserved here (crashkernel=): not known whether the image fits"
	fi
	[ "$reserved" != 0 ] || return 0
	need=$((kernel_floor + $(image_sum packed) + $(image_sum memory)))
	better=$(((need + 17 * 1048576 - 1) / 1048576))
	[ "$need" -le "$reserved" ] ||
		refuse "the image needs $(mib $need) MiB of memory (64 for the kernel," \
			"$(mib "$(image_sum packed)") packed, $(mib "$(image_sum memory)") unpacked)," \
			"reserved are $(mib "$reserved"): crashkernel=${better}M or more"
}

mib() {
	awk -v n="$1" 'BEGIN { printf "%.1f", n / 1048576 }'
}

# With --update: all three segments are those that IMAGE has.
image_same() {
	[ -s "$work/stamp.old" ] && cmp -s "$work/image" "$image"
}

# The program writes it: never under a name that can be guessed, not over links, whole or not at all.
image_install() {
	target_dir=$(dirname "$image")
	[ -d "$target_dir" ] || die "$target_dir: no such directory"
	"$crashbox" cpio --install -o "$image" "$work/image" 2>"$work/install" ||
		die "$(sed 's/^crashbox cpio: //' "$work/install")"
	case $(stat -c %a "$image") in
	?00) ;;
	*) warn "$image: its file system lets other users read it; vfat does not with the mount option umask=0077" ;;
	esac
}

image_sizes() {
	awk 'BEGIN { split("base host site", name) }
		{ printf "%-5s packed %9d  unpacked %9d  entries %4d\n", name[NR], $5, $7, $11 }' "$work/sizes"
	printf '%-5s packed %9d  unpacked %9d  in memory %d\n' all "$(image_sum packed)" \
		"$(image_sum unpacked)" "$(image_sum memory)"
}
