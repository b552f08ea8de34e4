/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: crashkernel= in the files of boot loaders.
 * First byte: the form, or files that are read one behind the other, a NUL between them. What was set is there, setting
 * it again changes nothing, what was taken out is gone. tests/bats/86-kdumpctl.bats asks a real shell.
 */
#include "host/bootentry.h"
#include "host/crashkernel.h"
#include "host/grub_default.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

static void require(int ok)
{
	if (!ok)
		abort();
}

static const char value[] = "1G-4G:192M,4G-:256M";

static void check_get(enum bootentry_form form, const struct bootentry_text *t, const char *expected)
{
	char buf[4096];

	require(t->p[t->n] == '\0');
	require(bootentry_get(form, t->p, t->n, buf, sizeof(buf)) == 0 && strcmp(buf, expected) == 0);
}

static void check(enum bootentry_form form, const char *text, size_t n)
{
	struct bootentry_text set, again, without;

	if (bootentry_set(form, text, n, value, &set, NULL))
		return;
	check_get(form, &set, value);
	require(bootentry_set(form, set.p, set.n, value, &again, NULL) == 0);
	require(again.n == set.n && memcmp(again.p, set.p, set.n) == 0);
	require(bootentry_set(form, set.p, set.n, NULL, &without, NULL) == 0);
	check_get(form, &without, "");
	require(form == BOOT_GRUBENV ? without.n == set.n : without.n < set.n);
	free(set.p);
	free(again.p);
	free(without.p);
}

#define FILES 4

/* Files of a shell: what was set results, and is there no more once it is taken out. */
static void check_files(char *text, size_t n)
{
	static const char *const names[] = { "GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT", NULL };
	struct grub_file f[FILES] = { 0 }, g[FILES] = { 0 };
	char buf[4096];
	unsigned count = 0;

	for (char *p = text; count < FILES && p <= text + n; count++) {
		f[count] = (struct grub_file){ .path = "f", .text = p, .n = strlen(p) };
		p += f[count].n + 1;
	}
	if (grub_set(f, count, names, value, NULL))
		return;
	for (unsigned i = 0; i < count; i++)
		g[i] = (struct grub_file){ .path = "g", .text = f[i].edited, .n = f[i].edited_n };
	require(grub_get(g, count, names, buf, sizeof(buf), NULL) == 0 && strcmp(buf, value) == 0);
	require(grub_set(g, count, names, value, NULL) == 0);
	for (unsigned i = 0; i < count; i++)
		require(!g[i].changed);
	grub_files_free(g, count);
	require(grub_set(g, count, names, NULL, NULL) == 0);
	grub_files_free(g, count);
	grub_files_free(f, count);
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	char *text;
	char set[512], counted[512];

	if (n == 0)
		return 0;
	text = malloc(n);
	if (!text)
		return 0;
	memcpy(text, d + 1, n - 1);
	text[n - 1] = '\0';
	(void)crashkernel_size(text, (uint64_t)1 << 32);
	if (crashkernel_set(text, set, sizeof(set), NULL) == 0)
		crashkernel_counts(set, counted, sizeof(counted));
	if (d[0] % 8 < 6)
		check((enum bootentry_form)(d[0] % 8), text, n - 1);
	else
		check_files(text, n - 1);
	free(text);
	return 0;
}
