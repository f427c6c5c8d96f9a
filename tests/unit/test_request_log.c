/* test_request_log.c: the line that a request leaves, and what it costs. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "../../fcgi/request_log.h"
#include "log.h"
#include "memory.h"

#define TOKEN "0123abcd-4567-489a-bcde-f00102030405"
#define ROUTE "/api/v1/applications/:token/chats/:chat/messages"
#define TRACE "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

static char path[] = "/tmp/parley-request-log-XXXXXX";
static struct buffer line;

/* A write that took 7 ms, most of it for the broker. */
static struct request req;
static struct response resp;
static struct worker worker;

static int
begin(void **state)
{
	(void)state;
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(log_open("parley-test", LEVEL_INFO, path),
	    RESULT_OK);
	log_set_requests(REQUESTS_ALL, 500);
	req = (struct request){ .id = "req-1", .method = METHOD_POST,
		.token = TOKEN, .route = ROUTE, .chat = 3 };
	resp = (struct response){ .status = 201,
		.content_type = "application/json" };
	worker = (struct worker){ .wrote = { 7, 3, 12 } };
	buffer_str(&req.body, "{\"body\":\"secret words\"}");
	buffer_str(&resp.body, "the answer");
	worker.spent.us[SPENT_OWN] = 500;
	worker.spent.us[SPENT_RABBITMQ] = 5000;
	worker.spent.us[SPENT_REDIS] = 1500;
	return 0;
}

static int
end(void **state)
{
	(void)state;
	buffer_free(&req.body);
	response_free(&resp);
	return 0;
}

/* The one line that the request leaves, to be freed; NULL if it leaves none. */
static json_t *
logged(void)
{
	char bytes[8192];
	json_error_t error;
	json_t *object;
	int file = open(path, O_RDONLY);
	ssize_t len;

	request_log(&line, &req, &resp, &worker);
	assert_int_equal(line.len, 0);
	len = read(file, bytes, sizeof(bytes) - 1);
	close(file);
	assert_true(len >= 0);
	bytes[len] = '\0';
	if (len == 0)
		return NULL;
	assert_ptr_equal(strchr(bytes, '\n'), bytes + len - 1);
	assert_null(strstr(bytes, TOKEN));
	assert_null(strstr(bytes, "secret"));
	assert_null(strstr(bytes, "the answer"));
	object = json_loads(bytes, JSON_REJECT_DUPLICATES, &error);
	if (object == NULL)
		fail_msg("%s: %s", error.text, bytes);
	return object;
}

/* expected: as json_pack makes it. What stands in both must be the same. */
static void
assert_logged(json_t *expected)
{
	json_t *got = logged(), *value;
	const char *name;

	assert_non_null(got);
	json_object_foreach(expected, name, value) {
		if (!json_equal(json_object_get(got, name), value))
			fail_msg("%s is not as expected in %s", name,
			    json_dumps(got, 0));
	}
	json_decref(got);
	json_decref(expected);
}

static void
assert_left_out(const char *const *names)
{
	json_t *got = logged();

	assert_non_null(got);
	for (; *names != NULL; names++)
		if (json_object_get(got, *names) != NULL)
			fail_msg("there is %s", *names);
	json_decref(got);
}

static void
a_line_says_what_was_asked_and_how_it_was_answered(void **state)
{
	(void)state;
	assert_logged(json_pack("{ss ss ss ss ss ss ss si si si si si}",
	    "level", "info", "program", "parley-test", "request_id", "req-1",
	    "message", "request", "method", "POST", "route", ROUTE,
	    "token", "#6bbc2db7", "chat", 3, "message_number", 12,
	    "status", 201, "bytes_in", 23, "bytes_out", 10));
}

static void
it_says_where_the_time_went(void **state)
{
	static const char *const none[] = { "mysql_us", "turn_us", "web_us",
		"search_us", "slow", "problem", "why", "trace_id", "span_id",
		"parent_id", "dialect", NULL };

	(void)state;
	assert_logged(json_pack("{si si si si}", "total_us", 7000, "own_us",
	    500, "redis_us", 1500, "rabbitmq_us", 5000));
	assert_int_equal(truncate(path, 0), 0);
	assert_left_out(none);
}

static void
a_slow_one_warns_and_names_what_it_waited_for(void **state)
{
	(void)state;
	log_set_requests(REQUESTS_NONE, 6);
	assert_logged(json_pack("{ss ss ss}", "level", "warn", "message",
	    "slow request", "slow", "rabbitmq"));
}

static void
a_refusal_says_why_in_json(void **state)
{
	(void)state;
	resp.status = 422;
	response_note(&resp, PROBLEM_INVALID_FIELD, "body: \"x\" \\ \n\x01");
	assert_logged(json_pack("{ss si ss ss}", "level", "info", "status",
	    422, "problem", "invalid-field", "why",
	    "body: \"x\" \\ \n\x01"));
}

static void
what_failed_here_warns(void **state)
{
	(void)state;
	resp.status = 503;
	response_note(&resp, PROBLEM_NOT_ACCEPTED, "Nothing was stored.");
	assert_logged(json_pack("{ss ss}", "level", "warn", "message",
	    "request"));
}

static void
a_trace_is_named(void **state)
{
	(void)state;
	trace_read(&req.trace, TRACE);
	trace_continue(&req.trace);
	assert_logged(json_pack("{ss ss ss}", "trace_id",
	    "0af7651916cd43dd8448eb211c80319c", "parent_id",
	    "b7ad6b7169203331", "span_id", req.trace.span));
}

static void
a_path_that_nobody_has_is_not_written(void **state)
{
	static char unknown[] = "/secret/" TOKEN;

	(void)state;
	req.route = NULL;
	req.token[0] = '\0';
	req.path = unknown;
	assert_logged(json_pack("{ss}", "route", "none"));
}

static void
an_answer_to_head_has_no_bytes(void **state)
{
	(void)state;
	req.method = METHOD_GET;
	req.head = true;
	assert_logged(json_pack("{ss si}", "method", "HEAD", "bytes_out", 0));
}

/* Which lines there are, for each value of log_requests and log_level. */
static void
only_what_is_wanted_is_written(void **state)
{
	static const struct {
		enum log_requests requests;
		enum log_level level;
		int slow_ms, status;
		bool line;
	} rows[] = {
		{ REQUESTS_ALL, LEVEL_INFO, 500, 200, true },
		{ REQUESTS_ALL, LEVEL_WARN, 500, 200, false },
		{ REQUESTS_ALL, LEVEL_WARN, 500, 503, true },
		{ REQUESTS_ERRORS, LEVEL_INFO, 500, 304, false },
		{ REQUESTS_ERRORS, LEVEL_INFO, 500, 400, true },
		{ REQUESTS_ERRORS, LEVEL_INFO, 6, 200, true },
		{ REQUESTS_NONE, LEVEL_DEBUG, 500, 503, false },
		{ REQUESTS_NONE, LEVEL_INFO, 7, 200, false },
		{ REQUESTS_NONE, LEVEL_INFO, 6, 200, true },
		{ REQUESTS_NONE, LEVEL_WARN, 6, 200, true },
		{ REQUESTS_NONE, LEVEL_ERROR, 6, 200, false },
		{ REQUESTS_NONE, LEVEL_INFO, 0, 200, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *got;

		assert_int_equal(truncate(path, 0), 0);
		assert_int_equal(log_change(rows[i].level, path), RESULT_OK);
		log_set_requests(rows[i].requests, rows[i].slow_ms);
		resp.status = rows[i].status;
		got = logged();
		if ((got != NULL) != rows[i].line)
			fail_msg("row %zu", i);
		json_decref(got);
	}
}

/*
 * What a line costs beside the write itself: into /dev/null, which does
 * nothing. The bound is ten times what it takes, for slow machines; the
 * figure is for people.
 */
static void
a_line_costs_microseconds(void **state)
{
	const int count = 20000;
	struct timespec from, to;
	double us;

	(void)state;
	assert_int_equal(log_open("parley-test", LEVEL_INFO, "/dev/null"),
	    RESULT_OK);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	for (int i = 0; i < count; i++)
		request_log(&line, &req, &resp, &worker);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
	us = ((double)(to.tv_sec - from.tv_sec) * 1e9 +
	    (double)(to.tv_nsec - from.tv_nsec)) / 1e3 / count;
	print_message("# a line: %.2f us\n", us);
	assert_true(us < 30);
}

#define SURROUNDED(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SURROUNDED(a_line_says_what_was_asked_and_how_it_was_answered),
		SURROUNDED(it_says_where_the_time_went),
		SURROUNDED(a_slow_one_warns_and_names_what_it_waited_for),
		SURROUNDED(a_refusal_says_why_in_json),
		SURROUNDED(what_failed_here_warns),
		SURROUNDED(a_trace_is_named),
		SURROUNDED(a_path_that_nobody_has_is_not_written),
		SURROUNDED(an_answer_to_head_has_no_bytes),
		SURROUNDED(only_what_is_wanted_is_written),
		SURROUNDED(a_line_costs_microseconds),
	};
	int file = mkstemp(path), failed;

	if (file < 0)
		return 1;
	close(file);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	buffer_free(&line);
	unlink(path);
	return failed;
}
