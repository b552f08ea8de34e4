/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: memory of the crashed kernel by virtual address.
 * A source without page tables of its machine still reads the image and the direct map.
 */
#include "filter/kmem.h"

#include "base/vmcoreinfo.h"

#include <errno.h>

/* From segments: a few dozen on most machines, and only where there are no page tables. */
static int find_segment(const struct dump_info *info, uint64_t va, uint64_t *pa, uint64_t *len)
{
	for (unsigned i = 0; i < info->nsegment; i++) {
		const struct segment *g = &info->segment[i];

		if (g->va == UINT64_MAX || g->pa == UINT64_MAX || va < g->va || va - g->va >= g->memlen)
			continue;
		*pa = g->pa + (va - g->va);
		*len = g->memlen - (va - g->va);
		return 0;
	}
	return -EFAULT;
}

int kmem_find(struct source *s, uint64_t va, uint64_t *pa, uint64_t *len)
{
	int rc = s->ops->translate(s, va, pa, len, NULL);

	if (rc < 0 && find_segment(&s->info, va, pa, len) == 0)
		return 0;
	return rc;
}

int kmem_read(struct source *s, uint64_t va, void *buf, size_t n)
{
	uint8_t *to = buf;

	while (n) {
		uint64_t pa, len;
		size_t part;
		int rc = kmem_find(s, va, &pa, &len);

		if (rc < 0)
			return rc;
		part = len < n ? (size_t)len : n;
		rc = s->ops->read_pa(s, pa, to, part, NULL);
		if (rc < 0)
			return rc;
		to += part;
		va += part;
		n -= part;
	}
	return 0;
}

bool kmem_key(const struct source *s, const char *key, uint64_t *ret)
{
	return vmci_u64(s->info.vmcoreinfo, s->info.vmcoreinfo_len, key, ret) == 0;
}

bool kmem_pointer(struct source *s, const char *key, uint64_t *ret)
{
	uint64_t at;

	return kmem_key(s, key, &at) && kmem_read(s, at, ret, sizeof(*ret)) == 0;
}
