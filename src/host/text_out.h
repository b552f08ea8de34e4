/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: a text that grows.
 * A failed allocation is kept in the text itself; the end of the work asks for it once.
 */
#ifndef HOST_TEXT_OUT_H
#define HOST_TEXT_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct text_out {
	char *p; /* NULL, or N bytes and a NUL; the caller frees it */
	size_t n, room;
	bool failed; /* no memory: what was added since is lost */
};

static inline void text_add(struct text_out *o, const char *s, size_t n)
{
	if (o->failed)
		return;
	if (o->n + n + 1 > o->room) {
		size_t room = (o->n + n + 1) * 2;
		char *p = realloc(o->p, room);

		o->failed = !p;
		if (!p)
			return;
		o->p = p;
		o->room = room;
	}
	if (n)
		memcpy(o->p + o->n, s, n);
	o->n += n;
	o->p[o->n] = '\0';
}

static inline void text_add_str(struct text_out *o, const char *s)
{
	text_add(o, s, strlen(s));
}

#endif
