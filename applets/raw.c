/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: raw.
 * Marks a partition as ours after looking what lies there, shows what it holds, puts files on it.
 */
#include "applet.h"

#include "base/fdio.h"
#include "base/flat.h"
#include "base/str.h"
#include "dump/raw_guard.h"
#include "sink/raw_dev.h"
#include "sink/sink_copy.h"
#include "sink/sink_flat.h"
#include "sink/sink_raw.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

extern const struct applet applet_raw;

static int complain(const struct err *e)
{
	fprintf(stderr, "crashbox raw: %s\n", e->text);
	return EXIT_FAILED;
}

/* ---- prepare ---- */

static int wipe(struct raw_dev *d, struct err *e)
{
	uint8_t *none = calloc(1, RAW_HEAD);
	int rc = none ? raw_dev_write(d, 0, none, RAW_HEAD, e) : err_set(e, -ENOMEM, "no memory");

	if (rc == 0)
		rc = raw_dev_write(d, d->size / RAW_BLOCK * RAW_BLOCK - RAW_HEAD, none, RAW_HEAD, e);
	free(none);
	return rc;
}

static int mark(struct raw_dev *d, bool force, struct err *e)
{
	int rc = raw_dev_label(d, e);

	if (rc == 0 && force)
		rc = wipe(d, e);
	if (rc == 0)
		rc = raw_dev_know_head(d, e);
	return rc ? rc : raw_dev_store_both(d, e);
}

static int refuse(struct raw_dev *d, struct err *e)
{
	bool stream = false;

	if (!d->labelled && raw_dev_stream(d, 0, &stream, NULL) == 0 && stream)
		return err_set(e, -EMEDIUMTYPE, "%s holds a dump that another program left: "
						"recover it with crashbox savecore --dev %s",
			       d->path, d->path);
	return raw_guard_check(d, e);
}

static int prepare_dev(const char *path, bool force, struct err *e)
{
	struct raw_dev *d = NULL;
	int rc = raw_dev_open(&d, path, RAW_WRITE, e);

	if (rc)
		return rc;
	if (!force)
		rc = refuse(d, e);
	if (rc == 0 && d->labelled && !force) {
		printf("%s is prepared already\n", path);
	} else if (rc == 0) {
		rc = mark(d, force, e);
		if (rc == 0)
			printf("%s is prepared: %" PRIu64 " MiB for dumps, %" PRIu64 " MiB for logs\n", path,
			       d->label.notes >> 20, (d->label.end - d->label.notes) >> 20);
	}
	raw_dev_free(d);
	return rc;
}

static int prepare(int argc, char **argv)
{
	struct err e = { 0 };
	const char *dev = NULL;
	bool force = false;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--force") == 0)
			force = true;
		else if (argv[i][0] != '-' && !dev)
			dev = argv[i];
		else
			return applet_usage(&applet_raw);
	}
	if (!dev)
		return applet_usage(&applet_raw);
	return prepare_dev(dev, force, &e) ? complain(&e) : EXIT_OK;
}

/* ---- status ---- */

static void show_time(int64_t t)
{
	char text[32] = "at an unknown time";
	time_t when = (time_t)t;
	struct tm tm;

	if (t && localtime_r(&when, &tm))
		(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	printf("  crashed %s\n", text);
}

static void show_dump(const struct raw_dump *dump)
{
	char size[24];

	applet_print(stdout, "dump %" PRIu64 "  %s%s\n", dump->seq, dump->name,
		     raw_dump_live(dump) ? "  (waits for savecore)" : "");
	show_time(dump->crash_time);
	for (unsigned k = 0; k < RAW_KINDS; k++) {
		const struct raw_part *p = &dump->part[k];

		if (p->state != RAW_NONE)
			printf("  %-21s %-11s %10s at %" PRIu64 "  crc32 %08x\n", raw_kind_name((enum raw_kind)k),
			       raw_state_word(p->state), str_size(size, sizeof(size), p->len), p->off, p->crc);
	}
}

static void show_label(const struct raw_label *l)
{
	char size[24];
	struct raw_room room = { .len = 0 };

	printf("label %" PRIu64 ", partition ", l->seq);
	for (unsigned i = 0; i < sizeof(l->uuid); i++)
		printf("%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", l->uuid[i]);
	applet_print(stdout, "%s%s\n", l->machine[0] ? ", prepared on machine " : "", l->machine);
	if (raw_place(l, RAW_VMCORE, l->next, &room))
		puts("no room for a further dump: recover what is there");
	else
		printf("the next dump has %s from byte %" PRIu64 " on%s\n", str_size(size, sizeof(size), room.len),
		       room.off, room.gone ? ", in place of older ones" : "");
	for (unsigned i = 0; i < l->ndump; i++)
		show_dump(&l->dump[i]);
}

static int status(const char *path)
{
	struct raw_dev *d = NULL;
	struct err e = { 0 };
	bool stream = false;
	int rc = raw_dev_open(&d, path, RAW_READ, &e);

	if (rc == 0 && d->size < RAW_MIN) {
		char size[24];

		rc = err_set(&e, -ENOSPC, "%s has %s: a raw partition has %u MiB at least", path,
			     str_size(size, sizeof(size), d->size), RAW_MIN >> 20);
		raw_dev_free(d);
	}
	if (rc)
		return complain(&e);
	rc = raw_dev_stream(d, 0, &stream, &e);
	if (d->labelled)
		show_label(&d->label);
	else
		applet_print(stdout, "%s: no label; %s\n", path,
			     stream ? "a flattened dump begins at byte 0" : "no dump at byte 0");
	if (rc == 0)
		rc = raw_guard_check(d, &e);
	raw_dev_free(d);
	if (rc && !stream)
		return complain(&e);
	return EXIT_OK;
}

/* ---- put ---- */

static int put_all(int fd, struct sink *out, const char *name, struct err *e)
{
	uint64_t total;
	int rc = out->ops->begin(out, name, name, e);

	if (rc)
		return rc;
	rc = sink_copy(out, fd, false, &total, e);
	if (rc == 0)
		return out->ops->commit(out, total, e);
	(void)out->ops->abandon(out, NULL);
	return rc;
}

static bool is_stream(int fd)
{
	uint8_t head[64];
	size_t got = 0;

	return fd_pread(fd, head, sizeof(head), 0, &got) == 0 && flat_head_check(head, got) == 0;
}

static int put_file(struct sink **out, const char *path, enum raw_kind kind, struct err *e)
{
	int fd = file_open(path, e), rc = 0;

	if (fd < 0)
		return fd;
	if (kind == RAW_VMCORE && !is_stream(fd))
		rc = sink_flat_wrap(out, e);
	if (rc == 0)
		rc = put_all(fd, *out, raw_kind_name(kind), e);
	close(fd);
	return rc;
}

static int put(const char *dev, const char *vmcore, const char *log, struct err *e)
{
	char name[RAW_NAME] = "127.0.0.1";
	time_t now = time(NULL);
	struct raw_dev *d = NULL;
	struct sink *out = NULL;
	struct tm tm;
	int rc = raw_guard_open(&d, dev, e);

	if (rc)
		return rc;
	if (localtime_r(&now, &tm))
		(void)strftime(name, sizeof(name), "127.0.0.1-%Y-%m-%d-%H:%M:%S", &tm);
	rc = sink_raw_open(&out, d, name, now, true, e);
	if (rc)
		return rc;
	if (log)
		rc = put_file(&out, log, RAW_LOG, e);
	if (rc == 0)
		rc = put_file(&out, vmcore, RAW_VMCORE, e);
	out->ops->free(out);
	return rc;
}

static int sum(const char *path)
{
	struct err e = { 0 };
	char line[80];

	if (raw_guard_sum(path, line, sizeof(line), &e))
		return complain(&e);
	puts(line);
	return EXIT_OK;
}

static int raw_main(int argc, char **argv)
{
	struct err e = { 0 };

	if (argc > 1 && strcmp(argv[1], "prepare") == 0)
		return prepare(argc - 1, argv + 1);
	if (argc == 3 && strcmp(argv[1], "status") == 0)
		return status(argv[2]);
	if (argc == 3 && strcmp(argv[1], "sum") == 0)
		return sum(argv[2]);
	if ((argc == 4 || argc == 5) && strcmp(argv[1], "put") == 0)
		return put(argv[2], argv[3], argv[4], &e) ? complain(&e) : EXIT_OK;
	return applet_usage(&applet_raw);
}

const struct applet applet_raw = {
	.name = "raw",
	.synopsis = "prepare DEV [--force] | status DEV | put DEV FILE [LOG] | sum FILE",
	.help = "prepare a raw partition for dumps, show what it holds\n"
		"  prepare DEV  mark a blank partition; anything else is refused\n"
		"    --force    give up what lies there, dumps too; never what is mounted or otherwise in use\n"
		"  status DEV   the label, the dumps, where the next one goes\n"
		"  put DEV FILE [LOG]  save a dump (flattened, or any file) and a log as a capture does\n"
		"  sum FILE     the checksum of a program that the image carries\n"
		"DEV is a block device or a file that is the image of one.\n"
		"Exit code: 0 fine, 1 refused or failed, 2 usage\n",
	.main = raw_main,
};
