/* db_items.h: reading chats and messages that are stored. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DB_ITEMS_H
#define PARLEY_DB_ITEMS_H

#include <stdbool.h>

#include "db.h"
#include "item.h"

/*
 * Chats and messages by primary key, at most ITEMS_MOST, in one round trip
 * for each kind; some may be the same. Sorts the pointers. On RESULT_OK the
 * caller clears those that were found, else none was.
 */
#define ITEMS_MOST 16
struct wanted {
	struct key key;
	bool found;		/* out */
	struct item item;	/* out, if found */
};
MUST_CHECK enum result db_items_get(struct db *, struct wanted **,
    size_t count);

/* One by primary key. RESULT_NOT_FOUND; the caller clears *out on OK. */
MUST_CHECK enum result db_item_get(struct db *, const struct key *,
    struct item *out);

/*
 * Lists, at most LISTS_MOST, in one round trip for each kind and order. Each
 * is of an application's chats (chat 0) or of one chat's messages, in its
 * range's order, at most range.limit, appended to *items: also those of a
 * list that is not whole because it failed. An empty list is RESULT_OK.
 */
#define LISTS_MOST 8
struct wanted_list {
	uint32_t application;
	uint64_t chat;
	struct range range;
	struct items *items;
};
MUST_CHECK enum result db_item_lists(struct db *,
    struct wanted_list *const *, size_t count);

/*
 * The stored version of each of count keys, 0 where there is no row, in one
 * round trip for each kind. For the sweeper and the tests of freshness.
 */
MUST_CHECK enum result db_item_versions(struct db *, const struct key *,
    size_t count, uint64_t *versions);

#endif
