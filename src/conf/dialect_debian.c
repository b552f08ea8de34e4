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
	{ "USE_KDUMP", "1", "switched off there; here the service is: systemctl disable kdump", CONF_WARN },
	{ "KDUMP_COREDIR", NULL, NULL, CONF_NOTE },
	{ "MAKEDUMP_ARGS", NULL, NULL, CONF_NOTE },
	{ "KDUMP_FAIL_CMD", NULL, NULL, CONF_NOTE },
	{ "SSH", NULL, NULL, CONF_NOTE },
	{ "SSH_KEY", NULL, NULL, CONF_NOTE },
	{ "NFS", NULL, NULL, CONF_NOTE },
	{ "FTP", NULL, NULL, CONF_NOTE },
	{ "FTP_USER", NULL, NULL, CONF_NOTE },
	{ "FTP_PASSWORD", NULL, NULL, CONF_NOTE },
	{ "FTP_PORT", NULL, NULL, CONF_NOTE },
	{ "KDUMP_NUM_DUMPS", "0", "read from this file as it is (crashbox-retain(8))", CONF_NOTE },
	{ "KDUMP_DUMP_DMESG", "1", "no counterpart: the log is always saved, and first", CONF_NOTE },
	{ "KDUMP_COMPRESSION", "none",
	  "no counterpart: pages are compressed in the dump itself, which stays readable as it is",
	  CONF_WARN },
	{ "KDUMP_KERNEL", "/var/lib/kdump/vmlinuz",
	  BY_KDUMPCTL,
	  CONF_NOTE },
	{ "KDUMP_INITRD", "/var/lib/kdump/initrd.img",
	  "no counterpart: the image is built by mkinitrd.sh", CONF_NOTE },
	{ "KDUMP_KEXEC_ARGS", NULL, "no counterpart: kdumpctl loads by itself", CONF_NOTE },
	{ "KDUMP_CMDLINE", NULL, BY_KDUMPCTL, CONF_NOTE },
	{ "KDUMP_CMDLINE_APPEND", STOCK_ADDED,
	  BY_KDUMPCTL, CONF_NOTE },
	{ "HOSTTAG", "ip", "no counterpart: our own address names the directory on a server", CONF_WARN },
	{ "NFS_TIMEO", "600", IN_TIME, CONF_NOTE },
	{ "NFS_RETRANS", "3", IN_TIME, CONF_NOTE },
	{ "NFS_MOUNT_RETRY", "4", IN_TIME, CONF_NOTE },
	{ "SSH_KDUMP_RETRY", "16", IN_TIME, CONF_NOTE },
	{ NULL, NULL, NULL, CONF_NOTE },
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
		dialect_line(c, "NFS", "nfs %s", nfs);
	if (*ssh && *nfs)
		dialect_say(c, CONF_WARN, "NFS", "tried after SSH when that fails, below the same path; "
						 "kdump-tools saves to both");
	if (*dialect_value(c, "FTP"))
		dialect_say(c, *ssh || *nfs ? CONF_WARN : CONF_REFUSE, "FTP",
			    "no FTP here; name a target in kdump.conf (nfs, ssh or a file system)");
	if (*nfs && !*ssh)
		dialect_line(c, "NFS", "path /");
	else
		dialect_line(c, "KDUMP_COREDIR", "path %s", *dir ? dir : "/var/crash");
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

static void take_failure(struct dialect_ctx *c)
{
	static const struct {
		const char *program, *action;
	} known[] = {
		{ "reboot", "reboot" },
		{ "halt", "halt" },
		{ "poweroff", "poweroff" },
		{ "sh", "shell" },
		{ "bash", "shell" },
	};
	char text[400], *cursor = text, *word, *slash;

	if (str_fmt(text, sizeof(text), "%s", dialect_value(c, "KDUMP_FAIL_CMD")) || !(word = str_word(&cursor)))
		return;
	slash = strrchr(word, '/');
	word = slash ? slash + 1 : word;
	for (unsigned i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(word, known[i].program) == 0) {
			dialect_line(c, "KDUMP_FAIL_CMD", "failure_action %s", known[i].action);
			return;
		}
	dialect_say(c, CONF_WARN, "KDUMP_FAIL_CMD",
		    "no counterpart: reboot is taken; `kdump_emergency /path/of/a/script` "
		    "runs a program of yours first");
}

void dialect_debian(struct dialect_ctx *c)
{
	take_targets(c);
	take_collector(c);
	take_failure(c);
}
