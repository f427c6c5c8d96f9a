/* backend.c: the same tests on each search backend that is there. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "backend.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "buffer.h"
#include "memory.h"
#include "search_http.h"
#include "text.h"

#define BATCH 1000

static char index_name[64];

static void
set_index_name(void)
{
	snprintf(index_name, sizeof(index_name), "parley-test-%ld",
	    (long)getpid());
}

int
backend_setup(void **state)
{
	static uint32_t application;
	const enum search_backend *which = *state;
	struct backend *backend = xcalloc(1, sizeof(*backend));

	set_index_name();
	backend->config = *database_config();
	backend->config.search_backend = *which;
	backend->config.search_index = index_name;
	/* Two cores, sanitizers, and a node that has just started. */
	backend->config.search_timeout_ms = 10000;
	backend->db = db_new(&backend->config);
	backend->search = search_new(&backend->config, backend->db);
	backend->application = ++application;
	assert_ok(search_prepare(backend->search));
	*state = backend;
	return 0;
}

int
backend_teardown(void **state)
{
	struct backend *backend = *state;

	search_free(backend->search);
	db_free(backend->db);
	free(backend);
	return 0;
}

static long
request(const struct config *config, const char *method, const char *path,
    const char *body)
{
	struct search_http *http = search_http_new(config);
	struct buffer answer = BUFFER_EMPTY;
	const struct search_http_request req = {
		.method = method, .path = path, .type = SEARCH_HTTP_JSON,
		.body = body, .len = body ? strlen(body) : 0,
		.timeout_ms = 30000,
	};
	long status;

	assert_ok(search_http_send(http, &req, &status, &answer));
	buffer_free(&answer);
	search_http_free(http);
	return status;
}

void
backend_request(struct backend *backend, const char *method,
    const char *path, const char *body, long status)
{
	assert_int_equal(request(&backend->config, method, path, body),
	    status);
}

void
backend_stop(void)
{
	char path[128];

	set_index_name();
	snprintf(path, sizeof(path), "/%s-1", index_name);
	request(database_config(), "DELETE", path, NULL);
	snprintf(path, sizeof(path), "/_index_template/%s", index_name);
	request(database_config(), "DELETE", path, NULL);
}

void
backend_refresh(struct backend *backend)
{
	char path[128];

	if (backend->config.search_backend == SEARCH_BACKEND_MYSQL)
		return;
	snprintf(path, sizeof(path), "/%s/_refresh", index_name);
	backend_request(backend, "POST", path, NULL, 200);
}

/* Stores and indexes sorted items, all of which must go in. */
static void
put(struct backend *backend, const struct item *items, size_t count)
{
	static enum stored stored[BATCH];
	static enum indexed outcome[BATCH];
	static const struct item *pointers[BATCH];

	for (size_t i = 0; i < count; i++)
		pointers[i] = &items[i];
	database_store(backend->db, items, count, stored);
	assert_ok(search_index(backend->search, pointers, count, outcome));
	for (size_t i = 0; i < count; i++)
		assert_int_equal(outcome[i], INDEXED);
}

void
backend_put(struct backend *backend, uint64_t chat, uint64_t number,
    uint64_t version, const char *text)
{
	struct item item = database_item((struct key){ backend->application,
		chat, number }, version, (unsigned)number, text);

	put(backend, &item, 1);
	item_clear(&item);
	backend_refresh(backend);
}

void
backend_fill(struct backend *backend, uint64_t chat, const char *const *texts,
    size_t count)
{
	struct items items = {0};

	for (size_t i = 1; i <= count; i++) {
		*items_add(&items) = database_item((struct key){
		    backend->application, chat, i }, i, (unsigned)i,
		    texts[i - 1]);
		if (items.count == BATCH || i == count) {
			put(backend, items.item, items.count);
			items_clear(&items);
		}
	}
	backend_refresh(backend);
}

const char *
backend_find(struct backend *backend, uint64_t chat, const char *query,
    unsigned limit, struct search_cursor *cursor)
{
	static struct buffer said;
	struct text_terms terms;
	struct search_hits hits;
	struct search_query wanted = {
		.chat = { .application = backend->application, .chat = chat },
		.limit = limit,
	};

	assert_ok(text_terms_read(&terms, query, strlen(query)));
	wanted.terms = terms.term;
	wanted.terms_count = terms.count;
	if (cursor != NULL)
		wanted.after = *cursor;
	assert_ok(search_find(backend->search, &wanted, &hits));
	buffer_reset(&said);
	buffer_str(&said, "");
	for (size_t i = 0; i < hits.items.count; i++) {
		const struct item *item = &hits.items.item[i];

		buffer_printf(&said, "%s%u:%" PRIu64, i > 0 ? " " : "",
		    hits.rank[i], item->key.message);
		if (cursor != NULL)
			*cursor = (struct search_cursor){ hits.rank[i],
				item->key.message };
	}
	if (hits.more)
		buffer_str(&said, " +");
	search_hits_clear(&hits);
	text_terms_clear(&terms);
	return said.data;
}
