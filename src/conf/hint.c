/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: what an unknown directive was meant to be.
 * From real files: words that guides invented, other systems' dialects, slips of hand and of paste.
 */
#include "base/str.h"
#include "conf/ctx.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *word, *advice;
} invented[] = {
	{ "default_action", "write 'failure_action' (dump failed) or 'final_action' (dump saved)" },
	{ "reboot", "write 'failure_action reboot' or 'final_action reboot'" },
	{ "compress",
	  "compression is an option of 'core_collector makedumpfile': -c, -l, -z or --codec=auto" },
	{ "compression",
	  "compression is an option of 'core_collector makedumpfile': -c, -l, -z or --codec=auto" },
	{ "dump_level", "the level is an option of 'core_collector makedumpfile': -d 31" },
	{ "disk_quota", "there is no quota: free space is checked before and while saving" },
	{ "network",
	  "write 'nfs HOST:/EXPORT' or 'ssh USER@HOST'; addresses come from the system" },
	{ "pre_dump", "write 'kdump_pre PROGRAM'" },
	{ "post_dump", "write 'kdump_post PROGRAM'" },
	{ "ext", "write 'ext4 DEVICE'" },
	{ "fat", "write 'vfat DEVICE'" },
	{ "msdos", "write 'vfat DEVICE'" },
	{ "scp", "write 'ssh USER@HOST'" },
	{ "sftp", "write 'ssh USER@HOST'" },
	{ "key", "write 'sshkey FILE'" },
};

/* Shell variables of other systems' files and what stands for them here. */
static const struct {
	const char *variable, *directive;
} dialect[] = {
	{ "KDUMP_SAVEDIR", "path" },
	{ "KDUMP_COREDIR", "path" },
	{ "KDUMP_FOLDER", "path" },
	{ "KDUMP_DUMPLEVEL", "core_collector" },
	{ "KDUMP_DUMPFORMAT", "core_collector" },
	{ "MAKEDUMPFILE_OPTIONS", "core_collector" },
	{ "MAKEDUMP_ARGS", "core_collector" },
	{ "MAKEDUMPFILE_COREDUMP_CMD", "core_collector" },
	{ "KDUMP_IMMEDIATE_REBOOT", "final_action" },
	{ "KDUMP_CONTINUE_ON_ERROR", "failure_action" },
	{ "KDUMP_FAIL_CMD", "failure_action" },
	{ "KDUMP_PRESCRIPT", "kdump_pre" },
	{ "KDUMP_POSTSCRIPT", "kdump_post" },
	{ "KDUMP_REQUIRED_PROGRAMS", "extra_bins" },
	{ "KDUMP_SSH_IDENTITY", "sshkey" },
	{ "SSH_KEY", "sshkey" },
	{ "NFS", "nfs" },
	{ "SSH", "ssh" },
};

static const char *const other_fs[] = {
	"gfs2",
	"gfs",
	"ocfs2",
	"f2fs",
	"jfs",
	"reiserfs",
	"ntfs",
	"exfat",
	"zfs",
	"cifs",
	"smb",
	"bcachefs",
	"iso9660",
	"tmpfs",
	"cramfs",
	"nilfs2",
	"ubifs",
	"ftp",
	NULL,
};

static bool in_list(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(word, *list) == 0)
			return true;
	return false;
}

/* Half of the word may be wrong, but never more than two letters. */
static void nearer(const char *word, const char *candidate, const char **best, unsigned *least)
{
	unsigned d = strcasecmp(word, candidate) == 0 ? 0 : str_distance(word, candidate);

	if (d >= *least || 2 * d > strlen(word))
		return;
	*best = candidate;
	*least = d;
}

const char *conf_nearest(const char *word, const char *const *list)
{
	const char *best = NULL;
	unsigned least = 3;

	for (; *list; list++)
		nearer(word, *list, &best, &least);
	return best;
}

static const char *nearest_key(const char *word)
{
	const struct conf_key *k;
	const char *best = NULL;
	unsigned least = 3;

	for (unsigned i = 0; (k = conf_key_at(i)); i++)
		nearer(word, k->name, &best, &least);
	return best;
}

/* "path=/var/crash" and "path: /var/crash": the directive with the sign behind it. */
static int refuse_sign(struct conf_ctx *c, const char *word, size_t n)
{
	char name[SHOWN_MAX];
	const struct conf_key *k;

	if (str_fmt(name, sizeof(name), "%.*s", (int)(n < SHOWN_MAX ? n : SHOWN_MAX), word))
		return 0;
	k = conf_key(name);
	return k ? conf_refuse(c, "'%.60s': write '%s VALUE' without '%c'", word, k->name, word[n])
		 : 0;
}

static int refuse_dialect(struct conf_ctx *c, const char *word, size_t n)
{
	for (unsigned i = 0; i < ARRAY_LEN(dialect); i++)
		if (strlen(dialect[i].variable) == n && strncmp(word, dialect[i].variable, n) == 0)
			return conf_refuse(c,
					   "'%.*s' is a shell variable of another system's kdump: "
					   "'%s' is the directive for it here",
					   (int)n, word, dialect[i].directive);
	return conf_refuse(c, "'%.*s=' is a shell variable, not a directive of kdump.conf",
			   (int)(n < 60 ? n : 60), word);
}

static bool is_prompt(const struct conf_line *l)
{
	char *at = strchr(l->key, '@');

	return strcmp(l->key, "$") == 0 || strcmp(l->key, "#") == 0 ||
	       (at && (*l->key == '[' || str_ends(l->key, "$") || strcmp(l->value, "$") == 0));
}

/* Words with a shape that tells where they come from. 0: none of them. */
static int refuse_shape(struct conf_ctx *c, const struct conf_line *l)
{
	size_t n = strcspn(l->key, "=:");
	int rc = l->key[n] ? refuse_sign(c, l->key, n) : 0;

	if (rc)
		return rc;
	if (l->key[n] == '=' && n && isupper((unsigned char)*l->key))
		return refuse_dialect(c, l->key, n);
	if (is_prompt(l))
		return conf_refuse(
			c, "'%.60s' looks like a shell prompt, pasted by mistake: remove the line",
			l->key);
	if (in_list(l->key, other_fs))
		return conf_refuse(c,
				   "'%s' cannot be a target: expected ext2, ext3, ext4, xfs, "
				   "btrfs, vfat, minix, "
				   "virtiofs, nfs, ssh or raw",
				   l->key);
	return 0;
}

int conf_unknown(struct conf_ctx *c, const struct conf_line *l)
{
	const char *near;
	int rc;

	if (!c->who || c->said > CONF_SAID_MAX) /* nobody hears the advice */
		return conf_refuse(c, "unknown directive '%.60s'", l->key);
	rc = refuse_shape(c, l);
	if (rc)
		return rc;
	for (unsigned i = 0; i < ARRAY_LEN(invented); i++)
		if (strcasecmp(l->key, invented[i].word) == 0)
			return conf_refuse(c, "unknown directive '%s': %s", l->key,
					   invented[i].advice);
	for (const char *s = l->key; *s; s++)
		if (*s & 0x80)
			return conf_refuse(c,
					   "unknown directive '%.60s': '%.4s' and what follows is not plain ASCII, "
					   "though it may look like it: write the word anew",
					   l->key, s);
	near = nearest_key(l->key);
	if (near)
		return conf_refuse(c, "unknown directive '%.60s': did you mean '%s'?", l->key,
				   near);
	return conf_refuse(
		c, "unknown directive '%.60s'; 'crashbox check --directives' lists those there are",
		l->key);
}
