/* test_indexer.c: the indexer works index_pending off, come what may. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "backend.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "../../jobs/index.h"
#include "clock.h"
#include "thread.h"

#define SOON_MS 20000

/* An indexer in a thread of its own. */
struct running {
	struct indexer *indexer;
	atomic_bool stop;
	pthread_t thread;
};

static void *
run(void *argument)
{
	struct running *running = argument;

	indexer_run(running->indexer, &running->stop);
	return NULL;
}

static void
start(struct running *running, const struct config *config)
{
	running->stop = false;
	running->indexer = indexer_new(config, NULL);
	thread_start(&running->thread, run, running);
}

/* Stops it, which must not take long. */
static void
stop(struct running *running)
{
	int64_t start_ms = clock_mono_ms();

	running->stop = true;
	indexer_wake(running->indexer);
	pthread_join(running->thread, NULL);
	indexer_free(running->indexer);
	assert_in_range(clock_mono_ms() - start_ms, 0, 2000);
}

/* Messages as the persister stores them. */
static void
store(struct backend *backend, uint64_t from, uint64_t to, uint64_t version)
{
	for (uint64_t number = from; number <= to; number++) {
		struct item item = database_item((struct key){
			backend->application, 1, number }, version,
			(unsigned)number, "a text to be found");
		enum stored stored;

		database_store(backend->db, &item, 1, &stored);
		item_clear(&item);
	}
}

static uint64_t
pending(void)
{
	return database_number("SELECT COUNT(*) FROM index_pending");
}

static void
wait_for_pending(uint64_t wanted)
{
	int64_t deadline = clock_mono_ms() + SOON_MS;

	while (pending() != wanted && clock_mono_ms() < deadline)
		thread_pause(50);
	assert_int_equal(pending(), wanted);
}

static void
wait_until_is(const char *sql, uint64_t wanted)
{
	int64_t deadline = clock_mono_ms() + SOON_MS;

	while (database_number(sql) != wanted && clock_mono_ms() < deadline)
		thread_pause(50);
	assert_int_equal(database_number(sql), wanted);
}

static void
empty_pending(struct backend *backend)
{
	database_run(backend->db, "DELETE FROM index_pending");
}

static void
what_was_stored_is_found_and_struck_off(void **state)
{
	struct backend *backend = *state;
	struct running running;

	empty_pending(backend);
	backend->config.index_batch = 7;
	store(backend, 1, 20, 1);
	start(&running, &backend->config);
	wait_for_pending(0);
	store(backend, 21, 30, 2);
	indexer_wake(running.indexer);
	wait_for_pending(0);
	stop(&running);
	backend_refresh(backend);
	assert_string_equal(backend_find(backend, 1, "found", 3, NULL),
	    "3:30 3:29 3:28 +");
}

static void
an_entry_without_its_message_is_struck_off(void **state)
{
	struct backend *backend = *state;
	struct running running;

	empty_pending(backend);
	store(backend, 1, 3, 1);
	database_run(backend->db, "DELETE FROM messages WHERE number = 2");
	start(&running, &backend->config);
	wait_for_pending(0);
	stop(&running);
}

static void
a_debt_waits_until_the_index_is_back(void **state)
{
	struct backend *backend = *state;
	struct config down = backend->config;
	char nowhere[] = "http://127.0.0.1:1";
	struct running running;

	empty_pending(backend);
	store(backend, 1, 5, 1);
	down.search_url = nowhere;
	start(&running, &down);
	thread_pause(700);
	if (down.search_backend == SEARCH_BACKEND_OPENSEARCH)
		assert_int_equal(pending(), 5);
	stop(&running);
	start(&running, &backend->config);
	wait_for_pending(0);
	stop(&running);
	backend_refresh(backend);
	assert_finds(backend, "found", "3:5 3:4 3:3 3:2 3:1");
}

static void
a_lost_index_is_made_again(void **state)
{
	struct backend *backend = *state;
	struct running running;
	char path[128];

	if (backend->config.search_backend == SEARCH_BACKEND_MYSQL)
		return;
	empty_pending(backend);
	store(backend, 1, 1, 1);
	start(&running, &backend->config);
	wait_for_pending(0);
	snprintf(path, sizeof(path), "/%s-1", backend->config.search_index);
	backend_request(backend, "DELETE", path, NULL, 200);
	store(backend, 2, 3, 1);
	indexer_wake(running.indexer);
	wait_for_pending(0);
	stop(&running);
	backend_refresh(backend);
	assert_finds(backend, "found", "3:3 3:2");
}

static void
what_is_refused_again_and_again_is_never_given_up(void **state)
{
	struct backend *backend = *state;
	struct running running;

	if (backend->config.search_backend == SEARCH_BACKEND_MYSQL)
		return;
	empty_pending(backend);
	store(backend, 1, 1, UINT64_MAX);
	store(backend, 2, 2, 1);
	start(&running, &backend->config);
	wait_for_pending(1);
	stop(&running);
	database_run(backend->db, "UPDATE index_pending SET attempts = 30, "
	    "not_before = UTC_TIMESTAMP(3)");
	start(&running, &backend->config);
	wait_until_is("SELECT attempts FROM index_pending", 31);
	stop(&running);
	assert_true(database_number("SELECT TIMESTAMPDIFF(SECOND, "
	    "UTC_TIMESTAMP(3), not_before) FROM index_pending") > 500);
	backend_refresh(backend);
	assert_finds(backend, "found", "3:2");
	empty_pending(backend);
}

const struct CMUnitTest indexer_tests[] = {
	BACKEND_TEST(what_was_stored_is_found_and_struck_off),
	BACKEND_TEST(an_entry_without_its_message_is_struck_off),
	BACKEND_TEST(a_debt_waits_until_the_index_is_back),
	BACKEND_TEST(a_lost_index_is_made_again),
	BACKEND_TEST(what_is_refused_again_and_again_is_never_given_up),
	NO_MORE_TESTS,
};
