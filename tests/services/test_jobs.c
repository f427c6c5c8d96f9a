/* test_jobs.c: broker and persister against RabbitMQ, database and Redis. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../jobs/index.h"
#include "../../jobs/persist.h"
#include "../../jobs/retry.h"
#include "../db/database.h"
#include "broker.h"
#include "buffer.h"
#include "cache_internal.h"
#include "clock.h"
#include "db_lives.h"
#include "event.h"
#include "ident.h"
#include "memory.h"
#include "thread.h"

#define SKIP 77
#define WAIT_MS 15000
#define TOO_LONG 70000		/* for the column: the database refuses it */

static struct config config;
static atomic_bool stop;

/* ---- helpers ---- */

static void
empty_queue(const char *queue)
{
	struct broker *broker = broker_new(&config);
	struct delivery delivery;

	assert_int_equal(broker_consume(broker, queue, 100), RESULT_OK);
	while (broker_next(broker, 300, &delivery) == RESULT_OK) {
		assert_int_equal(broker_ack(broker, delivery.tag), RESULT_OK);
		delivery_clear(&delivery);
	}
	broker_free(broker);
}

static uint32_t
depth(struct broker *broker, const char *queue)
{
	uint32_t messages = 0, consumers = 0;

	assert_int_equal(broker_depth(broker, queue, &messages, &consumers),
	    RESULT_OK);
	return messages;
}

static int
setup(void **state)
{
	empty_queue(BROKER_WRITES);
	empty_queue(BROKER_RETRY);
	empty_queue(BROKER_DEAD);
	return database_setup(state);
}

static void *
persist_thread(void *persister)
{
	persister_run(persister, &stop);
	return NULL;
}

static void *
retry_thread(void *retrier)
{
	retrier_run(retrier, &stop);
	return NULL;
}

/* What parley-jobs does, but for indexing; retrier is NULL if not wanted. */
struct jobs {
	struct indexer *indexer;
	struct persister *persister;
	struct retrier *retrier;
	pthread_t persisting, retrying;
};

static void
jobs_start(struct jobs *jobs, const struct config *with, bool retries)
{
	jobs->indexer = indexer_new(with, NULL);
	jobs->persister = persister_new(with, jobs->indexer, NULL);
	jobs->retrier = retries ? retrier_new(with, jobs->indexer,
	    NULL) : NULL;
	stop = false;
	thread_start(&jobs->persisting, persist_thread, jobs->persister);
	if (retries)
		thread_start(&jobs->retrying, retry_thread, jobs->retrier);
}

/* Each finishes what it has in hand: stores, puts aside, acks. */
static void
jobs_stop(struct jobs *jobs)
{
	stop = true;
	pthread_join(jobs->persisting, NULL);
	if (jobs->retrier != NULL)
		pthread_join(jobs->retrying, NULL);
	persister_free(jobs->persister);
	retrier_free(jobs->retrier);
	indexer_free(jobs->indexer);
}

/* Waits until the database says so; returns how long that took, ms. */
static int64_t
await_number(const char *sql, uint64_t expected)
{
	int64_t begun = clock_mono_ms();

	while (database_number(sql) != expected &&
	    clock_mono_ms() < begun + WAIT_MS)
		thread_pause(10);
	assert_int_equal(database_number(sql), expected);
	return clock_mono_ms() - begun;
}

/* The same for how many of a queue nobody has taken. */
static int64_t
await_depth(const char *queue, uint32_t expected)
{
	struct broker *broker = broker_new(&config);
	int64_t begun = clock_mono_ms();

	while (depth(broker, queue) != expected &&
	    clock_mono_ms() < begun + WAIT_MS)
		thread_pause(20);
	assert_int_equal(depth(broker, queue), expected);
	broker_free(broker);
	return clock_mono_ms() - begun;
}

/* Runs the jobs until the database says so. */
static void
persist_until(const char *sql, uint64_t expected)
{
	struct jobs jobs;

	jobs_start(&jobs, &config, false);
	await_number(sql, expected);
	jobs_stop(&jobs);
}

static void
publish(struct buffer *lines)
{
	struct broker *broker = broker_new(&config);

	assert_int_equal(broker_publish(broker, BROKER_KEY_WRITE, lines->data,
	    lines->len, NULL), RESULT_OK);
	broker_free(broker);
	buffer_free(lines);
}

/* Appends an event about message `number` of chat 1 of application 1. */
static void
add(struct buffer *out, uint64_t number, uint64_t version, const char *origin,
    const char *text)
{
	struct event event = { .type = EVENT_MESSAGE };
	struct buffer tail = BUFFER_EMPTY;

	ident_uuid4(event.id);
	if (origin != NULL)
		memcpy(event.item.origin, origin, IDENT_SIZE);
	else
		memcpy(event.item.origin, event.id, IDENT_SIZE);
	event.item.key = (struct key){ 1, 1, number };
	event.item.text = xstrdup(text);
	event_tail(&tail, &event);
	event_line(out, tail.data, &event.item.key, version);
	buffer_free(&tail);
	event_clear(&event);
}

/* The same with an Idempotency-Key: one event, however often it is added. */
static void
add_with_key(struct buffer *out, uint64_t number, uint64_t version,
    const char *origin, const char *key)
{
	struct event event = { .type = EVENT_MESSAGE };
	struct buffer tail = BUFFER_EMPTY;

	snprintf(event.id, sizeof(event.id),
	    "%08x-0000-4000-8000-000000000000", (unsigned)version);
	memcpy(event.item.origin, origin != NULL ? origin : event.id,
	    IDENT_SIZE);
	memcpy(event.key, key, IDENT_SIZE);
	memcpy(event.print, key, IDENT_SIZE);
	event.item.key = (struct key){ 1, 1, number };
	event.item.text = xstrdup("keyed");
	event.item.updated_at = clock_wall_ms();
	event_tail(&tail, &event);
	event_line(out, tail.data, &event.item.key, version);
	buffer_free(&tail);
	event_clear(&event);
}

static void
add_too_long(struct buffer *out, uint64_t number, uint64_t version,
    const char *origin)
{
	char *text = xcalloc(TOO_LONG + 1, 1);

	memset(text, 'x', TOO_LONG);
	add(out, number, version, origin, text);
	free(text);
}

/* Takes the only message of a queue; to be cleared. */
static struct delivery
take_only(const char *queue)
{
	struct broker *broker = broker_new(&config);
	struct delivery delivery, more;

	assert_int_equal(broker_consume(broker, queue, 10), RESULT_OK);
	assert_int_equal(broker_next(broker, WAIT_MS, &delivery), RESULT_OK);
	assert_int_equal(broker_next(broker, 300, &more), RESULT_NOT_FOUND);
	assert_int_equal(broker_ack(broker, delivery.tag), RESULT_OK);
	broker_free(broker);
	return delivery;
}

static void
assert_header(const struct delivery *delivery, const char *name,
    const char *value)
{
	const char *found = delivery_header(delivery, name);

	assert_non_null(found);
	assert_string_equal(found, value);
}

static void
assert_empty(const char *queue)
{
	struct broker *broker = broker_new(&config);

	assert_int_equal(depth(broker, queue), 0);
	broker_free(broker);
}

static void
assert_nothing_left(void)
{
	assert_empty(BROKER_WRITES);
	assert_empty(BROKER_RETRY);
	assert_empty(BROKER_DEAD);
}

/* Makes the database refuse such bodies, or not any longer. */
#define POISON "poison"
static void
refuse_poison(struct db *db, bool refuse)
{
	database_run(db, refuse ? "ALTER TABLE messages ADD CONSTRAINT poison "
	    "CHECK (body NOT LIKE '" POISON "%')" :
	    "ALTER TABLE messages DROP CONSTRAINT IF EXISTS poison");
}

static int
poison_setup(void **state)
{
	if (setup(state) != 0)
		return -1;
	refuse_poison(*state, true);
	return 0;
}

static int
poison_teardown(void **state)
{
	refuse_poison(*state, false);
	return database_teardown(state);
}

/* ---- the broker ---- */

static void
a_message_for_no_queue_is_refused(void **state)
{
	struct broker *broker = broker_new(&config);

	(void)state;
	assert_int_equal(broker_publish(broker, "nowhere", "x", 1, NULL),
	    RESULT_REFUSED);
	assert_false(broker_connected(broker));
	assert_int_equal(broker_publish(broker, BROKER_KEY_DEAD, "x", 1, NULL),
	    RESULT_OK);
	assert_int_equal(depth(broker, BROKER_DEAD), 1);
	broker_free(broker);
}

static void
what_is_returned_comes_again_and_is_counted(void **state)
{
	struct broker *broker = broker_new(&config);
	struct delivery delivery;
	struct buffer big = BUFFER_EMPTY;

	(void)state;
	while (big.len < 3000000)	/* of many frames */
		buffer_printf(&big, "%zu ", big.len);
	assert_int_equal(broker_publish(broker, BROKER_KEY_DEAD, big.data,
	    big.len, NULL), RESULT_OK);
	assert_int_equal(broker_consume(broker, BROKER_DEAD, 10), RESULT_OK);
	for (unsigned earlier = 0; earlier < 3; earlier++) {
		assert_int_equal(broker_next(broker, WAIT_MS, &delivery),
		    RESULT_OK);
		assert_int_equal(delivery.deliveries, earlier);
		assert_int_equal(delivery.redelivered, earlier > 0);
		assert_int_equal(delivery.len, big.len);
		assert_memory_equal(delivery.body, big.data, big.len);
		assert_int_equal(broker_return(broker, delivery.tag),
		    RESULT_OK);
		delivery_clear(&delivery);
	}
	broker_free(broker);
	buffer_free(&big);
}

static void
nobody_listening_is_nothing_sent(void **state)
{
	struct config wrong = config;
	char url[] = "amqp://guest:guest@127.0.0.1:1/%2f";

	(void)state;
	wrong.amqp_url = url;
	struct broker *broker = broker_new(&wrong);
	assert_int_equal(broker_publish(broker, BROKER_KEY_DEAD, "x", 1, NULL),
	    RESULT_UNAVAILABLE);
	broker_free(broker);
}

/* ---- the persister ---- */

static void
the_newest_version_is_stored_and_the_marker_passed(void **state)
{
	struct event marker = { .type = EVENT_MARKER, .epoch = 1 };
	struct event probe = { .type = EVENT_PROBE };
	struct buffer lines = BUFFER_EMPTY;
	char origin[IDENT_SIZE];
	bool passed;

	ident_uuid4(origin);
	assert_int_equal(db_epoch_raise(*state, 0, "life", 1), RESULT_OK);
	add(&lines, 1, 10, origin, "first");
	event_control_line(&lines, &probe);
	add(&lines, 1, 12, origin, "third");
	add(&lines, 1, 11, origin, "second");
	event_control_line(&lines, &marker);
	add(&lines, 2, 13, NULL, "other");
	publish(&lines);
	persist_until("SELECT COUNT(*) FROM messages", 2);
	assert_int_equal(database_number("SELECT COUNT(*) FROM messages WHERE "
	    "number = 1 AND version = 12 AND body = 'third'"), 1);
	assert_int_equal(database_number("SELECT COUNT(*) FROM "
	    "index_pending"), 2);
	assert_int_equal(db_epoch_passed(*state, 1, &passed), RESULT_OK);
	assert_true(passed);
	assert_nothing_left();
}

static void
a_line_that_is_no_event_is_parked_alone(void **state)
{
	struct buffer lines = BUFFER_EMPTY;

	(void)state;
	add(&lines, 1, 10, NULL, "before");
	buffer_str(&lines, "{\"v\":99,\"type\":\"message\"}\n");
	add(&lines, 2, 11, NULL, "after");
	publish(&lines);
	persist_until("SELECT COUNT(*) FROM messages", 2);
	struct delivery dead = take_only(BROKER_DEAD);
	assert_string_equal(dead.body, "{\"v\":99,\"type\":\"message\"}");
	assert_header(&dead, "x-parley-count", "1");
	assert_non_null(delivery_header(&dead, "x-parley-reason"));
	assert_non_null(delivery_header(&dead, "x-parley-time"));
	delivery_clear(&dead);
	assert_nothing_left();
}

static void
under_a_refused_version_an_earlier_one_is_stored(void **state)
{
	struct buffer lines = BUFFER_EMPTY;
	char origin[IDENT_SIZE];

	(void)state;
	ident_uuid4(origin);
	for (unsigned i = 1; i <= 20; i++)
		add(&lines, i, i, i == 7 ? origin : NULL, "good");
	add_too_long(&lines, 7, 1000, origin);
	for (unsigned i = 21; i <= 40; i++)
		add(&lines, i, i, NULL, "good");
	publish(&lines);
	persist_until("SELECT COUNT(*) FROM messages WHERE body = 'good'", 40);
	struct delivery later = take_only(BROKER_RETRY);
	assert_non_null(strstr(later.body, "\"version\":1000"));
	assert_header(&later, "x-parley-count", "1");
	delivery_clear(&later);
	assert_nothing_left();
}

static void
a_clash_is_parked_and_the_first_one_stays(void **state)
{
	struct buffer lines = BUFFER_EMPTY;

	(void)state;
	add(&lines, 1, 10, NULL, "first");
	add(&lines, 1, 11, NULL, "second");
	add(&lines, 2, 12, NULL, "other");
	publish(&lines);
	persist_until("SELECT COUNT(*) FROM messages", 2);
	assert_int_equal(database_number("SELECT COUNT(*) FROM messages WHERE "
	    "number = 1 AND body = 'first'"), 1);
	struct delivery dead = take_only(BROKER_DEAD);
	assert_non_null(strstr(dead.body, "second"));
	delivery_clear(&dead);
	assert_nothing_left();
}

/* ---- Idempotency-Keys ---- */

#define KEY_A "aaaaaaaa-0000-8000-8000-000000000000"
#define KEY_B "bbbbbbbb-0000-8000-8000-000000000000"
#define KEY_C "cccccccc-0000-8000-8000-000000000000"
#define ORIGIN_10 "0000000a-0000-4000-8000-000000000000"
#define KEYS "SELECT COUNT(*) FROM idempotency_keys"

static void
the_keys_of_all_versions_are_written_down_once(void **state)
{
	struct buffer lines = BUFFER_EMPTY;

	(void)state;
	for (uint64_t round = 1; round <= 2; round++) {
		add_with_key(&lines, 1, 10, NULL, KEY_A);
		add_with_key(&lines, 1, 11, ORIGIN_10, KEY_B);
		add_with_key(&lines, 1, 10, NULL, KEY_A);
		add_with_key(&lines, 1, 12, ORIGIN_10, KEY_C);
		add(&lines, 1 + round, 20 + round, NULL, "last");
		publish(&lines);
		persist_until("SELECT COUNT(*) FROM messages", 1 + round);
	}
	assert_int_equal(database_number(KEYS " WHERE chat_number = 1 AND "
	    "number = 1"), 3);
	assert_int_equal(database_number("SELECT COUNT(*) FROM messages "
	    "WHERE version = 12"), 1);
	assert_nothing_left();
}

static void
another_event_with_the_same_key_is_parked_and_not_stored(void **state)
{
	struct buffer lines = BUFFER_EMPTY;

	(void)state;
	add_with_key(&lines, 1, 10, NULL, KEY_A);
	add_with_key(&lines, 2, 11, NULL, KEY_A);
	add(&lines, 3, 12, NULL, "other");
	publish(&lines);
	persist_until("SELECT COUNT(*) FROM messages", 2);
	assert_int_equal(database_number("SELECT COUNT(*) FROM messages "
	    "WHERE number = 2"), 0);
	assert_int_equal(database_number(KEYS " WHERE number = 1"), 1);
	struct delivery dead = take_only(BROKER_DEAD);
	assert_header(&dead, "x-parley-reason",
	    "its Idempotency-Key is another event's");
	assert_non_null(strstr(dead.body, "\"number\":2"));
	delivery_clear(&dead);
	assert_nothing_left();
}

static void
of_what_is_not_stored_no_key_is_written_down(void **state)
{
	struct buffer lines = BUFFER_EMPTY;

	(void)state;
	add(&lines, 1, 9, NULL, "first");
	add_with_key(&lines, 1, 10, NULL, KEY_A);
	add_with_key(&lines, 2, 11, NULL, KEY_B);
	publish(&lines);
	persist_until("SELECT COUNT(*) FROM messages", 2);
	assert_int_equal(database_number(KEYS), 1);
	assert_int_equal(database_number(KEYS " WHERE number = 2"), 1);
	struct delivery dead = take_only(BROKER_DEAD);
	assert_non_null(strstr(dead.body, KEY_A));
	delivery_clear(&dead);
	assert_nothing_left();
}

static void
a_key_that_is_over_is_deleted_and_may_come_anew(void **state)
{
	struct buffer lines = BUFFER_EMPTY;

	(void)state;
	add_with_key(&lines, 1, 10, NULL, KEY_A);
	add_with_key(&lines, 2, 11, NULL, KEY_B);
	publish(&lines);
	persist_until(KEYS, 2);
	database_run(*state, "UPDATE idempotency_keys SET updated_at = "
	    "updated_at - INTERVAL 25 HOUR");
	add_with_key(&lines, 3, 12, NULL, KEY_A);
	publish(&lines);
	persist_until(KEYS " WHERE number = 3", 1);
	persist_until(KEYS, 1);
	assert_nothing_left();
}

/* ---- deliveries that come again and again ---- */

/* Takes all there is, as many as the prefetch allows, and is gone. */
static void
take_and_die(uint16_t prefetch)
{
	struct broker *broker = broker_new(&config);
	struct delivery delivery;

	assert_int_equal(broker_consume(broker, BROKER_WRITES, prefetch),
	    RESULT_OK);
	while (broker_next(broker, 300, &delivery) == RESULT_OK)
		delivery_clear(&delivery);
	broker_free(broker);
}

static void
what_was_lost_four_times_is_stored_and_nothing_parked(void **state)
{
	(void)state;
	for (unsigned group = 0; group < 20; group++) {
		struct buffer lines = BUFFER_EMPTY;

		for (unsigned i = 1; i <= 10; i++)
			add(&lines, group * 10 + i, i, NULL, "good");
		publish(&lines);
	}
	for (unsigned death = 0; death < 4; death++)
		take_and_die(64);
	persist_until("SELECT COUNT(*) FROM messages", 200);
	assert_int_equal(database_number("SELECT COUNT(*) FROM "
	    "index_pending"), 200);
	assert_nothing_left();
}

static void
redis_is_asked(struct cache *cache, const char *a, const char *b)
{
	assert_int_equal(cache_begin(cache, COMMAND), RESULT_OK);
	cache_arg_string(cache, a);
	if (b != NULL)
		cache_arg_string(cache, b);
	assert_int_equal(cache_run(cache), RESULT_OK);
}

/* As many batches as deliveries, one at a time or many under way. */
static void
work_off(unsigned deliveries, int prefetch)
{
	struct config small = config;
	struct jobs jobs;

	small.jobs_batch_events = 10;
	small.jobs_prefetch = prefetch;
	for (unsigned group = 0; group < deliveries; group++) {
		struct buffer lines = BUFFER_EMPTY;

		for (unsigned i = 1; i <= 10; i++)
			add(&lines, group * 10 + i, i, NULL, "good");
		publish(&lines);
	}
	jobs_start(&jobs, &small, false);
	await_number("SELECT COUNT(*) FROM messages", deliveries * 10);
	jobs_stop(&jobs);
}

static void
all_of_a_backlog_is_told_to_redis_and_acked(void **state)
{
	static const int prefetch[] = { 1, 64 };
	struct cache *cache = cache_new(&config);

	for (size_t i = 0; i < 2; i++) {
		redis_is_asked(cache, "FLUSHDB", NULL);
		database_run(*state, "DELETE FROM messages");
		work_off(20, prefetch[i]);
		assert_nothing_left();
		redis_is_asked(cache, "KEYS", "p:v:1:1:*");
		assert_int_equal(cache_answers(cache), 200);
	}
	cache_free(cache);
}

static void
of_a_hopeless_delivery_what_is_stored_is_not_parked(void **state)
{
	struct buffer first = BUFFER_EMPTY, group = BUFFER_EMPTY;

	(void)state;
	add(&first, 1, 10, NULL, "stored");
	buffer_add(&group, first.data, first.len);
	publish(&first);
	persist_until("SELECT COUNT(*) FROM messages", 1);
	add(&group, 2, 11, NULL, "the one to blame");
	publish(&group);
	for (unsigned death = 0; death < 6; death++)
		take_and_die(64);
	struct buffer other = BUFFER_EMPTY;
	add(&other, 3, 12, NULL, "innocent");
	publish(&other);
	persist_until("SELECT COUNT(*) FROM messages WHERE number = 3", 1);
	struct delivery dead = take_only(BROKER_DEAD);
	assert_non_null(strstr(dead.body, "to blame"));
	assert_header(&dead, "x-parley-count", "7");
	delivery_clear(&dead);
	assert_int_equal(database_number("SELECT COUNT(*) FROM messages"), 2);
	assert_nothing_left();
}

static void
one_death_brings_only_the_first_delivery_into_suspicion(void **state)
{
	struct jobs jobs;
	struct delivery delivery;
	struct config wrong = config;
	char nowhere[] = "/nonexistent";

	(void)state;
	for (unsigned i = 1; i <= 5; i++) {
		struct buffer lines = BUFFER_EMPTY;

		add(&lines, i, i, NULL, "good");
		publish(&lines);
	}
	wrong.db_socket = nowhere;
	jobs_start(&jobs, &wrong, false);
	await_depth(BROKER_WRITES, 4);	/* took one, and cannot store it */
	jobs_stop(&jobs);
	await_depth(BROKER_WRITES, 5);
	struct broker *broker = broker_new(&config);
	assert_int_equal(broker_consume(broker, BROKER_WRITES, 10), RESULT_OK);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(broker_next(broker, WAIT_MS, &delivery),
		    RESULT_OK);
		assert_int_equal(delivery.deliveries, i == 0);
		delivery_clear(&delivery);
	}
	broker_free(broker);
}

/* ---- what the database refuses ---- */

static void
a_refused_event_delays_nobody_and_is_parked_at_last(void **state)
{
	struct buffer lines = BUFFER_EMPTY, first = BUFFER_EMPTY;
	struct config with = config;
	struct jobs jobs;

	(void)state;
	with.jobs_retries = 2;		/* after 1 s and 2 s */
	for (unsigned i = 1; i <= 1000; i++)
		add(&lines, i, i, NULL, i == 500 ? POISON : "good");
	jobs_start(&jobs, &with, true);
	add(&first, 1001, 1, NULL, "connecting is not what is timed");
	publish(&first);
	await_number("SELECT COUNT(*) FROM messages", 1);
	publish(&lines);
	int64_t took = await_number("SELECT COUNT(*) FROM messages", 1000);
	print_message("# 999 neighbours of a poison event stored after %d "
	    "ms\n", (int)took);
	assert_true(took < 1000);
	took = await_depth(BROKER_DEAD, 1);
	print_message("# parked after %d ms\n", (int)took);
	assert_true(took > 2500);
	jobs_stop(&jobs);
	struct delivery dead = take_only(BROKER_DEAD);
	assert_non_null(strstr(dead.body, "\"number\":500"));
	assert_header(&dead, "x-parley-count", "3");
	assert_non_null(strstr(delivery_header(&dead, "x-parley-reason"),
	    "refused by the database"));
	assert_non_null(delivery_header(&dead, "x-parley-time"));
	delivery_clear(&dead);
	assert_int_equal(database_number("SELECT COUNT(*) FROM messages"),
	    1000);
	assert_nothing_left();
}

static void
a_refused_event_is_stored_once_that_is_mended(void **state)
{
	struct buffer lines = BUFFER_EMPTY;
	struct jobs jobs;

	add(&lines, 1, 1, NULL, POISON);
	add(&lines, 2, 2, NULL, "good");
	publish(&lines);
	jobs_start(&jobs, &config, true);
	await_number("SELECT COUNT(*) FROM messages", 1);
	refuse_poison(*state, false);
	await_number("SELECT COUNT(*) FROM messages", 2);
	jobs_stop(&jobs);
	assert_int_equal(database_number("SELECT COUNT(*) FROM "
	    "index_pending"), 2);
	assert_int_equal(database_number("SELECT marks FROM "
	    "count_pending"), 2);
	assert_nothing_left();
}

static void
a_retried_event_never_covers_a_newer_one(void **state)
{
	struct buffer old = BUFFER_EMPTY, newer = BUFFER_EMPTY;
	char origin[IDENT_SIZE];
	struct jobs jobs;

	ident_uuid4(origin);
	add(&old, 1, 10, origin, POISON);
	add(&old, 2, 11, NULL, POISON);		/* its turn comes after */
	publish(&old);
	add(&newer, 1, 12, origin, "newer");
	publish(&newer);
	persist_until("SELECT COUNT(*) FROM messages", 1);
	await_depth(BROKER_RETRY, 2);
	refuse_poison(*state, false);
	jobs_start(&jobs, &config, true);
	await_number("SELECT COUNT(*) FROM messages", 2);
	jobs_stop(&jobs);
	assert_int_equal(database_number("SELECT COUNT(*) FROM messages WHERE "
	    "version = 12 AND body = 'newer'"), 1);
	assert_int_equal(database_number("SELECT COUNT(*) FROM "
	    "index_pending"), 2);
	assert_nothing_left();
}

static void
while_the_database_is_down_no_try_is_counted(void **state)
{
	struct buffer lines = BUFFER_EMPTY;
	struct config wrong = config;
	char nowhere[] = "/nonexistent";
	struct jobs jobs;

	(void)state;
	add(&lines, 1, 1, NULL, POISON);
	add(&lines, 2, 2, NULL, "good");
	publish(&lines);
	persist_until("SELECT COUNT(*) FROM messages", 1);
	await_depth(BROKER_RETRY, 1);
	wrong.db_socket = nowhere;
	jobs_start(&jobs, &wrong, true);
	await_depth(BROKER_RETRY, 0);	/* it is taken */
	await_depth(BROKER_RETRY, 1);	/* and given back */
	jobs_stop(&jobs);
	assert_empty(BROKER_DEAD);
	struct delivery later = take_only(BROKER_RETRY);
	assert_header(&later, "x-parley-count", "1");
	assert_int_equal(later.deliveries, 1);
	delivery_clear(&later);
}

/* What a trigger says is refused as well, with retries or without. */
static void
without_retries_it_is_parked_at_once(void **state)
{
	struct buffer lines = BUFFER_EMPTY;
	struct config with = config;
	struct jobs jobs;

	refuse_poison(*state, false);
	database_run(*state, "CREATE TRIGGER poison BEFORE INSERT ON messages "
	    "FOR EACH ROW IF NEW.body = '" POISON "' THEN SIGNAL SQLSTATE "
	    "'45000'; END IF");
	with.jobs_retries = 0;
	add(&lines, 1, 1, NULL, POISON);
	add(&lines, 2, 2, NULL, "good");
	publish(&lines);
	jobs_start(&jobs, &with, true);
	await_number("SELECT COUNT(*) FROM messages", 1);
	await_depth(BROKER_DEAD, 1);
	jobs_stop(&jobs);
	database_run(*state, "DROP TRIGGER poison");
	assert_empty(BROKER_RETRY);
	empty_queue(BROKER_DEAD);
	assert_nothing_left();
}

#define POISON_TEST(name) cmocka_unit_test_setup_teardown(name, \
	poison_setup, poison_teardown)
#define QUEUE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, \
	database_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		QUEUE_TEST(a_message_for_no_queue_is_refused),
		QUEUE_TEST(what_is_returned_comes_again_and_is_counted),
		QUEUE_TEST(nobody_listening_is_nothing_sent),
		QUEUE_TEST(the_newest_version_is_stored_and_the_marker_passed),
		QUEUE_TEST(a_line_that_is_no_event_is_parked_alone),
		QUEUE_TEST(under_a_refused_version_an_earlier_one_is_stored),
		QUEUE_TEST(a_clash_is_parked_and_the_first_one_stays),
		QUEUE_TEST(the_keys_of_all_versions_are_written_down_once),
		QUEUE_TEST(
		    another_event_with_the_same_key_is_parked_and_not_stored),
		QUEUE_TEST(of_what_is_not_stored_no_key_is_written_down),
		QUEUE_TEST(a_key_that_is_over_is_deleted_and_may_come_anew),
		QUEUE_TEST(
		    what_was_lost_four_times_is_stored_and_nothing_parked),
		QUEUE_TEST(all_of_a_backlog_is_told_to_redis_and_acked),
		QUEUE_TEST(of_a_hopeless_delivery_what_is_stored_is_not_parked),
		QUEUE_TEST(
		    one_death_brings_only_the_first_delivery_into_suspicion),
		POISON_TEST(
		    a_refused_event_delays_nobody_and_is_parked_at_last),
		POISON_TEST(a_refused_event_is_stored_once_that_is_mended),
		POISON_TEST(a_retried_event_never_covers_a_newer_one),
		POISON_TEST(while_the_database_is_down_no_try_is_counted),
		POISON_TEST(without_retries_it_is_parked_at_once),
	};
	char *url = getenv("PARLEY_AMQP");
	int failed;

	/* It empties the queues, so it must be told of a broker that may. */
	if (url == NULL || getenv("EMPTY_QUEUES") == NULL) {
		puts("1..0 # SKIP no PARLEY_AMQP with EMPTY_QUEUES=1");
		return SKIP;
	}
	if ((failed = database_start()) != 0)
		return failed;
	config = *database_config();
	config.amqp_url = url;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	database_stop();
	return failed;
}
