/* db_search.h: the texts that are searched when MySQL itself searches. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DB_SEARCH_H
#define PARLEY_DB_SEARCH_H

#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "item.h"
#include "text.h"

/* A message as it is searched; all borrowed. */
struct search_text {
	const struct key *key;
	uint64_t version;
	const char *folded, *words;	/* of text_fold, text_words */
};

/*
 * Stores texts, sorted by key so that two indexers cannot wait for each
 * other; a row of the same or a higher version stays. Part of the caller's
 * transaction if one is open. RESULT_REFUSED: nothing of this call's texts
 * was stored: try them one by one.
 */
MUST_CHECK enum result db_search_store(struct db *,
    const struct search_text *, size_t count);

/*
 * What is alike to a term: a text that matches the regular expression. Some
 * pairs that must be in it save the time of asking.
 */
#define SEARCH_PAIRS 3
struct search_alike {
	char pair[SEARCH_PAIRS][TEXT_PAIR_SIZE];
	char *expression;
};

/* Which of a chat's texts are wanted. */
struct search_scan {
	struct key chat;
	char *const *terms;	/* folded */
	char *const *words;	/* text_words of each term */
	const struct search_alike *alike;	/* of each term */
	size_t terms_count;
	uint64_t before;	/* numbers below this */
	unsigned rank_least, rank_most;	/* see text_match */
	size_t limit;
};

struct search_found {
	uint64_t number;
	unsigned rank;
};

/*
 * Reads the chat's texts from the highest number down until limit of them
 * are found, and appends these to out, which has room; *count grows.
 */
MUST_CHECK enum result db_search_scan(struct db *,
    const struct search_scan *, struct search_found *out, size_t *count);

/*
 * Reads the messages of sorted keys; out[i] belongs to keys[i] and stays as
 * it is when there is none. The caller clears the items on RESULT_OK.
 */
MUST_CHECK enum result db_search_messages(struct db *,
    const struct key *const *keys, size_t count, struct item *out);

/* RESULT_UNAVAILABLE: there is no such table, or no server. */
MUST_CHECK enum result db_search_check(struct db *);

#endif
