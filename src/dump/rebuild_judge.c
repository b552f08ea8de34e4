/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: what a file that was made of a stream is worth.
 * The stream has no checksum: its end mark says that all of it came, not that it is what was sent.
 */
#include "dump/rebuild.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/str.h"
#include "codec/codec.h"
#include "vmcore/file.h"
#include "vmcore/page_look.h"
#include "vmcore/source.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

#define KDUMP_STATUS      424u /* disk_dump_header.status, 64-bit ABI */
#define STATUS_INCOMPLETE 8u
#define FLAG_INCOMPLETE   1u

int rebuild_look(int fd, const char *name, bool pages, struct rebuild_worth *ret, struct err *e)
{
	struct page_look look = { .deadline = DEADLINE_NEVER };
	struct source *s = NULL;
	int rc = source_from(&s, fd, name, &codec_unpack, e);

	if (rc)
		return rc;
	*ret = (struct rebuild_worth){ s->info.kind, s->info.incomplete, s->info.lost, "" };
	if (s->info.incomplete)
		(void)str_fmt(ret->why, sizeof(ret->why), "%s", s->info.why);
	if (pages)
		rc = page_look(s, &look, e);
	if (rc == 0 && look.failed)
		rc = err_set(e, DFILE_FAILED, "%s", look.why);
	ret->lost += look.bad;
	if (look.bad && !ret->incomplete)
		(void)str_fmt(ret->why, sizeof(ret->why), "%s", look.why);
	ret->incomplete |= look.bad != 0;
	s->ops->free(s);
	return rc;
}

int rebuild_mark(int fd, enum source_kind kind, struct err *e)
{
	size_t at = kind == SOURCE_KDUMP ? KDUMP_STATUS : offsetof(Elf64_Ehdr, e_flags);
	uint8_t word[4];

	if (pread(fd, word, sizeof(word), (off_t)at) != (ssize_t)sizeof(word))
		return err_sys(e, "read the mark");
	put_u32(word, get_u32(word) | (kind == SOURCE_KDUMP ? STATUS_INCOMPLETE : FLAG_INCOMPLETE));
	if (pwrite(fd, word, sizeof(word), (off_t)at) != (ssize_t)sizeof(word) || fsync(fd))
		return err_sys(e, "mark the dump incomplete");
	return 0;
}

int rebuild_judge(const char *path, struct rebuild_worth *ret, struct err *e)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY), own = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
	int rc = own < 0 ? err_sys(e, "open %s", path) : rebuild_look(own, path, true, ret, e);

	if (rc == 0 && ret->incomplete)
		rc = rebuild_mark(fd, ret->kind, e);
	if (fd >= 0)
		close(fd);
	return rc;
}
