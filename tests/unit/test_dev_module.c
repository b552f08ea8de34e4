/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit tests: src/dev, modules on disk: unpacking, sentences, blacklist, coldplug; watchdog and console files */
#include "check.h"

#include "base/fdio.h"
#include "base/str.h"
#include "dev/coldplug.h"
#include "dev/console.h"
#include "dev/modfile.h"
#include "dev/module.h"
#include "dev/mount.h"
#include "dev/unpack.h"
#include "dev/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define BYTES 700000 /* more than two growths of the output */

static char dir[64];

static const char *in_dir(const char *name)
{
	static char path[4][256];
	static unsigned i;

	i = (i + 1) % 4;
	snprintf(path[i], sizeof(path[i]), "%s/%s", dir, name);
	return path[i];
}

static void put(const char *name, const void *data, size_t n)
{
	const char *path = in_dir(name);
	char parent[256];
	struct err e;
	int fd;

	snprintf(parent, sizeof(parent), "%.*s", (int)(strrchr(path, '/') - path), path);
	CHECK_INT(dir_make(parent, 0755, &e), 0);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	CHECK_INT(fd_write(fd, data, n), 0);
	close(fd);
}

static void put_text(const char *name, const char *text)
{
	put(name, text, strlen(text));
}

static void shell(const char *fmt, const char *a, const char *b)
{
	char cmd[700];

	snprintf(cmd, sizeof(cmd), fmt, a, b);
	CHECK_INT(system(cmd), 0);
}

/* What the packers of the distributions write comes back byte for byte. */
static void unpacking(void)
{
	static const struct {
		const char *cmd, *name;
	} tool[] = {
		{ "gzip -c %s >%s", "x.ko.gz" },
		{ "xz --check=crc32 --lzma2=dict=1MiB -c %s >%s", "x.ko.xz" },
		{ "xz -c %s >%s", "y.ko.xz" },
		{ "zstd -q -19 -c %s >%s", "x.ko.zst" },
		{ "cat %s >%s", "x.ko" },
	};
	unsigned char *want = malloc(BYTES);
	unsigned seed = 1;

	for (size_t i = 0; i < BYTES; i++) {
		seed = seed * 1103515245 + 12345;
		want[i] = i % 3 ? (unsigned char)(seed >> 16 & 15) : 0x90;
	}
	put("plain", want, BYTES);
	for (size_t i = 0; i < ARRAY_LEN(tool); i++) {
		struct err e = { 0 };
		void *got = NULL;
		size_t n = 0;

		shell(tool[i].cmd, in_dir("plain"), in_dir(tool[i].name));
		CHECK_INT(modfile_read(in_dir(tool[i].name), SIZE_MAX, &got, &n, &e), 0);
		CHECK_STR(e.text, "");
		CHECK_INT(n, BYTES);
		CHECK(got && memcmp(got, want, BYTES) == 0);
		free(got);
		got = NULL;
		CHECK_INT(modfile_read(in_dir(tool[i].name), BYTES - 1, &got, &n, &e), -EFBIG);
		CHECK(!got);
	}
	free(want);
}

/* Every cut, every changed byte: a sentence, or the very same bytes, never anything else. */
static void damaged(const char *name)
{
	struct unpack_out good = { .max = 1 << 20 };
	struct err e = { 0 };
	char *raw;
	size_t n;

	CHECK_INT(file_read(in_dir(name), 1 << 20, &raw, &n, &e), 0);
	CHECK_INT(unpack(name, raw, n, &good, &e), 0);
	for (size_t cut = 0; cut < n; cut++) {
		struct unpack_out out = { .max = 1 << 20 };

		CHECK(unpack(name, raw, cut, &out, &e) < 0 && !out.buf);
	}
	for (size_t i = 0; i < n; i++) {
		struct unpack_out out = { .max = 1 << 20 };

		raw[i] ^= 0x55;
		if (unpack(name, raw, n, &out, &e) == 0)
			CHECK(out.len == good.len && memcmp(out.buf, good.buf, good.len) == 0);
		free(out.buf);
		raw[i] ^= 0x55;
	}
	free(raw);
	free(good.buf);
}

static void damage(void)
{
	struct unpack_out out = { .max = 1 << 20 };
	struct err e = { 0 };

	put_text("small", "a module, or what looks like one, one, one, one\n");
	shell("gzip -nc %s >%s", in_dir("small"), in_dir("s.ko.gz"));
	shell("xz -c %s >%s", in_dir("small"), in_dir("s.ko.xz"));
	shell("zstd -q --check -c %s >%s", in_dir("small"), in_dir("s.ko.zst"));
	damaged("s.ko.gz");
	damaged("s.ko.xz");
	damaged("s.ko.zst");
	CHECK_INT(unpack("x.ko.bz2", "BZh9", 4, &out, &e), -EOPNOTSUPP);
	CHECK_STR(e.text, "unpack x.ko.bz2: unknown compression");
}

static struct modset *open_set(void)
{
	struct modset *set = NULL;
	struct err e = { 0 };

	CHECK_INT(modset_open(in_dir("m"), &set, &e), 0);
	CHECK_STR(e.text, "");
	return set;
}

/* The real system call refuses bytes that are no module, or the machine refuses modules: both are named. */
static void sentences(void)
{
	struct modset *set;
	struct err e = { 0 };
	char want[300];

	put_text("m/modules.dep", "k/bad.ko:\nk/top.ko: k/bad.ko\nk/packed.ko.xz:\nk/gone.ko:\n"
				  "k/any1.ko:\nk/any2.ko:\n");
	put_text("m/modules.alias", "alias pci:v1d* any1\nalias pci:v1d2* any2\nalias pci:v3d* gone\n");
	put_text("m/k/bad.ko", "no module");
	put_text("m/k/any1.ko", "no module");
	put_text("m/k/any2.ko", "no module");
	put_text("m/k/packed.ko.xz", "no xz file, but long enough for one\n");
	set = open_set();
	CHECK(module_load(set, "bad", NULL, &e) < 0);
	snprintf(want, sizeof(want), "module bad: init_module %s: ", in_dir("m/k/bad.ko"));
	CHECK(str_starts(e.text, want) && strlen(e.text) > strlen(want));
	CHECK(module_load(set, "top", "a=1", &e) < 0);
	snprintf(want, sizeof(want), "module top: needs bad: init_module %s: ", in_dir("m/k/bad.ko"));
	CHECK(str_starts(e.text, want));
	CHECK_INT(module_load(set, "packed", NULL, &e), -EBADMSG);
	snprintf(want, sizeof(want), "module packed: unpack %s: xz: not an xz file", in_dir("m/k/packed.ko.xz"));
	CHECK_STR(e.text, want);
	CHECK_INT(module_load(set, "gone", NULL, &e), -ENOENT);
	snprintf(want, sizeof(want), "module gone: open %s: No such file or directory", in_dir("m/k/gone.ko"));
	CHECK_STR(e.text, want);
	CHECK_INT(module_load(set, "unknown", NULL, &e), -ENOENT);
	CHECK_STR(e.text, "module unknown: no module and no alias of this name");
	CHECK_INT(modset_stats(set)->failed, 3);
	CHECK(module_load(set, "pci:v1d2sv0", NULL, &e) < 0);
	CHECK_INT(modset_stats(set)->failed, 5);
	CHECK_INT(modset_stats(set)->loaded, 0);
	modset_free(set);
	modset_free(NULL);
}

/* struct module_signature: 8 bytes of kinds and padding, the length in big endian, the marker. */
static void signatures(void)
{
	static const char marker[] = "~Module signature appended~\n";
	unsigned char file[200] = { 0 };
	const size_t n = 100 + 5 + 12 + sizeof(marker) - 1;

	memcpy(file + 117, marker, sizeof(marker) - 1);
	file[116] = 5;
	CHECK_INT(modfile_unsigned(file, n), 100);
	file[116] = 105;
	CHECK_INT(modfile_unsigned(file, n), 0);
	/* A length beyond the file is none. */
	file[116] = 106;
	CHECK_INT(modfile_unsigned(file, n), n);
	file[113] = 0xff;
	CHECK_INT(modfile_unsigned(file, n), n);
	CHECK_INT(modfile_unsigned(file, n - 1), n - 1);
	CHECK_INT(modfile_unsigned(marker, sizeof(marker) - 1), sizeof(marker) - 1);
}

static void blacklist(void)
{
	struct modset *set = open_set();
	struct err e = { 0 };
	char list[200];

	CHECK_INT(modset_blacklist(set, "bad", &e), 0);
	CHECK_INT(module_load(set, "bad", NULL, &e), 0);
	CHECK_INT(modset_stats(set)->skipped, 1);
	CHECK_INT(module_plan(set, "top", list, sizeof(list), &e), 0);
	CHECK_STR(list, "k/bad.ko\nk/top.ko\n");
	CHECK_INT(module_plan(set, "top", list, 12, &e), -ENOSPC);
	CHECK_INT(modset_option(set, "bad name, far too long for the kernel to take as that of any module", "a=1", &e),
		  -EINVAL);
	CHECK_INT(modset_cmdline(set, "quiet nvme_core.multipath=N a/b.c=1 bad.x=1 bad.y=2 =.= .=", &e), 0);
	modset_free(set);
}

static void file_systems(void)
{
	struct modset *set = open_set();
	struct mount_result r = { .note = "kept" };
	struct err e = { 0 };
	char want[300];

	CHECK_INT(fs_module(NULL, "ext4", &e), 0);
	CHECK_INT(fs_module(set, "", &e), 0);
	CHECK_INT(fs_module(set, "proc", &e), 0);
	CHECK_INT(fs_module(set, "nosuchfs", &e), -ENOENT);
	CHECK_STR(e.text, "module nosuchfs: no module and no alias of this name");
	modset_free(set);
	put("empty", "", 0);
	CHECK_INT(fs_mount(in_dir("empty"), "auto", NULL, in_dir("mnt"), &r, &e), -EINVAL);
	CHECK_INT(fs_mount(in_dir("nowhere"), "ext4", NULL, in_dir("mnt"), &r, &e), -ENOENT);
	snprintf(want, sizeof(want), "mount: open %s: No such file or directory", in_dir("nowhere"));
	CHECK_STR(e.text, want);
	CHECK_STR(r.note, "kept");
	CHECK(access(in_dir("mnt"), F_OK) != 0);
	CHECK_INT(fs_unmount(in_dir("nowhere"), &e), -ENOENT);
}

static void coldplugging(void)
{
	struct modset *set;
	struct err e = { 0 };
	struct uevent u = { .action = "add", .modalias = "pci:v3d0" };

	set = open_set();
	CHECK_INT(coldplug(set, in_dir("nowhere"), &e), -ENOENT);
	put_text("root/sys/devices/pci0/dev1/modalias", "pci:v1d9sv0\n");
	put_text("root/sys/devices/pci0/dev2/modalias", "pci:v9d9sv0\n");
	put_text("root/sys/devices/pci0/modalias", "\n");
	CHECK_INT(symlink("../..", in_dir("root/sys/devices/pci0/dev2/circle")), 0);
	CHECK_INT(coldplug(set, in_dir("root"), &e), 0);
	CHECK_INT(modset_stats(set)->failed, 1);
	CHECK(str_starts(modset_stats(set)->failure, "module any1: init_module "));
	coldplug_event(set, &u);
	CHECK_INT(modset_stats(set)->failed, 2);
	CHECK(str_starts(modset_stats(set)->failure, "module gone: open "));
	strcpy(u.action, "remove");
	strcpy(u.modalias, "pci:v1d2sv0");
	coldplug_event(set, &u);
	CHECK_INT(modset_stats(set)->failed, 2);
	modset_free(set);
	/* What lies in a directory that is not used is reached by name only. */
	set = open_set();
	modset_without(set, "k/any");
	CHECK_INT(module_load(set, "pci:v1d9sv0", NULL, &e), 0);
	CHECK_INT(modset_stats(set)->failed, 0);
	CHECK(module_load(set, "any1", NULL, &e) < 0);
	modset_free(set);
}

/* A pipe that nobody reads is a console that hangs. */
static void consoles(void)
{
	struct console_set set;
	char big[100000] = { 0 }, *text;
	size_t n;
	int fd;
	struct err e;

	put_text("c/sys/class/tty/console/active", "ttyA fifo gone\n");
	put_text("c/dev/ttyA", "");
	CHECK_INT(mkfifo(in_dir("c/dev/fifo"), 0600), 0);
	fd = open(in_dir("c/dev/fifo"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	console_open(in_dir("c"), "console=ttyA,115200", &set);
	CHECK_INT(set.n, 2);
	console_write(&set, big, sizeof(big), 20);
	console_write(&set, big, sizeof(big), 20);
	CHECK(set.c[1].stuck);
	CHECK(set.c[1].lost > sizeof(big));
	CHECK_INT(set.c[0].lost, 0);
	CHECK_INT(file_read(in_dir("c/dev/ttyA"), 1 << 20, &text, &n, &e), 0);
	CHECK_INT(n, 2 * sizeof(big));
	free(text);
	console_close(&set);
	console_open(in_dir("nowhere"), NULL, &set);
	CHECK_INT(set.n, 0);
	console_write(&set, "x", 1, 20);
	console_close(&set);
	console_close(NULL);
	close(fd);
}

static void dogs(void)
{
	struct watchdog w = { .fd = -1 };
	struct err e = { 0 };
	char *text;
	size_t n;

	CHECK_INT(watchdog_open(in_dir("nowhere"), 60, &w, &e), 0);
	CHECK(!w.open);
	watchdog_feed(&w);
	watchdog_close(&w, true);
	watchdog_feed(NULL);
	watchdog_close(NULL, false);
	put_text("w/dev/watchdog", "");
	CHECK_INT(watchdog_open(in_dir("w"), 60, &w, &e), 0);
	CHECK(w.open);
	CHECK_INT(w.timeout_s, 0);
	watchdog_feed(&w);
	watchdog_close(&w, true);
	CHECK_INT(file_read(in_dir("w/dev/watchdog"), 10, &text, &n, &e), 0);
	CHECK(n == 2 && memcmp(text, "\0V", 2) == 0);
	free(text);
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%.40s/crashbox-dev-XXXXXX", tmp ? tmp : "/tmp");
	CHECK(mkdtemp(dir));
	unpacking();
	damage();
	sentences();
	signatures();
	blacklist();
	file_systems();
	coldplugging();
	consoles();
	dogs();
	shell("rm -r %s%s", dir, "");
	return check_done();
}
