/* search_upkeep_opensearch_internal.h: requests to the node. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_SEARCH_UPKEEP_OPENSEARCH_INTERNAL_H
#define PARLEY_SEARCH_UPKEEP_OPENSEARCH_INTERNAL_H

#include <jansson.h>

#include "buffer.h"
#include "search_http.h"
#include "search_upkeep_internal.h"

struct opensearch {
	struct upkeep upkeep;	/* first */
	struct search_http *http;
	struct config next_config;	/* as ours, but for search_index */
	char *next_alias;
	struct search *next;	/* to what is being built */
	struct buffer path, body, answer;
	json_t *json;		/* the last answer, NULL if it is none */
	char *scroll;		/* of the walk that is under way */
};

/*
 * Begins a request of before, name (which gets escaped) and after; its body,
 * if there is to be one, is then put into os->body.
 */
void opensearch_path(struct opensearch *, const char *before,
    const char *name, const char *after);

/* Makes the value, which is given away, the body. */
void opensearch_body(struct opensearch *, json_t *);

/* Sends a request that must be answered with 200; os->json is the answer. */
MUST_CHECK enum result opensearch_demand(struct opensearch *,
    const char *method);

/* The methods that are in other files. */
enum result opensearch_versions(struct upkeep *, const struct edition *,
    size_t count, uint64_t *versions);
enum result opensearch_walk(struct upkeep *, struct edition *, size_t limit,
    size_t *count, uint64_t *total);
enum result opensearch_remove(struct upkeep *, const struct edition *,
    size_t count);
enum result opensearch_forget(struct upkeep *);
enum result opensearch_begin(struct upkeep *, struct rebuild *);
enum result opensearch_look(struct upkeep *, const struct rebuild *,
    bool *swapped);
enum result opensearch_index(struct upkeep *, const struct item *const *,
    size_t count, enum indexed *);
enum result opensearch_swap(struct upkeep *, const struct rebuild *);
enum result opensearch_remove_index(struct upkeep *, const char *index);

#endif
