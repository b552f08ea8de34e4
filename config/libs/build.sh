#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds the static libraries that the product links, for musl, from pinned sources.
# Promise: after success DIR/prefix/{include,lib} holds every library asked for, made from what pins names.
#
#   build.sh --out DIR [--only "LIBRARY..."] [--state DIR] [-j N]
#   build.sh --list local|all          the libraries of a feature set
#
#   --only   libraries or names of sets; default all. What they need is built too.
#   --state  private apt state; default $CRASHBOX_APT_STATE, else apt beside DIR
#   -j       jobs; default: the job server of a calling make, else the number of processors
#
# Environment: SOURCES=DIR takes the source archives from DIR and never asks a network. PINS=FILE reads other pins.
# UNPINNED=yes builds a newer version where the pinned one has left the archive.
# MUSL_CC, AR, RANLIB name the tools; default musl-gcc, gcc-ar, gcc-ranlib.
# DIR/log/LIBRARY.log holds what a build said, DIR/stamp/LIBRARY the version that was built, DIR/kheaders the kernel's
# own headers for -idirafter (musl-gcc does not find them), DIR/dl the archives.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
pins=${PINS:-$here/pins}
. "$here/common.sh"

LOCAL_SET="zlib libdeflate zstd lzo2 util-linux xz-utils"
ALL_SET="$LOCAL_SET openssl libssh2 libnfs curl"

usage() {
	sed -n 's/^#   \(build\.sh\)/usage: \1/p' "$0" >&2
	exit 2
}

expand_sets() {
	for w; do
		case $w in
		local) printf '%s ' "$LOCAL_SET" ;;
		all) printf '%s ' "$ALL_SET" ;;
		*)
			[ -f "$here/recipes/$w.sh" ] || die "no library or set $w"
			printf '%s ' "$w"
			;;
		esac
	done
	printf '\n'
}

# The kernel's headers alone: with -idirafter /usr/include every header of the host's libraries would be seen.
make_kheaders() {
	multiarch=$("$cc" -print-multiarch 2>/dev/null || :)
	[ -d "/usr/include/$multiarch/asm" ] || multiarch=$ARCH-linux-gnu
	mkdir -p "$OUT/kheaders"
	for d in linux asm-generic mtd; do
		ln -sfn "/usr/include/$d" "$OUT/kheaders/$d"
	done
	ln -sfn "/usr/include/$multiarch/asm" "$OUT/kheaders/asm"
	if [ ! -f "$OUT/kheaders/linux/version.h" ] || [ ! -d "$OUT/kheaders/asm/" ]; then
		die "the kernel's user headers are missing (Debian package linux-libc-dev)"
	fi
}

# The compiler as recipes see it. Directories of this machine are added here, not in CFLAGS, since OpenSSL records its
# CFLAGS in the library.
make_compiler() {
	mkdir -p "$OUT/bin"
	cat >"$OUT/bin/libcc.new" <<-SH
	#!/bin/sh
	exec $cc "\$@" -idirafter "$OUT/kheaders" -ffile-prefix-map="$OUT/src/="
	SH
	chmod +x "$OUT/bin/libcc.new"
	mv "$OUT/bin/libcc.new" "$OUT/bin/libcc"
	COMPILER_ID=$({
		"$cc" -v 2>&1 | grep version
		"$("$cc" -print-prog-name=as)" --version | head -n 1
		sha256sum <"$("$cc" -print-file-name=libc.a)"
		sha256sum <"$OUT/kheaders/linux/version.h"
	} | sha256sum)
}

# Keeps of the calling make's flags only a job server that is really open to this process.
job_server() {
	auth=$(printf '%s\n' "${MAKEFLAGS:-}" | sed -n 's/.*--jobserver-[a-z]*=\([^ ]*\).*/\1/p')
	case $auth in
	fifo:*) [ -p "${auth#fifo:}" ] || return 0 ;;
	[0-9]*,[0-9]*)
		[ -p "/proc/$$/fd/${auth%,*}" ] && [ -p "/proc/$$/fd/${auth#*,}" ] || return 0
		;;
	*) return 0 ;;
	esac
	printf '%s\n' "-j --jobserver-auth=$auth"
}

OUT=
only=all
jobs=
STATE=${CRASHBOX_APT_STATE:-}
while [ $# -gt 0 ]; do
	case $1 in
	--list)
		[ $# -eq 2 ] || usage
		names=$(expand_sets "$2")
		printf '%s\n' "${names% }"
		exit 0
		;;
	--out) OUT=${2:-} ;;
	--only) only=${2:-} ;;
	--state) STATE=${2:-} ;;
	-j) jobs=${2:-} ;;
	*) usage ;;
	esac
	[ $# -ge 2 ] || usage
	shift 2
done
[ -n "$OUT" ] || usage

cc=${MUSL_CC:-musl-gcc}
for tool in "$cc" make patch perl xz flock awk; do
	command -v "$tool" >/dev/null || die "$tool is missing; config/libs/packages lists what a build needs"
done
mkdir -p "$OUT/dl" "$OUT/log" "$OUT/stamp" "$OUT/src" "$OUT/prefix/include" "$OUT/prefix/lib"
OUT=$(cd "$OUT" && pwd)
STATE=${STATE:-${OUT%/*}/apt}
ARCH=${ARCH:-$(uname -m)}
HOST=$ARCH-linux-musl
CFLAGS_BASE="-fno-pie -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-unwind-tables"
CFLAGS_SIZE="-Os $CFLAGS_BASE"
CFLAGS_SPEED="-O2 $CFLAGS_BASE"
AR=${AR:-gcc-ar}
RANLIB=${RANLIB:-gcc-ranlib}
HERE=$here
PINS=$pins
# shellcheck disable=SC2086 # lists of names
wanted=$(expand_sets $only)

# Held until the last child is gone: two builds into one directory would mix.
exec 8>"$OUT/lock"
flock 8
make_kheaders
make_compiler
export OUT STATE ARCH HOST CFLAGS_SIZE CFLAGS_SPEED AR RANLIB HERE PINS COMPILER_ID

server=$(job_server)
if [ -n "$jobs" ] || [ -z "$server" ]; then
	MAKEFLAGS=
	set -- "-j${jobs:-$(nproc)}"
else
	MAKEFLAGS=$server
	set --
fi
export MAKEFLAGS
exec make --no-print-directory "$@" -f "$here/build.mk" HERE="$here" WANTED="$wanted"
