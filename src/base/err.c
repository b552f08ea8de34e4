/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: the error chain.
 * A sentence that does not fit is cut at the end, never overrun: the outermost words matter most. Names and texts of
 * others are in it, terminals show it: every sentence is cleaned here.
 */
#include "base/err.h"

#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int err_sys(struct err *e, const char *fmt, ...)
{
	int cause = errno ? errno : EIO;
	char what[ERR_TEXT_MAX];
	va_list ap;

	if (!e)
		return -cause;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	e->code = -cause;
	snprintf(e->text, sizeof(e->text), "%.*s: %s", ERR_TEXT_MAX - 80, what, strerror(cause));
	str_clean(e->text);
	return -cause;
}

int err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return code;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	str_clean(e->text);
	e->code = code;
	return code;
}

int err_add(struct err *e, int rc, const char *fmt, ...)
{
	char inner[ERR_TEXT_MAX];
	size_t n;
	va_list ap;

	if (!e)
		return rc;
	memcpy(inner, e->text, sizeof(inner));
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	n = strlen(e->text);
	snprintf(e->text + n, sizeof(e->text) - n, ": %.*s", (int)(sizeof(inner) - 1), inner);
	str_clean(e->text);
	return rc;
}
