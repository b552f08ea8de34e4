/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: kernel virtual to physical addresses by what vmcoreinfo tells, without page tables.
 * A wrong guess is caught by the reader of the log: what it reads there makes no sense.
 */
#include "vmcore/kva.h"

#include "base/vmcoreinfo.h"

#include <elf.h>

/* arch/x86/include/asm/page_64_types.h (Linux 6.1; the last one up to 4.19) */
#define X86_IMAGE       0xffffffff80000000ull /* __START_KERNEL_map */
#define X86_DIRECT_5    0xff11000000000000ull
#define X86_DIRECT_4    0xffff888000000000ull
#define X86_DIRECT_OLD  0xffff880000000000ull
#define PPC64_LINEAR    0xc000000000000000ull
#define EM_LOONGARCH_64 258          /* newer than musl's elf.h */
#define X86_DIRECT_SPAN (1ull << 46) /* the direct map of 4-level paging is 64 TiB */

static bool key(const struct dump_info *info, const char *name, uint64_t *ret)
{
	return vmci_u64(info->vmcoreinfo, info->vmcoreinfo_len, name, ret) == 0;
}

static bool x86_64(const struct dump_info *info, uint64_t va, uint64_t *ret)
{
	uint64_t phys_base, shift, level5, unused, base = X86_DIRECT_4;

	if (va >= X86_IMAGE) {
		/* Kernels that do not tell moved image and map alike: phys_base is 0. */
		if (!key(info, "NUMBER(phys_base)", &phys_base))
			phys_base = 0;
		*ret = va - X86_IMAGE + phys_base;
		return true;
	}
	if (key(info, "KERNELOFFSET", &shift) && shift)
		return false;
	if (key(info, "NUMBER(pgtable_l5_enabled)", &level5) && level5)
		base = X86_DIRECT_5;
	else if (va < X86_DIRECT_4 && !key(info, "SYMBOL(prb)", &unused))
		base = X86_DIRECT_OLD;
	if (va < base || (base != X86_DIRECT_5 && va - base >= X86_DIRECT_SPAN))
		return false;
	*ret = va - base;
	return true;
}

/* arch/arm64/include/asm/memory.h: since 5.4 the linear map is the lower half of the addresses. */
static bool aarch64(const struct dump_info *info, uint64_t va, uint64_t *ret)
{
	uint64_t bits, voffset, phys, unused;
	bool upper, linear_low;

	if (!key(info, "NUMBER(VA_BITS)", &bits) || bits < 36 || bits > 52)
		return false;
	upper = va >> (bits - 1) & 1;
	linear_low =
		key(info, "SYMBOL(prb)", &unused) || key(info, "NUMBER(TCR_EL1_T1SZ)", &unused);
	if (upper == linear_low) {
		if (!key(info, "NUMBER(kimage_voffset)", &voffset))
			return false;
		*ret = va - voffset;
		return true;
	}
	if (!key(info, "NUMBER(PHYS_OFFSET)", &phys))
		return false;
	*ret = (va & ((1ull << (bits - 1)) - 1)) + phys;
	return true;
}

/* arch/powerpc/include/asm/page.h: the image lies in the linear map. */
static bool ppc64(uint64_t va, uint64_t *ret)
{
	*ret = va - PPC64_LINEAR;
	return va >> 56 == PPC64_LINEAR >> 56 && *ret < 1ull << 51;
}

/* arch/loongarch/include/asm/addrspace.h: windows that are mapped one to one, cached and not. */
static bool loongarch64(uint64_t va, uint64_t *ret)
{
	*ret = va & ((1ull << 48) - 1);
	return va >> 60 == 8 || va >> 60 == 9;
}

/* arch/riscv/kernel/vmcore_info.c: since 6.4 it tells where the image lies; the linear map begins with the memory. */
static bool riscv64(const struct dump_info *info, uint64_t va, uint64_t *ret)
{
	uint64_t link, offset, page, ram;

	if (key(info, "NUMBER(KERNEL_LINK_ADDR)", &link) && va >= link) {
		if (!key(info, "NUMBER(va_kernel_pa_offset)", &offset))
			return false;
		*ret = va - offset;
		return true;
	}
	if (!key(info, "NUMBER(PAGE_OFFSET)", &page) || !key(info, "NUMBER(phys_ram_base)", &ram) || va < page)
		return false;
	*ret = va - page + ram;
	return true;
}

bool kva_to_pa(const struct dump_info *info, uint64_t va, uint64_t *ret)
{
	switch (info->machine) {
	case EM_X86_64: return x86_64(info, va, ret);
	case EM_AARCH64: return aarch64(info, va, ret);
	case EM_PPC64: return ppc64(va, ret);
	case EM_RISCV: return riscv64(info, va, ret);
	case EM_LOONGARCH_64: return loongarch64(va, ret);
	default: return false;
	}
}
