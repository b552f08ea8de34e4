/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: files of other programs, recognized by their first bytes.
 * One table; the first entry that fits wins, so that weak signs come last.
 */
#include "base/foreign.h"

#include "base/str.h"

#include <stdbool.h>
#include <string.h>

#define UNPACK ": unpack it first"
#define CRASH  ": crash reads it"
#define GUEST  ": `virsh dump --memory-only` writes a dump of a guest"
#define MOUNT  ": mount it and give the file in it"
#define CPIO   "a cpio archive, such as an initramfs: `crashbox cpio -t` lists it"
#define S390   "a stand-alone dump of s390: `zgetdump -f elf` converts it"
#define XEN    "a saved Xen domain: `xl dump-core` writes a core"
#define WINDBG " of Windows: WinDbg reads it"
#define VMSS   "a suspended VMware guest" CRASH " with its .vmem, vmss2core converts it"
#define HTML   "a page of HTML: a download that failed?"

struct sign {
	uint16_t at;
	uint8_t len;
	const char *magic;
	const char *what;
};

#define SIGN(at, magic, what)                      \
	{                                          \
		at, sizeof(magic) - 1, magic, what \
	}

/* Each line or group names where the signature is defined. */
static const struct sign signs[] = {
	/* RFC 1952; xz file format 1.1; RFC 8878 3.1; bzip2 1.0; lz4 frame format 1.6; lzop 1.04; compress(1) */
	SIGN(0, "\x1f\x8b", "gzip data" UNPACK " (gzip -d)"),
	SIGN(0, "\xfd"
		"7zXZ\0",
	     "xz data" UNPACK " (xz -d)"),
	SIGN(0, "\x5d\0\0\x80\0", "lzma data" UNPACK " (xz -d)"),
	SIGN(0, "\x28\xb5\x2f\xfd", "zstd data" UNPACK " (zstd -d)"),
	SIGN(0, "BZh", "bzip2 data" UNPACK " (bzip2 -d)"),
	SIGN(0, "\x04\x22\x4d\x18", "lz4 data" UNPACK " (lz4 -d)"),
	SIGN(0, "\x02\x21\x4c\x18", "lz4 data" UNPACK " (lz4 -d)"),
	SIGN(0, "\x89LZO\0\r\n\x1a\n", "lzop data" UNPACK " (lzop -d)"),
	SIGN(0, "\x1f\x9d", "data of compress" UNPACK " (uncompress)"),
	SIGN(0, "\xff\x06\0\0sNaPpY", "framed snappy data" UNPACK),
	/* APPNOTE.TXT 4.3.7; 7zFormat.txt; POSIX ustar; rpm 4 lead; ar(5); cpio(5) */
	SIGN(0, "PK\3\4", "a zip archive" UNPACK " (unzip)"),
	SIGN(0, "PK\5\6", "an empty zip archive"),
	SIGN(0, "7z\xbc\xaf\x27\x1c", "a 7z archive" UNPACK),
	SIGN(0, "Rar!\x1a\x07", "a rar archive" UNPACK),
	SIGN(257, "ustar", "a tar archive" UNPACK " (tar -x)"),
	SIGN(0, "\xed\xab\xee\xdb", "an rpm package"),
	SIGN(0, "!<arch>\n", "an archive of ar or a Debian package"),
	SIGN(0, "070701", CPIO),
	SIGN(0, "070702", CPIO),
	SIGN(0, "070707", "an old cpio archive" UNPACK " (cpio -i)"),
	/* libvirt, src/qemu/qemu_saveimage.h; QEMU, migration/qemu-file-types.h, block/qcow2.h */
	SIGN(0, "LibvirtQemudSave", "the saved state of a libvirt guest" GUEST),
	SIGN(0, "LibvirtQemudPart", "a half saved state of a libvirt guest" GUEST),
	SIGN(0, "QEVM", "a savevm or migration stream of QEMU" GUEST),
	SIGN(0, "QFI\xfb", "a qcow2 disk image" MOUNT),
	/* LiME, doc/README.md (0x4c694d45, little-endian); avml, image.rs */
	SIGN(0, "EMiL", "a LiME dump: load lime.ko with format=padded or write a vmcore; Volatility reads it"),
	SIGN(0, "AVML", "an AVML dump: avml-convert makes it a LiME or raw one; Volatility reads it"),
	/* makedumpfile, sadump_info.c; crash, sadump.h */
	SIGN(0, "sadump\0\0", "a dump of sadump" CRASH ", makedumpfile 1.7 converts it"),
	/* LKCD, dump.h: 0xa8190173618f23ed, …cd of a live system; both byte orders */
	SIGN(0, "\xed\x23\x8f\x61\x73\x01\x19\xa8", "a dump of LKCD" CRASH),
	SIGN(0, "\xcd\x23\x8f\x61\x73\x01\x19\xa8", "a dump of LKCD" CRASH),
	SIGN(0, "\xa8\x19\x01\x73\x61\x8f\x23\xed", "a dump of LKCD" CRASH),
	/* s390-tools, zdump/df_s390.h: 0xa8190173618f23fd, …fe of several volumes */
	SIGN(0, "\xa8\x19\x01\x73\x61\x8f\x23\xfd", S390),
	SIGN(0, "\xa8\x19\x01\x73\x61\x8f\x23\xfe", S390),
	/* Xen, xc_core.h before 4: 0xf00febed, …ee; docs/specs/libxc-migration-stream.pandoc; xl_vmcontrol.c */
	SIGN(0, "\xed\xeb\x0f\xf0", "a core of a Xen guest" CRASH),
	SIGN(0, "\xee\xeb\x0f\xf0", "a core of a Xen guest" CRASH),
	SIGN(0, "\xff\xff\xff\xff\xff\xff\xff\xff"
		"XENF",
	     "a migration stream of Xen: `xl dump-core` writes a core"),
	SIGN(0, "Xen saved domain", XEN),
	SIGN(0, "LinuxGuestRecord", XEN),
	/* Microsoft, DUMP_HEADER and MINIDUMP_HEADER of the debugging tools */
	SIGN(0, "PAGEDU64", "a crash dump" WINDBG),
	SIGN(0, "PAGEDUMP", "a crash dump" WINDBG),
	SIGN(0, "MDMP", "a minidump" WINDBG),
	/* crash, vmware_vmss.h: the four magics of a VMware snapshot; VMware, VMDK 5.0 */
	SIGN(0, "\xd0\xbe\xd2\xbe", VMSS),
	SIGN(0, "\xd1\xba\xd1\xba", VMSS),
	SIGN(0, "\xd2\xbe\xd2\xbe", VMSS),
	SIGN(0, "\xd3\xbe\xd3\xbe", VMSS),
	SIGN(0, "KDMV", "a VMDK disk image" MOUNT),
	SIGN(0, "# Disk DescriptorFile", "the description of a VMDK disk image"),
	SIGN(0, "\x7fVirtualBox SavedState", "a saved VirtualBox guest: `VBoxManage debugvm dumpvmcore` writes a core"),
	SIGN(0, "vhdxfile", "a VHDX disk image" MOUNT),
	SIGN(0, "conectix", "a VHD disk image" MOUNT),
	/* crash, diskdump.h (Red Hat's diskdump and netdump); makedumpfile, makedumpfile.h */
	SIGN(0, "DISKDUMP", "a file of diskdump, which is not supported" CRASH),
	SIGN(0, "makedumpfile\0\0\0\0", "a flattened stream of another version than 1"),
	/* FreeBSD, sys/amd64/include/minidump.h; XNU, mach-o/loader.h; illumos, dumphdr.h: 0xdefec8ed */
	SIGN(0, "minidump FreeBSD/", "a minidump of FreeBSD: kgdb reads it"),
	SIGN(0, "\xcf\xfa\xed\xfe", "a Mach-O file of macOS: lldb reads it"),
	SIGN(0, "\xed\xc8\xfe\xde", "a dump of illumos or Solaris: mdb reads it"),
	/* age, C2SP; cryptsetup, LUKS on-disk formats; lvm2, label.h; Linux, ext4.h, magic.h, squashfs_fs.h */
	SIGN(0, "age-encryption.org/v1", "data that age has sealed: open it first (age -d)"),
	SIGN(0, "-----BEGIN PGP MESSAGE", "data that PGP has sealed: open it first (gpg -d)"),
	SIGN(0, "-----BEGIN ", "a key or a certificate"),
	SIGN(0, "LUKS\xba\xbe", "a LUKS volume: open it, mount it and give the file in it"),
	SIGN(512, "LABELONE", "a physical volume of LVM: mount what it holds and give the file in it"),
	SIGN(512, "EFI PART", "a disk image" MOUNT),
	SIGN(0, "hsqs", "a squashfs image" MOUNT),
	SIGN(0, "XFSB", "an XFS file system" MOUNT),
	SIGN(1080, "\x53\xef", "an ext file system" MOUNT),
	/* Linux, Documentation/arch/x86/boot.rst, arm64/booting.rst, riscv/boot-image-header.rst; devicetree spec */
	SIGN(0x202, "HdrS", "a kernel image (bzImage)"),
	SIGN(56, "ARM\x64", "a kernel image (arm64)"),
	SIGN(56, "RSC\x05", "a kernel image (riscv)"),
	SIGN(0, "\xd0\x0d\xfe\xed", "a device tree"),
	SIGN(0, "MZ", "a program for EFI or Windows"),
	SIGN(0, "#!", "a script"),
	SIGN(0, "<!DOCTYPE", HTML),
	SIGN(0, "<!doctype", HTML),
	SIGN(0, "<html", HTML),
	SIGN(0, "<HTML", HTML),
	SIGN(0, "<?xml", "XML: a download that failed?"),
};

static bool all(const uint8_t *p, size_t n, bool text)
{
	for (size_t i = 0; i < n; i++) {
		bool blank = p[i] == '\n' || p[i] == '\t' || p[i] == '\r';

		if (text ? !blank && (p[i] < ' ' || p[i] == 0x7f) : p[i] != 0)
			return false;
	}
	return n > 0;
}

const char *foreign_or_dump(const uint8_t *p, size_t n, const char *text)
{
	if (n > 17 && memcmp(p, "\177ELF", 4) == 0) /* e_type, whose other byte is 0 in either order */
		return p[16] + p[17] == 4 ? "an ELF dump: `crashbox info` shows it"
					  : "an ELF file, such as a program or a vmlinux";
	if (n > 8 && memcmp(p, "KDUMP   ", 8) == 0)
		return "a kdump-compressed dump: `crashbox info` shows it";
	return foreign_find(p, n, text);
}

const char *foreign_find(const uint8_t *p, size_t n, const char *text)
{
	n = n < FOREIGN_HEAD ? n : FOREIGN_HEAD;
	for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
		const struct sign *s = &signs[i];

		if (s->at + (size_t)s->len <= n && memcmp(p + s->at, s->magic, s->len) == 0)
			return s->what;
	}
	if (all(p, n, false))
		return "nothing but zeros at its beginning: what was written there is lost or never came";
	if (all(p, n, true))
		return text;
	return NULL;
}
