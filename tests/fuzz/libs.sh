#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds libnfs and libssh2 with clang's sanitizers and the fuzzer's counters, from the same sources and with the same
# patches as the product's: a peer's bytes are decoded there. OpenSSL is the host's.
#
#   libs.sh --out DIR --cache DIR --state DIR      DIR/include, DIR/lib/lib{nfs,ssh2}.a
set -eu

here=$(cd "$(dirname "$0")" && pwd)
libs=$here/../../config/libs
out='' cache='' state=''
while [ $# -ge 2 ]; do
	case $1 in
	--out) out=$2 ;;
	--cache) cache=$2 ;;
	--state) state=$2 ;;
	*) break ;;
	esac
	shift 2
done
mkdir -p "$out/lib" "$out/include/nfsc"
out=$(cd "$out" && pwd)

# source_of LIBRARY: its patched source in $out/src/LIBRARY
source_of() {
	sh "$libs/fetch.sh" --cache "$cache" --state "$state" "$1" "$out/src/$1" >/dev/null
	for p in "$libs/patches/$1"-*.patch; do
		patch -d "$out/src/$1" -s -f -p1 <"$p"
	done
}

# compile LIBRARY FLAG... -- FILE...: $out/lib/LIBRARY.a
compile() {
	name=$1
	shift
	flags=
	while [ "$1" != -- ]; do
		flags="$flags $1"
		shift
	done
	shift
	rm -rf "$out/obj/$name" "$out/lib/$name.a"
	mkdir -p "$out/obj/$name"
	# shellcheck disable=SC2086 # lists of flags
	for f; do
		clang -std=gnu11 -w -g -O1 $sanitize $flags -c -o "$out/obj/$name/$(echo "$f" | tr / -).o" "$f"
	done
	ar rcs "$out/lib/$name.a" "$out/obj/$name"/*.o
}

# Of undefined behaviour a library has its own: memcpy of nothing from NULL, shifts; memory is what matters here.
sanitize="-fsanitize=address,fuzzer-no-link -fno-omit-frame-pointer"
source_of libnfs
source_of libssh2

cd "$out/src/libnfs"
flags="-D_GNU_SOURCE -DHAVE_SOCKADDR_STORAGE=1 -DHAVE_STRUCT_STAT_ST_MTIM_TV_NSEC=1 -DHAVE_SO_BINDTODEVICE=1
	-DHAVE_CLOCK_GETTIME=1 -DMAJOR_IN_SYSMACROS=1 -D_U_="
for h in ARPA_INET INTTYPES NETDB NETINET_IN NETINET_TCP NET_IF POLL STDINT STDLIB STRINGS STRING SYS_IOCTL \
	SYS_SOCKET SYS_STATVFS SYS_STAT SYS_SYSMACROS SYS_TIME SYS_TYPES SYS_VFS UNISTD UTIME; do
	flags="$flags -DHAVE_${h}_H=1"
done
for d in . include include/nfsc mount nfs nfs4 nlm nsm portmap rquota; do
	flags="$flags -I$d"
done
cp include/nfsc/*.h mount/*.h nfs/*.h nfs4/*.h nlm/*.h nsm/*.h portmap/*.h rquota/*.h "$out/include/nfsc"
# shellcheck disable=SC2086 # a list
compile libnfs $flags -- lib/init.c lib/libnfs.c lib/libnfs-sync.c lib/libnfs-zdr.c lib/multithreading.c lib/nfs_v3.c \
	lib/nfs_v4.c lib/pdu.c lib/socket.c mount/*.c nfs/*.c nfs4/*.c nlm/*.c nsm/*.c portmap/*.c rquota/*.c

cd "$out/src/libssh2"
flags="-D_GNU_SOURCE -Iinclude -Isrc -DLIBSSH2_OPENSSL -DLIBSSH2_NO_MD5 -DLIBSSH2_NO_MD5_PEM -DLIBSSH2_NO_HMAC_RIPEMD
	-DLIBSSH2_NO_BLOWFISH -DLIBSSH2_NO_RC4 -DLIBSSH2_NO_CAST -DLIBSSH2_NO_3DES -DHAVE_GETTIMEOFDAY -DHAVE_SNPRINTF
	-DHAVE_SELECT -DHAVE_POLL -DHAVE_O_NONBLOCK -DHAVE_EXPLICIT_BZERO"
for h in UNISTD INTTYPES SYS_SELECT SYS_UIO SYS_SOCKET SYS_IOCTL SYS_TIME SYS_UN; do
	flags="$flags -DHAVE_${h}_H"
done
cp include/*.h "$out/include"
# The files that Makefile.inc names for OpenSSL: the others are for other libraries and systems; openssl.c is included.
set --
for f in src/*.c; do
	case $f in
	*/agent_win.c | */libgcrypt.c | */mbedtls.c | */openssl.c | */os400qc3.c | */wincng.c) ;;
	*) set -- "$@" "$f" ;;
	esac
done
# shellcheck disable=SC2086 # a list
compile libssh2 $flags -- "$@"
