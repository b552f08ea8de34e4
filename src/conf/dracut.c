/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: the dracut_args line.
 * Not dracut's options as such: what they say about the target, modules and programs is taken.
 */
#include "base/str.h"
#include "conf/ctx.h"

#include <errno.h>
#include <string.h>

/* File systems that `--mount` may name, with the word for mount(2). */
static const char *const mount_fs[] = {
	"ext2",
	"ext3",
	"ext4",
	"xfs",
	"btrfs",
	"minix",
	"vfat",
	"virtiofs",
	"nfs",
	"nfs4",
	"auto",
	NULL,
};

/*
 * The next word of *CURSOR as a shell cuts it: '...', "..." and backslash. The word is unquoted in
 * place. NULL at the end.
 */
static char *shell_word(char **cursor)
{
	char *s = *cursor + strspn(*cursor, " \t"), *word = s, *to = s, quote = 0;

	if (!*s) {
		*cursor = s;
		return NULL;
	}
	for (; *s && (quote || (*s != ' ' && *s != '\t')); s++) {
		if (quote ? *s == quote : (*s == '"' || *s == '\''))
			quote = quote ? 0 : *s;
		else if (*s == '\\' && quote != '\'' && s[1] && (!quote || strchr("$`\"\\", s[1])))
			*to++ = *++s;
		else
			*to++ = *s;
	}
	*cursor = *s ? s + 1 : s;
	*to = '\0';
	return word;
}

/* dracut makes a line of fstab of it: blanks inside its words are \040. */
static int add_mount(struct conf_ctx *c, char *text)
{
	char *where = str_word(&text), *point = str_word(&text), *type = str_word(&text),
	     *opts = str_word(&text);
	struct plan_target t = { .kind = TARGET_FS, .mountpoint = point, .options = opts };
	int rc = 0;

	if (opts)
		str_octal(opts);
	if (point)
		str_octal(point);
	if (!type)
		return conf_refuse(c, "--mount: expected \"DEVICE MOUNTPOINT TYPE OPTIONS\"");
	t.where = str_octal(where);
	for (unsigned i = 0; mount_fs[i] && !t.fstype; i++)
		if (strcmp(type, mount_fs[i]) == 0)
			t.fstype = mount_fs[i];
	if (!t.fstype)
		return conf_refuse(c,
				   "--mount: '%.60s' cannot be a target: expected ext2, ext3, "
				   "ext4, xfs, btrfs, vfat, "
				   "minix, virtiofs or nfs",
				   type);
	if (str_starts(t.fstype, "nfs")) {
		t.kind = TARGET_NFS;
		rc = conf_check_export(c, "--mount", where);
	} else if (strcmp(t.fstype, "virtiofs") != 0) {
		rc = conf_check_device(c, "--mount", where);
	}
	return rc ? rc : conf_add_target(c, &t);
}

/* Gives the value of the option NAME when WORD is it: behind '=', or the next word. */
static char *value_of(const char *name, char *word, char **cursor)
{
	size_t n = strlen(name);

	if (strncmp(word, name, n) != 0)
		return NULL;
	if (word[n] == '=')
		return word + n + 1;
	if (word[n])
		return NULL;
	word = shell_word(cursor);
	return word ? word : *cursor;
}

static int take_option(struct conf_ctx *c, char *word, char **cursor)
{
	struct plan *p = c->plan;
	char *v;

	v = value_of("--mount", word, cursor);
	if (v)
		return add_mount(c, v);
	v = value_of("--add-drivers", word, cursor);
	if (!v)
		v = value_of("--force-drivers", word, cursor);
	if (v)
		return conf_add_words(c, &p->extra_modules, v, conf_check_module);
	v = value_of("--omit-drivers", word, cursor);
	if (v)
		return conf_add_words(c, &p->blacklist, v, conf_check_module);
	v = value_of("--install", word, cursor);
	if (v)
		return conf_add_words(c, &p->extra_bins, v, conf_check_program);
	if (*word == '-')
		conf_note(c, "dracut option %.60s is not used here", word);
	return 0;
}

/*
 * Lines add up, as RHEL8 and RHEL9 allow a second one: one string, a blank between. There is room
 * for the values of all lines and a byte for each.
 */
static void append(struct conf_ctx *c, const char *text)
{
	size_t n = strlen(text);

	if (c->plan->dracut_args) {
		conf_note(c, "'dracut_args' adds to the line before; Fedora takes one line only");
		c->dracut_end[-1] = ' ';
	} else {
		c->plan->dracut_args = c->dracut_end;
	}
	memcpy(c->dracut_end, text, n + 1);
	c->dracut_end += n + 1;
}

int take_dracut_args(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l)
{
	char *cursor = conf_dup(c, "", l->value, strlen(l->value)), *word;
	struct plan before = *c->plan;

	(void)k;
	while ((word = shell_word(&cursor))) {
		int rc = take_option(c, word, &cursor);

		if (rc) {
			before.refused = c->plan->refused;
			before.warned = c->plan->warned;
			*c->plan = before;
			return rc;
		}
	}
	append(c, l->value);
	return 0;
}
