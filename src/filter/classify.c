/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: from the words of struct page to a class.
 * The words are a snapshot of a machine that was running: an order counts only when the block is aligned, ends
 * inside the range, and the pages that can be seen agree. A poisoned page of a block that no level keeps is
 * counted with the block: it is not read anyway.
 */
#include "filter/classify.h"

#include "base/bytes.h"

#include <string.h>

/* Inlined with constant offsets for the layout that nearly every kernel has. */
#define INLINE static inline __attribute__((always_inline))

/* x86_64, arm64, ppc64, s390x, riscv64 with 64 bytes: include/linux/mm_types.h, Linux 4.18 to 7.1 */
static const struct page_at common = {
	.size = 64, .flags = 0, .head = 8, .mapping = 24, .private = 40, .mapcount = 48
};

#define ALL_ONES UINT64_MAX /* PAGE_POISON_PATTERN: a struct page that was never set up */

static uint8_t typed(const struct page_layout *l, uint32_t word)
{
	if (page_is(word, l->buddy))
		return PAGE_FREE;
	if (page_is(word, l->offline))
		return PAGE_OFFLINE;
	if (page_is(word, l->hugetlb))
		return PAGE_HUGETLB;
	if (page_is(word, l->unaccepted))
		return PAGE_UNACCEPTED;
	return page_is(word, l->table) ? PAGE_TABLE : PAGE_KERNEL;
}

/*
 * A page that is no tail, by its own words. Slab pages come first: they lay other fields over mapping (6.2) and
 * once did over _mapcount. A typed page is never judged by mapping or PG_lru.
 */
INLINE uint8_t own_class(const struct page_layout *l, uint64_t flags, uint64_t mapping, uint32_t word)
{
	if (flags & l->slab || page_is(word, l->slabs))
		return PAGE_SLAB;
	if ((int32_t)word < -1)
		return typed(l, word);
	/* KSM pages have bit 1 too; bit 1 alone is a movable page of a driver. */
	if ((mapping & l->anon) == l->anon)
		return PAGE_USER;
	/* Bit 10 or so means other things too: in the swap cache are only pages that swap backs. */
	if (flags & l->lru || (flags & l->swapcache && (!l->swapbacked || flags & l->swapbacked)))
		return flags & l->private ? PAGE_CACHE_PRIVATE : PAGE_CACHE;
	return flags & l->reserved ? PAGE_BOOT : PAGE_KERNEL;
}

/* The order by page 1, at SECOND. */
static unsigned compound_order(const struct page_layout *l, const uint8_t *second)
{
	switch (l->order) {
	case ORDER_BYTE: return second[l->order_at];
	case ORDER_HALF: return get_u16(second + l->order_at);
	case ORDER_FLAGS: return (unsigned)(get_u64(second + l->at.flags) & 0xff);
	default: return 0;
	}
}

static bool is_huge(const struct page_layout *l, const uint8_t *head, const uint8_t *second)
{
	switch (l->huge) {
	case HUGE_BYTE: return second[l->huge_at] == l->huge_value;
	case HUGE_HALF: return get_u16(second + l->huge_at) == l->huge_value;
	case HUGE_FLAGS: return get_u64(second + l->at.flags) & l->huge_value;
	case HUGE_TYPE: return page_is(get_u32(head + l->at.mapcount), l->hugetlb);
	default: return false;
	}
}

/*
 * The order of the compound page at I, 0 when it is not to be trusted. All its tails name the same head, so the
 * last one (or the last that can be seen) says what the first one says.
 */
static unsigned order_checked(const struct piece *q, unsigned i)
{
	const struct page_layout *l = q->layout;
	const uint8_t *head = q->at + (size_t)i * l->at.size, *second = head + l->at.size;
	uint64_t pfn = q->pfn + i, tail, n;
	unsigned order;

	if (l->at.head == PAGE_NO_FIELD || q->n - i < 2)
		return 0;
	tail = get_u64(second + l->at.head);
	order = compound_order(l, second);
	if (!(tail & 1) || order == 0 || order > PAGE_ORDER_MAX)
		return 0;
	n = 1ull << order;
	if (pfn & (n - 1) || n > q->end - pfn)
		return 0;
	if (n > q->n - i)
		n = q->n - i;
	else if (n < q->n - i && get_u64(head + n * l->at.size + l->at.head) == tail)
		return 0;
	return get_u64(head + (n - 1) * l->at.size + l->at.head) == tail ? order : 0;
}

static void carry_start(struct piece *q, unsigned i, unsigned order, uint8_t class)
{
	q->carry.until = q->pfn + i + (1ull << order);
	q->carry.class = class;
	q->carry.look = q->layout->hwpoison && q->look >> class & 1;
}

/* A head page: its class is that of all its pages. */
static uint8_t compound(struct piece *q, unsigned i, uint8_t class)
{
	const struct page_layout *l = q->layout;
	const uint8_t *head = q->at + (size_t)i * l->at.size;
	unsigned order = order_checked(q, i);

	/* Free pages are not compound, and a head without its tails cannot be judged. */
	if (!order || class == PAGE_FREE || class == PAGE_UNACCEPTED) {
		q->distrusted++;
		return PAGE_UNKNOWN;
	}
	if (is_huge(l, head, head + l->at.size)) {
		class = PAGE_HUGETLB;
		/* Which of its pages is the bad one is on a list elsewhere: read none. */
		if (get_u64(head + l->at.flags) & l->hwpoison)
			class = PAGE_HWPOISON;
	} else if (class == PAGE_HUGETLB) {
		class = PAGE_KERNEL;
	}
	carry_start(q, i, order, class);
	return class;
}

/* The first page of a free block, or of one that the guest has not accepted from its host yet. */
static uint8_t free_block(struct piece *q, unsigned i, uint8_t class)
{
	const struct page_layout *l = q->layout;
	uint64_t pfn = q->pfn + i, order = l->free_orders ? l->free_orders - 1 : 0;

	if (class == PAGE_FREE && l->at.private != PAGE_NO_FIELD)
		order = get_u64(q->at + (size_t)i * l->at.size + l->at.private);
	if (order >= l->free_orders || pfn & ((1ull << order) - 1) || 1ull << order > q->end - pfn) {
		q->distrusted++;
		return PAGE_UNKNOWN;
	}
	carry_start(q, i, (unsigned)order, class);
	return class;
}

INLINE uint8_t one(struct piece *q, unsigned i, const struct page_at at)
{
	const struct page_layout *l = q->layout;
	const uint8_t *p = q->at + (size_t)i * at.size;
	uint64_t flags = get_u64(p + at.flags);
	uint8_t class;

	if (flags == ALL_ONES)
		return PAGE_UNKNOWN;
	/* A tail whose head was not believed, or not seen. */
	if (at.head != PAGE_NO_FIELD && get_u64(p + at.head) & 1)
		return flags & l->hwpoison ? PAGE_HWPOISON : PAGE_UNKNOWN;
	class = own_class(l, flags, at.mapping == PAGE_NO_FIELD ? 0 : get_u64(p + at.mapping),
			  get_u32(p + at.mapcount));
	if (flags & l->compound)
		class = compound(q, i, class);
	else if (class == PAGE_FREE || class == PAGE_UNACCEPTED)
		class = free_block(q, i, class);
	else if (class == PAGE_HUGETLB)
		class = PAGE_UNKNOWN; /* always compound */
	return flags & l->hwpoison ? PAGE_HWPOISON : class;
}

/* N pages of a block that goes on, from I on. */
INLINE void rest(struct piece *q, unsigned i, unsigned n, const struct page_at at)
{
	const uint8_t *p = q->at + (size_t)i * at.size + at.flags;
	uint64_t hwpoison = q->layout->hwpoison;

	if (!q->carry.look) {
		memset(q->class + i, q->carry.class, n);
		return;
	}
	for (; n; n--, i++, p += at.size) {
		uint64_t flags = get_u64(p);

		q->class[i] = flags & hwpoison && flags != ALL_ONES ? PAGE_HWPOISON : q->carry.class;
	}
}

INLINE void all(struct piece *q, const struct page_at at)
{
	for (unsigned i = 0; i < q->n;) {
		uint64_t pfn = q->pfn + i;
		unsigned n = q->n - i;

		if (pfn >= q->carry.until) {
			q->class[i] = one(q, i, at);
			i++;
			continue;
		}
		n = q->carry.until - pfn < n ? (unsigned)(q->carry.until - pfn) : n;
		rest(q, i, n, at);
		i += n;
	}
}

int classify(void *piece)
{
	struct piece *q = piece;

	if (memcmp(&q->layout->at, &common, sizeof(common)) == 0)
		all(q, common);
	else
		all(q, q->layout->at);
	return 0;
}
