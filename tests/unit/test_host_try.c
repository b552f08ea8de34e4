/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit tests: what the service says of servers that it tried.
 * A program in the place of this one prints what `crashbox reach` would.
 */
#include "check.h"

#include "host/kdumpctl.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char heard[4096];

static void hear(void *arg, enum host_say kind, const char *sentence)
{
	size_t n = strlen(heard);

	(void)arg;
	snprintf(heard + n, sizeof(heard) - n, "%s %s\n", kind == HOST_WARN ? "WARN" : "note", sentence);
}

static const char *try_with(const char *root, enum plan_target_kind kind, const char *prints)
{
	char self[] = "/tmp/test_host_try.XXXXXX";
	struct service s = { .host = { .root = root, .say = hear }, .planned = true };
	int fd = mkstemp(self);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	CHECK(f != NULL);
	if (!f)
		return "";
	fprintf(f, "#!/bin/sh\n[ \"$*\" = 'reach --timeout 3 /boot/image' ] || echo 'called with' \"$@\"\n");
	fprintf(f, "cat <<END\n%sEND\nexit 1\n", prints);
	fchmod(fd, 0700);
	fclose(f);
	s.self = self;
	snprintf(s.image, sizeof(s.image), "/boot/image");
	s.plan.ntarget = 1;
	s.plan.target[0].kind = kind;
	heard[0] = '\0';
	service_try(&s);
	unlink(self);
	return heard;
}

int main(void)
{
	static const char lines[] = "ssh a@b: takes this machine\n"
				    "ssh c@d: refused: login of c: the server takes none of 1 keys\n"
				    "nfs e:/f: not tried: no answer\n"
				    "nfs g:/h: for the kernel's own client: newer only\n";

	CHECK_STR(try_with("", TARGET_SSH, lines),
		  "WARN ssh c@d: refused: login of c: the server takes none of 1 keys"
		  " (a crash now would not be saved there)\n"
		  "note nfs e:/f: not tried: no answer\n"
		  "WARN nfs g:/h: for the kernel's own client: newer only"
		  " (a crash now would not be saved there)\n");
	CHECK_STR(try_with("", TARGET_FS, lines), "");
	CHECK_STR(try_with("/elsewhere", TARGET_NFS, lines), "");
	CHECK_STR(try_with("", TARGET_NFS, ""), "");
	return check_done();
}
