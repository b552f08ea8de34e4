#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the image of the capture kernel. Called like mkdumprd: mkinitrd.sh [-f] IMAGE [VERSION].
# What would fail after a crash is refused here, while somebody is there to read it.
set -eu

LC_ALL=C
export LC_ALL
umask 077

here=$(dirname "$(readlink -f "$0")")
lib=$here/initramfs/lib
[ -d "$lib" ] || lib=$here/../share/crashbox/initramfs/lib
# A prefix for /proc, /sys, /dev and /etc of the host that is looked at: tests build their own.
SYSROOT=${SYSROOT:+$(readlink -f "$SYSROOT")}

conf=/etc/kdump.conf
image=
version=
kroot=/
crashbox=${CRASHBOX:-}
busybox=
reserved=
add_drivers=
generic=0
generic_groups=
hostcheck=1
kernel_nfs=0
try=1
force=0
debug=0
list=0
print_size=0
words=0
update=0
stamp=
work=
stamp_new=

# shellcheck source=initramfs/lib/say.sh
. "$lib/say.sh"
# shellcheck source=initramfs/lib/conf.sh
. "$lib/conf.sh"
# shellcheck source=initramfs/lib/modules.sh
. "$lib/modules.sh"
# shellcheck source=initramfs/lib/mounts.sh
. "$lib/mounts.sh"
# shellcheck source=initramfs/lib/fsparts.sh
. "$lib/fsparts.sh"
# shellcheck source=initramfs/lib/storage.sh
. "$lib/storage.sh"
# shellcheck source=initramfs/lib/dhcp.sh
. "$lib/dhcp.sh"
# shellcheck source=initramfs/lib/routes.sh
. "$lib/routes.sh"
# shellcheck source=initramfs/lib/network.sh
. "$lib/network.sh"
# shellcheck source=initramfs/lib/ssh.sh
. "$lib/ssh.sh"
# shellcheck source=initramfs/lib/try.sh
. "$lib/try.sh"
# shellcheck source=initramfs/lib/team.sh
. "$lib/team.sh"
# shellcheck source=initramfs/lib/targets.sh
. "$lib/targets.sh"
# shellcheck source=initramfs/lib/files.sh
. "$lib/files.sh"
# shellcheck source=initramfs/lib/stamp.sh
. "$lib/stamp.sh"
# shellcheck source=initramfs/lib/image.sh
. "$lib/image.sh"

help() {
	cat <<-'HELP'
	Usage: mkinitrd.sh [-f] [-d] [OPTIONS] IMAGE [KERNEL-VERSION]
	       mkinitrd.sh --list [IMAGE]

	Builds the image with which a capture kernel saves a crash, as /etc/kdump.conf says.

	  -f, --force             replace IMAGE
	  -d, --debug             say what is looked up and why
	  -c, --conf FILE         instead of /etc/kdump.conf
	      --add-drivers "A B" modules to load besides the ones found
	      --generic[=GROUPS]  drivers for all common hardware, not only this machine's; groups are
	                          storage,fs,net (default: all of them)
	      --no-host-check     do not look at this machine's devices: the image is for another one
	      --with-kernel-nfs   NFS through the kernel's own client: for mount options that only it has
	      --no-try            do not try whether the servers take this machine: no connection is made
	      --kernel-modules DIR  where lib/modules/KERNEL-VERSION is (default /)
	      --busybox PATH|none static busybox for the rescue shell (default: found, else a shell)
	      --crashbox PATH     the binary (default $CRASHBOX, build/crashbox beside this script, PATH)
	      --reserved BYTES    memory of the capture kernel (default: what is reserved now; 0: do not check)
	      --stamp FILE        write down what the image was made of
	      --update            replace IMAGE, and keep the parts that FILE of --stamp says are as they were
	      --print-size        print the size of each part; with '' as IMAGE nothing is written
	      --list              list what an image holds
	      --help
	HELP
}

# Words of mkdumprd, dracut and mkinitramfs that rebuild scripts may still pass.
refuse_option() {
	case $1 in
	-H | --hostonly | --hostonly-mode | --hostonly-cmdline)
		usage_error "$1: leave it out, images are for this machine unless --generic is given" ;;
	-N | --no-hostonly) usage_error "$1: say --generic" ;;
	--kver) usage_error "$1: the kernel version is the second word" ;;
	-k | --kmoddir) usage_error "$1: say --kernel-modules DIR" ;;
	-a | --add | -m | --modules | -o | --omit)
		usage_error "$1: there are no dracut modules here, kdump.conf alone says what goes in" ;;
	--omit-drivers) usage_error "$1: say \`blacklist MODULE\` in kdump.conf" ;;
	-i | --include | -I | --install) usage_error "$1: say \`extra_bins PATH\` in kdump.conf" ;;
	--mount | --device | --add-device | --add-fstab)
		usage_error "$1: the target is named in kdump.conf" ;;
	--kernel-cmdline | --no-compress | --compress | --gzip | --xz | --zstd | --strip | --nostrip | --tmpdir)
		usage_error "$1: has no meaning here, leave it out" ;;
	*) usage_error "$1: no such option" ;;
	esac
}

need_value() {
	[ "$1" -ge 2 ] || usage_error "$2: a value is missing"
}

parse_arguments() {
	while [ $# -gt 0 ]; do
		case $1 in
		-c | --conf | --config | --add-drivers | --kernel-modules | --busybox | --crashbox | \
			--reserved | --stamp)
			need_value $# "$1"
			set_option "$1" "$2"
			shift
			;;
		--*=*)
			set_option "${1%%=*}" "${1#*=}"
			;;
		-f | --force) force=1 ;;
		-d | --debug) debug=1 ;;
		-l | --list) list=1 ;;
		--generic) generic=1 ;;
		--no-host-check) hostcheck=0 ;;
		--with-kernel-nfs) kernel_nfs=1 ;;
		--no-try) try=0 ;;
		--print-size) print_size=1 ;;
		--update)
			update=1
			force=1
			;;
		-h | --help)
			help
			exit 0
			;;
		-?*) refuse_option "$1" ;;
		*) set_word "$1" ;;
		esac
		shift
	done
}

set_option() {
	case $1 in
	-c | --conf | --config) conf=$2 ;;
	--add-drivers) add_drivers="$add_drivers $2" ;;
	--kernel-modules) kroot=$2 ;;
	--busybox) busybox=$2 ;;
	--crashbox) crashbox=$2 ;;
	--reserved) reserved=$2 ;;
	--stamp) stamp=$2 ;;
	--generic)
		generic=1
		generic_groups=$2
		case $2 in
		'' | *[!a-z,]*) usage_error "--generic=$2: expected groups: storage,fs,net" ;;
		esac
		;;
	*) refuse_option "$1" ;;
	esac
}

set_word() {
	words=$((words + 1))
	case $words in
	1) image=$1 ;;
	2) version=$1 ;;
	*) usage_error "$1: one word too many" ;;
	esac
}

find_crashbox() {
	if [ -z "$crashbox" ]; then
		crashbox=$here/build/crashbox
		[ -x "$crashbox" ] || crashbox=$(command -v crashbox) ||
			die "no crashbox binary: make builds it, --crashbox PATH names one"
	fi
	[ -x "$crashbox" ] || die "$crashbox: not an executable file"
	crashbox=$(readlink -f "$crashbox")
}

check_arguments() {
	case $version in
	*[!A-Za-z0-9._+~-]* | .*) usage_error "$version: not a kernel version" ;;
	esac
	case $reserved in
	*[!0-9]*) usage_error "--reserved $reserved: a number of bytes is expected" ;;
	esac
	[ "$update" = 0 ] || [ -n "$stamp" ] || usage_error "--update: takes --stamp FILE as well"
	[ -n "$image" ] || [ "$print_size" = 1 ] || usage_error "an image file is expected"
	[ -z "$image" ] || [ ! -e "$image" ] || [ "$force" = 1 ] || die "$image exists: -f replaces it"
	[ -z "$image" ] || [ ! -d "$image" ] || die "$image is a directory"
}

# tmp_is_ours MODE LINKS OWNER...: what ls -n says of a directory. Files in it cannot be exchanged by other users.
tmp_is_ours() {
	[ $# -gt 3 ] || return 1
	case $1 in
	d????????[tT]*) ;;
	d????w* | d???????w*) return 1 ;;
	esac
	[ "$3" = 0 ] || [ "$3" = "$(id -u)" ]
}

main() {
	parse_arguments "$@"
	find_crashbox
	[ -n "$version" ] || version=$(uname -r)
	if [ "$list" = 1 ]; then
		exec "$crashbox" cpio --list "${image:-/boot/initramfs-${version}kdump.img}"
	fi
	check_arguments
	trap 'rm -rf ${work:+"$work"} ${stamp_new:+"$stamp_new"}' EXIT
	trap 'exit 1' HUP INT QUIT PIPE TERM
	# shellcheck disable=SC2046 # words
	tmp_is_ours $(ls -Lldn "${TMPDIR:-/tmp}") ||
		die "TMPDIR ${TMPDIR:-/tmp}: others can exchange files there, and an image holds keys; unset TMPDIR"
	work=$(mktemp -d)
	case $work in
	*[!A-Za-z0-9._/-]*) die "$work: TMPDIR with unusual characters" ;;
	esac

	: >"$work/refused"
	conf_load
	modules_init
	[ "$hostcheck" = 0 ] || mounts_init
	targets_resolve
	image_build
	image_fits
	stop_if_refused
	[ "$print_size" = 0 ] || image_sizes
	[ -n "$image" ] || exit 0
	if image_same; then
		stamp_write
		echo "$image: nothing has changed"
		exit 0
	fi
	image_install
	stamp_write
	printf '%s: %s MiB for kernel %s: base %s, host %s, site %s bytes; %s modules\n' "$image" \
		"$(mib "$(image_sum packed)")" "$version" "$(wc -c <"$work/base.cpio")" \
		"$(wc -c <"$work/host.cpio")" "$(wc -c <"$work/site.cpio")" "$(wc -l <"$work/paths")"
}

main "$@"
