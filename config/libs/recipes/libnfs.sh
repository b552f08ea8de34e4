# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# libnfs: client library without utilities, examples and threads. What its configure run would find out about musl is
# stated here. Data of WRITEs is not copied; replies are not trusted.
for p in "$HERE"/patches/libnfs-*.patch; do
	patch -s -f -p1 <"$p"
done
flags=
for h in ARPA_INET INTTYPES NETDB NETINET_IN NETINET_TCP NET_IF POLL STDINT STDLIB STRINGS STRING SYS_IOCTL \
	SYS_SOCKET SYS_STATVFS SYS_STAT SYS_SYSMACROS SYS_TIME SYS_TYPES SYS_VFS UNISTD UTIME; do
	flags="$flags -DHAVE_${h}_H=1"
done
flags="$flags -DHAVE_SOCKADDR_STORAGE=1 -DHAVE_STRUCT_STAT_ST_MTIM_TV_NSEC=1 -DHAVE_SO_BINDTODEVICE=1
	-DHAVE_CLOCK_GETTIME=1 -DMAJOR_IN_SYSMACROS=1"
for d in . include include/nfsc mount nfs nfs4 nlm nsm portmap rquota; do
	flags="$flags -I$d"
done
compile libnfs.a "$CFLAGS_SIZE $flags -D_U_=" \
	lib/init.c lib/libnfs.c lib/libnfs-sync.c lib/libnfs-zdr.c lib/multithreading.c lib/nfs_v3.c lib/nfs_v4.c \
	lib/pdu.c lib/socket.c mount/*.c nfs/*.c nfs4/*.c nlm/*.c nsm/*.c portmap/*.c rquota/*.c
install_files include/nfsc/*.h mount/libnfs-raw-mount.h nfs/libnfs-raw-nfs.h nfs4/libnfs-raw-nfs4.h \
	nlm/libnfs-raw-nlm.h nsm/libnfs-raw-nsm.h portmap/libnfs-raw-portmap.h rquota/libnfs-raw-rquota.h \
	-- include/nfsc
install_files libnfs.a -- lib
