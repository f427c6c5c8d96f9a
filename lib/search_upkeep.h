/* search_upkeep.h: looking after the search index: comparing, rebuilding. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_SEARCH_UPKEEP_H
#define PARLEY_SEARCH_UPKEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "db_rebuild.h"
#include "item.h"
#include "search.h"

/*
 * A connection to the backend that config.search_backend names, for the
 * operator's tool. db is the caller's; the MySQL backend works in it.
 */
struct upkeep;
struct upkeep *upkeep_new(const struct config *, struct db *);
void upkeep_free(struct upkeep *);

/* What went wrong last, for people, in a line. */
const char *upkeep_error(const struct upkeep *);

/* What the backend is, "opensearch 2.19.0". */
MUST_CHECK enum result upkeep_version(struct upkeep *, char *out,
    size_t size);

/* ---- comparing ---- */

/*
 * The versions that the index has of count messages, sorted by key, as
 * stored, findable yet or not; 0 where it has none.
 */
MUST_CHECK enum result upkeep_versions(struct upkeep *,
    const struct edition *wanted, size_t count, uint64_t *versions);

/*
 * The next page, at most limit, of a walk over all documents that are there
 * when it begins, in no certain order; *count == 0: it is over. The first
 * page of a walk comes after upkeep_new or the end of another.
 */
MUST_CHECK enum result upkeep_walk(struct upkeep *, struct edition *out,
    size_t limit, size_t *count, uint64_t *total);

/* Removes documents, each unless it is newer than said here. */
MUST_CHECK enum result upkeep_remove(struct upkeep *,
    const struct edition *, size_t count);

/*
 * Forgets the versions of what was removed, whoever did that, so that older
 * ones can be indexed again.
 */
MUST_CHECK enum result upkeep_forget(struct upkeep *);

/* ---- rebuilding: doc/architecture.md says why it is right ---- */

/*
 * The alias behind which an index that is being built takes what is new.
 * The indexer writes to it first, then to the alias that is searched.
 */
#define UPKEEP_NEXT "-next"

/*
 * Makes the new index and says in *out what it and the old one are called.
 * MySQL has one table, which is done over in place.
 */
MUST_CHECK enum result upkeep_rebuild_begin(struct upkeep *,
    struct rebuild *out);

/* RESULT_NOT_FOUND: what was begun is not there any more; else *swapped. */
MUST_CHECK enum result upkeep_rebuild_look(struct upkeep *,
    const struct rebuild *, bool *swapped);

/* As search_index, but into the index that is being built. */
MUST_CHECK enum result upkeep_rebuild_index(struct upkeep *,
    const struct item *const *, size_t count, enum indexed *outcome);

/* From one moment to the next, the new index is the one searched. */
MUST_CHECK enum result upkeep_rebuild_swap(struct upkeep *,
    const struct rebuild *);

/* Removes an index that is not searched; that it is gone is RESULT_OK. */
MUST_CHECK enum result upkeep_rebuild_remove(struct upkeep *,
    const char *index);

#endif
