/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: kernel virtual to physical addresses by the crashed kernel's page tables.
 * At most five reads of entries and one of the rest of the last table, whatever the entries say.
 */
#include "vmcore/xlat.h"

#include "base/bytes.h"
#include "base/str.h"
#include "base/vmcoreinfo.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>

#define X86_IMAGE   0xffffffff80000000ull /* __START_KERNEL_map */
#define ENTRIES     512u
#define ADDRESS     0x000ffffffffff000ull /* bits 12 to 51 */
#define PRESENT     1u
#define LARGE       0x80u /* _PAGE_PSE, at the levels of 2 MiB and 1 GiB */
#define SHIFT_PTE   12u
#define SHIFT_LARGE 30u /* the highest level with leaves */

void xlat_find(const struct dump_info *info, struct xlat *ret)
{
	static const char *const top[] = { "SYMBOL(init_top_pgt)", "SYMBOL(init_level4_pgt)",
					   "SYMBOL(swapper_pg_dir)" };
	const char *text = info->vmcoreinfo;
	size_t n = info->vmcoreinfo_len;
	uint64_t v = 0;

	*ret = (struct xlat){ .mask = ADDRESS };
	if (info->machine != EM_X86_64)
		return;
	for (unsigned i = 0; i < ARRAY_LEN(top) && v < X86_IMAGE; i++)
		if (vmci_u64(text, n, top[i], &v) < 0)
			v = 0;
	if (v < X86_IMAGE)
		return;
	ret->top = (v - X86_IMAGE + info->phys_base) & ADDRESS;
	ret->levels = vmci_u64(text, n, "NUMBER(pgtable_l5_enabled)", &v) == 0 && v ? 5 : 4;
	if (vmci_u64(text, n, "NUMBER(sme_mask)", &v) == 0)
		ret->mask &= ~v;
}

/* The bits above those that are translated repeat the highest one of these. */
static bool canonical(uint64_t va, unsigned levels)
{
	unsigned bits = SHIFT_PTE + 9 * levels;
	uint64_t high = va >> (bits - 1);

	return high == 0 || high == UINT64_MAX >> (bits - 1);
}

/* How many of the 4 KiB leaves behind entry INDEX of TABLE, which is for ADDR, go on where that ends. */
static unsigned run(const struct xlat *x, xlat_read read, void *arg, uint64_t table, uint64_t index,
		    uint64_t addr)
{
	uint64_t entry[ENTRIES];
	unsigned n = (unsigned)(ENTRIES - 1 - index), i;

	if (n == 0 || read(arg, table + (index + 1) * 8, entry, n * sizeof(entry[0])) < 0)
		return 0;
	for (i = 0; i < n; i++)
		if (!(entry[i] & PRESENT) || (entry[i] & x->mask) != addr + (i + 1ull) * 4096)
			break;
	return i;
}

int xlat_walk(const struct xlat *x, xlat_read read, void *arg, uint64_t va, uint64_t *pa, uint64_t *len)
{
	uint64_t table = x->top, entry = 0, index = 0, size;
	unsigned shift = SHIFT_PTE + 9 * x->levels;
	bool leaf = false;

	if (x->levels == 0)
		return -EOPNOTSUPP;
	if (!canonical(va, x->levels))
		return -EFAULT;
	while (!leaf) {
		int rc;

		shift -= 9;
		index = va >> shift & (ENTRIES - 1);
		rc = read(arg, table + index * 8, &entry, sizeof(entry));
		if (rc < 0)
			return rc;
		if (!(entry & PRESENT) || (entry & LARGE && shift > SHIFT_LARGE))
			return -EFAULT;
		leaf = shift == SHIFT_PTE || entry & LARGE;
		if (!leaf)
			table = entry & x->mask;
	}
	size = 1ull << shift;
	entry = align_down(entry & x->mask, size);
	*pa = entry | (va & (size - 1));
	*len = size - (va & (size - 1));
	if (shift == SHIFT_PTE)
		*len += run(x, read, arg, table, index, entry) * 4096ull;
	return 0;
}
