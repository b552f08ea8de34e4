/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: /etc/default/kdump-tools of Debian and Ubuntu.
 * Names and defaults as in the package kdump-tools 1.8 and 1.10 (usr/sbin/kdump-config).
 */
#include "base/str.h"
#include "conf/dialect_words.h"

#include <string.h>

#define BY_KDUMPCTL "read from this file by kdumpctl, where there is no /etc/sysconfig/kdump"
#define IN_TIME                                                                                         \
	"no counterpart: a server that is silent is given up after crashbox.connect_timeout= (60) and " \
	"crashbox.stall_timeout= (120) seconds"
#define STOCK_ADDED "reset_devices systemd.unit=kdump-tools-dump.service nr_cpus=1 irqpoll usbcore.nousb"

const struct dialect_var dialect_debian_vars[] = {
	{ "USE_KDUMP", "1", "switched off there; here the service is: systemctl disable kdump", CONF_WARN, FORM_TEXT },
	{ "KDUMP_COREDIR", NULL, NULL, CONF_NOTE, FORM_TEXT },
	{ "MAKEDUMP_ARGS", NULL, NULL, CONF_NOTE, FORM_TEXT },
	{ "KDUMP_FAIL_CMD", NULL, NULL, CONF_NOTE, FORM_TEXT },
	{ "SSH", NULL, NULL, CONF_NOTE, FORM_TEXT },
	{ "SSH_KEY", NULL, NULL, CONF_NOTE, FORM_TEXT },
	{ "NFS", NULL, NULL, CONF_NOTE, FORM_TEXT },
	{ "FTP", NULL, NULL, CONF_NOTE, FORM_TEXT },
	{ "FTP_USER", NULL, NULL, CONF_NOTE, FORM_TEXT },
	{ "FTP_PASSWORD", NULL, NULL, CONF_NOTE, FORM_TEXT },
	{ "FTP_PORT", NULL, NULL, CONF_NOTE, FORM_TEXT },
	{ "KDUMP_NUM_DUMPS", "0", "read from this file as it is (crashbox-retain(8))", CONF_NOTE, FORM_NUMBER },
	{ "KDUMP_DUMP_DMESG", "1", "no counterpart: the log is always saved, and first", CONF_NOTE, FORM_TEXT },
	{ "KDUMP_COMPRESSION", "none",
	  "no counterpart: pages are compressed in the dump itself, which stays readable as it is",
	  CONF_WARN, FORM_TEXT },
	{ "KDUMP_KERNEL", "/var/lib/kdump/vmlinuz",
	  BY_KDUMPCTL,
	  CONF_NOTE, FORM_TEXT },
	{ "KDUMP_INITRD", "/var/lib/kdump/initrd.img",
	  "no counterpart: the image is built by mkinitrd.sh", CONF_NOTE, FORM_TEXT },
	{ "KDUMP_KEXEC_ARGS", NULL, "no counterpart: kdumpctl loads by itself", CONF_NOTE, FORM_TEXT },
	{ "KDUMP_CMDLINE", NULL, BY_KDUMPCTL, CONF_NOTE, FORM_TEXT },
	{ "KDUMP_CMDLINE_APPEND", STOCK_ADDED,
	  BY_KDUMPCTL, CONF_NOTE, FORM_TEXT },
	{ "KDUMP_SYSCTL", NULL, DIALECT_SYSCTL, CONF_NOTE, FORM_TEXT },
	{ "HOSTTAG", "ip", "no counterpart: our own address names the directory on a server", CONF_WARN, FORM_TEXT },
	{ "NFS_TIMEO", "600", IN_TIME, CONF_NOTE, FORM_NUMBER },
	{ "NFS_RETRANS", "3", IN_TIME, CONF_NOTE, FORM_NUMBER },
	{ "NFS_MOUNT_RETRY", "4", IN_TIME, CONF_NOTE, FORM_NUMBER },
	{ "SSH_KDUMP_RETRY", "16", IN_TIME, CONF_NOTE, FORM_NUMBER },
	{ NULL, NULL, NULL, CONF_NOTE, FORM_TEXT },
};

/* Dumps lie at the root of an export, and below the directory of the same name on an ssh server. */
static void take_targets(struct dialect_ctx *c)
{
	const char *ssh = dialect_value(c, "SSH"), *nfs = dialect_value(c, "NFS"), *key = dialect_value(c, "SSH_KEY"),
		   *dir = dialect_value(c, "KDUMP_COREDIR");

	if (*ssh)
		dialect_line(c, "SSH", "ssh %s", ssh);
	if (*ssh && *key)
		dialect_line(c, "SSH_KEY", "sshkey %s", key);
	if (*nfs)
		dialect_word(c, "NFS", "nfs", nfs);
	if (*ssh && *nfs)
		dialect_say(c, CONF_WARN, "NFS", "tried after SSH when that fails, below the same path; "
						 "kdump-tools saves to both");
	if (*dialect_value(c, "FTP"))
		dialect_say(c, *ssh || *nfs ? CONF_WARN : CONF_REFUSE, "FTP",
			    "no FTP here; name a target in kdump.conf (nfs, ssh or a file system)");
	if (*nfs && !*ssh)
		dialect_line(c, "NFS", "path /");
	else
		dialect_word(c, "KDUMP_COREDIR", "path", *dir ? dir : "/var/crash");
}

/* -F is there for the pipe behind makedumpfile: here the dump takes its final form by itself. */
static void take_collector(struct dialect_ctx *c)
{
	char text[1000], line[1000] = "", *cursor = text, *word;
	size_t used = 0;

	if (str_fmt(text, sizeof(text), "%s", dialect_value(c, "MAKEDUMP_ARGS"))) {
		dialect_say(c, CONF_REFUSE, "MAKEDUMP_ARGS", "too long");
		return;
	}
	while ((word = str_word(&cursor)))
		if (strcmp(word, "-F") != 0) {
			(void)str_fmt(line + used, sizeof(line) - used, " %s", word);
			used += strlen(line + used);
		}
	dialect_line(c, "MAKEDUMP_ARGS", "core_collector makedumpfile%s", *line ? line : " -c -d 31");
}

/* One word of a command that ends the machine, or that opens a shell. */
static const struct end_word {
	const char *word;
	const char *action; /* what it makes of the command; NULL: nothing of it */
	bool program;       /* it stands first; else behind one */
} end_word[] = {
	{ "reboot", "reboot", true },
	{ "halt", "halt", true },
	{ "poweroff", "poweroff", true },
	{ "sh", "shell", true },
	{ "bash", "shell", true },
	{ "shutdown", "poweroff", true },
	{ "systemctl", NULL, true },
	{ "reboot", "reboot", false },
	{ "halt", "halt", false },
	{ "poweroff", "poweroff", false },
	{ "-p", "poweroff", false },
	{ "--poweroff", "poweroff", false },
	{ "--halt", "halt", false },
	{ "--reboot", "reboot", false },
	{ "-P", "poweroff", false },
	{ "-H", "halt", false },
	{ "-r", "reboot", false },
	{ "-h", "poweroff", false },
	{ "-f", NULL, false },
	{ "-ff", NULL, false },
	{ "--force", NULL, false },
	{ "-n", NULL, false },
	{ "-d", NULL, false },
	{ "-w", NULL, false },
	{ "-q", NULL, false },
	{ "now", NULL, false },
	{ "-l", NULL, false },
	{ "-i", NULL, false },
	{ "--login", NULL, false },
};

static const struct end_word *find_end_word(const char *word, bool program)
{
	for (unsigned i = 0; i < ARRAY_LEN(end_word); i++)
		if (end_word[i].program == program && strcmp(word, end_word[i].word) == 0)
			return &end_word[i];
	return NULL;
}

/* What COMMAND, which is cut into words, does in the end; NULL: something else, or more than that. */
static const char *end_of(char *command)
{
	char *word = str_word(&command), *slash = word ? strrchr(word, '/') : NULL;
	const struct end_word *e = word ? find_end_word(slash ? slash + 1 : word, true) : NULL;
	const char *action = e ? e->action : NULL;

	while (e && (word = str_word(&command))) {
		e = find_end_word(word, false);
		if (e && e->action)
			action = e->action;
	}
	return e ? action : NULL;
}

static void take_failure(struct dialect_ctx *c)
{
	const char *value = dialect_value(c, "KDUMP_FAIL_CMD"), *action = NULL;
	char text[400];

	if (!*value)
		return;
	if (str_fmt(text, sizeof(text), "%s", value) == 0)
		action = end_of(text);
	if (action)
		dialect_line(c, "KDUMP_FAIL_CMD", "failure_action %s", action);
	else
		dialect_say(c, CONF_WARN, "KDUMP_FAIL_CMD",
			    "no counterpart: reboot is taken; `kdump_emergency /path/of/a/script` "
			    "runs a program of yours first");
}

/* kdump-tools takes an empty word as 0. */
static void take_use(struct dialect_ctx *c)
{
	const char *use = assign_get(c->a, "USE_KDUMP");

	if (use && !*use)
		dialect_say(c, CONF_WARN, "USE_KDUMP", "empty, which switches kdump-tools off; here the service is: "
						       "systemctl disable kdump");
}

void dialect_debian(struct dialect_ctx *c)
{
	take_targets(c);
	take_collector(c);
	take_failure(c);
	take_use(c);
}
