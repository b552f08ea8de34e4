/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: what a file that was made of a stream is worth.
 * The stream has no checksum: its end mark says that all of it came, not that it is what was sent.
 */
#include "dump/rebuild.h"

#include "base/bytes.h"
#include "base/fdio.h"
#include "base/str.h"
#include "codec/codec.h"
#include "vmcore/source.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#define STEP              4096u /* pages whose bits are looked at together */
#define KDUMP_STATUS      424u  /* disk_dump_header.status, 64-bit ABI */
#define STATUS_INCOMPLETE 8u
#define FLAG_INCOMPLETE   1u

/* Reads every page that S holds; counts those that cannot be read, of which WHY gets the first sentence. */
static int pages_read(struct source *s, uint64_t *bad, char *why, struct err *e)
{
	uint64_t size = s->info.page_size ? s->info.page_size : 4096;
	uint8_t held[STEP / 8], *page = malloc((size_t)size);
	struct err this = { 0 };

	if (!page)
		return err_set(e, -ENOMEM, "no memory for a page");
	for (uint64_t first = 0; first < s->info.max_pfn; first += STEP) {
		s->ops->held(s, first, STEP, held);
		for (unsigned i = 0; i < STEP; i++) {
			if (!(held[i / 8] >> (i & 7) & 1))
				continue;
			if (s->ops->read_pa(s, (first + i) * size, page, (size_t)size, &this) == 0)
				continue;
			if ((*bad)++ == 0 && !why[0])
				(void)str_fmt(why, ERR_TEXT_MAX, "%s", this.text);
		}
	}
	free(page);
	return 0;
}

/* Sets the mark of an incomplete dump in the file FD, of KIND. */
static int mark(int fd, enum source_kind kind, struct err *e)
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

int rebuild_judge(const char *path, struct rebuild_stat *st, char *why, struct err *e)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY), own = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
	struct source *s = NULL;
	uint64_t bad = 0;
	int rc;

	why[0] = '\0';
	if (own < 0) {
		rc = err_sys(e, "open %s", path);
		if (fd >= 0)
			close(fd);
		return rc;
	}
	rc = source_from(&s, own, path, &codec_unpack, e);
	if (rc == 0 && s->info.incomplete)
		(void)str_fmt(why, ERR_TEXT_MAX, "%s", s->info.why);
	if (rc == 0)
		rc = pages_read(s, &bad, why, e);
	if (rc == 0) {
		st->lost = s->info.lost + bad;
		st->incomplete = s->info.incomplete || bad;
	}
	if (rc == 0 && st->incomplete)
		rc = mark(fd, s->info.kind, e);
	if (s)
		s->ops->free(s);
	close(fd);
	return rc;
}
