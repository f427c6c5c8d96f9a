/* test_batch.c: deliveries become entries, entries become work. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../jobs/batch.h"
#include "buffer.h"
#include "memory.h"

#define FIRST "11111111-1111-4111-8111-111111111111"
#define SECOND "22222222-2222-4222-8222-222222222222"

/* Appends the line of a message whose event is also its origin. */
static void
add_message(struct buffer *out, const char *origin, uint64_t number,
    uint64_t version)
{
	struct event event = { .type = EVENT_MESSAGE };
	struct buffer tail = BUFFER_EMPTY;
	char text[] = "text";

	strcpy(event.id, origin);
	strcpy(event.item.origin, origin);
	event.item.key = (struct key){ 1, 2, number };
	event.item.text = text;
	event_tail(&tail, &event);
	event_line(out, tail.data, &event.item.key, version);
	buffer_free(&tail);
}

static void
add_marker(struct buffer *out, uint32_t epoch)
{
	struct event event = { .type = EVENT_MARKER, .epoch = epoch };

	event_control_line(out, &event);
}

/* Delivers what is in the buffer, and empties it. */
static void
deliver(struct batch *batch, struct buffer *lines, uint64_t deliveries)
{
	struct delivery delivery = { .tag = batch->deliveries_count + 1,
		.deliveries = deliveries, .len = lines->len };

	buffer_str(lines, "");
	delivery.body = buffer_take(lines);
	batch_add(batch, &delivery);
	assert_null(delivery.body);
}

static void
every_line_becomes_an_entry(void **state)
{
	struct buffer lines = BUFFER_EMPTY;
	struct batch batch = {0};

	(void)state;
	add_message(&lines, FIRST, 1, 1);
	buffer_str(&lines, "\nnot an event\n");
	add_message(&lines, SECOND, 2, 2);
	lines.len--;			/* the last line feed may be missing */
	deliver(&batch, &lines, 0);
	assert_int_equal(batch.count, 3);
	assert_null(batch.entries[0].reason);
	assert_non_null(batch.entries[1].reason);
	assert_int_equal(batch.entries[1].len, strlen("not an event"));
	assert_int_equal(batch.entries[2].event.item.key.message, 2);
	assert_int_equal(batch_tag(&batch), 1);
	batch_clear(&batch);
	assert_int_equal(batch.count, 0);
}

static void
a_batch_is_ripe_by_events_bytes_deliveries_or_time(void **state)
{
	const struct config patient = { .jobs_batch_events = 2,
		.jobs_batch_bytes = 1000000, .jobs_batch_wait_ms = 1000000,
		.jobs_prefetch = 100 };
	struct config config = patient;
	struct buffer lines = BUFFER_EMPTY;
	struct batch batch = {0};

	(void)state;
	add_message(&lines, FIRST, 1, 1);
	deliver(&batch, &lines, 0);
	assert_false(batch_ripe(&batch, &config));
	config.jobs_batch_bytes = 10;
	assert_true(batch_ripe(&batch, &config));
	config = patient;
	config.jobs_prefetch = 1;
	assert_true(batch_ripe(&batch, &config));
	config = patient;
	config.jobs_batch_wait_ms = 0;
	assert_true(batch_ripe(&batch, &config));
	add_message(&lines, SECOND, 2, 2);
	deliver(&batch, &lines, 0);
	assert_true(batch_ripe(&batch, &patient));
	batch_clear(&batch);
}

static void
the_highest_version_of_each_thing_is_left_sorted(void **state)
{
	struct buffer lines = BUFFER_EMPTY;
	struct batch batch = {0};
	struct work work;

	(void)state;
	add_message(&lines, SECOND, 9, 4);
	add_message(&lines, FIRST, 5, 7);
	add_message(&lines, FIRST, 5, 8);
	add_message(&lines, FIRST, 5, 6);
	deliver(&batch, &lines, 0);
	assert_int_equal(work_build(&work, batch.entries, batch.count,
	    EVENT_MESSAGE), RESULT_OK);
	assert_int_equal(work.count, 2);
	assert_int_equal(work.items[0].key.message, 5);
	assert_int_equal(work.items[0].version, 8);
	assert_ptr_equal(work.newest[0], &batch.entries[2]);
	assert_int_equal(work.items[1].key.message, 9);
	work_clear(&work);
	assert_int_equal(work_build(&work, batch.entries, batch.count,
	    EVENT_CHAT), RESULT_OK);
	assert_int_equal(work.count, 0);
	work_clear(&work);
	batch_clear(&batch);
}

static void
two_origins_of_one_thing_are_not_coalesced(void **state)
{
	struct buffer lines = BUFFER_EMPTY;
	struct batch batch = {0};
	struct work work;

	(void)state;
	add_message(&lines, FIRST, 5, 7);
	add_message(&lines, SECOND, 5, 8);
	deliver(&batch, &lines, 0);
	assert_int_equal(work_build(&work, batch.entries, batch.count,
	    EVENT_MESSAGE), RESULT_CONFLICT);
	batch_clear(&batch);
}

static void
the_newest_marker_is_found(void **state)
{
	struct buffer lines = BUFFER_EMPTY;
	struct batch batch = {0};

	(void)state;
	add_message(&lines, FIRST, 5, 7);
	add_marker(&lines, 3);
	add_marker(&lines, 2);
	deliver(&batch, &lines, 0);
	assert_int_equal(entries_marker(batch.entries, 3), 3);
	assert_int_equal(entries_marker(batch.entries + 2, 1), 2);
	assert_int_equal(entries_marker(batch.entries, 1), 0);
	batch_clear(&batch);
}

static void
the_first_reason_stays(void **state)
{
	struct entry entry = {0};

	(void)state;
	entry_postpone(&entry, "not now");
	assert_true(entry.again);
	entry_condemn(&entry, "never");
	assert_string_equal(entry.reason, "not now");
	free(entry.reason);
	entry = (struct entry){0};
	entry_condemn(&entry, "never");
	entry_postpone(&entry, "not now");
	assert_false(entry.again);
	assert_string_equal(entry.reason, "never");
	free(entry.reason);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_line_becomes_an_entry),
		cmocka_unit_test(
		    a_batch_is_ripe_by_events_bytes_deliveries_or_time),
		cmocka_unit_test(
		    the_highest_version_of_each_thing_is_left_sorted),
		cmocka_unit_test(two_origins_of_one_thing_are_not_coalesced),
		cmocka_unit_test(the_newest_marker_is_found),
		cmocka_unit_test(the_first_reason_stays),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
