/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit tests: steps in children, their messages, the report */
#include "check.h"

#include "base/clock.h"
#include "run/program.h"
#include "run/rehearse.h"
#include "run/report.h"
#include "run/say.h"
#include "run/step.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct seen {
	unsigned say, progress, seconds, alive;
	char last[MSG_TEXT_MAX];
};

static void on_message(void *arg, const struct step *s, const struct msg *m)
{
	struct seen *seen = arg;

	(void)s;
	seen->say += m->kind == MSG_SAY;
	seen->progress += m->kind == MSG_PROGRESS;
	if (m->kind == MSG_SAY || m->kind == MSG_WARN)
		snprintf(seen->last, sizeof(seen->last), "%s", m->text);
}

static void on_second(void *arg, const struct step *s, bool alive)
{
	struct seen *seen = arg;

	(void)s;
	seen->seconds++;
	seen->alive += alive;
}

static int run(struct step s, struct seen *seen, struct err *e)
{
	const struct step_watch w = { on_message, on_second, seen };

	memset(seen, 0, sizeof(*seen));
	memset(e, 0, sizeof(*e));
	return step_run(&s, &w, e);
}

static int work_fine(struct channel *ch, void *arg, struct err *e)
{
	(void)e;
	channel_say(ch, MSG_SAY, "hello %s", (const char *)arg);
	channel_progress(ch, 1, 2);
	return 0;
}

static int work_fails(struct channel *ch, void *arg, struct err *e)
{
	(void)ch;
	(void)arg;
	errno = ENOSPC;
	return err_sys(e, "write vmcore-incomplete");
}

static int work_dies(struct channel *ch, void *arg, struct err *e)
{
	(void)ch;
	(void)arg;
	(void)e;
	return kill(getpid(), SIGKILL);
}

static int work_hangs(struct channel *ch, void *arg, struct err *e)
{
	(void)ch;
	(void)arg;
	(void)e;
	while (pause())
		;
	return 0;
}

static int work_talks(struct channel *ch, void *arg, struct err *e)
{
	(void)arg;
	(void)e;
	for (;;)
		channel_say(ch, MSG_SAY, "and another thing");
	return 0;
}

/* Moves for two seconds, then stops moving. */
static int work_stalls(struct channel *ch, void *arg, struct err *e)
{
	for (unsigned i = 0; i < 4; i++) {
		channel_progress(ch, i, 100);
		usleep(400000);
	}
	return work_hangs(ch, arg, e);
}

/* Says the same number again and again, and other things that are no movement. */
static int work_repeats(struct channel *ch, void *arg, struct err *e)
{
	(void)arg;
	(void)e;
	for (unsigned i = 0;; i++) {
		channel_progress(ch, 5, 100);
		channel_progress(ch, i & 1, 100);
		channel_progress_out(ch, 5, 100, 7);
		channel_await(ch, "something", i);
		usleep(100000);
	}
	return 0;
}

/* Ever new stages, each of which begins. */
static int work_begins(struct channel *ch, void *arg, struct err *e)
{
	(void)arg;
	(void)e;
	for (unsigned i = 1;; i++) {
		channel_progress(ch, 1, i);
		usleep(20000);
	}
	return 0;
}

/* The filter looks at all pages three times. */
static int work_rescans(struct channel *ch, void *arg, struct err *e)
{
	(void)arg;
	(void)e;
	for (unsigned i = 0; i < 3 * 15; i++) {
		channel_progress(ch, i % 15, 0);
		usleep(100000);
	}
	return 0;
}

/* The same, ever again. */
static int work_rocks(struct channel *ch, void *arg, struct err *e)
{
	(void)arg;
	(void)e;
	for (unsigned i = 0;; i++) {
		channel_progress(ch, 1 + (i & 1), 0);
		usleep(20000);
	}
	return 0;
}

/* 4 KiB every tenth of a second. */
static int work_crawls(struct channel *ch, void *arg, struct err *e)
{
	(void)e;
	for (uint64_t i = 1; i < *(unsigned *)arg; i++) {
		channel_progress(ch, i * 4096, 1 << 30);
		usleep(100000);
	}
	return 0;
}

static void movement(void)
{
	struct step s = { .name = "vmcore", .work = work_repeats, .stall_ms = 1000, .limit_ms = 8000 };
	unsigned many = 1000, few = 25;
	struct seen seen;
	struct err e;

	CHECK_INT(run(s, &seen, &e), -ETIMEDOUT);
	CHECK_STR(e.text, "vmcore: nothing moved for 1 s");
	s.work = work_begins;
	CHECK_INT(run(s, &seen, &e), -ETIMEDOUT);
	CHECK_STR(e.text, "vmcore: nothing moved for 1 s");
	s.work = work_rocks;
	CHECK_INT(run(s, &seen, &e), -ETIMEDOUT);
	CHECK_STR(e.text, "vmcore: nothing moved for 1 s");
	s.work = work_rescans;
	CHECK_INT(run(s, &seen, &e), 0);
	s = (struct step){ .name = "vmcore", .work = work_crawls, .arg = &many, .stall_ms = 1000, .rate = 256 << 10 };
	CHECK_INT(run(s, &seen, &e), -ETIMEDOUT);
	CHECK_STR(e.text, "vmcore: slower than 256 KiB/s for 1 s, and another target is left");
	s.arg = &few;
	s.rate = 8 << 10;
	CHECK_INT(run(s, &seen, &e), 0);
	s.rate = 0; /* no other target: slow is better than nothing */
	CHECK_INT(run(s, &seen, &e), 0);
}

/* A console that takes a third of a second for a message. */
static void on_slow_message(void *arg, const struct step *s, const struct msg *m)
{
	(void)arg;
	(void)s;
	(void)m;
	usleep(300000);
}

struct gap {
	int64_t last, most;
};

static void on_gap(void *arg, const struct step *s, bool alive)
{
	struct gap *g = arg;
	int64_t now = clock_ms();

	(void)s;
	(void)alive;
	if (now - g->last > g->most)
		g->most = now - g->last;
	g->last = now;
}

static int work_talks_much(struct channel *ch, void *arg, struct err *e)
{
	(void)arg;
	(void)e;
	for (unsigned i = 0; i < 30; i++)
		channel_say(ch, MSG_SAY, "one of many");
	usleep(100000);
	return 0;
}

/* The watchdog is fed from there: it must not wait for all messages on all consoles. */
static void slow_consoles(void)
{
	struct gap gap = { clock_ms(), 0 };
	const struct step_watch w = { on_slow_message, on_gap, &gap };
	struct step s = { .name = "hook", .work = work_talks_much };
	struct err e = { 0 };

	CHECK_INT(step_run(&s, &w, &e), 0);
	CHECK(gap.most > 0 && gap.most < 4000);
}

static int work_hoards(struct channel *ch, void *arg, struct err *e)
{
	size_t n = 0;
	void *p;

	(void)ch;
	(void)arg;
	for (; n < 400; n++) {
		p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			break;
	}
	return n < 400 ? err_set(e, -ENOMEM, "no more than %s", n < 100 ? "100 MiB" : "400 MiB") : 0;
}

static void memory(void)
{
	struct step s = { .name = "target", .work = work_hoards, .memory = 64 << 20 };
	struct seen seen;
	struct err e;

	CHECK_INT(run(s, &seen, &e), -ENOMEM);
	CHECK_STR(e.text, "target: no more than 100 MiB");
}

static void steps(void)
{
	struct seen seen;
	struct err e;
	int64_t start;

	CHECK_INT(run((struct step){ .name = "fine", .work = work_fine, .arg = "there" }, &seen, &e), 0);
	CHECK_STR(seen.last, "hello there");
	CHECK_INT(seen.progress, 1);
	CHECK_INT(run((struct step){ .name = "vmcore", .work = work_fails }, &seen, &e), -ENOSPC);
	CHECK_STR(e.text, "vmcore: write vmcore-incomplete: No space left on device");
	CHECK_INT(run((struct step){ .name = "vmcore", .work = work_dies }, &seen, &e), -EINTR);
	CHECK_STR(e.text, "vmcore: killed by signal 9, Killed (out of memory?)");
	start = clock_ms();
	CHECK_INT(run((struct step){ .name = "post", .work = work_hangs, .limit_ms = 1200 }, &seen, &e), -ETIMEDOUT);
	CHECK_STR(e.text, "post: not done after 1 s, its time limit");
	CHECK(clock_ms() - start < 4000);
	CHECK_INT(seen.seconds, 1);
	CHECK_INT(seen.alive, 1);
	start = clock_ms();
	CHECK_INT(run((struct step){ .name = "post", .work = work_talks, .limit_ms = 1200 }, &seen, &e), -ETIMEDOUT);
	CHECK(clock_ms() - start < 4000);
	CHECK(seen.say > 100);
	CHECK_INT(run((struct step){ .name = "vmcore", .work = work_stalls, .stall_ms = 1000 }, &seen, &e), -ETIMEDOUT);
	CHECK_STR(e.text, "vmcore: nothing moved for 1 s");
	CHECK_INT(seen.progress, 4);
}

/* A child may send anything; PID 1 only ever sees bounded text. */
static void hostile_messages(void)
{
	char raw[sizeof(struct msg) + 64];
	struct msg m;
	int sv[2];

	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv), 0);
	memset(raw, 'A', sizeof(raw));
	CHECK(send(sv[0], raw, sizeof(raw), 0) > 0);
	CHECK_INT(channel_next(sv[1], &m), 1);
	CHECK(memchr(m.text, '\0', sizeof(m.text)) != NULL);
	CHECK(send(sv[0], raw, 3, 0) > 0);
	CHECK_INT(channel_next(sv[1], &m), -EBADMSG);
	CHECK_INT(channel_next(sv[1], &m), 0);
	close(sv[0]);
	CHECK_INT(channel_next(sv[1], &m), -EPIPE);
	close(sv[1]);
}

static int work_program(struct channel *ch, void *arg, struct err *e)
{
	char *argv[] = { "/bin/sh", "-c", arg, NULL }, *envp[] = { "PATH=/bin:/usr/bin", NULL };
	int status = program_run(ch, argv, envp, NULL, e);

	return status > 0 ? err_set(e, -ECANCELED, "exit status %d", status) : status;
}

/* A hook with TEXT, without #! or with a bad one. */
static int work_text(struct channel *ch, void *arg, struct err *e)
{
	char path[] = "/tmp/test_run hook.XXXXXX";
	char *argv[] = { path, "7", NULL }, *envp[] = { "PATH=/bin:/usr/bin", NULL };
	const char *text = arg;
	int fd = mkstemp(path), status = -1;
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && fchmod(fd, 0700) == 0;

	if (fd >= 0)
		close(fd);
	if (written)
		status = program_run(ch, argv, envp, NULL, e);
	(void)unlink(path);
	return status > 0 ? err_set(e, -ECANCELED, "exit status %d", status) : status;
}

static int work_missing(struct channel *ch, void *arg, struct err *e)
{
	char *argv[] = { "/nowhere/hook", NULL }, *envp[] = { NULL };
	int status = program_run(ch, argv, envp, NULL, e);

	(void)arg;
	return status > 0 ? err_set(e, -ECANCELED, "exit status %d", status) : status;
}

struct taken {
	uint64_t n, limit;
	unsigned wrong;
};

/* Output of a program that prints 'a' without end, or as often as it is told. */
static int take(void *arg, const void *p, size_t n, struct err *e)
{
	struct taken *t = arg;

	for (size_t i = 0; i < n; i++)
		t->wrong += ((const char *)p)[i] != 'a';
	t->n += n;
	return t->n > t->limit ? err_set(e, -ENOSPC, "full") : 0;
}

static int work_stream(struct channel *ch, void *arg, struct err *e)
{
	char *argv[] = { "/bin/sh", "-c", arg, NULL }, *envp[] = { "PATH=/bin:/usr/bin", NULL };
	struct taken t = { .limit = 5000000 };
	const struct program_watch w = { .take = take, .arg = &t };
	int status = program_run(ch, argv, envp, &w, e);

	channel_say(ch, MSG_SAY, "%llu bytes, %u wrong", (unsigned long long)t.n, t.wrong);
	return status > 0 ? err_set(e, -ECANCELED, "exit status %d", status) : status;
}

static int take_slowly(void *arg, const void *p, size_t n, struct err *e)
{
	usleep(20000);
	return take(arg, p, n, e);
}

/* The same, and the target is slower than the program. */
static int work_slow_stream(struct channel *ch, void *arg, struct err *e)
{
	char *argv[] = { "/bin/sh", "-c", arg, NULL }, *envp[] = { "PATH=/bin:/usr/bin", NULL };
	struct taken t = { .limit = UINT64_MAX };
	const struct program_watch w = { .take = take_slowly, .arg = &t };

	return program_run(ch, argv, envp, &w, e);
}

/* Every byte of the output arrives, words go to the console, and a target that is full ends the program. */
static void streams(void)
{
	struct step s = { .name = "vmcore", .work = work_stream };
	struct seen seen;
	struct err e;

	s.arg = "head -c 4000000 /dev/zero | tr '\\0' a; echo words >&2; exit 4";
	CHECK_INT(run(s, &seen, &e), -ECANCELED);
	CHECK_STR(e.text, "vmcore: exit status 4");
	CHECK_INT(seen.say, 2);
	CHECK_STR(seen.last, "4000000 bytes, 0 wrong");
	s.arg = "tr '\\0' a </dev/zero";
	CHECK_INT(run(s, &seen, &e), -ENOSPC);
	CHECK_STR(e.text, "vmcore: full");
	/* what a program leaves behind may write for ever */
	s = (struct step){ .name = "vmcore", .work = work_slow_stream, .limit_ms = 10000 };
	s.arg = "tr '\\0' a </dev/zero & sleep 0.3";
	CHECK_INT(run(s, &seen, &e), 0);
}

/* A console that takes a millisecond for a message. */
static void on_late_message(void *arg, const struct step *s, const struct msg *m)
{
	usleep(1000);
	on_message(arg, s, m);
}

static void programs(void)
{
	struct seen seen;
	/* what is left behind never stops talking, and consoles show less than it says */
	static char babble[] = "yes \"$(printf %0200d 0)\" & sleep 0.3";
	const struct step_watch late = { .message = on_late_message, .second = on_second, .arg = &seen };
	const struct step talk = { .name = "pre", .work = work_program, .arg = babble, .limit_ms = 20000 };
	struct step text = { .name = "pre", .work = work_text };
	struct err e;
	int64_t start = clock_ms();

	text.arg = "echo 1; printf 'a\\tb'";
	CHECK_INT(run(text, &seen, &e), 0);
	CHECK_INT(seen.say, 2);
	CHECK_STR(seen.last, "a b");
	CHECK_INT(run((struct step){ .name = "pre", .work = work_program, .arg = "exit 3" }, &seen, &e), -ECANCELED);
	CHECK_STR(e.text, "pre: exit status 3");
	/* A program that cannot start has not said no. */
	CHECK_INT(run((struct step){ .name = "pre", .work = work_missing }, &seen, &e), -ENOENT);
	CHECK_STR(e.text, "pre: start: No such file or directory");
	text.arg = "echo \"$1\"\nexit 5\n";
	CHECK_INT(run(text, &seen, &e), -ECANCELED);
	CHECK_STR(e.text, "pre: exit status 5");
	CHECK_STR(seen.last, "7");
	text.arg = "#!/bin/sh\r\nexit 0\r\n";
	CHECK_INT(run(text, &seen, &e), -ENOENT);
	CHECK_STR(e.text, "pre: \\r at the end of the first line: no program has that name");
	text.arg = "#! /no/sh -e\n";
	CHECK_INT(run(text, &seen, &e), -ENOENT);
	CHECK_STR(e.text, "pre: start: /no/sh -e is not there");
	/* A background process that holds the output open does not hold up the hook. */
	CHECK_INT(run((struct step){ .name = "pre", .work = work_program, .arg = "sleep 30 & exit 0" }, &seen, &e), 0);
	CHECK(clock_ms() - start < 8000);
	CHECK_INT(step_run(&talk, &late, &e), 0);
	CHECK_INT(run((struct step){ .name = "pre", .work = work_program, .arg = "sleep 60", .limit_ms = 999 },
		      &seen, &e),
		  -ETIMEDOUT);
}

static void reports(void)
{
	static struct report r;
	char json[4096], tiny[40];

	report_fact(&r, "kernel", "6.1.0-56-amd64");
	report_fact(&r, "panic", "a \"quoted\" \\ \x01 line");
	report_number(&r, "vmcore_bytes", 993000000);
	report_fact(&r, "kernel", "6.12");
	report_note(&r, "kdump.conf:3: skipped");
	report_stage(&r, "log", 100, 350, true);
	CHECK_STR(report_get(&r, "kernel"), "6.12");
	CHECK_STR(report_get(&r, "none"), "");
	CHECK(report_json(&r, json, sizeof(json)) > 0);
	CHECK(strstr(json, "\"kernel\": \"6.12\"") != NULL);
	CHECK(strstr(json, "\"vmcore_bytes\": 993000000") != NULL);
	CHECK(strstr(json, "a \\\"quoted\\\" \\\\ \\u0001 line") != NULL);
	CHECK(strstr(json, "{ \"name\": \"log\", \"start_ms\": 100, \"ms\": 250, \"ok\": true }") != NULL);
	CHECK_INT(report_json(&r, tiny, sizeof(tiny)), -ENOSPC);
	for (int i = 0; i < 100; i++)
		report_note(&r, "more");
	CHECK_INT(r.nnote, REPORT_NOTES);
	CHECK_INT(r.lost_notes, 101 - REPORT_NOTES);
}

/* What a screen would not show is seen on the consoles, in a name of a file as well. */
static void sayings(void)
{
	static struct run r;
	char got[512] = "";
	int fd[2];

	CHECK_INT(pipe(fd), 0);
	r.con.c[0].fd = fd[1];
	r.con.n = 1;
	say(&r, "pre", "%s", "/etc/hook.sh\r 0");
	say_note(&r, "post", "\xef\xbb\xbf/etc/b\xc2\xa0 d: exit\tstatus \x1b[31m1");
	say_field(&r, "where", "a\nb");
	say_line(&r, "<4>[1] a\x1b[0m b");
	CHECK(read(fd[0], got, sizeof(got) - 1) > 0);
	CHECK(strstr(got, "/etc/hook.sh\\r 0\r\n") != NULL);
	CHECK(strstr(got, "<U+FEFF>/etc/b<U+00A0> d: exit\\tstatus \\x1b[31m1\r\n") != NULL);
	CHECK(strstr(got, "a\\nb\r\n") != NULL);
	CHECK(strstr(got, "| <4>[1] a?[0m b\r\n") != NULL);
	close(fd[0]);
	close(fd[1]);
}

/* How much a dump is, from what the running kernel says of its memory. */
static void keeps(void)
{
	static const char text[] = "MemTotal:        1000000 kB\nMemFree:          300000 kB\n"
				   "Buffers:           10000 kB\nCached:           200000 kB\n"
				   "SwapCached:         5000 kB\nAnonPages:        100000 kB\n"
				   "Shmem:             20000 kB\nHugetlb:           40000 kB\n";
	const uint64_t k = 1024;

	CHECK_INT(rehearse_keeps(text, 0), 1000000 * k);
	CHECK_INT(rehearse_keeps(text, 1), 1000000 * k);
	CHECK_INT(rehearse_keeps(text, 2), 980000 * k);
	CHECK_INT(rehearse_keeps(text, 6), 785000 * k);
	CHECK_INT(rehearse_keeps(text, 8), 860000 * k);
	CHECK_INT(rehearse_keeps(text, 16), 700000 * k);
	CHECK_INT(rehearse_keeps(text, 31), 345000 * k);
	CHECK_INT(rehearse_keeps("", 31), 0);
	CHECK_INT(rehearse_keeps("MemTotal: 1 kB\nMemFree: 2 kB\n", 16), 0);
	/* a key in the middle of a line is none */
	CHECK_INT(rehearse_keeps("MemTotal: 9 kB\nXMemFree: 2 kB\n", 16), 9 * k);
}

int main(void)
{
	keeps();
	steps();
	movement();
	slow_consoles();
	sayings();
	memory();
	hostile_messages();
	programs();
	streams();
	reports();
	return check_done();
}
