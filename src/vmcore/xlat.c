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
#define SHIFT_LARGE 30u   /* the highest level with leaves */
#define FIRST_STEPS 4096u /* entries that are looked at for the first mapping */

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

/* The walk. *SHIFT: which level it ended at; the entry there covers 1 << *SHIFT bytes. */
static int walk(const struct xlat *x, xlat_read read, void *arg, uint64_t va, uint64_t entry[2], unsigned *shift)
{
	uint64_t table = x->top, index;
	bool leaf = false;

	*shift = SHIFT_PTE + 9 * x->levels;
	while (!leaf) {
		int rc;

		*shift -= 9;
		index = va >> *shift & (ENTRIES - 1);
		rc = read(arg, table + index * 8, &entry[1], sizeof(entry[1]));
		if (rc < 0)
			return rc;
		if (!(entry[1] & PRESENT) || (entry[1] & LARGE && *shift > SHIFT_LARGE))
			return -EFAULT;
		leaf = *shift == SHIFT_PTE || entry[1] & LARGE;
		entry[0] = table;
		table = entry[1] & x->mask;
	}
	return 0;
}

int xlat_walk(const struct xlat *x, xlat_read read, void *arg, uint64_t va, uint64_t *pa, uint64_t *len)
{
	uint64_t entry[2], leaf, size; /* the last table, and what is in it */
	unsigned shift;
	int rc;

	if (x->levels == 0)
		return -EOPNOTSUPP;
	if (!canonical(va, x->levels))
		return -EFAULT;
	rc = walk(x, read, arg, va, entry, &shift);
	if (rc < 0)
		return rc;
	size = 1ull << shift;
	leaf = align_down(entry[1] & x->mask, size);
	*pa = leaf | (va & (size - 1));
	*len = size - (va & (size - 1));
	if (shift == SHIFT_PTE)
		*len += run(x, read, arg, entry[0], va >> shift & (ENTRIES - 1), leaf) * 4096ull;
	return 0;
}

int xlat_first(const struct xlat *x, xlat_read read, void *arg, uint64_t *va, uint64_t *pa)
{
	uint64_t at = *va;

	if (x->levels == 0)
		return -EOPNOTSUPP;
	for (unsigned i = 0; i < FIRST_STEPS && at >= *va && canonical(at, x->levels); i++) {
		uint64_t entry[2], size;
		unsigned shift;

		if (walk(x, read, arg, at, entry, &shift) == 0) {
			size = 1ull << shift;
			*va = at;
			*pa = align_down(entry[1] & x->mask, size) | (at & (size - 1));
			return 0;
		}
		at = align_down(at, 1ull << shift) + (1ull << shift);
	}
	return -EFAULT;
}
