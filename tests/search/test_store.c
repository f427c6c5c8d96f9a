/* test_store.c: what goes into the index, and what when there is none. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "backend.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buffer.h"
#include "clock.h"

static bool
is_mysql(const struct backend *backend)
{
	return backend->config.search_backend == SEARCH_BACKEND_MYSQL;
}

static void
the_newest_version_is_what_is_found(void **state)
{
	backend_put(*state, 1, 1, 5, "first");
	backend_put(*state, 1, 1, 7, "second");
	assert_finds(*state, "first", "");
	assert_finds(*state, "second", "3:1");
	backend_put(*state, 1, 1, 6, "between");
	backend_put(*state, 1, 1, 7, "again");
	assert_finds(*state, "between", "");
	assert_finds(*state, "again", "");
	assert_finds(*state, "second", "3:1");
}

static void
a_message_may_stand_twice_in_a_batch(void **state)
{
	struct backend *backend = *state;
	struct item items[] = {
		database_item((struct key){ backend->application, 1, 2 }, 4,
		    1, "new"),
		database_item((struct key){ backend->application, 1, 1 }, 3,
		    2, "other"),
		database_item((struct key){ backend->application, 1, 2 }, 4,
		    1, "new"),
	};
	const struct item *pointers[] = { &items[0], &items[1], &items[2] };
	enum indexed outcome[3];

	backend_put(backend, 1, 1, 3, "other");
	backend_put(backend, 1, 2, 1, "old");
	assert_ok(search_index(backend->search, pointers, 3, outcome));
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(outcome[i], INDEXED);
		item_clear(&items[i]);
	}
	backend_refresh(backend);
	assert_finds(backend, "e", "2:2 2:1");
}

static void
a_hit_is_the_message_itself(void **state)
{
	struct backend *backend = *state;
	char term[] = "ever";
	char *terms[] = { term };
	const struct search_query query = {
		.chat = { backend->application, 1, 0 }, .terms = terms,
		.terms_count = 1, .limit = 1,
	};
	const uint64_t version = (7ULL << VERSION_EPOCH_SHIFT) + 3;
	const char text[] = "Whatever \"it\" is:\n\té 😀 \\ /";
	struct search_hits hits;

	backend_put(backend, 1, 4000000000000, version, text);
	assert_ok(search_find(backend->search, &query, &hits));
	assert_int_equal(hits.items.count, 1);
	assert_false(hits.more);
	assert_int_equal(hits.items.item[0].key.application,
	    backend->application);
	assert_int_equal(hits.items.item[0].key.chat, 1);
	assert_int_equal(hits.items.item[0].key.message, 4000000000000);
	assert_int_equal(hits.items.item[0].version, version);
	assert_int_equal(hits.items.item[0].created_at, 1700000000123);
	assert_int_equal(hits.items.item[0].updated_at, 1700000000123);
	assert_string_equal(hits.items.item[0].text, text);
	search_hits_clear(&hits);
}

static void
a_version_that_does_not_fit_is_refused(void **state)
{
	struct backend *backend = *state;
	struct item items[] = {
		database_item((struct key){ backend->application, 1, 1 }, 3,
		    1, "good"),
		database_item((struct key){ backend->application, 1, 2 },
		    UINT64_MAX, 1, "bad"),
		database_item((struct key){ backend->application, 1, 3 }, 4,
		    1, "good too"),
	};
	const struct item *pointers[] = { &items[0], &items[1], &items[2] };
	enum indexed outcome[3];

	assert_ok(search_index(backend->search, pointers, 3, outcome));
	assert_int_equal(outcome[0], INDEXED);
	assert_int_equal(outcome[1], is_mysql(backend) ? INDEXED :
	    INDEX_REFUSED);
	assert_int_equal(outcome[2], INDEXED);
	for (size_t i = 0; i < 3; i++)
		item_clear(&items[i]);
}

/* ---- preparing ---- */

static void
preparing_twice_changes_nothing(void **state)
{
	struct backend *backend = *state;

	backend_put(backend, 1, 1, 1, "still here");
	assert_ok(search_prepare(backend->search));
	assert_ok(search_prepare(backend->search));
	assert_ok(search_ping(backend->search));
	assert_finds(backend, "still", "3:1");
}

static void *
prepare(void *argument)
{
	struct backend *backend = argument;
	struct search *search = search_new(&backend->config, backend->db);

	assert_ok(search_prepare(search));
	search_free(search);
	return NULL;
}

static void
remove_index(struct backend *backend)
{
	char path[128];

	snprintf(path, sizeof(path), "/%s-1", backend->config.search_index);
	backend_request(backend, "DELETE", path, NULL, 200);
}

static void
a_missing_index_is_said_and_made_by_two_at_once(void **state)
{
	struct backend *backend = *state;
	struct item item = database_item((struct key){ backend->application,
		1, 1 }, 1, 1, "text");
	const struct item *pointer = &item;
	char *term = item.text;
	const struct search_query query = { .chat = item.key, .terms = &term,
		.terms_count = 1, .limit = 1 };
	enum indexed outcome;
	struct search_hits hits;
	pthread_t threads[4];

	if (!is_mysql(backend)) {
		remove_index(backend);
		assert_int_equal(search_index(backend->search, &pointer, 1,
		    &outcome), RESULT_NOT_FOUND);
		assert_int_equal(outcome, INDEX_LATER);
		assert_int_equal(search_find(backend->search, &query, &hits),
		    RESULT_UNAVAILABLE);
		assert_int_equal(search_ping(backend->search),
		    RESULT_UNAVAILABLE);
		for (size_t i = 0; i < 4; i++)
			pthread_create(&threads[i], NULL, prepare, backend);
		for (size_t i = 0; i < 4; i++)
			pthread_join(threads[i], NULL);
	}
	item_clear(&item);
	backend_put(backend, 1, 1, 1, "text");
	assert_finds(backend, "text", "3:1");
}

static void
an_index_of_another_form_is_not_used(void **state)
{
	struct backend *backend = *state;
	char path[128];
	struct buffer body = BUFFER_EMPTY;

	if (is_mysql(backend))
		return;
	remove_index(backend);
	snprintf(path, sizeof(path), "/other-%s",
	    backend->config.search_index);
	buffer_printf(&body, "{\"aliases\":{\"%s\":{}}}",
	    backend->config.search_index);
	backend_request(backend, "PUT", path, body.data, 200);
	buffer_free(&body);
	assert_int_equal(search_prepare(backend->search),
	    RESULT_UNAVAILABLE);
	backend_request(backend, "DELETE", path, NULL, 200);
	assert_ok(search_prepare(backend->search));
}

/* ---- down, or slow ---- */

/* A socket on loopback that listens and never answers; its URL in url. */
static int
silent_socket(char *url, size_t size)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(fd, 5), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len),
	    0);
	snprintf(url, size, "http://127.0.0.1:%d", ntohs(address.sin_port));
	return fd;
}

/* Searches there and says how long the refusal took. */
static int64_t
refusal_ms(const struct backend *backend, char *url)
{
	struct config config = backend->config;
	char term[] = "x";
	char *terms[] = { term };
	const struct search_query query = {
		.chat = { backend->application, 1, 0 }, .terms = terms,
		.terms_count = 1, .limit = 1,
	};
	int64_t start = clock_mono_ms();
	struct search *search;
	struct search_hits hits;

	config.search_url = url;
	config.search_timeout_ms = 300;
	search = search_new(&config, backend->db);
	assert_int_equal(search_find(search, &query, &hits),
	    RESULT_UNAVAILABLE);
	search_free(search);
	return clock_mono_ms() - start;
}

static void
a_node_that_is_down_or_silent_is_a_quick_answer(void **state)
{
	struct backend *backend = *state;
	char url[64];
	int fd;

	if (is_mysql(backend))
		return;
	fd = silent_socket(url, sizeof(url));
	assert_in_range(refusal_ms(backend, url), 290, 1000);
	close(fd);
	assert_in_range(refusal_ms(backend, url), 0, 290);
}

const struct CMUnitTest store_tests[] = {
	BACKEND_TEST(the_newest_version_is_what_is_found),
	BACKEND_TEST(a_message_may_stand_twice_in_a_batch),
	BACKEND_TEST(a_hit_is_the_message_itself),
	BACKEND_TEST(a_version_that_does_not_fit_is_refused),
	BACKEND_TEST(preparing_twice_changes_nothing),
	BACKEND_TEST(a_missing_index_is_said_and_made_by_two_at_once),
	BACKEND_TEST(an_index_of_another_form_is_not_used),
	BACKEND_TEST(a_node_that_is_down_or_silent_is_a_quick_answer),
	NO_MORE_TESTS,
};
