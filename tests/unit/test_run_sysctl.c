/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: settings of the kernel, written before a capture begins.
 */
#include "check.h"

#include "base/fdio.h"
#include "base/str.h"
#include "run/sysctl.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/sysinfo.h>
#include <unistd.h>

static char root[] = "/tmp/test_run_sysctl.XXXXXX";

static void give(const char *path, const char *value)
{
	char full[256], *slash;
	int fd;

	(void)str_fmt(full, sizeof(full), "%s%s", root, path);
	slash = strrchr(full, '/');
	*slash = '\0';
	CHECK_INT(dir_make(full, 0755, NULL), 0);
	*slash = '/';
	fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	CHECK_INT(write(fd, value, strlen(value)), (long long)strlen(value));
	close(fd);
}

static const char *got(const char *path)
{
	static char line[64];
	char full[256];

	(void)str_fmt(full, sizeof(full), "%s%s", root, path);
	return file_line(full, line, sizeof(line), NULL) ? NULL : line;
}

static const char *const to_zero[] = {
	"/proc/sys/kernel/panic_on_oops",
	"/proc/sys/kernel/panic_on_warn",
	"/proc/sys/kernel/warn_limit",
	"/proc/sys/kernel/hung_task_panic",
	"/proc/sys/kernel/softlockup_panic",
	"/proc/sys/kernel/hardlockup_panic",
	"/proc/sys/kernel/panic_on_rcu_stall",
	"/proc/sys/kernel/panic_on_io_nmi",
	"/proc/sys/kernel/panic_on_unrecovered_nmi",
	"/proc/sys/kernel/unknown_nmi_panic",
	"/proc/sys/vm/panic_on_oom",
	"/proc/sys/vm/nr_hugepages",
	"/sys/module/workqueue/parameters/panic_on_stall",
};

static void check_table(struct run *r)
{
	char usual[32];
	struct sysinfo mem;
	int n;

	for (size_t i = 0; i < ARRAY_LEN(to_zero); i++)
		give(to_zero[i], "1");
	give("/proc/sys/vm/overcommit_memory", "2");
	give("/proc/sys/vm/min_free_kbytes", "999999999");
	give("/proc/sys/kernel/panic", "0");
	strcpy(r->cmdline, "console=ttyS0 panic_on_warn=1 xpanic=1");
	sysctl_set_below(r, root);
	for (size_t i = 0; i < ARRAY_LEN(to_zero); i++)
		CHECK_STR(got(to_zero[i]), "0");
	CHECK_STR(got("/proc/sys/vm/overcommit_memory"), "0");
	CHECK_STR(got("/proc/sys/kernel/panic"), "-1");
	/* a file, other than one of the kernel, keeps what stood behind the new value */
	CHECK_INT(sysinfo(&mem), 0);
	n = snprintf(usual, sizeof(usual), "%llu",
		     (unsigned long long)sysctl_min_free((uint64_t)mem.totalram * mem.mem_unit >> 10));
	CHECK(strncmp(got("/proc/sys/vm/min_free_kbytes"), usual, (size_t)n) == 0);
	CHECK_STR(got("/proc/sys/kernel/oops_limit"), NULL); /* this kernel has none, so there is none */
}

/* What the capture's own line says of a panic holds; a reserve that is not too large stays. */
static void check_kept(struct run *r)
{
	give("/proc/sys/kernel/panic", "0");
	give("/proc/sys/vm/min_free_kbytes", "100");
	strcpy(r->cmdline, "console=ttyS0 panic=0");
	sysctl_set_below(r, root);
	CHECK_STR(got("/proc/sys/kernel/panic"), "0");
	CHECK_STR(got("/proc/sys/vm/min_free_kbytes"), "100");
}

static void check_min_free(void)
{
	CHECK_INT(sysctl_min_free(131072), 1448);
	CHECK_INT(sysctl_min_free(1), 128);
	CHECK_INT(sysctl_min_free(0), 128);
	CHECK_INT(sysctl_min_free(UINT64_C(1) << 34), 262144);
}

int main(void)
{
	struct run *r = calloc(1, sizeof(*r));
	char command[64];

	CHECK(r && mkdtemp(root));
	check_table(r);
	check_kept(r);
	check_min_free();
	(void)str_fmt(command, sizeof(command), "rm -rf %s", root);
	CHECK_INT(system(command), 0);
	free(r);
	return check_done();
}
