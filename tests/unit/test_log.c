/* test_log.c: one JSON object a line. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "log.h"
#include "memory.h"

/* stderr leads into this pipe, which keeps writes apart, in each test. */
static int reader, old_stderr;

static int
catch_stderr(void **state)
{
	int ends[2];

	(void)state;
	if (pipe2(ends, O_DIRECT | O_NONBLOCK) != 0)
		return -1;
	old_stderr = dup(STDERR_FILENO);
	if (dup2(ends[1], STDERR_FILENO) < 0)
		return -1;
	close(ends[1]);
	reader = ends[0];
	return 0;
}

static int
give_stderr_back(void **state)
{
	(void)state;
	dup2(old_stderr, STDERR_FILENO);
	close(old_stderr);
	close(reader);
	return 0;
}

/* What the next write wrote; "" if there was none. */
static const char *
written(void)
{
	static char bytes[65536];
	ssize_t len = read(reader, bytes, sizeof(bytes) - 1);

	bytes[len > 0 ? len : 0] = '\0';
	return bytes;
}

/* The one line that was written, as an object that the caller frees. */
static json_t *
line(void)
{
	const char *bytes = written();
	json_error_t error;
	json_t *object = json_loads(bytes, 0, &error);

	assert_non_null(object);
	assert_ptr_equal(strchr(bytes, '\n'), bytes + strlen(bytes) - 1);
	return object;
}

static void
assert_field(const json_t *object, const char *name, const char *expected)
{
	const char *value = json_string_value(json_object_get(object, name));

	assert_non_null(value);
	assert_string_equal(value, expected);
}

static void
begin(enum log_level level)
{
	assert_int_equal(log_open("parley-test", level, LOG_TO_STDERR),
	    RESULT_OK);
}

static void
a_line_says_who_when_and_what(void **state)
{
	json_t *object;
	const char *time;

	(void)state;
	begin(LEVEL_INFO);
	log_warn("req-1", "lost %d of %s", 3, "them");
	object = line();
	assert_field(object, "level", "warn");
	assert_field(object, "program", "parley-test");
	assert_field(object, "request_id", "req-1");
	assert_field(object, "message", "lost 3 of them");
	assert_int_equal(json_integer_value(json_object_get(object, "pid")),
	    getpid());
	time = json_string_value(json_object_get(object, "time"));
	assert_int_equal(strlen(time), 24);
	assert_int_equal(time[10], 'T');
	json_decref(object);
}

static void
without_a_request_there_is_no_request_id(void **state)
{
	json_t *object;

	(void)state;
	begin(LEVEL_INFO);
	log_error(NULL, "alone");
	object = line();
	assert_null(json_object_get(object, "request_id"));
	assert_field(object, "level", "error");
	json_decref(object);
}

static void
what_is_below_the_level_is_not_written(void **state)
{
	(void)state;
	begin(LEVEL_WARN);
	log_info(NULL, "no");
	log_debug(NULL, "no");
	assert_string_equal(written(), "");
	begin(LEVEL_DEBUG);
	log_debug(NULL, "yes");
	assert_string_not_equal(written(), "");
}

static void
what_json_cannot_hold_is_escaped(void **state)
{
	static const char odd[] = "\"quotes\" back\\slash\ttab\nline \x01\x1f"
	    "\x7f grüße 你好";
	json_t *object;

	(void)state;
	begin(LEVEL_INFO);
	log_info("a\"b", "%s", odd);
	object = line();
	assert_field(object, "message", odd);
	assert_field(object, "request_id", "a\"b");
	json_decref(object);
}

static void
what_is_not_utf8_is_replaced(void **state)
{
	json_t *object;

	(void)state;
	begin(LEVEL_INFO);
	log_info(NULL, "%s", "a\xff" "b");
	object = line();
	assert_field(object, "message", "a\xef\xbf\xbd" "b");
	json_decref(object);
}

/* At each offset, so that every code point gets cut in every place once. */
static void
a_long_message_is_cut_between_characters(void **state)
{
	(void)state;
	begin(LEVEL_INFO);
	for (int offset = 0; offset < 4; offset++) {
		char *message = xcalloc(10000, 1);
		json_t *object;
		const char *cut;

		memset(message, 'a', (size_t)offset);
		for (int i = 0; i < 2000; i++)
			strcpy(message + offset + i * 4, "😀");
		log_info(NULL, "%s", message);
		object = line();
		cut = json_string_value(json_object_get(object, "message"));
		assert_in_range(strlen(cut), 2040, 2048);
		assert_int_equal(strncmp(cut, message, strlen(cut)), 0);
		json_decref(object);
		free(message);
	}
}

static void
errno_survives(void **state)
{
	(void)state;
	begin(LEVEL_INFO);
	errno = ENOSPC;
	log_info(NULL, "said");
	assert_int_equal(errno, ENOSPC);
}

/* ---- lines of requests ---- */

static void
put_request_line(const char *id)
{
	struct buffer text = BUFFER_EMPTY;

	log_begin(&text, LEVEL_INFO, id);
	log_end_later(&text);
	buffer_free(&text);
}

/* The next write has lines of these requests, in this order. */
static void
assert_written(const char *const *ids)
{
	const char *bytes = written();

	for (; *ids != NULL; ids++) {
		json_t *object = json_loads(bytes, JSON_DISABLE_EOF_CHECK,
		    NULL);

		assert_non_null(object);
		assert_field(object, "request_id", *ids);
		json_decref(object);
		bytes = strchr(bytes, '\n') + 1;
	}
	assert_string_equal(bytes, "");
}
#define ASSERT_WRITTEN(...) \
	assert_written((const char *const[]){ __VA_ARGS__, NULL })

static void
the_line_of_a_lone_request_is_written_at_once(void **state)
{
	(void)state;
	begin(LEVEL_INFO);
	for (int i = 0; i < 2; i++) {
		log_request_begins();
		put_request_line("alone");
		ASSERT_WRITTEN("alone");
		log_request_ends();
		assert_string_equal(written(), "");
	}
}

static void
lines_of_requests_go_together_when_the_last_one_ends(void **state)
{
	(void)state;
	begin(LEVEL_INFO);
	for (int i = 0; i < 3; i++)
		log_request_begins();
	put_request_line("first");
	log_request_ends();
	put_request_line("second");
	log_request_ends();
	assert_string_equal(written(), "");
	put_request_line("last");
	ASSERT_WRITTEN("first", "second", "last");
	log_request_ends();
	assert_string_equal(written(), "");
}

static void
the_last_request_may_have_no_line(void **state)
{
	(void)state;
	begin(LEVEL_INFO);
	log_request_begins();
	log_request_begins();
	put_request_line("first");
	log_request_ends();
	assert_string_equal(written(), "");
	log_request_ends();
	ASSERT_WRITTEN("first");
}

/* Of every level: what is no request's line waits for nothing. */
static void
another_line_is_written_at_once_behind_those_that_wait(void **state)
{
	(void)state;
	begin(LEVEL_DEBUG);
	log_request_begins();
	log_request_begins();
	for (enum log_level level = LEVEL_ERROR; level <= LEVEL_DEBUG;
	    level++) {
		put_request_line("waits");
		assert_string_equal(written(), "");
		log_at(level, "does not", "at once");
		ASSERT_WRITTEN("waits", "does not");
	}
	log_request_ends();
	log_request_ends();
	assert_string_equal(written(), "");
}

static void
what_waits_is_written_when_it_is_time(void **state)
{
	(void)state;
	begin(LEVEL_INFO);
	log_request_begins();
	log_request_begins();
	put_request_line("in time");
	log_flush();
	ASSERT_WRITTEN("in time");
	log_request_ends();
	log_request_ends();
	assert_string_equal(written(), "");
}

#define SURROUNDED(test) \
	cmocka_unit_test_setup_teardown(test, catch_stderr, give_stderr_back)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SURROUNDED(a_line_says_who_when_and_what),
		SURROUNDED(without_a_request_there_is_no_request_id),
		SURROUNDED(what_is_below_the_level_is_not_written),
		SURROUNDED(what_json_cannot_hold_is_escaped),
		SURROUNDED(what_is_not_utf8_is_replaced),
		SURROUNDED(a_long_message_is_cut_between_characters),
		SURROUNDED(errno_survives),
		SURROUNDED(the_line_of_a_lone_request_is_written_at_once),
		SURROUNDED(
		    lines_of_requests_go_together_when_the_last_one_ends),
		SURROUNDED(the_last_request_may_have_no_line),
		SURROUNDED(
		    another_line_is_written_at_once_behind_those_that_wait),
		SURROUNDED(what_waits_is_written_when_it_is_time),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
