/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: files of SUSE and Debian as a kdump.conf.
 * Expected lines are written by hand from what those systems do with the variable.
 */
#include "conf_heard.h"

#include "conf/dialect.h"
#include "conf/dialect_words.h"

#include <errno.h>
#include <stdlib.h>

struct got {
	char text[4096];
	unsigned refused;
	struct said said;
};

static struct got convert(enum dialect d, const char *text)
{
	struct got g = { .refused = 0 };
	const struct conf_sayer who = { hear, &g.said };
	struct dialect_text t;
	struct err e = { 0 };

	CHECK_INT(dialect_convert(&t, d, text, strlen(text), &who, &e), 0);
	CHECK_INT(strlen(t.text), t.n);
	snprintf(g.text, sizeof(g.text), "%s", t.text);
	g.refused = t.refused;
	CHECK_INT(g.refused, g.said.n[CONF_REFUSE]);
	free(t.text);
	return g;
}

/* True when LINE is a whole line of what TEXT becomes. */
static int has(enum dialect d, const char *text, const char *line)
{
	struct got g = convert(d, text);
	const char *at = g.text;
	size_t n = strlen(line);

	while ((at = strstr(at, line))) {
		if ((at == g.text || at[-1] == '\n') && at[n] == '\n')
			return 1;
		at++;
	}
	fprintf(stderr, "%s", g.text);
	return 0;
}

static void check_places(void)
{
	CHECK(has(DIALECT_SUSE, "", "path /var/crash"));
	CHECK(has(DIALECT_SUSE, "KDUMP_SAVEDIR=/srv/dumps\n", "path /srv/dumps"));
	CHECK(has(DIALECT_SUSE, "KDUMP_SAVEDIR='file:///srv'\n", "path /srv"));
	CHECK(has(DIALECT_SUSE, "KDUMP_SAVEDIR=nfs://h/a/b\n", "nfs h:/a/b"));
	CHECK(has(DIALECT_SUSE, "KDUMP_SAVEDIR=nfs://h:/a\n", "nfs h:/a"));
	CHECK(has(DIALECT_SUSE, "KDUMP_SAVEDIR=nfs://h/a/b\n", "path /"));
	CHECK(has(DIALECT_SUSE, "KDUMP_SAVEDIR='nfs://[fe80::1]/a'\n", "nfs [fe80::1]:/a"));
	CHECK(has(DIALECT_SUSE, "KDUMP_SAVEDIR=ssh://joe@h/d\n", "ssh joe@h"));
	CHECK(has(DIALECT_SUSE, "KDUMP_SAVEDIR=sftp://h/d\n", "ssh root@h"));
	CHECK(has(DIALECT_SUSE, "KDUMP_SAVEDIR=scp://h/d\n", "path /d"));
	CHECK(has(DIALECT_SUSE, "KDUMP_SAVEDIR='ssh://[2001:db8::1]:2222/d'\n", "ssh root@2001:db8::1"));
	CHECK(strstr(convert(DIALECT_SUSE, "KDUMP_SAVEDIR=ssh://a:b@h:2222/d\n").said.text[CONF_WARN], "Port 2222"));
	CHECK(!strstr(convert(DIALECT_SUSE, "KDUMP_SAVEDIR=ssh://a:secret@h/d\n").said.all, "secret"));
	CHECK(!strstr(convert(DIALECT_SUSE, "KDUMP_SAVEDIR=ssh://a:secret@h/d\n").text, "secret"));
}

/* What a URL writes as %XX, and what only a URL does. */
static void check_escapes(void)
{
	static const char *const bad[] = {
		"KDUMP_SAVEDIR=file:///srv/a%2\n",
		"KDUMP_SAVEDIR=file:///srv/a%zz\n",
		"KDUMP_SAVEDIR=file:///srv/a%00b\n",
		"KDUMP_SAVEDIR=file:///srv/a%0araw\n",
		"KDUMP_SAVEDIR=file:///srv/a%22b\n",
		"KDUMP_SAVEDIR=nfs://h/a%\n",
		"KDUMP_SAVEDIR=ssh://joe%/d\n",
		"KDUMP_SAVEDIR=ssh://joe%20x@h/d\n",
		"KDUMP_SAVEDIR=ssh://joe@h%20-oX/d\n",
		"KDUMP_SAVEDIR=/srv/a%zz\n",
	};

	CHECK(has(DIALECT_SUSE, "KDUMP_SAVEDIR=file:///srv/crash%20dumps\n", "path \"/srv/crash dumps\""));
	CHECK(has(DIALECT_SUSE, "KDUMP_SAVEDIR=/srv/crash%20dumps\n", "path \"/srv/crash dumps\""));
	CHECK(has(DIALECT_SUSE, "KDUMP_SAVEDIR=nfs://h/a%20b\n", "nfs \"h:/a b\""));
	CHECK(has(DIALECT_SUSE, "KDUMP_SAVEDIR=ssh://j%6fe@h/d%25\n", "ssh joe@h"));
	CHECK(has(DIALECT_SUSE, "KDUMP_SAVEDIR=ssh://j%6fe@h/d%25\n", "path /d%"));
	CHECK(has(DIALECT_SUSE, "KDUMP_SAVEDIR=ssh://a%40b@h/d\n", "ssh a@b@h"));
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(convert(DIALECT_SUSE, bad[i]).refused >= 1);
	CHECK(has(DIALECT_DEBIAN, "KDUMP_COREDIR='/srv/crash dumps'\n", "path \"/srv/crash dumps\""));
	CHECK(has(DIALECT_DEBIAN, "KDUMP_COREDIR=/srv/a%20b\n", "path /srv/a%20b"));
}

/* A value that is none, or whose meaning is another one, is never passed over without a word. */
static void check_no_value(void)
{
	static const struct {
		enum dialect d;
		const char *text;
	} told[] = {
		{ DIALECT_SUSE, "KDUMP_CPUS=many\n" },
		{ DIALECT_SUSE, "KDUMP_KEEP_OLD_DUMPS=five\n" },
		{ DIALECT_SUSE, "KDUMP_KEEP_OLD_DUMPS=-2\n" },
		{ DIALECT_SUSE, "KDUMP_FREE_DISK_SIZE=64G\n" },
		{ DIALECT_SUSE, "KDUMP_NET_TIMEOUT=30s\n" },
		{ DIALECT_SUSE, "KDUMP_VERBOSE=yes\n" },
		{ DIALECT_SUSE, "KDUMP_SAVEDIR=nfs://joe@h/a\n" },
		{ DIALECT_DEBIAN, "KDUMP_NUM_DUMPS=five\n" },
		{ DIALECT_DEBIAN, "NFS_TIMEO=1m\n" },
		{ DIALECT_DEBIAN, "SSH_KDUMP_RETRY=x\n" },
		{ DIALECT_DEBIAN, "USE_KDUMP=\n" },
		{ DIALECT_DEBIAN, "KDUMP_FAIL_CMD='sh /root/mail.sh'\n" },
		{ DIALECT_DEBIAN, "KDUMP_FAIL_CMD='reboot -f; logger x'\n" },
	};

	for (unsigned i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		CHECK_INT(convert(told[i].d, told[i].text).said.n[CONF_WARN], 1);
		CHECK(!strstr(convert(told[i].d, told[i].text).text, "failure_action"));
	}
	CHECK(has(DIALECT_DEBIAN, "KDUMP_FAIL_CMD='reboot -f'\n", "failure_action reboot"));
	CHECK(has(DIALECT_DEBIAN, "KDUMP_FAIL_CMD='halt -p'\n", "failure_action poweroff"));
	CHECK(has(DIALECT_DEBIAN, "KDUMP_FAIL_CMD='systemctl poweroff'\n", "failure_action poweroff"));
	CHECK(has(DIALECT_DEBIAN, "KDUMP_FAIL_CMD='shutdown -r now'\n", "failure_action reboot"));
	CHECK(has(DIALECT_DEBIAN, "KDUMP_FAIL_CMD='/bin/bash -l'\n", "failure_action shell"));
	CHECK_INT(convert(DIALECT_SUSE, "KDUMP_FREE_DISK_SIZE=64M\nKDUMP_KEEP_OLD_DUMPS=-1\n").said.n[CONF_WARN], 0);
	CHECK(strstr(convert(DIALECT_DEBIAN, "KDUMP_SYSCTL=kernel.panic=1\n").said.text[CONF_NOTE], "kdumpctl"));
	CHECK(strstr(convert(DIALECT_SUSE, "KDUMP_SYSCTL=kernel.panic=1\n").said.text[CONF_NOTE], "kdumpctl"));
}

/* What stands before a name unseen makes a command of the line, for a shell: it is named, with the variable meant. */
static void check_unseen(void)
{
	struct got g = convert(DIALECT_SUSE, "\xef\xbb\xbf"
					     "KDUMP_SAVEDIR=/a\nKDUMP_DUMPLEVEL=17\n");

	CHECK_INT(g.refused, 1);
	CHECK(strstr(g.said.all, "1: KDUMP_SAVEDIR: U+FEFF (byte order mark) before the name: remove it"));
	CHECK(strstr(g.text, " -d 17"));
	g = convert(DIALECT_DEBIAN, "USE_KDUMP=1\n\xc2\xa0NFS=h:/a");
	CHECK_INT(g.refused, 1);
	CHECK(strstr(g.said.all, "2: NFS: U+00A0 (no-break space) before the name: remove it"));
	g = convert(DIALECT_SUSE, "KDUMP_DUMPLEVEL='3\r1'\n");
	CHECK(strstr(g.said.all, "'3\\r1' is not a level"));
	CHECK_INT(convert(DIALECT_SUSE, "\xef\xbb\xbf").refused, 0);
}

static void check_no_place(void)
{
	static const char *const text[] = {
		"KDUMP_SAVEDIR=ftp://h/d\n",
		"KDUMP_SAVEDIR=cifs://h/d\n",
		"KDUMP_SAVEDIR=smb://h/d\n",
		"KDUMP_SAVEDIR=gopher://h/d\n",
		"KDUMP_SAVEDIR=nfs://h\n",
		"KDUMP_SAVEDIR=nfs:///d\n",
		"KDUMP_SAVEDIR=ssh://h:port/d\n",
		"KDUMP_SAVEDIR='ssh://[h/d'\n",
		"KDUMP_SAVEDIR=crash\n",
		"KDUMP_SAVEDIR='/a nfs://h/d'\n",
		"KDUMP_SAVEDIR='/a\nraw /dev/sda'\n",
		"KDUMP_SAVEDIR=`id`\n",
	};

	for (unsigned i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		struct got g = convert(DIALECT_SUSE, text[i]);

		CHECK(g.refused >= 1);
		CHECK(!strstr(g.text, "\nraw"));
	}
}

static void check_suse(void)
{
	struct got g;

	CHECK(has(DIALECT_SUSE, "", "core_collector makedumpfile -c -d 31"));
	CHECK(has(DIALECT_SUSE, "KDUMP_DUMPFORMAT=ELF\nKDUMP_DUMPLEVEL=17\n", "core_collector makedumpfile -E -d 17"));
	CHECK(has(DIALECT_SUSE, "KDUMP_DUMPFORMAT=lzo\nMAKEDUMPFILE_OPTIONS='--num-threads 2'\n",
		  "core_collector makedumpfile -l -d 31 --num-threads 2"));
	CHECK(has(DIALECT_SUSE, "KDUMP_DUMPFORMAT=raw\n", "core_collector cp --sparse=always"));
	CHECK(has(DIALECT_SUSE, "KDUMP_DUMPLEVEL=64\n", "core_collector makedumpfile -c -d 31"));
	CHECK(has(DIALECT_SUSE, "KDUMP_DUMPLEVEL=abc\n", "core_collector makedumpfile -c -d 31"));
	CHECK(strstr(convert(DIALECT_SUSE, "KDUMP_DUMPLEVEL=abc\n").said.text[CONF_WARN], "31 is taken"));
	CHECK(has(DIALECT_SUSE, "KDUMP_CONTINUE_ON_ERROR=no\n", "failure_action shell"));
	CHECK(has(DIALECT_SUSE, "KDUMP_PRESCRIPT=/usr/bin/pre\n", "kdump_pre /usr/bin/pre"));
	CHECK(has(DIALECT_SUSE, "KDUMP_POSTSCRIPT=/p\n", "kdump_post /p"));
	CHECK(has(DIALECT_SUSE, "KDUMP_REQUIRED_PROGRAMS='/a b'\n", "extra_bins /a"));
	CHECK(has(DIALECT_SUSE, "KDUMP_SSH_IDENTITY=id_dump\n", "sshkey /root/.ssh/id_dump"));
	CHECK(has(DIALECT_SUSE, "KDUMP_SSH_IDENTITY=/k\n", "sshkey /k"));
	CHECK_INT(convert(DIALECT_SUSE, "KDUMP_POSTSCRIPT='echo a; b'\n").refused, 1);
	CHECK_INT(convert(DIALECT_SUSE, "KDUMP_TRANSFER='cp /proc/vmcore /x'\n").refused, 1);
	CHECK_INT(convert(DIALECT_SUSE, "KDUMP_FADUMP=yes\n").refused, 1);
	g = convert(DIALECT_SUSE, "KDUMP_FADUMP=no\nKDUMP_NETCONFIG=auto\nKDUMP_AUTO_RESIZE=0\nKDUMP_TRANSFER=\n");
	CHECK_STR(g.said.all, "");
	g = convert(DIALECT_SUSE, "\nKDUMP_NETCONFIG=eth0:dhcp\n");
	CHECK_INT(g.said.line[CONF_WARN], 2);
	CHECK(strstr(g.text, "\n# KDUMP_NETCONFIG: "));
	/* The last one counts, and only that is talked of. */
	CHECK(has(DIALECT_SUSE, "KDUMP_SAVEDIR=ftp://h/d\nKDUMP_SAVEDIR=/d\n", "path /d"));
	CHECK_INT(convert(DIALECT_SUSE, "KDUMP_TRANSFER=x\nKDUMP_TRANSFER=\n").refused, 0);
	CHECK_INT(convert(DIALECT_SUSE, "KDUMP_DUMP_LEVEL=1\n").said.n[CONF_WARN], 1);
}

static void check_debian(void)
{
	struct got g;

	CHECK(has(DIALECT_DEBIAN, "", "path /var/crash"));
	CHECK(has(DIALECT_DEBIAN, "", "core_collector makedumpfile -c -d 31"));
	CHECK(has(DIALECT_DEBIAN, "MAKEDUMP_ARGS=\"-F -z -d 17\"\n", "core_collector makedumpfile -z -d 17"));
	CHECK(has(DIALECT_DEBIAN, "NFS=h:/e\nKDUMP_COREDIR=/c\n", "path /"));
	CHECK(has(DIALECT_DEBIAN, "NFS=h:/e\n", "nfs h:/e"));
	CHECK(has(DIALECT_DEBIAN, "SSH=a@h\nSSH_KEY=/k\n", "sshkey /k"));
	CHECK(has(DIALECT_DEBIAN, "SSH=a@h\nKDUMP_COREDIR=/c\n", "path /c"));
	CHECK(!strstr(convert(DIALECT_DEBIAN, "SSH_KEY=/k\n").text, "sshkey"));
	CHECK(has(DIALECT_DEBIAN, "KDUMP_FAIL_CMD='/sbin/poweroff -f'\n", "failure_action poweroff"));
	CHECK(has(DIALECT_DEBIAN, "KDUMP_FAIL_CMD=bash\n", "failure_action shell"));
	CHECK_INT(convert(DIALECT_DEBIAN, "KDUMP_FAIL_CMD='mail me'\n").said.n[CONF_WARN], 1);
	CHECK_INT(convert(DIALECT_DEBIAN, "FTP=h:/d\n").refused, 1);
	CHECK_INT(convert(DIALECT_DEBIAN, "FTP=h:/d\nSSH=a@h\n").refused, 0);
	CHECK_INT(convert(DIALECT_DEBIAN, "USE_KDUMP=0\n").said.n[CONF_WARN], 1);
	g = convert(DIALECT_DEBIAN, "USE_KDUMP=1\nKDUMP_KERNEL=/var/lib/kdump/vmlinuz\nHOSTTAG=ip\nNFS_TIMEO=600\n");
	CHECK_STR(g.said.all, "");
	g = convert(DIALECT_DEBIAN, "KDUMP_CMDLINE_APPEND=\"reset_devices panic=1\"\n");
	CHECK_INT(g.said.n[CONF_NOTE], 1);
}

static void check_which(void)
{
	static const char fedora[] = "KDUMP_KERNELVER=\"\"\nKDUMP_COMMANDLINE=\"\"\nKEXEC_ARGS=\"-s\"\n";
	enum dialect d;

	CHECK(!dialect_is(DIALECT_SUSE, fedora, strlen(fedora)));
	CHECK(dialect_is(DIALECT_SUSE, "KDUMP_SAVEDIR=/a\n", 17));
	CHECK(dialect_is(DIALECT_DEBIAN, "USE_KDUMP=1", 11));
	CHECK(dialect_is(DIALECT_DEBIAN, "\xef\xbb\xbfUSE_KDUMP=1", 14));
	CHECK(!dialect_is(DIALECT_DEBIAN, "#USE_KDUMP=1", 12));
	CHECK_INT(dialect_named("debian", &d), 0);
	CHECK_INT(d, DIALECT_DEBIAN);
	CHECK_INT(dialect_named("redhat", &d), -EINVAL);
}

int main(void)
{
	check_places();
	check_escapes();
	check_no_value();
	check_unseen();
	check_no_place();
	check_suse();
	check_debian();
	check_which();
	return check_done();
}
