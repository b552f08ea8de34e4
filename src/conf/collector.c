/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: the core_collector line.
 * makedumpfile's options become settings; what would be silently misread elsewhere is refused.
 */
#include "base/str.h"
#include "conf/ctx.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define WORD_ROOM 256 /* longest option that is understood */

enum effect {
	DO_CODEC, /* -c -l -p -z */
	DO_LEVEL,
	DO_ELF,
	DO_FLAT,
	DO_THREADS,
	DO_MESSAGES, /* a number from 0 to 31 */
	DO_NOTHING,  /* has no meaning here: silently taken */
	DO_WARN,     /* would change the result there, does not here */
	DO_REFUSE,   /* is another command, not a way to save */
};

struct option {
	const char *name; /* "c" or "num-threads" */
	bool value;
	enum effect effect;
	const char *why; /* DO_WARN, DO_REFUSE */
};

/* makedumpfile 1.7.9, man page and long options. */
static const struct option option[] = {
	{ "c", false, DO_CODEC, NULL },
	{ "l", false, DO_CODEC, NULL },
	{ "p", false, DO_CODEC, NULL },
	{ "z", false, DO_CODEC, NULL },
	{ "d", true, DO_LEVEL, NULL },
	{ "E", false, DO_ELF, NULL },
	{ "F", false, DO_FLAT, NULL },
	{ "num-threads", true, DO_THREADS, NULL },
	{ "message-level", true, DO_MESSAGES, NULL },
	{ "f", false, DO_NOTHING, NULL },
	{ "D", false, DO_NOTHING, NULL },
	{ "b", true, DO_NOTHING, NULL },
	{ "non-mmap", false, DO_NOTHING, NULL },
	{ "cyclic-buffer", true, DO_NOTHING, NULL },
	{ "work-dir", true, DO_NOTHING, NULL },
	{ "show-stats", false, DO_NOTHING, NULL },
	{ "non-cyclic", false, DO_NOTHING, NULL },
	{ "x", true, DO_WARN, "symbols come from the vmcore" },
	{ "i", true, DO_WARN, "vmcoreinfo comes from the vmcore" },
	{ "L", true, DO_WARN, "the free space of the target is the limit" },
	{ "e", false, DO_WARN, "vmemmap is kept" },
	{ "X", false, DO_WARN, "Xen is not known here" },
	{ "xen-syms", true, DO_WARN, "Xen is not known here" },
	{ "xen-vmcoreinfo", true, DO_WARN, "Xen is not known here" },
	{ "xen_phys_start", true, DO_WARN, "Xen is not known here" },
	{ "R", false, DO_REFUSE, "it rebuilds a flattened file" },
	{ "g", true, DO_REFUSE, "it writes vmcoreinfo only" },
	{ "h", false, DO_REFUSE, "it prints help" },
	{ "v", false, DO_REFUSE, "it prints the version" },
	{ "help", false, DO_REFUSE, "it prints help" },
	{ "dump-dmesg", false, DO_REFUSE, "it writes no vmcore; the kernel log is always saved" },
	{ "partial-dmesg", false, DO_REFUSE,
	  "it writes no vmcore; the kernel log is always saved" },
	{ "mem-usage", false, DO_REFUSE, "it writes no vmcore" },
	{ "check-params", false, DO_REFUSE, "it writes no vmcore" },
	{ "dry-run", false, DO_REFUSE, "it writes no vmcore" },
	{ "vtop", true, DO_REFUSE, "it writes no vmcore" },
	{ "split", false, DO_REFUSE, "the vmcore is one file here" },
	{ "splitblock-size", true, DO_REFUSE, "the vmcore is one file here" },
	{ "reassemble", false, DO_REFUSE, "the vmcore is one file here" },
	{ "config", true, DO_REFUSE,
	  "data is not erased here, and a vmcore that should be erased is not saved in full" },
	{ "eppic", true, DO_REFUSE,
	  "data is not erased here, and a vmcore that should be erased is not saved in full" },
	{ "extension", true, DO_REFUSE, "extensions are not run here" },
	{ "diskset", true, DO_REFUSE, "sadump is not known here" },
};

static const char *const codec_name[] = {
	[CODEC_NONE] = "none",
	[CODEC_ZLIB] = "zlib",
	[CODEC_LZO] = "lzo",
	[CODEC_SNAPPY] = "snappy",
	[CODEC_ZSTD] = "zstd",
};

static const char *const copier[] = { "cp", "dd", "scp", "cat", NULL };

const char *conf_codec_name(enum plan_codec c)
{
	return codec_name[c];
}

void conf_default_collector(struct plan_collector *ret)
{
	*ret = (struct plan_collector){
		.kind = COLLECT_FILTER,
		.line = "makedumpfile -l --message-level 7 -d 31",
		.codec = CODEC_LZO,
		.level = { 31 },
		.nlevel = 1,
	};
}

/* Copies the next word of *CURSOR into BUF; false at the end. A word that does not fit is cut. */
static bool next_word(const char **cursor, char *buf)
{
	const char *s = *cursor + strspn(*cursor, " \t");
	size_t n = strcspn(s, " \t");

	*cursor = s + n;
	snprintf(buf, WORD_ROOM, "%.*s", (int)(n < WORD_ROOM ? n : WORD_ROOM - 1), s);
	return n > 0;
}

static const struct option *find(const char *name, size_t n)
{
	for (unsigned i = 0; i < ARRAY_LEN(option); i++)
		if (strlen(option[i].name) == n && memcmp(option[i].name, name, n) == 0)
			return &option[i];
	return NULL;
}

static int refuse_level(struct conf_ctx *c, const char *text)
{
	const char *digits = text + strcspn(text, "0123456789");
	size_t n = strspn(digits, "0123456789");
	char number[4];
	uint64_t v;

	if (digits > text && n && n < sizeof(number) && !digits[n]) {
		snprintf(number, sizeof(number), "%.*s", (int)n, digits);
		if (!str_u64(number, 31, &v))
			return conf_refuse(c,
					   "'-d %.60s' is not a number, makedumpfile takes it as "
					   "0: write '-d %s'",
					   text, number);
	}
	return conf_refuse(c, "'-d %.60s': expected a dump level from 0 to 31, or several as 31,17",
			   text);
}

static int parse_levels(struct conf_ctx *c, struct plan_collector *ret, const char *text)
{
	const char *s = text;
	unsigned n = 0;

	for (;;) {
		size_t len = strcspn(s, ",");
		char number[8];
		uint64_t v;

		snprintf(number, sizeof(number), "%.*s", (int)(len < 8 ? len : 7), s);
		if (str_u64(number, 31, &v))
			return refuse_level(c, text);
		if (n == PLAN_LEVELS)
			return conf_refuse(c, "'-d %.60s': more than %u dump levels", text,
					   PLAN_LEVELS);
		ret->level[n++] = (uint8_t)v;
		if (!s[len])
			break;
		s += len + 1;
	}
	ret->nlevel = n;
	return 0;
}

static void set_codec(struct conf_ctx *c, struct plan_collector *ret, char letter)
{
	enum plan_codec codec = letter == 'c'   ? CODEC_ZLIB
				: letter == 'l' ? CODEC_LZO
				: letter == 'p' ? CODEC_SNAPPY
						: CODEC_ZSTD;

	if (ret->codec != CODEC_NONE && ret->codec != codec)
		conf_warn(c, "makedumpfile: two compressions, the last one counts: -%c (%s)",
			  letter, conf_codec_name(codec));
	ret->codec = codec;
}

static int parse_threads(struct conf_ctx *c, struct plan_collector *ret, const char *text)
{
	uint64_t v;

	if (str_u64(text, 1024, &v))
		return conf_refuse(c, "'--num-threads %.60s': expected a number from 0 to 1024",
				   text);
	ret->threads = (unsigned)v;
	return 0;
}

static int check_messages(struct conf_ctx *c, const char *text)
{
	uint64_t v;

	if (str_u64(text, 31, &v))
		return conf_refuse(c, "'--message-level %.60s': expected a number from 0 to 31",
				   text);
	return 0;
}

static int apply(struct conf_ctx *c, struct plan_collector *ret, const struct option *o,
		 const char *text)
{
	const char *dash = o->name[1] ? "--" : "-";

	switch (o->effect) {
	case DO_CODEC:
		set_codec(c, ret, *o->name);
		break;
	case DO_LEVEL:
		return parse_levels(c, ret, text);
	case DO_ELF:
		ret->elf = true;
		break;
	case DO_FLAT:
		ret->flat = true;
		break;
	case DO_THREADS:
		return parse_threads(c, ret, text);
	case DO_MESSAGES:
		return check_messages(c, text);
	case DO_NOTHING:
		break;
	case DO_WARN:
		conf_warn(c, "makedumpfile %s%s is not used: %s", dash, o->name, o->why);
		break;
	case DO_REFUSE:
		return conf_refuse(c, "makedumpfile %s%s: %s", dash, o->name, o->why);
	}
	return 0;
}

/* The value of O: TEXT behind it in the same word, or the next word. */
static int apply_with(struct conf_ctx *c, struct plan_collector *ret, const struct option *o,
		      const char *text, const char **cursor)
{
	char word[WORD_ROOM];

	if (text && *text)
		return apply(c, ret, o, text);
	if (text || !next_word(cursor, word))
		return conf_refuse(c, "makedumpfile %s%s needs a value", o->name[1] ? "--" : "-",
				   o->name);
	return apply(c, ret, o, word);
}

static int unknown_long(struct conf_ctx *c, const char *name)
{
	const char *list[ARRAY_LEN(option) + 1], *near;
	unsigned n = 0;

	for (unsigned i = 0; i < ARRAY_LEN(option); i++)
		if (option[i].name[1])
			list[n++] = option[i].name;
	list[n] = NULL;
	near = conf_nearest(name, list);
	if (near)
		return conf_refuse(c, "makedumpfile has no option --%.60s: did you mean --%s?",
				   name, near);
	return conf_refuse(c, "makedumpfile has no option --%.60s", name);
}

static int parse_long(struct conf_ctx *c, struct plan_collector *ret, const char *name,
		      const char **cursor)
{
	size_t n = strcspn(name, "=");
	const struct option *o = n > 1 ? find(name, n) : NULL;

	if (!o)
		return unknown_long(c, name);
	if (o->value)
		return apply_with(c, ret, o, name[n] ? name + n + 1 : NULL, cursor);
	if (name[n])
		return conf_refuse(c, "makedumpfile --%s takes no value", o->name);
	return apply(c, ret, o, "");
}

/* "-cd31" is -c and -d 31. */
static int parse_short(struct conf_ctx *c, struct plan_collector *ret, const char *letters,
		       const char **cursor)
{
	for (const char *s = letters; *s; s++) {
		const struct option *o = find(s, 1);
		int rc;

		if (!o)
			return conf_refuse(c, "makedumpfile has no option -%c (in '-%.60s')", *s,
					   letters);
		if (o->value)
			return apply_with(c, ret, o, s[1] ? s + 1 : NULL, cursor);
		rc = apply(c, ret, o, "");
		if (rc)
			return rc;
	}
	return 0;
}

static int parse_word(struct conf_ctx *c, struct plan_collector *ret, const char *word,
		      const char **cursor)
{
	if (word[0] == '-' && word[1] == '-')
		return parse_long(c, ret, word + 2, cursor);
	if (word[0] == '-' && word[1])
		return parse_short(c, ret, word + 1, cursor);
	if (find(word, strlen(word)))
		return conf_refuse(c, "'%s' is no option of makedumpfile: did you mean -%s%s?",
				   word, word[1] ? "-" : "", word);
	if (strcmp(word, "/proc/vmcore") == 0)
		return conf_refuse(
			c, "'/proc/vmcore' and the file are added when it runs: remove them");
	return conf_refuse(
		c, "'%.60s' is no option of makedumpfile; the files are added when it runs", word);
}

static int parse_filter(struct conf_ctx *c, struct plan_collector *ret, const char *cursor)
{
	char word[WORD_ROOM];

	while (next_word(&cursor, word)) {
		int rc = parse_word(c, ret, word, &cursor);

		if (rc)
			return rc;
	}
	if (ret->elf && ret->codec != CODEC_NONE)
		return conf_refuse(c, "makedumpfile -E (ELF) cannot be compressed: remove -E, or "
				      "-c, -l, -p and -z");
	if (ret->elf && ret->threads)
		return conf_refuse(c, "makedumpfile -E (ELF) takes no --num-threads");
	if (ret->nlevel == 0)
		ret->nlevel = 1; /* level 0, as makedumpfile without -d */
	return 0;
}

static bool in_list(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(word, *list) == 0)
			return true;
	return false;
}

static int refuse_program(struct conf_ctx *c, const char *program)
{
	return conf_refuse(c, "'core_collector %.60s': did you mean 'makedumpfile'?", program);
}

int take_collector(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l)
{
	static const char *const filter[] = { "makedumpfile", NULL };
	struct plan_collector ret = { .kind = COLLECT_FILTER, .line = l->value };
	const char *cursor = l->value, *slash;
	char program[WORD_ROOM];
	int rc = 0;

	if (l->value[strcspn(l->value, "|;&<>`$")])
		return conf_refuse(
			c, "'%s': no shell reads this line, so | ; & < > ` and $ mean nothing",
			k->name);
	next_word(&cursor, program);
	slash = strrchr(program, '/');
	slash = slash ? slash + 1 : program;
	if (strcmp(slash, filter[0]) == 0)
		rc = parse_filter(c, &ret, cursor);
	else if (in_list(slash, copier))
		ret.kind = COLLECT_COPY;
	else if (conf_nearest(slash, filter))
		rc = refuse_program(c, program);
	else if (*slash == '-')
		rc = conf_refuse(
			c, "'core_collector %.60s': the program is missing, expected makedumpfile",
			program);
	else
		ret.kind = COLLECT_EXTERNAL;
	if (rc)
		return rc;
	c->plan->collector = ret;
	return 0;
}
