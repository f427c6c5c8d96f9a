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
#include "../db/database.h"
#include "broker.h"
#include "buffer.h"
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
static volatile sig_atomic_t stop;

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
	empty_queue(BROKER_DEAD);
	return database_setup(state);
}

static void *
persist_thread(void *persister)
{
	persister_run(persister, &stop);
	return NULL;
}

/* Runs a persister until the database says so. */
static void
persist_until(const char *sql, uint64_t expected)
{
	struct indexer *indexer = indexer_new(&config);
	struct persister *persister = persister_new(&config, indexer);
	int64_t end = clock_mono_ms() + WAIT_MS;
	pthread_t thread;

	stop = 0;
	thread_start(&thread, persist_thread, persister);
	while (database_number(sql) != expected && clock_mono_ms() < end)
		thread_pause(20);
	stop = 1;
	pthread_join(thread, NULL);	/* finishes its batch, parks, acks */
	persister_free(persister);
	indexer_free(indexer);
	assert_int_equal(database_number(sql), expected);
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

static void
add_too_long(struct buffer *out, uint64_t number, uint64_t version,
    const char *origin)
{
	char *text = xcalloc(TOO_LONG + 1, 1);

	memset(text, 'x', TOO_LONG);
	add(out, number, version, origin, text);
	free(text);
}

/* The only dead letter there is, as a string for free(3). */
static char *
take_dead_letter(void)
{
	struct broker *broker = broker_new(&config);
	struct delivery delivery, more;
	char *body;

	assert_int_equal(broker_consume(broker, BROKER_DEAD, 10), RESULT_OK);
	assert_int_equal(broker_next(broker, WAIT_MS, &delivery), RESULT_OK);
	assert_int_equal(broker_next(broker, 300, &more), RESULT_NOT_FOUND);
	assert_int_equal(broker_ack(broker, delivery.tag), RESULT_OK);
	body = delivery.body;
	delivery.body = NULL;
	delivery_clear(&delivery);
	broker_free(broker);
	return body;
}

static void
assert_nothing_left(void)
{
	struct broker *broker = broker_new(&config);

	assert_int_equal(depth(broker, BROKER_WRITES), 0);
	broker_free(broker);
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
	char *dead = take_dead_letter();
	assert_string_equal(dead, "{\"v\":99,\"type\":\"message\"}");
	free(dead);
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
	char *dead = take_dead_letter();
	assert_non_null(strstr(dead, "\"version\":1000"));
	free(dead);
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
	char *dead = take_dead_letter();
	assert_non_null(strstr(dead, "second"));
	free(dead);
	assert_nothing_left();
}

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
