/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: why a capture kernel does not load.
 */
#include "check.h"

#include "host/kexec.h"

#include <errno.h>

static void says(int error, const struct kexec_facts *f, const char *word)
{
	char buf[256];

	CHECK(strstr(kexec_explain(buf, sizeof(buf), error, f), word));
}

static void check_reasons(void)
{
	struct kexec_facts f = { .known = true, .reserved = 128 << 20, .lockdown = "none" };

	says(EPERM, &f, "it takes root");
	says(ENOKEY, &f, "does not trust");
	says(EKEYREJECTED, &f, "does not match");
	says(EBADMSG, &f, "damaged");
	says(ENODATA, &f, "no signature");
	says(ENOEXEC, &f, "bzImage");
	says(EBUSY, &f, "another program");
	says(EADDRNOTAVAIL, &f, "too small");
	says(ENOMEM, &f, "free memory");
	says(EINVAL, &f, "refuses it: Invalid argument");
	f.need = f.reserved + 1;
	says(ENOMEM, &f, "too small");
	f.max_line = 2047;
	f.line = 2040;
	says(EINVAL, &f, "too long");
	f.reserved = 0;
	f.line = 100;
	says(EADDRNOTAVAIL, &f, "crashkernel=");
	says(EINVAL, &f, "crashkernel=");
	memcpy(f.lockdown, "integrity", 10);
	says(EPERM, &f, "locked down");
	f.used_up = true;
	says(EPERM, &f, "locked down");
	f.lockdown[0] = '\0';
	says(EPERM, &f, "kexec_load_limit_panic");
	f.used_up = false;
	f.root = true;
	says(EPERM, &f, "most likely the kernel is locked down");
	f.disabled = true;
	says(EPERM, &f, "kexec_load_disabled");
}

static void check_line_max(void)
{
	uint8_t head[0x23c] = { 0 };

	CHECK_INT(kexec_line_max(head, sizeof(head)), 0);
	memcpy(head + 0x202, "HdrS\x0f\x02", 6);
	memcpy(head + 0x238, "\xff\x07\0\0", 4);
	CHECK_INT(kexec_line_max(head, sizeof(head)), 2047);
	CHECK_INT(kexec_line_max(head, sizeof(head) - 1), 0);
	head[0x206] = 5;
	CHECK_INT(kexec_line_max(head, sizeof(head)), 255);
}

int main(void)
{
	check_reasons();
	check_line_max();
	return check_done();
}
