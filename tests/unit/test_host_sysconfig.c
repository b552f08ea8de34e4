/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: settings of the service, and programs that it runs.
 */
#include "check.h"

#include "base/fdio.h"
#include "host/child.h"
#include "host/sysconfig.h"
#include "host/sysctl_words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char said[2048];

static void say(void *arg, enum host_say kind, const char *sentence)
{
	(void)arg;
	(void)kind;
	strncat(said, sentence, sizeof(said) - strlen(said) - 2);
	strncat(said, "\n", sizeof(said) - strlen(said) - 1);
}

static const struct host host = { .root = "/nonexistent", .say = say };

static void check_names(void)
{
	static const char text[] = "KDUMP_KERNELVER=\"6.1\"\nKDUMP_COMMANDLINE_REMOVE=\"quiet x\"\n"
				   "KDUMP_COMMANDLINE_APPEND=\"irqpoll nr_cpus=1\"\n"
				   "KEXEC_ARGS=\"-s\"\nOTHER=1\nA=$(x)\n";
	struct sysconfig s;

	CHECK_INT(sysconfig_parse(&s, &host, "/file", text, sizeof(text) - 1, NULL), 0);
	CHECK_STR(s.kernelver, "6.1");
	CHECK_STR(s.remove, "quiet x");
	CHECK_STR(s.append, "irqpoll nr_cpus=1");
	CHECK_STR(s.kexec_args, "-s");
	CHECK_STR(s.line, "");
	CHECK_STR(s.bootdir, "");
	CHECK_STR(sysconfig_get(&s, "OTHER"), "1");
	CHECK(strstr(said, "/file:6: A: an expansion"));
	sysconfig_free(&s);
	CHECK_INT(sysconfig_parse(&s, &host, "/file", "KDUMP_CMDLINE_APPEND=x\nKDUMP_CMDLINE=y", 38, NULL), 0);
	CHECK_STR(s.append, "x");
	CHECK_STR(s.line, "y");
	sysconfig_free(&s);
	CHECK_INT(sysconfig_read(&s, &host, NULL), 0);
	CHECK(!s.file && !*s.kernelver);
	sysconfig_free(&s);
	sysconfig_free(&s);
}

static int file_save(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	return f ? (fputs(text, f) < 0) | fclose(f) : -1;
}

/* KDUMP_SYSCTL on a root of its own. */
static void check_sysctl(void)
{
	char root[] = "/tmp/test_sysctl.XXXXXX", path[128], text[64] = "";
	const struct host h = { .root = root, .say = say };

	CHECK(mkdtemp(root) != NULL);
	snprintf(path, sizeof(path), "%s/proc/sys/net/eth0.7", root);
	CHECK_INT(dir_make(path, 0700, NULL), 0);
	snprintf(path, sizeof(path), "%s/proc/sys/kernel", root);
	CHECK_INT(dir_make(path, 0700, NULL), 0);
	snprintf(path, sizeof(path), "%s/proc/sys/net/eth0.7/mtu", root);
	CHECK_INT(file_save(path, "0\n"), 0);
	snprintf(path, sizeof(path), "%s/proc/sys/kernel/panic_on_oops", root);
	CHECK_INT(file_save(path, "0\n"), 0);
	said[0] = '\0';
	sysctl_words_set(&h, "/file", " kernel.panic_on_oops=1  net.eth0/7.mtu=9 ");
	CHECK_STR(said, "");
	CHECK_INT(file_line(path, text, sizeof(text), NULL), 0);
	CHECK_STR(text, "1");
	sysctl_words_set(&h, "/file", "kernel/panic_on_oops=2");
	CHECK_INT(file_line(path, text, sizeof(text), NULL), 0);
	CHECK_STR(text, "2");
	snprintf(path, sizeof(path), "%s/proc/sys/net/eth0.7/mtu", root);
	CHECK_INT(file_line(path, text, sizeof(text), NULL), 0);
	CHECK_STR(text, "9");
	sysctl_words_set(&h, "/file", "kernel.none=1");
	CHECK(strstr(said, "/file: KDUMP_SYSCTL: kernel.none=1 is not set: open "));
	for (unsigned i = 0; i < 6; i++) {
		static const char *const bad[] = { "-e", "kernel.panic_on_oops", "=1", "/etc/passwd=1",
						   "kernel/../../x=1", "kernel/=1" };

		said[0] = '\0';
		sysctl_words_set(&h, "/file", bad[i]);
		CHECK(strstr(said, "is not NAME=VALUE"));
	}
	snprintf(path, sizeof(path), "rm -r %s", root);
	CHECK_INT(system(path), 0);
}

static void check_cpus(void)
{
	struct sysconfig s;

	said[0] = '\0';
	CHECK_INT(sysconfig_parse(&s, &host, "/file", "KDUMP_CPUS=\"32\"", 15, NULL), 0);
	CHECK_STR(s.cpus, "32");
	CHECK_STR(said, "");
	sysconfig_free(&s);
	CHECK_INT(sysconfig_parse(&s, &host, "/file", "KDUMP_CPUS=many", 15, NULL), 0);
	CHECK_STR(s.cpus, "");
	CHECK(strstr(said, "/file: KDUMP_CPUS: 'many'"));
	sysconfig_free(&s);
}

static int run(const char *script, char *out, size_t room, int64_t limit, struct err *e)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	struct child_ask ask = { .argv = argv, .out = out, .room = room, .limit_ms = limit, .quiet = true };

	return child_run(&ask, e);
}

static void check_child(void)
{
	const char *const none[] = { "/no/such/program", NULL };
	char out[8];
	struct err e;

	CHECK_INT(run("exit 7", NULL, 0, 0, &e), 7);
	CHECK_INT(run("echo 123456789012345678; exit 1", out, sizeof(out), 60000, &e), 1);
	CHECK_STR(out, "1234567");
	CHECK_INT(run("kill -9 $$", NULL, 0, 0, &e), -EINTR);
	CHECK(strstr(e.text, "signal 9"));
	CHECK_INT(run("sleep 1000 & sleep 1000", out, sizeof(out), 50, &e), -ETIMEDOUT);
	CHECK_INT(run("sleep 1000", NULL, 0, 50, &e), -ETIMEDOUT);
	CHECK_INT(child_run(&(struct child_ask){ .argv = none }, &e), -ENOENT);
	CHECK(strstr(e.text, "/no/such/program"));
}

int main(void)
{
	check_names();
	check_cpus();
	check_sysctl();
	check_child();
	return check_done();
}
