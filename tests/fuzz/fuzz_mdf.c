/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: makedumpfile's options, as a command line and as a core_collector line.
 * Any words give settings that can be used, or a sentence of printable ASCII.
 */
#include "conf/mdf_args.h"

#include "base/str.h"
#include "shown.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

static void require(int ok)
{
	if (!ok)
		abort();
}

static void hear(void *arg, const char *text)
{
	(void)arg;
	require(may_be_shown(text));
}

static void check(const struct mdf_args *a, bool conf)
{
	require(a->how.nlevel >= 1 && a->how.nlevel <= PLAN_LEVELS && a->how.threads <= 1024);
	for (unsigned i = 0; i < a->how.nlevel; i++)
		require(a->how.level[i] <= 31);
	require(a->how.codec_level >= -99 && a->how.codec_level <= 99);
	require(!a->how.elf || a->how.codec == CODEC_NONE);
	require(a->say <= 31 && a->nfile <= MDF_FILES && a->command <= MDF_HELP);
	require(!conf || (a->nfile == 0 && a->command == MDF_DUMP && !a->vmcoreinfo));
	for (unsigned i = 0; i < a->nfile; i++)
		require(a->file[i] != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	const struct mdf_caller who = { .conf = n && d[0] & 1, .warn = hear };
	const char *word[MDF_FILES + 8];
	char *text = malloc(n + 1), *cursor = text;
	struct err e = { 0 };
	struct mdf_args a;
	unsigned words = 0;

	require(text != NULL);
	memcpy(text, d, n);
	text[n] = '\0';
	while (words < ARRAY_LEN(word) && (word[words] = str_word(&cursor)))
		words++;
	if (mdf_parse(&a, words, word, &who, &e) == 0)
		check(&a, who.conf);
	else
		require(e.text[0] && e.code);
	hear(NULL, e.text);
	free(text);
	return 0;
}
