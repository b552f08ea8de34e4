/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit tests: src/base */
#include "check.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/fdio.h"
#include "base/invisible.h"
#include "base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static void errors(void)
{
	struct err e = { 0 };
	char long_text[2 * ERR_TEXT_MAX];

	errno = ENOSPC;
	CHECK_INT(err_sys(&e, "write %s", "vmcore-incomplete"), -ENOSPC);
	CHECK_INT(err_add(&e, -ENOSPC, "ext4 %s", "/dev/vda1"), -ENOSPC);
	CHECK_STR(e.text, "ext4 /dev/vda1: write vmcore-incomplete: No space left on device");
	CHECK_INT(e.code, -ENOSPC);
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	errno = EIO;
	CHECK_INT(err_sys(&e, "%s", long_text), -EIO);
	CHECK(strlen(e.text) < ERR_TEXT_MAX);
	CHECK(strstr(e.text, "Input/output error"));
	CHECK_INT(err_add(&e, -EIO, "%s", long_text), -EIO);
	CHECK(strlen(e.text) < ERR_TEXT_MAX);
	CHECK_INT(err_set(NULL, -EINVAL, "nobody listens"), -EINVAL);
}

static void strings(void)
{
	char line[] = "  ext4 \t UUID=1  ", *cursor = line, buf[32];
	char field[] = "/a\\040\\011b\\134040\\000\\400\\04";
	uint64_t v = 7;

	CHECK_STR(str_word(&cursor), "ext4");
	CHECK_STR(str_word(&cursor), "UUID=1");
	CHECK_STR(str_word(&cursor), NULL);
	CHECK_INT(str_u64("18446744073709551615", UINT64_MAX, &v), 0);
	CHECK(v == UINT64_MAX);
	CHECK_INT(str_u64("18446744073709551616", UINT64_MAX, &v), -ERANGE);
	CHECK_INT(str_u64("31", 30, &v), -ERANGE);
	CHECK_INT(str_u64("", 30, &v), -EINVAL);
	CHECK_INT(str_u64("-1", 30, &v), -EINVAL);
	CHECK_INT(str_u64("1 ", 30, &v), -EINVAL);
	CHECK(v == UINT64_MAX);
	CHECK_INT(str_distance("failure_action", "failure_acton"), 1);
	CHECK_INT(str_distance("ssh", "shs"), 1);
	CHECK_INT(str_distance("", "abc"), 3);
	CHECK_STR(str_size(buf, sizeof(buf), 0), "0 B");
	CHECK_STR(str_size(buf, sizeof(buf), 1536), "1.5 KiB");
	CHECK_STR(str_size(buf, sizeof(buf), UINT64_MAX), "15.9 EiB");
	CHECK_STR(str_safe(buf, 6, "a\033[31m"), "a?[31");
	/* Valid UTF-8 stays; C1 controls, overlong forms, surrogates, directions and halves of characters do not. */
	CHECK_STR(str_safe(buf, sizeof(buf), "ö \xe6\x97\xa5 \xf0\x9f\x90\xa7"), "ö \xe6\x97\xa5 \xf0\x9f\x90\xa7");
	CHECK_STR(str_safe(buf, sizeof(buf), "a\xc2\x9b"
					     "31m"),
		  "a??31m");
	CHECK_STR(str_safe(buf, sizeof(buf), "\x9b"
					     "31m\x7f\r\n\t"),
		  "?31m????");
	CHECK_STR(str_safe(buf, sizeof(buf), "\xc0\x9b \xe0\x82\x9b \xed\xa0\x80"), "?? ??? ???");
	CHECK_STR(str_safe(buf, sizeof(buf), "\xe2\x80\xae \xef\xbb\xbf \xf4\x90\x80\x80"), "??? ??? ????");
	CHECK_STR(str_safe(buf, sizeof(buf), "\xe6\x97"), "??");
	CHECK_STR(invisible_show(buf, sizeof(buf), "a\r\t\033[\xef\xbb\xbf\xc2\xa0\xc3\xb6\x9b"),
		  "a\\r\\t\\x1b[<U+FEFF><U+00A0>\xc3\xb6?");
	CHECK_STR(invisible_show(buf, 8, "ab\xef\xbb\xbf"), "ab");
	CHECK_STR(invisible_show(buf, sizeof(buf), "\xef\xb8\x8f\xf3\xa0\x81\xa1\xf0\x9f\x98\x80\xf3\xa0\x87"),
		  "<U+FE0F><U+E0061>\xf0\x9f\x98\x80???");
	CHECK_STR(invisible_word(buf, sizeof(buf), "\xef\xbb\xbf\xc2\xa0pa\xe2\x80\x8bth\xc2\xa0/a"), "path");
	CHECK_STR(str_safe(buf, 4, "ab\xc3\xb6"), "ab");
	CHECK_STR(str_safe(buf, 5, "ab\xc3\xb6"), "ab\xc3\xb6");
	snprintf(buf, sizeof(buf), "\xc3\xb6\033]0;x\a");
	CHECK_STR(str_clean(buf), "\xc3\xb6?]0;x?");
	CHECK_STR(str_octal(field), "/a \tb\\040\\000\\400\\04");
	CHECK_INT(str_fmt(buf, 4, "%s", "abcd"), -ENAMETOOLONG);
	CHECK_STR(buf, "abc");
}

/* A sentence has names of others in it and is shown on a terminal. */
static void sentences(void)
{
	struct err e = { 0 };

	err_set(&e, -EINVAL, "open %s", "a\033]52;c;eA\a");
	CHECK_STR(e.text, "open a?]52;c;eA?");
	err_add(&e, -EINVAL, "%s", "\033[2J\xc3\xb6");
	CHECK_STR(e.text, "?[2J\xc3\xb6: open a?]52;c;eA?");
	errno = ENOENT;
	err_sys(&e, "open %s", "\r");
	CHECK_STR(e.text, "open ?: No such file or directory");
}

static void files(void)
{
	char dir[] = "/tmp/test_base.XXXXXX", path[128], *text = NULL;
	struct err e = { 0 };
	size_t n = 0;

	CHECK(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/a/b/c", dir);
	CHECK_INT(dir_make(path, 0700, &e), 0);
	CHECK_INT(dir_make(path, 0700, &e), 0);
	snprintf(path, sizeof(path), "%s/a/none", dir);
	CHECK_INT(file_read(path, 10, &text, &n, &e), -ENOENT);
	CHECK(strstr(e.text, "/a/none: No such file or directory"));
	CHECK_INT(file_read("/proc/self/status", 1 << 20, &text, &n, &e), 0);
	CHECK(text && n == strlen(text));
	free(text);
	CHECK_INT(file_read("/proc/self/status", 10, &text, &n, &e), -EFBIG);
	snprintf(path, sizeof(path), "rm -rf %s", dir);
	CHECK_INT(system(path), 0);
}

static void deadlines(void)
{
	CHECK(deadline_in(0) == DEADLINE_NEVER);
	CHECK_INT(deadline_poll(DEADLINE_NEVER, -1), -1);
	CHECK_INT(deadline_poll(clock_ms() - 5, 1000), 0);
	CHECK_INT(deadline_poll(clock_ms() + 100000, 1000), 1000);
}

int main(void)
{
	errors();
	strings();
	sentences();
	files();
	deadlines();
	return check_done();
}
