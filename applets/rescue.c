/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: the prompt for an image without a shell.
 * Enough to look around, mount something, save the dump by hand and restart.
 */
#include "applet.h"

#include "base/err.h"
#include "base/fdio.h"
#include "base/str.h"
#include "dev/block.h"
#include "dev/mount.h"
#include "format/copy.h"
#include "sink/sink_file.h"
#include "vmcore/vmcore.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_BYTES 512
#define CAT_MAX    (1u << 20)

struct command {
	const char *name, *args, *help;
	int (*run)(char *const arg[3], struct err *e); /* absent arguments are NULL */
};

static int cmd_ls(char *const arg[3], struct err *e)
{
	const char *path = arg[0] ? arg[0] : ".";
	DIR *d = opendir(path);
	struct dirent *de;

	if (!d)
		return err_sys(e, "ls %s", path);
	while ((de = readdir(d))) {
		struct stat st;
		char size[24] = "";

		if (de->d_name[0] == '.')
			continue;
		if (fstatat(dirfd(d), de->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
			str_size(size, sizeof(size), (uint64_t)st.st_size);
		applet_print(stdout, "%-40s %s%s\n", de->d_name, de->d_type == DT_DIR ? "directory" : "", size);
	}
	closedir(d);
	return 0;
}

static int cmd_cat(char *const arg[3], struct err *e)
{
	char *text;
	size_t n;
	int rc = arg[0] ? file_read(arg[0], CAT_MAX, &text, &n, e) : err_set(e, -EINVAL, "cat: which file?");

	if (rc)
		return rc;
	fwrite(text, 1, n, stdout);
	free(text);
	return 0;
}

static int cmd_cd(char *const arg[3], struct err *e)
{
	return chdir(arg[0] ? arg[0] : "/") ? err_sys(e, "cd %s", arg[0] ? arg[0] : "/") : 0;
}

static int cmd_disks(char *const arg[3], struct err *e)
{
	char text[4096];

	(void)arg;
	(void)e;
	puts(block_list("", "\n", text, sizeof(text)));
	return 0;
}

static int cmd_mount(char *const arg[3], struct err *e)
{
	struct mount_result got = { .note = "" };
	struct block_found dev;
	const char *where = arg[1] ? arg[1] : "/mnt";
	int rc;

	if (!arg[0])
		return err_set(e, -EINVAL, "mount: which device? `disks` lists them");
	rc = block_find("", arg[0], &dev, e);
	if (rc)
		return rc < 0 ? rc : err_set(e, -ENODEV, "mount: no device %s", arg[0]);
	rc = fs_mount(dev.path, "auto", NULL, where, &got, e);
	if (rc == 0)
		applet_print(stdout, "%s %s is mounted on %s\n", got.fstype, dev.path, where);
	return rc;
}

static int cmd_umount(char *const arg[3], struct err *e)
{
	return fs_unmount(arg[0] ? arg[0] : "/mnt", e);
}

static int cmd_save(char *const arg[3], struct err *e)
{
	const struct copy_opts how = { .keep_free = 0 };
	struct copy_stat st;
	struct source *src = NULL;
	struct sink *out = NULL;
	int rc;

	if (!arg[0])
		return err_set(e, -EINVAL, "save: into which directory?");
	rc = sink_file_open(&out, arg[0], SINK_FILE_FRESH | SINK_FILE_ALONE, e);
	if (rc)
		return rc;
	rc = vmcore_open(&src, "/proc/vmcore", e);
	if (rc == 0)
		rc = out->ops->begin(out, "vmcore-incomplete", "vmcore", e);
	if (rc == 0)
		rc = copy_run(src, out, &how, &st, e);
	if (rc == 0)
		rc = out->ops->commit(out, st.total, e);
	else
		(void)out->ops->abandon(out, NULL);
	if (rc == 0)
		printf("saved as %s/vmcore\n", out->dir);
	vmcore_free(src);
	out->ops->free(out);
	return rc;
}

static int cmd_reboot(char *const arg[3], struct err *e)
{
	(void)arg;
	sync();
	return reboot(RB_AUTOBOOT) ? err_sys(e, "reboot") : 0;
}

static const struct command commands[] = {
	{ "ls", "[DIR]", "list a directory", cmd_ls },
	{ "cat", "FILE", "show a file (/proc/cmdline, /proc/meminfo, …)", cmd_cat },
	{ "cd", "[DIR]", "change the directory", cmd_cd },
	{ "disks", "", "the block devices and what is on them", cmd_disks },
	{ "mount", "DEV [DIR]", "mount /dev/…, UUID=…, LABEL=… on DIR (/mnt)", cmd_mount },
	{ "umount", "[DIR]", "sync and unmount DIR (/mnt)", cmd_umount },
	{ "save", "DIR", "save /proc/vmcore into DIR", cmd_save },
	{ "reboot", "", "sync and restart the machine", cmd_reboot },
};

static void help(void)
{
	for (unsigned i = 0; i < ARRAY_LEN(commands); i++)
		printf("  %-7s %-10s %s\n", commands[i].name, commands[i].args, commands[i].help);
	puts("  exit               leave; the final action follows");
}

static void run_line(char *line)
{
	char *cursor = str_trim(line), *name = str_word(&cursor), *arg[3] = { NULL };
	struct err e = { 0 };

	if (!name)
		return;
	for (unsigned i = 0; i < ARRAY_LEN(arg); i++)
		arg[i] = str_word(&cursor);
	for (unsigned i = 0; i < ARRAY_LEN(commands); i++) {
		if (strcmp(name, commands[i].name) != 0)
			continue;
		if (commands[i].run(arg, &e))
			printf("%s\n", e.text);
		return;
	}
	help();
}

extern const struct applet applet_rescue;

static int rescue_main(int argc, char **argv)
{
	char line[LINE_BYTES];

	(void)argv;
	if (argc > 1)
		return applet_usage(&applet_rescue);
	puts("crashbox rescue: no shell is in this image; `help` lists what can be done");
	for (;;) {
		fputs("crashbox> ", stdout);
		fflush(stdout);
		if (!fgets(line, sizeof(line), stdin))
			break;
		line[strcspn(line, "\r\n")] = '\0';
		if (strcmp(line, "exit") == 0)
			break;
		run_line(line);
	}
	return EXIT_OK;
}

const struct applet applet_rescue = {
	.name = "rescue",
	.synopsis = "",
	.help = "A small prompt: list, mount, save the dump by hand, reboot\n\n"
		"The failure action `shell` starts it when the image has no /bin/sh.\n",
	.main = rescue_main,
};
