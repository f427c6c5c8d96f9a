/* search.c: finding messages by parts of words: picks the backend. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "search.h"

#include <stdlib.h>

#include "memory.h"
#include "search_backend.h"

struct search {
	const struct search_methods *backend;
	void *state;
};

struct search *
search_new(const struct config *config, struct db *db)
{
	static const struct search_methods *const backends[] = {
		[SEARCH_BACKEND_MYSQL] = &search_mysql,
		[SEARCH_BACKEND_OPENSEARCH] = &search_opensearch,
	};
	struct search *search = xcalloc(1, sizeof(*search));

	search->backend = backends[config->search_backend];
	search->state = search->backend->open(config, db);
	return search;
}

void
search_free(struct search *search)
{
	if (search == NULL)
		return;
	search->backend->close(search->state);
	free(search);
}

struct item *
search_hits_add(struct search_hits *hits, unsigned rank)
{
	hits->rank = xrealloc(hits->rank, hits->items.count + 1,
	    sizeof(hits->rank[0]));
	hits->rank[hits->items.count] = rank;
	return items_add(&hits->items);
}

void
search_hits_clear(struct search_hits *hits)
{
	items_clear(&hits->items);
	free(hits->rank);
	*hits = (struct search_hits){0};
}

enum result
search_find(struct search *search, const struct search_query *query,
    struct search_hits *out)
{
	enum result result;

	*out = (struct search_hits){0};
	result = search->backend->find(search->state, query, out);
	if (result != RESULT_OK)
		search_hits_clear(out);
	return result;
}

enum result
search_prepare(struct search *search)
{
	return search->backend->prepare(search->state);
}

enum result
search_index(struct search *search, const struct item *const *items,
    size_t count, enum indexed *outcome)
{
	for (size_t i = 0; i < count; i++)
		outcome[i] = INDEX_LATER;
	return search->backend->index(search->state, items, count, outcome);
}

enum result
search_ping(struct search *search)
{
	return search->backend->ping(search->state);
}
