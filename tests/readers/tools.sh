# SPDX-License-Identifier: GPL-2.0-or-later
# tests/readers: what its scripts share: our dumps of one vmcore in every shape, the kernel with debug data.
# shellcheck shell=sh disable=SC2034,SC2154
# The caller has set ROOT and read tests/oracle/tools.sh.

READERS=$ROOT/tests/readers
SHAPES='kdump-zlib kdump-lzo kdump-zstd kdump-stored elf flat flat-elf split incomplete'

# reader_build NAME: names the program of that source (kdumpfile goes through libkdumpfile), compiled when it is not
# there yet
reader_build()
{
	made=$WORK/bin/$1
	set -- "$READERS/$1.c" "$ORACLE/dump.c" "$ORACLE/view.c"
	built "$made" "$@" "$ORACLE/dump.h" ||
		${HOSTCC:-gcc} -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Wshadow -Werror -I"$ORACLE" -o "$made" "$@" \
			-lz -llzo2 -lsnappy -lzstd -lkdumpfile >&2
	echo "$made"
}

# ours_say OPTION...: our command, its words kept for a failure
ours_say()
{
	"$OURS" "$@" >"$run/log" 2>&1
}

# shape NAME LEVEL: makes a dump of $vmcore; sets DUMP to its files, with blanks between
shape()
{
	DUMP=$run/$1
	case $1 in
	kdump-zlib) ours_say -c -d "$2" "$vmcore" "$DUMP" ;;
	kdump-lzo) ours_say -l -d "$2" "$vmcore" "$DUMP" ;;
	kdump-zstd) ours_say -z -d "$2" "$vmcore" "$DUMP" ;;
	kdump-stored) ours_say -d "$2" "$vmcore" "$DUMP" ;;
	elf) ours_say -E -d "$2" "$vmcore" "$DUMP" ;;
	flat) "$OURS" -F -c -d "$2" "$vmcore" >"$DUMP" 2>"$run/log" ;;
	flat-elf) "$OURS" -F -E -d "$2" "$vmcore" >"$DUMP" 2>"$run/log" ;;
	split)
		ours_say -c -d "$2" --split "$vmcore" "$DUMP.1" "$DUMP.2" "$DUMP.3" || return 1
		DUMP="$DUMP.1 $DUMP.2 $DUMP.3"
		;;
	incomplete) incomplete_shape "$2" ;;
	*) die "no shape $1" ;;
	esac
}

# A dump that stopped at 9/10 of its size: status 1 and a file that says so
incomplete_shape()
{
	ours_say -l -d "$1" "$vmcore" "$DUMP.whole" || return 1
	status=0
	ours_say -l -L "$(($(stat -c %s "$DUMP.whole")  * 9 / 10))" -d "$1" "$vmcore" "$DUMP" || status=$?
	rm -f "$DUMP.whole"
	[ "$status" -eq 1 ] && [ -s "$DUMP" ]
}

# shape_drop: removes the files of DUMP
shape_drop()
{
	for file in $DUMP; do
		rm -f "$file"
	done
}

# commas FILE...: the files of a split dump as `pages` takes them
commas()
{
	echo "$*" | tr ' ' ','
}

# release_of VMCORE: the kernel it is of
release_of()
{
	LC_ALL=C grep -a -o -m1 'OSRELEASE=[^[:cntrl:]]*' "$1" | head -n 1 | cut -d= -f2
}

# debian_of VERSION: the release of Debian whose kernel that is
debian_of()
{
	case $1 in
	6.1.*) echo bookworm ;;
	*+deb13*) echo trixie ;;
	*) echo sid ;;
	esac
}

# debug_kernel VERSION: sets VMLINUX to the kernel with its debug data; a download of about 1 GB, once.
# Shares the place of tests/vm/test-crash.sh.
debug_kernel()
{
	debian=$(debian_of "$1")
	place=$O/vm/debug-$debian
	VMLINUX=$place/vmlinux-$1
	[ ! -e "$VMLINUX" ] || return 0
	echo "     fetching linux-image-$1-dbg (1 GB)"
	rm -rf "$place/deb"
	mkdir -p "$place/deb"
	sh "$ROOT/config/libs/archive.sh" deb "$debian" "linux-image-$1-dbg" -- "$place/deb"
	dpkg-deb --fsys-tarfile "$place/deb"/*.deb |
		tar -x -C "$place/deb" --wildcards --transform 's,.*/,,' "./usr/lib/debug/*/vmlinux*$1" \
			"./usr/lib/debug/lib/modules/$1/vmlinux" 2>/dev/null || :
	for file in "$place/deb/vmlinux-$1" "$place/deb/vmlinux"; do
		[ ! -s "$file" ] || mv "$file" "$VMLINUX"
	done
	rm -rf "$place/deb"
	[ -s "$VMLINUX" ] || die "no vmlinux in linux-image-$1-dbg"
}

# crash_for VERSION: sets CRASH to a crash that knows that kernel
crash_for()
{
	case $1 in
	6.1.*) CRASH=crash ;;
	*)
		CRASH=$O/readers/crash-sid
		mkdir -p "$O/readers"
		[ -e "$CRASH" ] || sh "$ORACLE/borrow.sh" sid crash usr/bin/crash "$CRASH"
		;;
	esac
}
