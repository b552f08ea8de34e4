/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench: what a program and every process that it starts take of memory at most, by the kernel's own high marks.
 * peaks COMMAND...: afterwards a line a process on standard error: NAME, VmHWM, VmData (the greatest that was seen),
 * VmPeak in KiB, RLIMIT_DATA and RLIMIT_AS in KiB, "-" for none, "?" where CAP_SYS_RESOURCE is missing to read it.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST 256

struct seen {
	pid_t pid;
	char name[32];
	uint64_t resident, data, peak;
	struct rlimit rdata, ras;
	int unknown; /* the limits */
};

static struct seen all[MOST];
static unsigned n;

static struct seen *entry(pid_t pid)
{
	for (unsigned i = 0; i < n; i++)
		if (all[i].pid == pid)
			return &all[i];
	if (n == MOST)
		return NULL;
	all[n].pid = pid;
	return &all[n++];
}

static void look(pid_t pid)
{
	struct seen *s = entry(pid);
	char path[64], line[256];
	uint64_t kib;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = s ? fopen(path, "r") : NULL;
	while (f && fgets(line, sizeof(line), f)) {
		sscanf(line, "Name: %31s", s->name);
		if (sscanf(line, "VmHWM: %" SCNu64, &kib) == 1 && kib > s->resident)
			s->resident = kib;
		if (sscanf(line, "VmData: %" SCNu64, &kib) == 1 && kib > s->data)
			s->data = kib;
		if (sscanf(line, "VmPeak: %" SCNu64, &kib) == 1 && kib > s->peak)
			s->peak = kib;
	}
	if (f) {
		fclose(f);
		s->unknown = prlimit(pid, RLIMIT_DATA, NULL, &s->rdata) || prlimit(pid, RLIMIT_AS, NULL, &s->ras);
	}
}

/* PID and all below it. */
static void look_below(pid_t pid, unsigned depth)
{
	char path[64];
	int child;
	FILE *f;

	look(pid);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	f = fopen(path, "r");
	while (f && depth < 8 && fscanf(f, "%d", &child) == 1)
		look_below(child, depth + 1);
	if (f)
		fclose(f);
}

static void show_limit(const struct seen *s, const struct rlimit *r)
{
	if (s->unknown)
		fputs(" ?", stderr);
	else if (r->rlim_cur == RLIM_INFINITY)
		fputs(" -", stderr);
	else
		fprintf(stderr, " %" PRIu64, (uint64_t)r->rlim_cur >> 10);
}

int main(int argc, char **argv)
{
	int status;
	pid_t pid;

	if (argc < 2)
		return 2;
	pid = fork();
	if (pid == 0) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		look_below(pid, 0);
		usleep(50);
	}
	for (unsigned i = 0; i < n; i++) {
		fprintf(stderr, "%s %" PRIu64 " %" PRIu64 " %" PRIu64, all[i].name, all[i].resident, all[i].data,
			all[i].peak);
		show_limit(&all[i], &all[i].rdata);
		show_limit(&all[i], &all[i].ras);
		fputs("\n", stderr);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
