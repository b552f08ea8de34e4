/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: directives whose value is a path, a word, a list or a number.
 * Nothing is looked up: whether a file or module exists is a question for the image builder.
 */
#include "base/str.h"
#include "conf/ctx.h"
#include "conf/fence_words.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static const char *const action_word[] = {
	[ACTION_REBOOT] = "reboot",
	[ACTION_HALT] = "halt",
	[ACTION_POWEROFF] = "poweroff",
	[ACTION_SHELL] = "shell",
	[ACTION_DUMP_TO_ROOTFS] = "dump_to_rootfs",
	[ACTION_MOUNT_ROOT_RUN_INIT] = "mount_root_run_init",
	NULL,
};

/* Words that people write for an action. */
static const struct {
	const char *word, *action;
} synonym[] = {
	{ "restart", "reboot" },
	{ "shutdown", "poweroff" },
	{ "power_off", "poweroff" },
	{ "off", "poweroff" },
	{ "bash", "shell" },
	{ "rootfs", "dump_to_rootfs" },
};

const char *conf_action_name(enum plan_action a)
{
	return action_word[a];
}

int conf_action(const char *word, enum plan_action *ret)
{
	for (unsigned i = 0; action_word[i]; i++) {
		if (strcmp(word, action_word[i]) != 0)
			continue;
		*ret = (enum plan_action)i;
		return 0;
	}
	return -EINVAL;
}

static const char *meant_action(const char *word)
{
	for (unsigned i = 0; i < ARRAY_LEN(synonym); i++)
		if (strcasecmp(word, synonym[i].word) == 0)
			return synonym[i].action;
	return conf_nearest(word, action_word);
}

static int refuse_action(struct conf_ctx *c, const char *name, const char *word,
			 const char *expected)
{
	const char *near = meant_action(word);

	if (near && strstr(expected, near))
		return conf_refuse(c, "'%s %.60s': did you mean '%s'? expected %s", name, word,
				   near, expected);
	return conf_refuse(c, "'%s %.60s': expected %s", name, word, expected);
}

int take_failure(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l)
{
	enum plan_action a;

	if (conf_action(l->value, &a))
		return refuse_action(c, k->name, l->value,
				     "reboot, halt, poweroff, shell or dump_to_rootfs");
	if (a == ACTION_MOUNT_ROOT_RUN_INIT)
		conf_warn(c, "'mount_root_run_init' boots the whole system in the small memory: "
			     "'failure_action dump_to_rootfs' saves to the root file system "
			     "without that");
	c->plan->failure_action = a;
	return 0;
}

int take_final(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l)
{
	enum plan_action a;

	if (conf_action(l->value, &a) || a > ACTION_POWEROFF)
		return refuse_action(c, k->name, l->value, "reboot, halt or poweroff");
	c->plan->final_action = a;
	return 0;
}

static bool has_dots(const char *path)
{
	for (const char *p = path; (p = strstr(p, "..")); p += 2)
		if ((p == path || p[-1] == '/') && (p[2] == '/' || !p[2]))
			return true;
	return false;
}

/* One leading slash, none doubled, none at the end. */
static void tidy_path(char *path)
{
	char *to = path;

	for (const char *from = path; *from; from++)
		if (*from != '/' || to == path || to[-1] != '/')
			*to++ = *from;
	if (to > path + 1 && to[-1] == '/')
		to--;
	*to = '\0';
}

int take_path(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l)
{
	char *path;

	if (has_dots(l->value))
		return conf_refuse(c, "'%s %.60s': '..' is not allowed, expected a directory",
				   k->name, l->value);
	if (strstr(l->value, "://"))
		return conf_refuse(c, "'%s %.60s': a URL is not taken here, expected a directory",
				   k->name, l->value);
	if (*l->value == '~' || *l->value == '$')
		return conf_refuse(c,
				   "'%s %.60s': no shell reads this line, so ~ and $ mean nothing: write the directory",
				   k->name, l->value);
	path = conf_dup(c, "/", l->value, strlen(l->value));
	tidy_path(path);
	c->plan->path = path;
	c->plan->path_given = true;
	return 0;
}

static void set_string(struct conf_ctx *c, const struct conf_key *k, const char *value)
{
	*(const char **)((char *)c->plan + k->field) = value;
}

static struct plan_list *list_of(struct conf_ctx *c, const struct conf_key *k)
{
	return (struct plan_list *)((char *)c->plan + k->field);
}

/* An absolute path of one file: hooks, sshkey. */
int take_program(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l)
{
	if (*l->value != '/')
		return conf_refuse(c, "'%s %.60s': expected an absolute path", k->name, l->value);
	set_string(c, k, l->value);
	return 0;
}

int take_fence_args(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l)
{
	struct fence_opts opts;
	struct err e = { 0 };

	if (fence_words(&opts, l->value, &e))
		return conf_refuse(c, "%s", e.text);
	set_string(c, k, l->value);
	return 0;
}

int conf_add_words(struct conf_ctx *c, struct plan_list *list, char *text,
		   int (*check)(struct conf_ctx *c, const char *word))
{
	unsigned before = list->n;
	char *word;

	while ((word = str_word(&text))) {
		int rc = list->n == PLAN_WORDS
				 ? conf_refuse(c,
					       "more than %u words in all lines of this directive",
					       PLAN_WORDS)
				 : check(c, word);

		if (rc) {
			list->n = before;
			return rc;
		}
		list->word[list->n++] = word;
	}
	return 0;
}

int conf_check_program(struct conf_ctx *c, const char *word)
{
	if (*word == '/')
		return 0;
	if (conf_key(word))
		return conf_refuse(
			c, "'%s' is a directive of its own: is a line break missing before it?",
			word);
	return conf_refuse(c, "'%.60s': expected absolute paths of programs", word);
}

int conf_check_module(struct conf_ctx *c, const char *word)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	if (!word[strspn(word, letters)])
		return 0;
	if (strchr(word, '/'))
		return conf_refuse(c, "'%.60s' is a path: expected names of kernel modules", word);
	return conf_refuse(
		c, "'%.60s' is not the name of a kernel module: expected letters, digits, _ and -",
		word);
}

static int check_node(struct conf_ctx *c, const char *word)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:%";

	if (!word[strspn(word, letters)])
		return 0;
	return conf_refuse(c, "'%.60s': expected host names or addresses", word);
}

int take_bins(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l)
{
	return conf_add_words(c, list_of(c, k), l->value, conf_check_program);
}

int take_modules(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l)
{
	return conf_add_words(c, list_of(c, k), l->value, conf_check_module);
}

int take_nodes(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l)
{
	return conf_add_words(c, list_of(c, k), l->value, check_node);
}

int take_options(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l)
{
	struct plan *p = c->plan;
	char *text = l->value, *module;

	if (p->noption == PLAN_OPTIONS)
		return conf_refuse(c, "more than %u lines of '%s'", PLAN_OPTIONS, k->name);
	module = str_word(&text);
	text = str_trim(text);
	if (!*text)
		return conf_refuse(c, "'%s %.60s' has no parameters: expected MODULE NAME=VALUE...",
				   k->name, module);
	if (conf_check_module(c, module))
		return -EINVAL;
	p->option[p->noption++] = (struct plan_option){ .module = module, .text = text };
	return 0;
}

int take_force(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l)
{
	bool other = k->slot == SLOT_REBUILD ? c->plan->force_no_rebuild : c->plan->force_rebuild;
	uint64_t v;

	if (str_u64(l->value, UINT64_MAX, &v))
		return conf_refuse(c, "'%s %.60s': expected 0 or 1", k->name, l->value);
	if (v && other)
		return conf_refuse(c,
				   "'force_rebuild 1' and 'force_no_rebuild 1' exclude each other");
	if (v > 1)
		conf_warn(c, "'%s %s' is an old form: write '%s 1'", k->name, l->value, k->name);
	*(bool *)((char *)c->plan + k->field) = v != 0;
	return 0;
}

int take_yes_no(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l)
{
	bool yes = strcmp(l->value, "yes") == 0;

	if (!yes && strcmp(l->value, "no") != 0)
		return conf_refuse(c, "'%s %.60s': expected yes or no", k->name, l->value);
	*(bool *)((char *)c->plan + k->field) = yes;
	return 0;
}

static int take_number(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l,
		       unsigned max)
{
	uint64_t v;

	if (str_u64(l->value, max, &v))
		return conf_refuse(c, "'%s %.60s': expected a number from 0 to %u", k->name,
				   l->value, max);
	*(unsigned *)((char *)c->plan + k->field) = (unsigned)v;
	return 0;
}

int take_seconds(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l)
{
	return take_number(c, k, l, 86400);
}

int take_mem_level(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l)
{
	return take_number(c, k, l, 3);
}

/* A directive that is known and changes nothing here. */
int take_nothing(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l)
{
	(void)l;
	conf_warn(c, "'%s' has no effect: remove it", k->name);
	return 0;
}
