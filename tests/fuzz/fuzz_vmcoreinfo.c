/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: look-ups in vmcoreinfo.
 * Any text: a value inside the buffer or an error that leaves the output alone. The first line is
 * the key.
 */
#include "base/vmcoreinfo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

static void look_up(const char *text, size_t len, const char *key)
{
	char value[24] = "untouched";
	uint64_t number = 0x5a5a;
	int rc = vmci_str(text, len, key, value, sizeof(value));

	if (rc == 0 ? strnlen(value, sizeof(value)) == sizeof(value)
		    : strcmp(value, "untouched") != 0)
		abort();
	rc = vmci_u64(text, len, key, &number);
	if (rc < 0 && number != 0x5a5a)
		abort();
	if (rc != 0 && rc != -ENOENT && rc != -EINVAL && rc != -ERANGE)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	static const char *const keys[] = {
		"OSRELEASE", "PAGESIZE", "SYMBOL(prb)", "KERNELOFFSET", "NUMBER(phys_base)",
		"SIZE(printk_info)", ""
	};
	/* An exact copy without NUL: reading past the end is seen. */
	char *text = malloc(n ? n : 1), key[64] = "";
	const uint8_t *eol = memchr(d, '\n', n);
	size_t first = eol ? (size_t)(eol - d) : n;

	if (!text)
		return 0;
	memcpy(text, d, n);
	memcpy(key, d, first < sizeof(key) - 1 ? first : sizeof(key) - 1);
	look_up(text, n, key);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		look_up(text, n, keys[i]);
	free(text);
	return 0;
}
