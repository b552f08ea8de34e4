/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: /etc/sysconfig/kdump of SUSE.
 * Names and defaults as in the kdump package 2.1 of openSUSE (sysconfig.kdump.in).
 */
#include "base/str.h"
#include "conf/dialect_words.h"

#include <errno.h>
#include <string.h>

#define MAIL      "no mail is sent; a kdump_post script can, or `kdumpctl list` after the boot"
#define BY_LOADER "no firmware-assisted dump here"
#define BY_KDUMP  "kdumpctl reset-crashkernel sets the reservation, when it is called"

const struct dialect_var dialect_suse_vars[] = {
	{ "KDUMP_SAVEDIR", NULL, NULL, CONF_NOTE, FORM_TEXT },
	{ "KDUMP_DUMPFORMAT", NULL, NULL, CONF_NOTE, FORM_TEXT },
	{ "KDUMP_DUMPLEVEL", NULL, NULL, CONF_NOTE, FORM_TEXT },
	{ "MAKEDUMPFILE_OPTIONS", NULL, NULL, CONF_NOTE, FORM_TEXT },
	{ "KDUMP_IMMEDIATE_REBOOT", NULL, NULL, CONF_NOTE, FORM_TEXT },
	{ "KDUMP_CONTINUE_ON_ERROR", NULL, NULL, CONF_NOTE, FORM_TEXT },
	{ "KDUMP_PRESCRIPT", NULL, NULL, CONF_NOTE, FORM_TEXT },
	{ "KDUMP_POSTSCRIPT", NULL, NULL, CONF_NOTE, FORM_TEXT },
	{ "KDUMP_REQUIRED_PROGRAMS", NULL, NULL, CONF_NOTE, FORM_TEXT },
	{ "KDUMP_SSH_IDENTITY", NULL, NULL, CONF_NOTE, FORM_TEXT },
	{ "KDUMP_HOST_KEY", NULL, NULL, CONF_NOTE, FORM_TEXT },
	{ "KDUMP_CPUS", "1", "read from this file by kdumpctl: nr_cpus= of the capture kernel; each takes memory",
	  CONF_NOTE, FORM_NUMBER },
	{ "KDUMP_KEEP_OLD_DUMPS", "0", "read from this file as it is (crashbox-retain(8))", CONF_NOTE, FORM_KEEP },
	{ "KDUMP_FREE_DISK_SIZE", "0",
	  "read from this file as it is: old dumps make room, the new one is never deleted",
	  CONF_NOTE, FORM_MIB },
	{ "KDUMP_COMMANDLINE", NULL, "read from this file by kdumpctl", CONF_NOTE, FORM_TEXT },
	{ "KDUMP_COMMANDLINE_APPEND", NULL, "read from this file by kdumpctl", CONF_NOTE, FORM_TEXT },
	{ "KDUMP_KERNELVER", NULL, "read from this file by kdumpctl", CONF_NOTE, FORM_TEXT },
	{ "KEXEC_OPTIONS", NULL, "no counterpart: kdumpctl loads by itself", CONF_NOTE, FORM_TEXT },
	{ "KDUMP_TRANSFER", NULL,
	  "no counterpart: its commands are not run; write `core_collector PROGRAM` in kdump.conf",
	  CONF_REFUSE, FORM_TEXT },
	{ "KDUMP_NETCONFIG", "auto",
	  "no counterpart: links are brought up as on the running system", CONF_WARN, FORM_TEXT },
	{ "KDUMP_NET_TIMEOUT", "30",
	  "crashbox.connect_timeout=SECONDS in KDUMP_COMMANDLINE_APPEND bounds the wait (60)", CONF_NOTE,
	  FORM_NUMBER },
	{ "KDUMP_VERBOSE", "0",
	  "no counterpart: rd.kdumploglvl=0 to 4 in KDUMP_COMMANDLINE_APPEND sets how much is said",
	  CONF_NOTE, FORM_NUMBER },
	{ "KDUMP_CRASHKERNEL", "auto", BY_KDUMP, CONF_NOTE, FORM_TEXT },
	{ "KDUMP_UPDATE_BOOTLOADER", "true", BY_KDUMP, CONF_NOTE, FORM_TEXT },
	{ "KDUMP_AUTO_RESIZE", "false", "no counterpart: the reservation stays as it is", CONF_WARN, FORM_TEXT },
	{ "KDUMP_FADUMP", "false", BY_LOADER, CONF_REFUSE, FORM_TEXT },
	{ "KDUMP_FADUMP_SHELL", "false", BY_LOADER, CONF_NOTE, FORM_TEXT },
	{ "FADUMP_COMMANDLINE_APPEND", NULL, NULL, CONF_NOTE, FORM_TEXT },
	{ "KDUMP_SMTP_SERVER", NULL, MAIL, CONF_WARN, FORM_TEXT },
	{ "KDUMP_SMTP_USER", NULL, MAIL, CONF_NOTE, FORM_TEXT },
	{ "KDUMP_SMTP_PASSWORD", NULL, MAIL, CONF_NOTE, FORM_TEXT },
	{ "KDUMP_NOTIFICATION_TO", NULL, MAIL, CONF_WARN, FORM_TEXT },
	{ "KDUMP_NOTIFICATION_CC", NULL, MAIL, CONF_NOTE, FORM_TEXT },
	{ "KDUMP_SYSCTL", NULL, DIALECT_SYSCTL, CONF_NOTE, FORM_TEXT },
	{ "KDUMPTOOL_FLAGS", NULL, "no counterpart; of no effect in newer releases of SUSE either", CONF_NOTE,
	  FORM_TEXT },
	{ "KDUMP_COPY_KERNEL", "yes", "no counterpart: the kernel and its debug data are not copied to the dump",
	  CONF_NOTE, FORM_TEXT },
	{ NULL, NULL, NULL, CONF_NOTE, FORM_TEXT },
};

/* ---- where ---- */

static void refuse_place(struct dialect_ctx *c, const char *what)
{
	dialect_say(c, CONF_REFUSE, "KDUMP_SAVEDIR",
		    "%s; name a target in kdump.conf (nfs, ssh or a file system)", what);
}

static void take_ssh(struct dialect_ctx *c, const struct dialect_url *u)
{
	dialect_line(c, "KDUMP_SAVEDIR", "ssh %s@%s", *u->user ? u->user : "root", u->host);
	dialect_word(c, "KDUMP_SAVEDIR", "path", *u->path ? u->path : "/");
	if (u->password)
		dialect_say(c, CONF_WARN, "KDUMP_SAVEDIR",
			    "a password is never used: `kdumpctl propagate` installs a key");
	if (*u->port && strcmp(u->port, "22") != 0)
		dialect_say(c, CONF_WARN, "KDUMP_SAVEDIR",
			    "port %s: write `Port %s` for this host in /root/.ssh/config", u->port, u->port);
}

/* The whole path is mounted, the dump's directory is made at its root. */
static void take_nfs(struct dialect_ctx *c, const struct dialect_url *u)
{
	char export[DIALECT_URL + 4];

	if (!*u->path) {
		refuse_place(c, "an NFS export needs a path");
		return;
	}
	(void)str_fmt(export, sizeof(export), u->v6 ? "[%s]:%s" : "%s:%s", u->host, u->path);
	dialect_word(c, "KDUMP_SAVEDIR", "nfs", export);
	dialect_line(c, "KDUMP_SAVEDIR", "path /");
	if (*u->user)
		dialect_say(c, CONF_WARN, "KDUMP_SAVEDIR", "NFS has no user to log in as: '%.40s@' is passed over",
			    u->user);
	if (*u->port)
		dialect_say(c, CONF_WARN, "KDUMP_SAVEDIR", "port %s: no counterpart, the server is asked for its port",
			    u->port);
}

static void take_local(struct dialect_ctx *c, const char *path)
{
	if (*path == '/')
		dialect_word(c, "KDUMP_SAVEDIR", "path", path);
	else
		refuse_place(c, "a directory starts with '/'");
}

static void take_place(struct dialect_ctx *c, const char *word)
{
	struct dialect_url u;
	int rc = dialect_url(&u, word);

	if (rc == -EILSEQ)
		refuse_place(c, "% stands before two hexadecimal digits in an address (a blank is %20, % itself "
				"%25), and for no control byte");
	else if (rc)
		refuse_place(c, "not an address that can be read");
	else if (!*u.scheme || strcmp(u.scheme, "file") == 0)
		take_local(c, u.path);
	else if (strcmp(u.scheme, "nfs") == 0)
		take_nfs(c, &u);
	else if (strcmp(u.scheme, "ssh") == 0 || strcmp(u.scheme, "sftp") == 0 || strcmp(u.scheme, "scp") == 0)
		take_ssh(c, &u);
	else if (strcmp(u.scheme, "ftp") == 0)
		refuse_place(c, "no FTP here: the dump and its password would cross the network in clear");
	else if (strcmp(u.scheme, "cifs") == 0 || strcmp(u.scheme, "smb") == 0)
		refuse_place(c, "no CIFS here");
	else
		refuse_place(c, "not a kind of place that is known");
}

static void take_savedir(struct dialect_ctx *c)
{
	char text[DIALECT_URL], *cursor = text, *word;

	if (str_fmt(text, sizeof(text), "%s", dialect_value(c, "KDUMP_SAVEDIR"))) {
		refuse_place(c, "too long");
		return;
	}
	word = str_word(&cursor);
	take_place(c, word ? word : "/var/crash");
	if (str_word(&cursor))
		refuse_place(c, "several places: only the first is taken");
}

/* ---- what ---- */

static const char *option_of_format(struct dialect_ctx *c, const char *format)
{
	static const struct {
		const char *name, *option;
	} known[] = { { "", " -c" },
		      { "compressed", " -c" },
		      { "ELF", " -E" },
		      { "elf", " -E" },
		      { "lzo", " -l" },
		      { "snappy", " -p" },
		      { "zstd", " -z" } };

	for (unsigned i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(format, known[i].name) == 0)
			return known[i].option;
	if (strcmp(format, "none") == 0)
		dialect_say(c, CONF_WARN, "KDUMP_DUMPFORMAT",
			    "the log alone is never all: the vmcore is saved too, with what the level leaves of it");
	else
		dialect_say(c, CONF_WARN, "KDUMP_DUMPFORMAT", "'%.40s' is not known: compressed is taken", format);
	return " -c";
}

static unsigned level(struct dialect_ctx *c)
{
	const char *v = dialect_value(c, "KDUMP_DUMPLEVEL");
	uint64_t n = 31;

	if (*v && str_u64(v, 31, &n)) {
		dialect_say(c, CONF_WARN, "KDUMP_DUMPLEVEL",
			    "'%.20s' is not a level from 0 to 31: 31 is taken, as SUSE does", v);
		n = 31;
	}
	return (unsigned)n;
}

static void take_format(struct dialect_ctx *c)
{
	const char *format = dialect_value(c, "KDUMP_DUMPFORMAT"), *more = dialect_value(c, "MAKEDUMPFILE_OPTIONS");

	if (strcmp(format, "raw") == 0) {
		dialect_line(c, "KDUMP_DUMPFORMAT", "core_collector cp --sparse=always");
		return;
	}
	dialect_line(c, "MAKEDUMPFILE_OPTIONS", "core_collector makedumpfile%s -d %u%s%s", option_of_format(c, format),
		     level(c), *more ? " " : "", more);
}

/* ---- around it ---- */

/* Shell text is no program: only the path of one can be carried over. */
static void take_script(struct dialect_ctx *c, const char *name, const char *directive)
{
	const char *v = dialect_value(c, name);

	if (!*v)
		return;
	if (*v == '/' && !strpbrk(v, " \t\n;&|<>$`'\"\\#"))
		dialect_line(c, name, "%s %s", directive, v);
	else
		dialect_say(c, CONF_REFUSE, name,
			    "shell text: put it into an executable script and write `%s /path/of/it` in kdump.conf",
			    directive);
}

static void take_pre(struct dialect_ctx *c)
{
	take_script(c, "KDUMP_PRESCRIPT", "kdump_pre");
	if (*dialect_value(c, "KDUMP_PRESCRIPT"))
		dialect_say(c, CONF_WARN, "KDUMP_PRESCRIPT",
			    "when it fails here there is no dump; end it with `exit 0` where that is not meant");
}

static void take_actions(struct dialect_ctx *c)
{
	if (!dialect_switch(c, "KDUMP_CONTINUE_ON_ERROR", true))
		dialect_line(c, "KDUMP_CONTINUE_ON_ERROR", "failure_action shell");
	if (!dialect_switch(c, "KDUMP_IMMEDIATE_REBOOT", true))
		dialect_say(c, CONF_WARN, "KDUMP_IMMEDIATE_REBOOT",
			    "no directive: crashbox.shell in KDUMP_COMMANDLINE_APPEND "
			    "stops at a shell before the reboot");
}

static void take_key(struct dialect_ctx *c)
{
	char text[DIALECT_URL], *cursor = text, *word;
	const char *host = dialect_value(c, "KDUMP_HOST_KEY");

	(void)str_fmt(text, sizeof(text), "%s", dialect_value(c, "KDUMP_SSH_IDENTITY"));
	word = str_word(&cursor);
	if (word)
		dialect_line(c, "KDUMP_SSH_IDENTITY", "sshkey %s%s", *word == '/' ? "" : "/root/.ssh/", word);
	if (str_word(&cursor))
		dialect_say(c, CONF_WARN, "KDUMP_SSH_IDENTITY", "one key is used, the first");
	if (strcmp(host, "*") == 0)
		dialect_say(c, CONF_WARN, "KDUMP_HOST_KEY",
			    "a server is never trusted unseen: its key must be in /root/.ssh/known_hosts");
	else if (*host)
		dialect_say(c, CONF_WARN, "KDUMP_HOST_KEY",
			    "no counterpart: put it into /root/.ssh/known_hosts, with the server's name in front");
}

/* SUSE looks names up in PATH, kdump.conf wants to know. */
static void take_programs(struct dialect_ctx *c)
{
	char text[DIALECT_URL], *cursor = text, *word;

	if (str_fmt(text, sizeof(text), "%s", dialect_value(c, "KDUMP_REQUIRED_PROGRAMS")))
		dialect_say(c, CONF_REFUSE, "KDUMP_REQUIRED_PROGRAMS", "too long");
	else
		while ((word = str_word(&cursor))) {
			if (*word == '/')
				dialect_line(c, "KDUMP_REQUIRED_PROGRAMS", "extra_bins %s", word);
			else
				dialect_say(c, CONF_REFUSE, "KDUMP_REQUIRED_PROGRAMS",
					    "%.60s: its whole path is needed", word);
		}
}

void dialect_suse(struct dialect_ctx *c)
{
	take_savedir(c);
	take_key(c);
	take_format(c);
	take_actions(c);
	take_pre(c);
	take_script(c, "KDUMP_POSTSCRIPT", "kdump_post");
	take_programs(c);
}
