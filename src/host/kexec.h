/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the capture kernel into its reserved memory.
 * kexec_file_load(2) alone; what it refuses is explained in one sentence.
 */
#ifndef HOST_KEXEC_H
#define HOST_KEXEC_H

#include "host/host.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEXEC_CORE_WORD 30 /* elfcorehdr=0x… that the kernel adds to the line: MAX_ELFCOREHDR_STR_LEN */

/* What decides why a load fails. */
struct kexec_facts {
	bool known;            /* the kernel has /sys/kernel/kexec_crash_size: CONFIG_CRASH_DUMP, CONFIG_KEXEC_CORE */
	bool disabled;         /* kernel.kexec_load_disabled is 1 */
	bool used_up;          /* kernel.kexec_load_limit_panic is 0; Linux 6.3 */
	bool root;             /* who asks is */
	char lockdown[24];     /* "none", "integrity", "confidentiality"; "" when it cannot be seen */
	uint64_t reserved;     /* bytes behind crashkernel= */
	uint64_t need;         /* bytes that kernel and image take at least; 0: not known */
	size_t line, max_line; /* bytes of the command line, and what the kernel image takes; 0: not known */
};

void kexec_facts(const struct host *h, struct kexec_facts *ret);

/*
 * Why kexec_file_load gave ERROR (a positive errno) with FACTS, and what to do, into BUF of N bytes.
 * Pure. Errors: kernel/kexec_file.c, arch/x86/kernel/kexec-bzimage64.c, certs/system_keyring.c,
 * crypto/asymmetric_keys/verify_pefile.c, Linux 6.12. Gives BUF.
 */
const char *kexec_explain(char *buf, size_t n, int error, const struct kexec_facts *facts);

/*
 * What the N bytes at the start of a kernel image say that its command line may hold
 * (Documentation/arch/x86/boot.rst, cmdline_size, protocol 2.06): 0 when they are no bzImage.
 */
size_t kexec_line_max(const uint8_t *image, size_t n);

/*
 * How many bytes of a command line the kernel image PATH has room for beside what is added at the load. Where the image
 * does not say it, what most kernels take (COMMAND_LINE_SIZE of x86, arm64, ppc64; Linux 6.12).
 */
size_t kexec_line_room(const struct host *h, const char *path);

/* Whether the kernel image PATH says itself how long a command line it takes. */
bool kexec_line_told(const struct host *h, const char *path);

struct kexec_ask {
	const char *kernel; /* path, without the host's root */
	const char *initrd; /* path or NULL */
	const char *line;   /* command line; the kernel itself adds elfcorehdr= */
};

/*
 * Loads a crash kernel in place of the one that is loaded. When the kernel fails in the middle, no
 * crash kernel may be loaded any more: ask kexec_loaded().
 */
int must_check kexec_load(const struct host *h, const struct kexec_ask *ask, struct err *e);

/* Unloads; nothing loaded is no failure. */
int must_check kexec_unload(struct err *e);

/* Whether a crash kernel is loaded (/sys/kernel/kexec_crash_loaded). */
bool kexec_loaded(const struct host *h);

#endif
