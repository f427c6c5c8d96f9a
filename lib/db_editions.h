/* db_editions.h: walking along all messages and texts, to compare them. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DB_EDITIONS_H
#define PARLEY_DB_EDITIONS_H

#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "item.h"

/* The two tables that are keyed by message. */
enum editions_of {
	EDITIONS_OF_MESSAGES,
	EDITIONS_OF_TEXTS,	/* search_texts */
};

/* How many rows there are. Reads through an index: seconds for millions. */
MUST_CHECK enum result db_editions_total(struct db *, enum editions_of,
    uint64_t *total);

/* At most limit rows behind the key `after`, in the order of keys. */
MUST_CHECK enum result db_editions_page(struct db *, enum editions_of,
    const struct key *after, size_t limit, struct edition *out,
    size_t *count);

/* The same of messages, with all of their content; appends to *out. */
MUST_CHECK enum result db_messages_page(struct db *, const struct key *after,
    size_t limit, struct items *out);

/* The versions in search_texts of count keys in order; 0: no row. */
MUST_CHECK enum result db_texts_versions(struct db *,
    const struct edition *wanted, size_t count, uint64_t *versions);

/* Deletes rows of search_texts, each unless its version is higher. */
MUST_CHECK enum result db_texts_remove(struct db *, const struct edition *,
    size_t count);

/* Appends to index_pending, to be indexed. */
MUST_CHECK enum result db_index_append(struct db *, const struct edition *,
    size_t count);

/*
 * The keys from first to last that stand in index_pending, in order; *out is
 * freed by the caller. Reads all of index_pending.
 */
MUST_CHECK enum result db_index_waiting(struct db *, const struct key *first,
    const struct key *last, struct key **out, size_t *count);

#endif
