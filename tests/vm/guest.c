/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/vm: run one guest and keep its serial console.
 * Every line is written with the host's monotonic time; the guest never outlives its deadline.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 4096,
       WATCHES = 16,
       SHOWS = 4,
       EXIT_DEADLINE = 124,
       EXIT_USAGE = 2,
       SHOW_FD = 3 };

/* One text to wait for. cmd NULL: the guest is ended when the text appears. */
struct watch {
	const char *text;
	const char *cmd;
	bool done;
};

struct guest {
	FILE *log;
	pid_t pid;
	int from_guest;  /* serial output of the guest */
	int to_guest;    /* serial input of the guest */
	double start;    /* seconds, CLOCK_MONOTONIC */
	double deadline; /* seconds after start */
	struct watch watch[WATCHES];
	int watches;
	const char *show[SHOWS]; /* lines with one of these also go to SHOW_FD */
	int shows;
	bool ended; /* by an end text */
	char line[LINE_MAX_BYTES];
	size_t len;
	double line_time; /* when its first byte came */
};

static const char usage[] =
	"usage: guest -l LOG -t SECONDS [-w TEXT COMMAND]... [-e TEXT]... [-p TEXT]... -- PROGRAM ARG...\n"
	"  -w  when TEXT appears on the console, run COMMAND with sh; GUEST_PID is set, what it\n"
	"      prints is typed into the guest's console; the console is not read meanwhile\n"
	"  -e  when TEXT appears on the console, end the guest\n"
	"  -p  lines that contain TEXT also go to descriptor 3, as they come\n"
	"exit: 0 the guest ended or an end text was seen, 124 the deadline passed, 1 anything else\n";

static void die(const char *what)
{
	fprintf(stderr, "guest: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void spawn(struct guest *g, char **argv)
{
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		die("pipe");
	g->pid = fork();
	if (g->pid < 0)
		die("fork");
	if (!g->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(in[0], 0);
		dup2(out[1], 1);
		execvp(argv[0], argv);
		fprintf(stderr, "guest: %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	g->to_guest = in[1];
	g->from_guest = out[0];
}

/* Run one watch command; the console waits so that a stopped guest stays stopped. */
static void run_command(struct guest *g, const char *cmd)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid) {
		dup2(g->to_guest, 1);
		execl("/bin/sh", "sh", "-c", cmd, (char *)NULL);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	fprintf(g->log, "[%8.3f] guest: command ended with status %d: %s\n", now() - g->start,
		WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), cmd);
}

static void check_watches(struct guest *g)
{
	g->line[g->len] = '\0';
	for (int i = 0; i < g->watches; i++) {
		struct watch *w = &g->watch[i];

		if (w->done || !strstr(g->line, w->text))
			continue;
		w->done = true;
		if (w->cmd)
			run_command(g, w->cmd);
		else
			g->ended = true;
	}
}

/* The line goes to the log before its watches run: a command may read the log. */
static void end_line(struct guest *g)
{
	fprintf(g->log, "[%8.3f] %.*s\n", g->line_time, (int)g->len, g->line);
	fflush(g->log);
	g->line[g->len] = '\0';
	for (int i = 0; i < g->shows; i++)
		if (strstr(g->line, g->show[i]))
			dprintf(SHOW_FD, "  %7.1f s  %s\n", g->line_time, g->line);
	check_watches(g);
	g->len = 0;
}

static void take(struct guest *g, const char *buf, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (buf[i] == '\r' || buf[i] == '\0')
			continue;
		if (!g->len)
			g->line_time = now() - g->start;
		if (buf[i] == '\n') {
			end_line(g);
			continue;
		}
		g->line[g->len++] = buf[i];
		if (g->len == LINE_MAX_BYTES - 1)
			end_line(g);
	}
	if (g->len) /* a prompt has no newline */
		check_watches(g);
}

/* Gives true when the guest closed its console, false when the deadline passed or -e matched. */
static bool console(struct guest *g)
{
	char buf[4096];

	for (;;) {
		struct pollfd p = { .fd = g->from_guest, .events = POLLIN };
		double left = g->start + g->deadline - now();
		ssize_t n;

		if (left <= 0 || g->ended)
			return false;
		if (poll(&p, 1, (int)(left * 1000) + 1) <= 0)
			continue;
		n = read(g->from_guest, buf, sizeof(buf));
		if (n <= 0)
			return true;
		take(g, buf, (size_t)n);
	}
}

static int finish(struct guest *g, bool closed)
{
	int status;

	if (g->len)
		end_line(g);
	if (!closed)
		kill(g->pid, SIGKILL);
	while (waitpid(g->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (g->ended) {
		fprintf(g->log, "[%8.3f] guest: ended by the harness\n", now() - g->start);
		return 0;
	}
	if (!closed) {
		fprintf(g->log, "[%8.3f] guest: deadline of %.0f s passed\n", now() - g->start,
			g->deadline);
		return EXIT_DEADLINE;
	}
	fprintf(g->log, "[%8.3f] guest: ended with status %d\n", now() - g->start,
		WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : 1;
}

static void add_watch(struct guest *g, const char *text, const char *cmd)
{
	if (g->watches == WATCHES || !text) {
		fputs(usage, stderr);
		exit(EXIT_USAGE);
	}
	g->watch[g->watches++] = (struct watch){ .text = text, .cmd = cmd };
}

static char **parse(struct guest *g, char **av)
{
	const char *log = NULL;

	for (av++; *av && strcmp(*av, "--"); av++) {
		if (!strcmp(*av, "-l") && av[1])
			log = *++av;
		else if (!strcmp(*av, "-t") && av[1])
			g->deadline = atof(*++av);
		else if (!strcmp(*av, "-p") && av[1] && g->shows < SHOWS)
			g->show[g->shows++] = *++av;
		else if (!strcmp(*av, "-e") && av[1])
			add_watch(g, *++av, NULL);
		else if (!strcmp(*av, "-w") && av[1] && av[2]) {
			add_watch(g, av[1], av[2]);
			av += 2;
		} else
			break;
	}
	if (!*av || strcmp(*av, "--") || !av[1] || !log || g->deadline <= 0) {
		fputs(usage, stderr);
		exit(EXIT_USAGE);
	}
	g->log = fopen(log, "we");
	if (!g->log)
		die(log);
	return av + 1;
}

int main(int argc, char **argv)
{
	struct guest g = { 0 };
	char pid[16];
	char **program;

	(void)argc;
	program = parse(&g, argv);
	if (g.shows && fcntl(SHOW_FD, F_SETFD, FD_CLOEXEC))
		die("descriptor 3");
	signal(SIGPIPE, SIG_IGN);
	g.start = now();
	spawn(&g, program);
	snprintf(pid, sizeof(pid), "%d", (int)g.pid);
	setenv("GUEST_PID", pid, 1);
	return finish(&g, console(&g));
}
