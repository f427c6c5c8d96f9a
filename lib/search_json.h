/* search_json.h: what is said to OpenSearch, and what it answers. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_SEARCH_JSON_H
#define PARLEY_SEARCH_JSON_H

#include <stdint.h>

#include "buffer.h"
#include "search.h"

/*
 * A document is one message, its fields those of conf/opensearch/index.json:
 *   chat     "<application>:<chat>": what a search is confined to
 *   number   the message's; hits are sorted by it
 *   body, created_at, updated_at   what a hit shows
 *   folded   text_fold of the body, indexed as all its pairs of code points
 *            and, in folded.points, as single ones: a longer term is found
 *            as a phrase of overlapping pairs: exactly that substring
 *   words    text_words of it: whole words
 * Its _id is "<application>:<chat>:<number>", its external version the
 * message's, and it is routed by its chat.
 */

/* External versions are signed 64-bit integers. */
#define SEARCH_VERSION_MOST ((uint64_t)INT64_MAX)

/* Appends the two lines of _bulk that store a message. */
void search_json_document(struct buffer *, const struct item *);

/*
 * Appends the body of _search: limit + 1 hits, so that it shows whether
 * more follow. The score of a hit is its rank - 1.
 */
void search_json_query(struct buffer *, const struct search_query *);

/* Appends the body of PUT /_index_template/<alias>. */
void search_json_template(struct buffer *, const char *alias);

/* Appends what makes <alias>-1 the index behind the alias: when it is made,
 * and when it is there already (POST /_aliases). */
void search_json_first_index(struct buffer *, const char *alias);
void search_json_add_alias(struct buffer *, const char *alias);

/*
 * Reads the answer to a query. RESULT_INVALID for anything but whole hits
 * of this chat; *out then holds what the caller clears all the same.
 */
MUST_CHECK enum result search_json_hits(const char *answer, size_t len,
    const struct search_query *, struct search_hits *out);

/* What a failure is called and why, without quoted content; always set. */
#define SEARCH_REASON_SIZE 256
struct search_reason {
	char type[64];
	char text[SEARCH_REASON_SIZE];
};

/* Reads the error of any answer; empty strings if it tells none. */
void search_json_reason(const char *answer, size_t len,
    struct search_reason *);

/*
 * Reads the answer to _bulk of count documents. RESULT_NOT_FOUND: there is
 * no index; RESULT_INVALID: not such an answer. first is the reason of the
 * first document that is not in.
 */
MUST_CHECK enum result search_json_outcomes(const char *answer, size_t len,
    size_t count, enum indexed *outcome, struct search_reason *first);

/*
 * Whether every index in the answer to GET /<alias>/_mapping was made for
 * documents of this form (_meta.parley_format of the template).
 */
MUST_CHECK enum result search_json_check_mapping(const char *answer,
    size_t len);

#endif
