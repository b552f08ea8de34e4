/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: crashkernel= in files that a shell reads one behind the other: /etc/default/grub and its snippets.
 * Pure: what results is worked out as the shell would, before and after; an edit that does not give it is refused.
 */
#ifndef HOST_GRUB_DEFAULT_H
#define HOST_GRUB_DEFAULT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct grub_file {
	const char *path; /* for sentences */
	const char *text; /* N bytes */
	size_t n;
	char *edited; /* of grub_set(): EDITED_N bytes and a NUL; grub_files_free() frees it */
	size_t edited_n;
	bool changed; /* EDITED is another text */
};

/*
 * Sets crashkernel= in the N files, which are read in this order, to the words of VALUE (as crashkernel_set() gives
 * them; NULL: takes them out). NAMES: the variables that make the command line, in its order, NULL at the end.
 * Words that count are replaced where they stand; else they go to the value that decides: of the last variable,
 * where it is set without what was before, or to a new line of the first file. Values that a later one replaces
 * stay as they are. What results is then worked out again: it has these words, and all others as before. -EINVAL
 * with a sentence that names file and line where that is not certain; -ENOMEM.
 */
int must_check grub_set(struct grub_file *f, unsigned n, const char *const *names, const char *value, struct err *e);

/* The words behind crashkernel= that result, with single blanks, into BUF of SIZE bytes. -EINVAL, -ENAMETOOLONG. */
int must_check grub_get(struct grub_file *f, unsigned n, const char *const *names, char *buf, size_t size,
			struct err *e);

void grub_files_free(struct grub_file *f, unsigned n);

#endif
