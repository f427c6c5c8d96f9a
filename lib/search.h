/* search.h: finding messages by parts of words; two backends. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_SEARCH_H
#define PARLEY_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"
#include "db.h"
#include "item.h"
#include "result.h"
#include "trace.h"

/*
 * What matches, on either backend: text and query are folded by text_fold;
 * the query falls into terms at white space, and text_match says how a text
 * matches them. That is the rank of a hit: first those in which each term is
 * made of whole words (3), then those that hold them as parts (2), last
 * those in which some term is only alike to a word (1); among equals the
 * highest number. Only messages of the one chat. A message becomes findable
 * after the indexer has passed it.
 */
struct search;

/*
 * Opens the backend that config.search_backend names. db is used by the
 * MySQL backend only and is the caller's; one thread at a time.
 */
struct search *search_new(const struct config *, struct db *);
void search_free(struct search *);

/* Where a page goes on: after the hit of this rank and number. 0,0: start. */
struct search_cursor {
	unsigned rank;
	uint64_t number;
};

struct search_hits {
	struct items items;
	unsigned *rank;		/* of each item */
	bool more;		/* further hits follow the last one */
};
void search_hits_clear(struct search_hits *);

/* A search inside one chat: key.application and key.chat. */
struct search_query {
	struct key chat;
	char *const *terms;	/* folded, from text_terms */
	size_t terms_count;
	struct search_cursor after;
	unsigned limit;
	/* Passed on to a backend that is asked over HTTP. */
	const char *request_id;		/* NULL: none */
	const char *tracestate;		/* the same; only with a trace */
	char traceparent[TRACEPARENT_SIZE];	/* "": in no trace */
};

/*
 * RESULT_UNAVAILABLE when the backend is down, late, or has no index yet.
 * The caller clears *out on RESULT_OK.
 */
MUST_CHECK enum result search_find(struct search *,
    const struct search_query *, struct search_hits *out);

/* Makes index, template and alias (or checks the table): safe twice. */
MUST_CHECK enum result search_prepare(struct search *);

enum indexed {
	INDEXED,	/* it is in, or a newer version is */
	INDEX_LATER,	/* not now: overloaded or down; try again */
	INDEX_REFUSED,	/* the backend refuses this document */
};

/*
 * Stores count messages (versions decide; older ones never win) and says in
 * outcome[i] what became of each. On MySQL this is part of the transaction
 * that db is in. RESULT_UNAVAILABLE: none is known to be in;
 * RESULT_NOT_FOUND: so it is, and there is no index: search_prepare.
 */
MUST_CHECK enum result search_index(struct search *, const struct item *const *,
    size_t count, enum indexed *outcome);

/* Whether the backend answers. */
MUST_CHECK enum result search_ping(struct search *);

#endif
