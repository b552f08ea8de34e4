/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: cpio.
 * Builds one archive of a capture image from a list, the same bytes every time, and shows an image.
 */
#include "applet.h"

#include "base/fdio.h"
#include "base/newfile.h"
#include "base/str.h"
#include "format/gzip.h"
#include "format/initramfs.h"
#include "format/newc.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIST_MAX  ((size_t)16 << 20)  /* bytes of a list */
#define FILE_MAX  ((size_t)512 << 20) /* bytes of a file, of an image, of an unpacked archive */
#define WORDS_MAX 6                   /* of a list line */

struct item {
	const char *path;   /* without the leading slash */
	const char *source; /* of a file; target of a link */
	uint32_t mode, rmajor, rminor;
	unsigned line; /* of the list; 0: a parent directory that no line names */
};

struct items {
	struct item *v;
	size_t n, room;
	char *text; /* the list, cut into words */
};

static void items_free(struct items *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (!l->v[i].line)
			free((char *)l->v[i].path);
	free(l->v);
	free(l->text);
}

static int items_add(struct items *l, const struct item *in, struct err *e)
{
	if (l->n == l->room) {
		size_t room = l->room ? l->room * 2 : 256;
		struct item *v = realloc(l->v, room * sizeof(*v));

		if (!v)
			return err_set(e, -ENOMEM, "no memory for %zu entries", room);
		l->v = v;
		l->room = room;
	}
	l->v[l->n++] = *in;
	return 0;
}

static int bad(struct err *e, unsigned line, const char *what)
{
	return err_set(e, -EINVAL, "line %u: %s", line, what);
}

static int parse_mode(const char *s, uint32_t *ret)
{
	uint32_t mode = 0;

	if (!*s || strlen(s) > 5)
		return -EINVAL;
	for (; *s; s++) {
		if (*s < '0' || *s > '7')
			return -EINVAL;
		mode = mode << 3 | (uint32_t)(*s - '0');
	}
	if (mode > 07777)
		return -EINVAL;
	*ret = mode;
	return 0;
}

/* An absolute path without "." and ".." and without empty parts. */
static bool path_ok(const char *s)
{
	if (*s != '/' || !s[1])
		return false;
	while (*s == '/') {
		size_t n = strcspn(++s, "/");

		if (n == 0 || (n == 1 && s[0] == '.') || (n == 2 && s[0] == '.' && s[1] == '.'))
			return false;
		s += n;
	}
	return true;
}

static int parse_node(char *const *w, struct item *it)
{
	uint64_t major, minor;

	if (strcmp(w[3], "c") != 0 && strcmp(w[3], "b") != 0)
		return -EINVAL;
	if (str_u64(w[4], 0xfff, &major) < 0 || str_u64(w[5], 0xfffff, &minor) < 0)
		return -EINVAL;
	it->mode |= w[3][0] == 'c' ? S_IFCHR : S_IFBLK;
	it->rmajor = (uint32_t)major;
	it->rminor = (uint32_t)minor;
	return 0;
}

/* One line, already cut into N words. */
static int parse_words(char *const *w, unsigned n, unsigned line, struct item *it, struct err *e)
{
	static const struct {
		const char *word;
		unsigned n;
		const char *form;
	} kind[] = {
		{ "dir", 3, "dir PATH MODE" },
		{ "file", 4, "file PATH MODE SOURCE" },
		{ "link", 3, "link PATH TARGET" },
		{ "node", 6, "node PATH MODE c|b MAJOR MINOR" },
	};
	unsigned k = 0;

	while (k < ARRAY_LEN(kind) && strcmp(kind[k].word, w[0]) != 0)
		k++;
	if (k == ARRAY_LEN(kind))
		return err_set(e, -EINVAL,
			       "line %u: unknown word %.40s, expected dir, file, link or node", line, w[0]);
	if (n != kind[k].n)
		return err_set(e, -EINVAL, "line %u: expected `%s` (a blank in a path is \\040)", line,
			       kind[k].form);
	(void)str_octal(w[1]);
	if (k == 1 || k == 2)
		(void)str_octal(w[k == 1 ? 3 : 2]);
	if (!path_ok(w[1]))
		return err_set(e, -EINVAL, "line %u: %.200s is not a plain absolute path", line,
			       w[1]);
	*it = (struct item){ .path = w[1] + 1, .line = line, .mode = 0777 };
	if (k != 2 && parse_mode(w[2], &it->mode) < 0)
		return bad(e, line, "the mode is not an octal number up to 7777");
	if (k == 0)
		it->mode |= S_IFDIR;
	else if (k == 1)
		it->mode |= S_IFREG;
	else if (k == 2)
		it->mode |= S_IFLNK;
	else if (parse_node(w, it) < 0)
		return bad(e, line, "expected `node PATH MODE c|b MAJOR MINOR`, MAJOR < 4096, MINOR < 2^20");
	if (k == 1 || k == 2)
		it->source = w[k == 1 ? 3 : 2];
	return 0;
}

static int parse_line(struct items *l, char *text, unsigned line, struct err *e)
{
	char *w[WORDS_MAX + 1], *word;
	struct item it;
	unsigned n = 0;
	int rc;

	while (n <= WORDS_MAX && (word = str_word(&text)))
		w[n++] = word;
	if (n == 0 || w[0][0] == '#')
		return 0;
	rc = parse_words(w, n, line, &it, e);
	return rc < 0 ? rc : items_add(l, &it, e);
}

static int parse_list(struct items *l, const char *file, struct err *e)
{
	const char *path = strcmp(file, "-") == 0 ? "/dev/stdin" : file;
	size_t len;
	int rc = file_read(path, LIST_MAX, &l->text, &len, e);
	char *next = l->text;

	for (unsigned line = 1; rc == 0 && next; line++) {
		char *text = next;

		next = strchr(text, '\n');
		if (next)
			*next++ = 0;
		rc = parse_line(l, text, line, e);
	}
	return rc;
}

/* The kernel makes no directories by itself: every parent becomes an entry. */
static int add_parents(struct items *l, struct err *e)
{
	const size_t n = l->n;

	for (size_t i = 0; i < n; i++) {
		for (const char *s = strchr(l->v[i].path, '/'); s; s = strchr(s + 1, '/')) {
			struct item it = { .mode = S_IFDIR | 0755 };
			int rc;

			it.path = strndup(l->v[i].path, (size_t)(s - l->v[i].path));
			if (!it.path)
				return err_set(e, -ENOMEM, "no memory");
			rc = items_add(l, &it, e);
			if (rc < 0) {
				free((char *)it.path);
				return rc;
			}
		}
	}
	return 0;
}

/* By path; for one path the lines in order, made-up parents last. */
static int by_path(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int d = strcmp(x->path, y->path);

	return d ? d : (x->line - 1 > y->line - 1) - (x->line - 1 < y->line - 1);
}

static bool same(const struct item *a, const struct item *b)
{
	if (a->mode != b->mode || a->rmajor != b->rmajor || a->rminor != b->rminor)
		return false;
	return a->source && b->source ? strcmp(a->source, b->source) == 0 : a->source == b->source;
}

/* True when entry I says nothing new: a parent that is there, or a line that repeats another. */
static int repeated(const struct items *l, size_t i, struct err *e)
{
	const struct item *a = i ? &l->v[i - 1] : NULL, *b = &l->v[i];

	if (!a || strcmp(a->path, b->path) != 0)
		return 0;
	if (S_ISDIR(a->mode) && S_ISDIR(b->mode) && !b->line)
		return 1;
	if (!b->line)
		return err_set(e, -EINVAL, "line %u: /%s is used as a directory elsewhere", a->line,
			       a->path);
	if (same(a, b))
		return 1;
	return err_set(e, -EINVAL, "line %u: /%s is already in line %u, with other contents",
		       b->line, b->path, a->line);
}

static int put_item(struct newc_writer *w, const struct item *it, struct err *e)
{
	struct newc_entry in = {
		.path = it->path,
		.mode = it->mode,
		.rmajor = it->rmajor,
		.rminor = it->rminor,
	};
	char *text = NULL;
	int rc = 0;

	if (S_ISLNK(it->mode)) {
		in.data = it->source;
		in.len = strlen(it->source);
	} else if (S_ISREG(it->mode)) {
		rc = file_read(it->source, FILE_MAX, &text, &in.len, e);
		in.data = text;
	}
	if (rc == 0)
		rc = newc_put(w, &in, e);
	free(text);
	return rc < 0 ? err_add(e, rc, "line %u", it->line) : 0;
}

static int put_all(struct newc_writer *w, struct items *l, struct err *e)
{
	int rc = add_parents(l, e);

	if (rc == 0 && l->n)
		qsort(l->v, l->n, sizeof(*l->v), by_path);
	for (size_t i = 0; rc == 0 && i < l->n; i++) {
		rc = repeated(l, i, e);
		if (rc == 0)
			rc = put_item(w, &l->v[i], e);
		else if (rc == 1)
			rc = 0;
	}
	return rc < 0 ? rc : newc_end(w, e);
}

/* To the file OUT, else standard output. */
static int write_out(const char *out, const void *buf, size_t n, struct err *e)
{
	int rc;

	if (out)
		return newfile_write(out, buf, n, e);
	rc = fd_write(STDOUT_FILENO, buf, n);
	return rc < 0 ? err_set(e, rc, "standard output: %s", strerror(-rc)) : 0;
}

/* What is no image is not put in the place of one. */
static int install_image(const char *image, const char *out, struct err *e)
{
	const struct initramfs_seer who = { .entry = NULL };
	char *buf = NULL;
	size_t n;
	int rc = file_read(image, FILE_MAX, &buf, &n, e);

	if (rc == 0) {
		rc = initramfs_walk((const uint8_t *)buf, n, FILE_MAX, &who, e);
		if (rc < 0)
			err_add(e, rc, "%s", image);
	}
	if (rc == 0)
		rc = write_out(out, buf, n, e);
	free(buf);
	return rc;
}

static int build(const char *list, const char *out, bool zip, struct err *e)
{
	struct newc_writer w = { 0 };
	struct items l = { 0 };
	uint8_t *packed = NULL;
	size_t len = 0;
	int rc = parse_list(&l, list, e);

	if (rc == 0)
		rc = put_all(&w, &l, e);
	if (rc < 0)
		err_add(e, rc, "%s", list);
	if (rc == 0 && zip)
		rc = gzip_pack(w.buf, w.len, &packed, &len, e);
	if (rc == 0)
		rc = write_out(out, zip ? packed : w.buf, zip ? len : w.len, e);
	free(packed);
	newc_free(&w);
	items_free(&l);
	return rc;
}

static char type_letter(uint32_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR: return 'd';
	case S_IFLNK: return 'l';
	case S_IFCHR: return 'c';
	case S_IFBLK: return 'b';
	case S_IFREG: return '-';
	default: return '?';
	}
}

static void mode_text(char s[11], uint32_t mode)
{
	const char *bits = "rwxrwxrwx";

	s[0] = type_letter(mode);
	for (int i = 0; i < 9; i++)
		s[i + 1] = mode & (0400u >> i) ? bits[i] : '-';
	s[10] = 0;
}

static void show_entry(void *arg, const struct newc_entry *in)
{
	char mode[11], path[NEWC_PATH_MAX], size[24], target[512], raw[512];
	int len = (int)(in->len < sizeof(raw) ? in->len : sizeof(raw) - 1);

	(void)arg;
	mode_text(mode, in->mode);
	str_safe(path, sizeof(path), in->path);
	if (S_ISCHR(in->mode) || S_ISBLK(in->mode))
		snprintf(size, sizeof(size), "%u,%u", in->rmajor, in->rminor);
	else
		snprintf(size, sizeof(size), "%zu", in->len);
	if (!S_ISLNK(in->mode)) {
		printf("%s %10s %s\n", mode, size, path);
		return;
	}
	snprintf(raw, sizeof(raw), "%.*s", len, (const char *)in->data);
	printf("%s %10s %s -> %s\n", mode, size, path, str_safe(target, sizeof(target), raw));
}

static void show_archive(void *arg, const struct initramfs_archive *a)
{
	(void)arg;
	printf("archive %u %s packed %zu unpacked %zu memory %llu entries %u\n", a->nr,
	       a->gzip ? "gzip" : "plain", a->packed, a->unpacked, (unsigned long long)a->memory,
	       a->entries);
}

struct wanted {
	const char *path;
	uint8_t *buf;
	size_t len;
	bool found, failed;
};

/* A later archive replaces what an earlier one brought, as in the kernel. */
static void keep_entry(void *arg, const struct newc_entry *in)
{
	struct wanted *w = arg;
	uint8_t *buf;

	if (!S_ISREG(in->mode) || strcmp(in->path, w->path) != 0)
		return;
	buf = malloc(in->len ? in->len : 1);
	if (!buf) {
		w->failed = true;
		return;
	}
	memcpy(buf, in->data, in->len);
	free(w->buf);
	w->buf = buf;
	w->len = in->len;
	w->found = true;
}

static int walk_file(const char *image, const struct initramfs_seer *who, struct err *e)
{
	char *buf;
	size_t n;
	int rc = file_read(image, FILE_MAX, &buf, &n, e);

	if (rc < 0)
		return rc;
	rc = initramfs_walk((const uint8_t *)buf, n, FILE_MAX, who, e);
	free(buf);
	return rc < 0 ? err_add(e, rc, "%s", image) : 0;
}

static int print_file(const char *image, const char *path, struct err *e)
{
	struct wanted w = { .path = path + strspn(path, "/") };
	const struct initramfs_seer who = { .entry = keep_entry, .arg = &w };
	int rc = walk_file(image, &who, e);

	if (rc == 0 && w.failed)
		rc = err_set(e, -ENOMEM, "%s: no memory", path);
	if (rc == 0 && !w.found)
		rc = err_set(e, -ENOENT, "%s: no file %s in it", image, path);
	if (rc == 0)
		rc = write_out(NULL, w.buf, w.len, e);
	free(w.buf);
	return rc;
}

static int list_image(const char *image, bool sizes, struct err *e)
{
	const struct initramfs_seer who = {
		.entry = sizes ? NULL : show_entry,
		.archive = show_archive,
	};
	int rc = walk_file(image, &who, e);

	if (fflush(stdout) == EOF && rc == 0)
		rc = err_sys(e, "standard output");
	return rc;
}

extern const struct applet applet_cpio;

static int cpio_main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "list", no_argument, NULL, 't' },
		{ "sizes", no_argument, NULL, 's' },
		{ "cat", required_argument, NULL, 'c' },
		{ "install", no_argument, NULL, 'i' },
		{ NULL, 0, NULL, 0 },
	};
	const char *out = NULL, *path = NULL;
	bool zip = false;
	struct err e = { 0 };
	int c, what = 'b', rc;

	while ((c = getopt_long(argc, argv, "zo:t", longs, NULL)) != -1) {
		if (c == 'z')
			zip = true;
		else if (c == 'o')
			out = optarg;
		else if (c == '?')
			return applet_usage(&applet_cpio);
		else
			what = c;
		if (c == 'c')
			path = optarg;
	}
	if (optind + 1 != argc || (what != 'b' && zip) || (what == 'i') != (what != 'b' && out))
		return applet_usage(&applet_cpio);
	if (what == 'b')
		rc = build(argv[optind], out, zip, &e);
	else if (what == 'i')
		rc = install_image(argv[optind], out, &e);
	else if (what == 'c')
		rc = print_file(argv[optind], path, &e);
	else
		rc = list_image(argv[optind], what == 's', &e);
	if (rc < 0)
		fprintf(stderr, "crashbox cpio: %s\n", e.text);
	return rc < 0 ? EXIT_FAILED : EXIT_OK;
}

const struct applet applet_cpio = {
	.name = "cpio",
	.synopsis = "[-z] [-o OUT] LIST | -t IMAGE | --sizes IMAGE | --cat PATH IMAGE | --install -o OUT IMAGE",
	.help =
		"builds and shows initramfs archives\n"
		"  LIST           lines `dir PATH MODE`, `file PATH MODE SOURCE`,\n"
		"                 `link PATH TARGET`, `node PATH MODE c|b MAJOR MINOR`;\n"
		"                 `-` reads standard input\n"
		"  -z             pack with gzip\n"
		"  -o OUT         write OUT (mode 0600, whole or not at all) instead of standard output\n"
		"  -t, --list     list the entries of every archive of an image, plain or gzip\n"
		"  --sizes        only one line for each archive\n"
		"  --cat PATH     print one file of the image\n"
		"  --install      write the image IMAGE to OUT\n",
	.main = cpio_main,
};
