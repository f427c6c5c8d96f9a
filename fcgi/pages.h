/* pages.h: pages of messages as they were answered, to be answered again. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_PAGES_H
#define PARLEY_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "cache.h"
#include "item.h"

/*
 * A page is kept beside what its list had last changed by, and is answered
 * again only when Redis says that this is so still: never a stale one. One
 * cache for each process, which all its threads use.
 */
struct pages;

/* most: bytes of all that is kept, in all; 0: nothing is kept. */
struct pages *pages_new(size_t most);
/* NULL is fine. */
void pages_free(struct pages *);

/* Which page: the whole question. */
struct page_key {
	const char *token;
	uint64_t chat;
	struct range range;
};

struct kept_page {
	struct buffer body;
	struct list_change change;
	uint64_t last;		/* the number that the next one begins behind;
				   0: there is no next one */
};

/*
 * Copies a page, if it is kept and not older than PAGE_MS; body is written to
 * from its beginning, and remains the caller's.
 */
#define PAGE_MS 30000		/* well below CHANGED_S */
bool pages_find(struct pages *, const struct page_key *, struct kept_page *);

/* Keeps a copy; made: clock_mono_ms before anything of it was read. */
void pages_keep(struct pages *, const struct page_key *,
    const struct kept_page *, int64_t made);

#endif
