/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: the kernel command line.
 * Any bytes give arguments that can be used: counts within the arrays, strings that end.
 */
#include "conf/cmdline.h"
#include "conf/link_words.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

static void require(int ok)
{
	if (!ok)
		abort();
}

static void check_list(const struct boot_list *list)
{
	require(list->n <= BOOT_WORDS);
	for (unsigned i = 0; i < list->n; i++)
		require(list->word[i][0] && !strpbrk(list->word[i], ",-"));
}

/* Every step can be written down and is the same when it is read again. */
static void check_net(const struct boot_net *net)
{
	char line[LINK_LINE], again[LINK_LINE];
	struct link_step s;

	require(net->n <= BOOT_LINKS);
	for (unsigned i = 0; i < net->n; i++) {
		require(link_text(&net->step[i], line, sizeof(line)) == 0);
		memcpy(again, line, sizeof(again));
		require(link_parse(&s, again, NULL) == 0 && s.kind == net->step[i].kind);
		require(link_text(&s, again, sizeof(again)) == 0 && strcmp(line, again) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	struct boot_args b;

	boot_parse(&b, (const char *)d, n);
	require(b.nconsole <= BOOT_CONSOLES && b.nparam <= BOOT_PARAMS && b.nfault <= BOOT_FAULTS);
	require(b.ntarget <= PLAN_TARGETS && *b.conf && b.log_level <= 4 && b.mem_debug <= 5);
	require(b.final_action <= ACTION_POWEROFF &&
		b.failure_action <= ACTION_MOUNT_ROOT_RUN_INIT);
	require(b.device_timeout_s <= 86400 && b.save_timeout_s <= 86400);
	for (unsigned i = 0; i < b.nconsole; i++)
		require(b.console[i][0] && !strchr(b.console[i], '/'));
	for (unsigned i = 0; i < b.nparam; i++)
		require(b.param[i].module[0] && b.param[i].text[0]);
	for (unsigned i = 0; i < b.nfault; i++)
		require(b.fault[i].expected[0] && strlen(b.fault[i].word) <= BOOT_READ);
	require(!b.test_id || (*b.test_id && strlen(b.test_id) <= 64));
	check_list(&b.blacklist);
	check_list(&b.preload);
	check_net(&b.net);
	return 0;
}
