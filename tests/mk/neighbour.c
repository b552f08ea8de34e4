/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mk: another user of the machine, in a directory where root works on dumps.
 * Runs as that user (setpriv); see README.md for the words. Ends with the test that started it: SECONDS are the most.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

#define ENTRIES 40

static int64_t ms_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int die(const char *what)
{
	perror(what);
	return 1;
}

static void ready(void)
{
	puts("ready");
	fflush(stdout);
}

/* How many bytes of others the file FD, which is ours, has got. */
static int confess(int fd, const char *name)
{
	struct stat st;

	if (fstat(fd, &st))
		return die(name);
	printf("%s of user %u has %lld bytes\n", name, st.st_uid, (long long)st.st_size);
	return 0;
}

/* adopt DIR FILE SECONDS: makes DIR and, when the first file of another user is in it, FILE. */
static int adopt(const char *dir, const char *file, int64_t until)
{
	struct pollfd wait = { .events = POLLIN };
	int fd;

	if (mkdir(dir, 0777) || chdir(dir))
		return die(dir);
	wait.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (wait.fd < 0 || inotify_add_watch(wait.fd, ".", IN_CREATE | IN_MOVED_TO) < 0)
		return die("inotify");
	ready();
	if (poll(&wait, 1, (int)(until - ms_now())) <= 0) {
		puts("nothing came");
		return 0;
	}
	fd = open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return die(file);
	while (ms_now() < until && access("../stop", F_OK))
		usleep(20000);
	return confess(fd, file);
}

static int copy(const char *from, const char *to)
{
	char buf[65536];
	ssize_t n = -1;
	int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	while (in >= 0 && out >= 0 && (n = read(in, buf, sizeof(buf))) > 0)
		if (write(out, buf, (size_t)n) != n)
			return -1;
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return (int)n;
}

/*
 * swap DIR FLAT VICTIM SECONDS: entries of DIR hold FLAT as vmcore.flat; the one that is opened is exchanged with a
 * link to VICTIM, again and again.
 */
static int swap(const char *dir, const char *flat, const char *victim, int64_t until)
{
	int in = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), watch[ENTRIES], at = -1;
	char name[32], file[64], link[32];
	union {
		struct inotify_event first;
		char raw[4096];
	} ev;

	if (chdir(dir) || mkdir(".l", 0755))
		return die(dir);
	for (int i = 0; i < ENTRIES; i++) {
		snprintf(name, sizeof(name), "e%02d", i);
		snprintf(file, sizeof(file), "%s/vmcore.flat", name);
		snprintf(link, sizeof(link), ".l/l%02d", i);
		if (mkdir(name, 0755) || copy(flat, file) || symlink(victim, link))
			return die(name);
		watch[i] = inotify_add_watch(in, file, IN_OPEN);
	}
	ready();
	while (ms_now() < until && access("stop", F_OK)) {
		ssize_t n = read(in, &ev, sizeof(ev));

		for (int i = 0; n > 0 && i < ENTRIES; i++)
			if (watch[i] == ev.first.wd)
				at = i;
		if (at < 0)
			continue;
		snprintf(name, sizeof(name), "e%02d", at);
		snprintf(link, sizeof(link), ".l/l%02d", at);
		syscall(SYS_renameat2, AT_FDCWD, name, AT_FDCWD, link, RENAME_EXCHANGE);
	}
	return 0;
}

/* ---- a neighbour that does anything, by a seed ---- */

struct random {
	uint64_t state;
	int64_t until;
	const char *outside;
};

static unsigned below(struct random *r, unsigned n)
{
	r->state = r->state * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)(r->state >> 33) % n;
}

/* A name that root may use, or one of the neighbour's own. */
static void some_name(struct random *r, char *buf, size_t n)
{
	static const char *const file[] = { "vmcore", "vmcore-incomplete", "vmcore.flat", "vmcore-dmesg.txt",
					    "savecore.txt", ".savecore.txt", "crashbox-report.json", "out" };
	static const char *const dir[] = { "127.0.0.1-2024-01-01-12:00:00", "127.0.0.1-2024-01-02-12:00:00", "x", "y",
					   "127.0.0.1-2024-01-03-12:00:00.1" };
	char made[96];
	const char *top = dir[below(r, 5)];

	/* What `ls` shows of root's directories. */
	if (below(r, 3) == 0 && r->outside[0]) {
		snprintf(made, sizeof(made), "%s", r->outside);
		top = made;
	}
	if (below(r, 2))
		snprintf(buf, n, "%s", below(r, 4) ? top : file[below(r, 8)]);
	else
		snprintf(buf, n, "%s/%s", top, file[below(r, 8)]);
}

static void make_socket(const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (s < 0)
		return;
	snprintf(a.sun_path, sizeof(a.sun_path), "%.100s", name);
	(void)!bind(s, (struct sockaddr *)&a, sizeof(a));
	close(s);
}

static void one_deed(struct random *r, const char *victim)
{
	char a[256], b[256];

	some_name(r, a, sizeof(a));
	some_name(r, b, sizeof(b));
	switch (below(r, 9)) {
	case 0:
		(void)!mkdir(a, below(r, 2) ? 0777 : 0755);
		return;
	case 1:
		(void)!symlink(below(r, 2) ? victim : b, a);
		return;
	case 2:
		(void)!mkfifo(a, 0666);
		return;
	case 3:
		make_socket(a);
		return;
	case 4:
		(void)!rename(a, b);
		return;
	case 5:
		syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
		return;
	case 6:
		(void)!unlink(a);
		(void)!rmdir(b);
		return;
	case 7:
		(void)!link(a, b);
		return;
	default:
		close(open(a, O_WRONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0666));
	}
}

/* random DIR VICTIM NAME SEED SECONDS: as fast as it can; NAME is the directory that root will want. */
static int disturb(const char *dir, const char *victim, struct random *r)
{
	if (chdir(dir))
		return die(dir);
	ready();
	for (unsigned long n = 0;; n++) {
		one_deed(r, victim);
		if (n % 64 == 0 && (ms_now() >= r->until || access("stop", F_OK) == 0))
			break;
	}
	return 0;
}

int main(int argc, char **argv)
{
	int64_t until = ms_now() + (argc > 2 ? atoll(argv[argc - 1]) : 0) * 1000;
	struct random r = { .until = until };

	umask(0);
	if (argc == 5 && strcmp(argv[1], "adopt") == 0)
		return adopt(argv[2], argv[3], until);
	if (argc == 6 && strcmp(argv[1], "swap") == 0)
		return swap(argv[2], argv[3], argv[4], until);
	if (argc == 7 && strcmp(argv[1], "random") == 0) {
		r.outside = argv[4];
		r.state = strtoull(argv[5], NULL, 10);
		return disturb(argv[2], argv[3], &r);
	}
	fprintf(stderr, "usage: neighbour adopt DIR FILE S | swap DIR FLAT VICTIM S | random DIR VICTIM NAME SEED S\n");
	return 2;
}
