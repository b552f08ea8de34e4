/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: the core_collector line.
 * makedumpfile's options become settings; what would be silently misread elsewhere is refused.
 */
#include "base/invisible.h"
#include "base/str.h"
#include "conf/ctx.h"
#include "conf/mdf_args.h"

#include <stdio.h>
#include <string.h>

#define WORD_ROOM 256 /* longest program name that is understood */
#define WORDS_MAX 64

static const char *const codec_name[] = {
	[CODEC_NONE] = "none",
	[CODEC_ZLIB] = "zlib",
	[CODEC_LZO] = "lzo",
	[CODEC_SNAPPY] = "snappy",
	[CODEC_ZSTD] = "zstd",
	[CODEC_AUTO] = "auto",
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

static void pass_on(void *arg, const char *text)
{
	conf_warn(arg, "%s", text);
}

static int parse_filter(struct conf_ctx *c, struct plan_collector *ret, const char *options)
{
	const struct mdf_caller who = { .conf = true, .warn = pass_on, .arg = c };
	char *cursor = conf_dup(c, "", options, strlen(options));
	const char *word[WORDS_MAX + 1];
	struct plan_collector whole = *ret;
	struct mdf_args args;
	struct err e = { 0 };
	unsigned n = 0;

	while (n <= WORDS_MAX && (word[n] = str_word(&cursor)))
		n++;
	if (n > WORDS_MAX)
		return conf_refuse(c, "makedumpfile: more than %u words", WORDS_MAX);
	if (mdf_parse(&args, n, word, &who, &e))
		return conf_refuse(c, "%s", e.text);
	*ret = args.how;
	ret->kind = whole.kind;
	ret->line = whole.line;
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

/* Whether WORD is the option NAME, maybe shortened as getopt_long(3) allows, maybe with a value. */
static bool is_option(const char *word, const char *name)
{
	size_t n = strcspn(word, "=");

	return n >= 5 && strncmp(word, "--", 2) == 0 && n - 2 <= strlen(name) && strncmp(word + 2, name, n - 2) == 0;
}

/* S without quotes and without what is not ASCII, but for dashes and what is meant as a blank: in place. */
static void make_plain(char *s)
{
	char *to = s;

	while (*s) {
		size_t len = 1;
		const char *dash = lex_dash(s, &len);
		const struct invisible *unseen = dash ? NULL : invisible_at(s, &len);

		while (dash && *dash)
			*to++ = *dash++;
		if (unseen && unseen->blank)
			*to++ = ' ';
		else if (len == 1 && *s != '"' && *s != '\'' && !(*s & 0x80))
			*to++ = *s;
		s += len;
	}
	*to = '\0';
}

/*
 * Data that was to be erased must not be saved because the line is wrong, nor a dump where only the log was asked for.
 * NULL: the line asks for neither.
 */
static const char *less_than_dump(const char *line)
{
	static const char erases[] = "core_collector was refused, and it erases data: only the kernel log is saved";
	static const char log[] = "core_collector was refused, and it asks for the kernel log: only that is saved";
	static const char *const erase[] = { "config", "eppic", "extension" };
	char word[WORD_ROOM];

	while (next_word(&line, word)) {
		for (size_t i = 0; i < ARRAY_LEN(erase); i++)
			if (is_option(word, erase[i]))
				return erases;
		if (is_option(word, "dump-dmesg") || is_option(word, "partial-dmesg"))
			return log;
	}
	return NULL;
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

void conf_refused_collector(struct conf_ctx *c, const struct conf_line *l)
{
	const struct conf_key *k = conf_key(l->key);

	if (k ? k->take != take_collector : !strstr(l->value, "makedumpfile") && !strstr(l->key, "makedumpfile"))
		return;
	make_plain(l->value);
	if (!c->plan->log_only)
		c->plan->log_only = less_than_dump(l->value);
}
