/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit tests: a directory held by its descriptor; tests/bats/77-hostile.bats has other users */
#include "check.h"

#include "base/dumpdir.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char dir[] = "/tmp/test_dumpdir.XXXXXX";

static char *path_of(const char *name)
{
	static char path[4][256];
	static unsigned turn;

	turn = (turn + 1) % 4;
	snprintf(path[turn], sizeof(path[0]), "%s/%s", dir, name);
	return path[turn];
}

/* Opens PATH below ROOT and gives the name that the kernel has for it, or the error. */
static const char *reach(const char *root, const char *path, int how)
{
	static char where[256];
	struct err e = { 0 };
	int fd = -1, rc = dumpdir_open(&fd, root, path, how, &e);

	if (rc) {
		snprintf(where, sizeof(where), "%s", strerror(-rc));
		return where;
	}
	CHECK_INT(dumpdir_where(fd, where, sizeof(where)), 0);
	close(fd);
	return str_starts(where, dir) ? where + strlen(dir) : where;
}

static void test_walk(void)
{
	struct stat st;

	CHECK_INT(mkdir(path_of("mnt"), 0755), 0);
	CHECK_INT(mkdir(path_of("mnt/data"), 0755), 0);
	CHECK_INT(symlink("/data", path_of("mnt/crash")), 0);
	CHECK_INT(symlink("../../../data/..", path_of("mnt/data/up")), 0);
	CHECK_INT(symlink("loop", path_of("mnt/loop")), 0);
	/* Links of a mounted system lead to where they do when it is the root. */
	CHECK_STR(reach(path_of("mnt"), "/crash", 0), "/mnt/data");
	CHECK_STR(reach(path_of("mnt"), "crash/up/../../..", 0), "/mnt");
	CHECK_STR(reach(path_of("mnt"), "/crash/./new//er/", DUMPDIR_MAKE), "/mnt/data/new/er");
	CHECK_STR(reach("", path_of("mnt/data/../data"), DUMPDIR_SAFE), "/mnt/data");
	CHECK_STR(reach(path_of("mnt"), "/loop/x", DUMPDIR_MAKE), strerror(ELOOP));
	CHECK_STR(reach(path_of("mnt"), "/none", 0), strerror(ENOENT));
	CHECK_STR(reach("", "", 0), strerror(ENOENT));
	CHECK_INT(stat(path_of("mnt/data/new"), &st), 0);
	CHECK_INT(st.st_mode & 07777, 0700);
	CHECK_INT(chmod(path_of("mnt/data/new"), 0770), 0);
	CHECK_STR(reach("", path_of("mnt/data/new"), DUMPDIR_SAFE), strerror(EPERM));
	close(open(path_of("mnt/file"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	CHECK_STR(reach("", path_of("mnt/file"), DUMPDIR_MAKE), strerror(ENOTDIR));
}

static void test_fresh(void)
{
	char name[NAME_MAX + 1];
	struct err e = { 0 };
	int base = -1, fd = -1;

	CHECK_INT(dumpdir_open(&base, "", dir, DUMPDIR_SAFE, &e), 0);
	CHECK_INT(dumpdir_fresh(&fd, base, "dump", DUMPDIR_SAFE, name, &e), 0);
	CHECK_STR(name, "dump");
	close(fd);
	CHECK_INT(symlink("mnt", path_of("dump.1")), 0);
	for (int i = 2; i < 100; i++) {
		char taken[16];

		snprintf(taken, sizeof(taken), "dump.%d", i);
		CHECK_INT(mkdir(path_of(taken), 0700), 0);
	}
	/* All hundred names of one second are taken: another one is found. */
	CHECK_INT(dumpdir_fresh(&fd, base, "dump", DUMPDIR_SAFE, name, &e), 0);
	CHECK(strlen(name) > strlen("dump.99") && strspn(name + 5, "0123456789") == strlen(name + 5));
	CHECK_INT(dumpdir_still(base, name, fd, &e), 0);
	CHECK_INT(rename(path_of(name), path_of("moved")), 0);
	CHECK_INT(dumpdir_still(base, name, fd, &e), -ESTALE);
	CHECK_INT(mkdir(path_of(name), 0700), 0);
	CHECK_INT(dumpdir_still(base, name, fd, &e), -ESTALE);
	close(fd);
	CHECK_INT(dumpdir_sub(&fd, base, "dump.1", &e), -ENOTDIR);
	CHECK_INT(chmod(path_of("moved"), 0707), 0);
	CHECK_INT(dumpdir_sub(&fd, base, "moved", &e), -EPERM);
	CHECK_STR(e.text, "moved can be written by other users (mode 707): not used, `chmod go-w` mends it");
	close(base);
}

static void test_files(void)
{
	struct sockaddr_un sock = { .sun_family = AF_UNIX };
	int base = -1, fd = -1, s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct err e = { 0 };
	struct stat st;
	char *text = NULL;
	size_t n = 0;

	CHECK_INT(dumpdir_open(&base, "", dir, 0, &e), 0);
	CHECK_INT(dumpdir_create(&fd, base, "file", &e), 0);
	CHECK_INT(write(fd, "text\n", 5), 5);
	CHECK_INT(fstat(fd, &st) == 0 ? st.st_mode & 07777 : 0, 0600);
	close(fd);
	CHECK_INT(dumpdir_create(&fd, base, "file", &e), -EEXIST);
	CHECK_INT(dumpdir_text(base, "file", 10, &text, &n, &e), 0);
	CHECK_STR(text, "text\n");
	free(text);
	CHECK_INT(dumpdir_text(base, "file", 4, &text, &n, &e), -EFBIG);
	CHECK_INT(dumpdir_size(base, "file"), 5);
	CHECK_INT(symlink("file", path_of("link")), 0);
	CHECK_INT(mkfifo(path_of("fifo"), 0600), 0);
	snprintf(sock.sun_path, sizeof(sock.sun_path), "%s", path_of("sock"));
	CHECK_INT(bind(s, (struct sockaddr *)&sock, sizeof(sock)), 0);
	close(s);
	for (unsigned i = 0; i < 3; i++) {
		static const char *const odd[] = { "link", "fifo", "sock" };

		CHECK_INT(dumpdir_create(&fd, base, odd[i], &e), -EEXIST);
		CHECK_INT(dumpdir_read(&fd, base, odd[i], NULL, &e), -EINVAL);
		CHECK(dumpdir_resume(&fd, base, odd[i], DUMPDIR_ALONE, &e) < 0);
		CHECK_INT(dumpdir_size(base, odd[i]), 0);
	}
	CHECK_INT(dumpdir_read(&fd, base, "mnt", NULL, &e), -EINVAL);
	CHECK_INT(dumpdir_read(&fd, base, "none", NULL, &e), -ENOENT);
	CHECK_INT(dumpdir_resume(&fd, base, "file", 0, &e), 0);
	close(fd);
	CHECK_INT(link(path_of("file"), path_of("second")), 0);
	CHECK_INT(dumpdir_resume(&fd, base, "file", 0, &e), -EPERM);
	close(base);
}

int main(void)
{
	char command[64];

	umask(022);
	if (!mkdtemp(dir))
		return 1;
	test_walk();
	test_fresh();
	test_files();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	CHECK_INT(system(command), 0);
	return check_done();
}
