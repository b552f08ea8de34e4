/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit tests: src/dev, the parsers of device names, mount options, console lists and kernel events */
#include "check.h"

#include "dev/block.h"
#include "dev/console.h"
#include "dev/mount.h"
#include "dev/nfs_mount.h"
#include "dev/uevent.h"

#include <errno.h>
#include <sys/mount.h>

static void spec(const char *text, int rc, enum block_by by, const char *value)
{
	struct block_spec s = { .value = "" };
	struct err e = { 0 };

	CHECK_INT(block_parse(text, &s, &e), rc);
	if (rc == 0)
		CHECK_INT(s.by, by);
	CHECK_STR(s.value, value);
	CHECK(rc == 0 || e.text[0]);
}

static void specs(void)
{
	spec("/dev/vda1", 0, BLOCK_PATH, "/dev/vda1");
	spec("UUID=01234567-89ab", 0, BLOCK_UUID, "01234567-89ab");
	spec("UUID=\"01234567-89ab\"", 0, BLOCK_UUID, "01234567-89ab");
	spec("LABEL='two words'", 0, BLOCK_LABEL, "two words");
	spec("PARTUUID=abcd-01", 0, BLOCK_PARTUUID, "abcd-01");
	spec("PARTLABEL=crash", 0, BLOCK_PARTLABEL, "crash");
	spec("/dev/disk/by-uuid/AB", 0, BLOCK_UUID, "AB");
	spec("/dev/disk/by-label/two\\x20words\\x2f", 0, BLOCK_LABEL, "two words/");
	spec("/dev/disk/by-partlabel/a\\x2", 0, BLOCK_PARTLABEL, "a\\x2");
	spec("/dev/disk/by-partuuid/x", 0, BLOCK_PARTUUID, "x");
	spec("LABEL=a\\x20b", 0, BLOCK_LABEL, "a\\x20b");
	spec("/dev/disk/by-id/wwn-0x5", -EOPNOTSUPP, BLOCK_PATH, "");
	spec("LABEL=", -EINVAL, BLOCK_PATH, "");
	spec("UUID=\"\"", -EINVAL, BLOCK_PATH, "");
	spec("vda1", -EINVAL, BLOCK_PATH, "");
	spec("", -EINVAL, BLOCK_PATH, "");
}

static void options(const char *text, unsigned long flags, const char *data)
{
	struct mount_options o;
	struct err e = { 0 };

	CHECK_INT(mount_options(text, &o, &e), 0);
	CHECK_INT(o.flags, flags);
	CHECK_STR(o.data, data);
}

static void nfs_data(const char *options, const char *addr, unsigned long flags, const char *data)
{
	struct mount_options o;
	struct err e = { 0 };

	CHECK_INT(nfs_mount_data(options, addr, "4.2", &o, &e), 0);
	CHECK_INT(o.flags, flags);
	CHECK_STR(o.data, data);
}

/* What mount.nfs would give the kernel: data of fs/nfs/fs_context.c. */
static void nfs_mounts(void)
{
	char big[2 * MOUNT_DATA_MAX + 1];
	struct mount_options o = { .data = "kept" };
	struct err e = { 0 };

	nfs_data(NULL, "10.0.0.1", 0, "vers=4.2,soft,addr=10.0.0.1");
	nfs_data("rw,_netdev,bg,retry=3,noatime,nconnect=4", "10.0.0.1", MS_NOATIME,
		 "vers=4.2,nconnect=4,soft,addr=10.0.0.1");
	nfs_data("vers=3,hard,addr=9.9.9.9,mountaddr=9.9.9.9", "10.0.0.1", 0, "vers=3,hard,nolock,addr=10.0.0.1");
	nfs_data("v4.1,softerr,proto=tcp", "fd00::1", 0, "v4.1,softerr,proto=tcp6,addr=fd00::1");
	nfs_data("nfsvers=3,local_lock=all,proto=tcp6,mountproto=udp", "fe80::1%2", 0,
		 "nfsvers=3,local_lock=all,proto=tcp6,mountproto=udp6,soft,addr=fe80::1%2");
	nfs_data("minorversion=1,proto=rdma,port=20049", "10.0.0.1", 0,
		 "minorversion=1,proto=rdma,port=20049,soft,addr=10.0.0.1");
	memset(big, 'x', MOUNT_DATA_MAX - 10);
	big[MOUNT_DATA_MAX - 10] = '\0';
	CHECK_INT(nfs_mount_data(big, "10.0.0.1", "3", &o, &e), -E2BIG);
	CHECK_STR(o.data, "kept");
}

static void mounts(void)
{
	char big[2 * MOUNT_DATA_MAX + 1];
	struct mount_options o = { .data = "kept" };
	struct err e = { 0 };

	options(NULL, 0, "");
	options("defaults", 0, "");
	options("ro,noatime,data=ordered", MS_NOATIME, "data=ordered");
	options("rw,nosuid,suid,nodev", MS_NODEV, "");
	options("noauto,nofail,x-systemd.automount,user,_netdev,comment=a,subvol=/@home", 0, "subvol=/@home");
	options("rw,seclabel,context=\"system_u:object_r:a:s0:c1,c2\",errors=remount-ro", 0, "errors=remount-ro");
	options(",,sync, relatime ,", MS_SYNCHRONOUS | MS_RELATIME, "");
	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	CHECK_INT(mount_options(big, &o, &e), -E2BIG);
	CHECK_STR(o.data, "kept");
}

static void consoles(void)
{
	struct console_names n = { .n = 0 };

	console_names("root=/dev/vda console=tty0 console=ttyS0,115200n8 earlyconsole=no quiet console=ttyS0", &n);
	CHECK_INT(n.n, 2);
	CHECK_STR(n.name[0], "tty0");
	CHECK_STR(n.name[1], "ttyS0");
	console_names("console= console=null console=../sda console=a234567890123456789012345678901234567890", &n);
	CHECK_INT(n.n, 2);
	for (int i = 0; i < 20; i++) {
		char word[32];

		snprintf(word, sizeof(word), "console=hvc%d", i);
		console_names(word, &n);
	}
	CHECK_INT(n.n, CONSOLE_MAX);
}

#define EVENT "add@/devices/pci0000:00/virtio1\0ACTION=add\0DEVPATH=/devices/pci0000:00/virtio1\0" \
	      "SUBSYSTEM=virtio\0MODALIAS=virtio:d00000002v00001AF4\0SEQNUM=1234"

static void events(void)
{
	static const char block[] = "change@/devices/x/block/vda\0ACTION=change\0DEVPATH=/devices/x/block/vda\0"
				    "SUBSYSTEM=block\0DEVNAME=vda\0DEVTYPE=disk";
	static const char udev[] = "libudev\0\xfe\xed\xca\xfe@/ACTION=add";
	char big[1200] = "add@/devices/x\0ACTION=add\0DEVPATH=/devices/x\0MODALIAS=";
	struct uevent u, same;

	CHECK_INT(uevent_parse(EVENT, sizeof(EVENT), &u), 0);
	CHECK_STR(u.action, "add");
	CHECK_STR(u.subsystem, "virtio");
	CHECK_STR(u.modalias, "virtio:d00000002v00001AF4");
	CHECK_STR(u.devname, "");
	CHECK_INT(uevent_parse(block, sizeof(block) - 1, &u), 0);
	CHECK_STR(u.devname, "vda");
	CHECK_STR(u.devpath, "/devices/x/block/vda");
	same = u;
	CHECK_INT(uevent_parse(udev, sizeof(udev), &u), -EBADMSG);
	CHECK_INT(uevent_parse("", 0, &u), -EBADMSG);
	CHECK_INT(uevent_parse("add@", 4, &u), -EBADMSG);
	CHECK_INT(uevent_parse("add@/x\0DEVPATH=/x", 17, &u), -EBADMSG);
	memset(big + 54, 'a', sizeof(big) - 54);
	CHECK_INT(uevent_parse(big, sizeof(big), &u), -EBADMSG);
	CHECK(memcmp(&same, &u, sizeof(u)) == 0);
}

int main(void)
{
	specs();
	mounts();
	nfs_mounts();
	consoles();
	events();
	return check_done();
}
