/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: how it ends.
 * The machine leaves the capture kernel even when a disk hangs: syncing is a step with a limit.
 */
#include "run/action.h"

#include "base/fdio.h"
#include "run/say.h"
#include "run/tools.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYNC_LIMIT_MS 30000
#define LAST_RESORT_S 60

const char *action_word(enum plan_action a)
{
	switch (a) {
	case ACTION_HALT: return "halt";
	case ACTION_POWEROFF: return "power off";
	case ACTION_SHELL: return "shell";
	case ACTION_DUMP_TO_ROOTFS: return "dump to the root file system";
	case ACTION_MOUNT_ROOT_RUN_INIT: return "start the system's own init";
	default: return "reboot";
	}
}

static int work_sync(struct channel *ch, void *arg, struct err *e)
{
	(void)ch;
	(void)arg;
	(void)e;
	sync();
	return 0;
}

/* The child: a session of its own with the console as its terminal, so that job control works. */
static int work_shell(struct channel *ch, void *arg, struct err *e)
{
	static char *const sh[] = { "sh", "-i", NULL }, *const own[] = { "rescue", NULL };
	static char *const envp[] = {
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/root",
		"TERM=linux",
		"PS1=kdump:\\w# ",
		NULL,
	};
	struct run *r = arg;
	char tty[64];
	int fd, status;
	pid_t pid;

	if (tools_unpack(e))
		channel_say(ch, MSG_WARN, "%s, going on", e->text);
	/* The last console= is the one the kernel reads from. */
	snprintf(tty, sizeof(tty), "/dev/%s",
		 r->args.nconsole ? r->args.console[r->args.nconsole - 1] : "console");
	fd = open(tty, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		fd = open("/dev/console", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open %s", tty);
	pid = fork();
	if (pid == 0) {
		setsid();
		(void)ioctl(fd, TIOCSCTTY, 1);
		dup2(fd, 0);
		dup2(fd, 1);
		dup2(fd, 2);
		execve("/bin/sh", sh, envp);
		execve("/proc/self/exe", own, envp);
		_exit(127);
	}
	if (pid < 0)
		return err_sys(e, "fork");
	channel_say(ch, MSG_SAY, "on %s; leave it with exit or Ctrl-D", tty);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return 0;
}

void action_shell(struct run *r)
{
	struct step s = { .name = "shell", .work = work_shell, .arg = r };
	struct err e = { 0 };

	if (run_step(r, &s, &e))
		say_fault(r, &e, "");
}

int action_run_init(struct run *r, const char *root, struct err *e)
{
	static const char *const keep[] = { "/proc", "/sys", "/dev", "/run" };
	static const char *const init[] = { "/sbin/init", "/etc/init", "/bin/init", "/bin/sh" };
	char to[128];

	say(r, "init", "leaving for the system on %s", root);
	for (unsigned i = 0; i < sizeof(keep) / sizeof(keep[0]); i++) {
		snprintf(to, sizeof(to), "%s%s", root, keep[i]);
		if (mount(keep[i], to, NULL, MS_MOVE, NULL))
			(void)umount2(keep[i], MNT_DETACH);
	}
	if (chdir(root) || mount(".", "/", NULL, MS_MOVE, NULL) || chroot("."))
		return err_sys(e, "init: make %s the root", root);
	watchdog_close(&r->dog, true);
	/* What works in the background is about the crash: this system has crashed no more. */
	(void)kill(-1, SIGKILL);
	for (unsigned i = 0; i < sizeof(init) / sizeof(init[0]); i++)
		execl(init[i], init[i], (char *)NULL);
	return err_sys(e, "init: start %s/sbin/init", root);
}

void action_end(struct run *r, enum plan_action a)
{
	struct step s = { .name = "sync", .work = work_sync, .limit_ms = SYNC_LIMIT_MS };
	struct err e = { 0 };
	int how = a == ACTION_HALT ? RB_HALT_SYSTEM : a == ACTION_POWEROFF ? RB_POWER_OFF
									   : RB_AUTOBOOT;

	if (run_step(r, &s, &e))
		say(r, "sync", "%s", e.text);
	say(r, "end", "%s", action_word(how == RB_AUTOBOOT ? ACTION_REBOOT : a));
	/* A halted machine must stay halted; a reboot that hangs should be cut short by the watchdog. */
	if (how != RB_AUTOBOOT)
		watchdog_close(&r->dog, true);
	(void)poll(NULL, 0, 100); /* a slow serial line sends its last bytes */
	(void)reboot(how);
	say(r, "end", "%s failed: %s; forcing a reset", action_word(a), strerror(errno));
	(void)reboot(RB_AUTOBOOT);
	(void)!file_put("/proc/sysrq-trigger", "b", NULL);
	for (;;)
		(void)poll(NULL, 0, LAST_RESORT_S * 1000);
}
