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

/* stderr leads into this pipe while a test runs. */
static int reader, old_stderr;

static int
catch_stderr(void **state)
{
	int ends[2];

	(void)state;
	if (pipe(ends) != 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0)
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

/* All that was written since; "" if nothing. */
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
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
