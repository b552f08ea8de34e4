/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: KDUMP_SYSCTL of Debian's kdump-tools.
 * Words, each the name of a file below /proc/sys and its value.
 */
#include "host/sysctl_words.h"

#include "base/fdio.h"
#include "base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The path of NAME below /proc/sys, in place. -EINVAL: no name of a setting. */
static int name_to_path(char *name)
{
	size_t first = strcspn(name, "./");
	bool dots = name[first] == '.';

	for (char *p = name; dots && *p; p++)
		*p = *p == '.' ? '/' : *p == '/' ? '.'
						 : *p;
	if (!*name || *name == '/' || strstr(name, "//") || str_ends(name, "/"))
		return -EINVAL;
	for (const char *p = name; p; p = strchr(p, '/')) {
		p += *p == '/';
		if (str_starts(p, "../") || strcmp(p, "..") == 0)
			return -EINVAL;
	}
	return 0;
}

static void set_word(const struct host *h, const char *file, char *word)
{
	char path[HOST_PATH], full[HOST_PATH], name[128];
	char *value = strchr(word, '=');
	struct err e = { 0 };
	int rc;

	if (value)
		*value++ = '\0';
	(void)str_fmt(name, sizeof(name), "%.100s", word);
	if (!value || name_to_path(word)) {
		host_say(h, HOST_WARN,
			 "%s: KDUMP_SYSCTL: '%s' is not NAME=VALUE, expected as in kernel.panic_on_oops=1", file, name);
		return;
	}
	rc = str_fmt(path, sizeof(path), "/proc/sys/%s", word);
	rc = rc ? rc : host_path(h, full, path, &e);
	rc = rc ? rc : file_put(full, value, &e);
	if (rc == -EROFS)
		host_say(h, HOST_WARN,
			 "%s: KDUMP_SYSCTL: %s=%.100s is not set: the sandbox of kdump.service sets what makes a "
			 "machine panic; others need [Service] and ReadWritePaths=%s by `systemctl edit kdump`",
			 file, name, value, path);
	else if (rc)
		host_say(h, HOST_WARN, "%s: KDUMP_SYSCTL: %s=%.100s is not set: %s", file, name, value, e.text);
}

void sysctl_words_set(const struct host *h, const char *file, const char *words)
{
	char *text = strdup(words), *cursor = text, *word;

	while (text && (word = str_word(&cursor)))
		set_word(h, file, word);
	free(text);
}
