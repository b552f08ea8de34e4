/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: the machine of a dump.
 * Surer signs come first: keys of vmcoreinfo, the name of the kernel, addresses, the size of registers.
 */
#include "vmcore/machine.h"

#include "base/str.h"
#include "base/vmcoreinfo.h"

#include <elf.h>
#include <string.h>

#define LOONGARCH 258 /* EM_LOONGARCH: newer than musl's elf.h */

static const struct {
	uint16_t machine;
	const char *name;
} names[] = {
	{ EM_X86_64, "x86_64" },
	{ EM_AARCH64, "aarch64" },
	{ EM_PPC64, "ppc64le" },
	{ EM_PPC64, "ppc64" },
	{ EM_S390, "s390x" },
	{ EM_RISCV, "riscv64" },
	{ LOONGARCH, "loongarch64" },
	{ EM_MIPS, "mips64" },
	{ EM_SPARCV9, "sparc64" },
	{ EM_IA_64, "ia64" },
	{ EM_PARISC, "parisc64" },
};

const char *machine_name(uint16_t machine)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].machine == machine)
			return names[i].name;
	return "";
}

uint16_t machine_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i].name, name) == 0)
			return names[i].machine;
	return 0;
}

static uint16_t by_key(const char *text, size_t n)
{
	static const struct {
		uint16_t machine;
		const char *key;
	} keys[] = {
		{ EM_X86_64, "SYMBOL(init_top_pgt)" },
		{ EM_X86_64, "SYMBOL(init_level4_pgt)" },
		{ EM_X86_64, "NUMBER(pgtable_l5_enabled)" },
		{ EM_X86_64, "NUMBER(KERNEL_IMAGE_SIZE)" },
		{ EM_AARCH64, "NUMBER(kimage_voffset)" },
		{ EM_AARCH64, "NUMBER(TCR_EL1_T1SZ)" },
		{ EM_AARCH64, "NUMBER(PHYS_OFFSET)" },
		{ EM_RISCV, "NUMBER(phys_ram_base)" },
		{ EM_RISCV, "NUMBER(va_kernel_pa_offset)" },
		{ EM_RISCV, "NUMBER(KERNEL_LINK_ADDR)" },
		{ EM_PPC64, "SYMBOL(vmemmap_list)" },
		{ EM_PPC64, "SYMBOL(mmu_vmemmap_psize)" },
		{ EM_S390, "SYMBOL(lowcore_ptr)" },
	};
	char value[128];

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (vmci_str(text, n, keys[i].key, value, sizeof(value)) == 0)
			return keys[i].machine;
	return 0;
}

/* Distributions end the name of a kernel with that of the machine: their own, or the kernel's. */
static uint16_t by_release(const char *text, size_t n)
{
	static const struct {
		uint16_t machine;
		const char *word;
	} words[] = {
		{ EM_X86_64, "amd64" },
		{ EM_AARCH64, "arm64" },
		{ EM_PPC64, "powerpc64le" },
		{ EM_PPC64, "powerpc64" },
		{ LOONGARCH, "loong64" },
	};
	char release[128];

	if (vmci_str(text, n, "OSRELEASE", release, sizeof(release)) < 0)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strstr(release, words[i].word))
			return words[i].machine;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strstr(release, names[i].name))
			return names[i].machine;
	return 0;
}

/* Where the kernel is linked: PAGE_OFFSET of ppc64, the cached window of loongarch64. */
static uint16_t by_address(const char *text, size_t n)
{
	uint64_t va;

	if (vmci_u64(text, n, "SYMBOL(_stext)", &va) < 0)
		return 0;
	return va >> 56 == 0xc0 ? EM_PPC64 : va >> 56 == 0x90 ? LOONGARCH
							      : 0;
}

/* sizeof(struct elf_prstatus): 112 bytes, the general registers, 8 bytes (include/linux/elfcore.h). */
static uint16_t by_regs(uint32_t regs)
{
	switch (regs) {
	case 336: return EM_X86_64; /* 27 registers; those of s390x are as many, in the other byte order */
	case 392: return EM_AARCH64;
	case 376: return EM_RISCV;
	case 504: return EM_PPC64;
	case 480: return LOONGARCH;
	default: return 0;
	}
}

uint16_t machine_guess(const char *text, size_t n, uint32_t regs)
{
	uint16_t machine = by_key(text, n);

	machine = machine ? machine : by_release(text, n);
	machine = machine ? machine : by_address(text, n);
	return machine ? machine : by_regs(regs);
}
