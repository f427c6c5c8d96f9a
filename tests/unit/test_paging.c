/* test_paging.c: which part of a list is asked for, and the next page. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../fcgi/paging.h"

#define TOKEN "11111111-1111-4111-8111-111111111111"

static void
read_query(struct request *req, const char *query)
{
	char line[512], *envp[] = { line, NULL };

	*req = (struct request){0};
	snprintf(line, sizeof(line), "REQUEST_URI=/list?%s", query);
	request_read(req, envp);
}

static struct range
good(const char *query)
{
	struct response resp = {0};
	struct request req;
	struct range range;

	read_query(&req, query);
	assert_true(paging_or_respond(&req, &resp, &range));
	assert_int_equal(resp.status, 0);
	request_reset(&req);
	response_free(&resp);
	return range;
}

static void
what_is_not_given_has_a_default(void **state)
{
	const struct range range = good("x=1");

	(void)state;
	assert_int_equal(range.limit, 50);
	assert_int_equal(range.after, 0);
	assert_int_equal(range.before, 0);
	assert_false(range.descending);
}

static void
what_is_given_is_taken(void **state)
{
	const struct range range =
	    good("limit=200&after=3&before=9&order=desc");

	(void)state;
	assert_int_equal(range.limit, 200);
	assert_int_equal(range.after, 3);
	assert_int_equal(range.before, 9);
	assert_true(range.descending);
	assert_false(good("order=asc").descending);
	assert_int_equal(good("before=0").before, 1);
}

static void
a_bad_value_is_400_and_is_named(void **state)
{
	static const char *const bad[] = { "limit=0", "limit=201", "limit",
		"limit=05", "limit=-1", "limit=%31%00", "after=-1", "after=",
		"after=x", "before=1.0", "before=99999999999999999999",
		"order=", "order=up", "order=desc%00", "order=DESC" };
	struct response resp = {0};
	struct request req;
	struct range range;
	char detail[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		read_query(&req, bad[i]);
		assert_false(paging_or_respond(&req, &resp, &range));
		assert_int_equal(resp.status, 400);
		snprintf(detail, sizeof(detail), "\"detail\":\"%.*s must be",
		    (int)strcspn(bad[i], "="), bad[i]);
		assert_non_null(strstr(resp.body.data, detail));
		request_reset(&req);
		response_reset(&resp);
	}
	response_free(&resp);
}

static void
a_token_must_look_like_one(void **state)
{
	struct response resp = {0};
	struct request req;
	const char *token;

	(void)state;
	read_query(&req, "after=" TOKEN "&before=x");
	assert_true(paging_token_or_respond(&req, &resp, "after", &token));
	assert_string_equal(token, TOKEN);
	assert_true(paging_token_or_respond(&req, &resp, "none", &token));
	assert_null(token);
	assert_false(paging_token_or_respond(&req, &resp, "before", &token));
	assert_int_equal(resp.status, 400);
	request_reset(&req);
	response_free(&resp);
}

static void
assert_link(const char *query, const char *link)
{
	struct response resp = {0};
	struct request req;
	struct range range;

	read_query(&req, query);
	assert_true(paging_or_respond(&req, &resp, &range));
	paging_link_number(&resp, &req, &range, 42);
	assert_string_equal(resp.headers.data, link);
	request_reset(&req);
	response_free(&resp);
}

static void
the_link_keeps_the_query_but_for_where_it_goes_on(void **state)
{
	(void)state;
	assert_link("", "Link: </list?after=42>; rel=\"next\"\r\n");
	assert_link("limit=5&after=9",
	    "Link: </list?limit=5&after=42>; rel=\"next\"\r\n");
	assert_link("order=desc&before=99&after=3",
	    "Link: </list?order=desc&after=3&before=42>; rel=\"next\"\r\n");
	assert_link("%3C%3e=%c3%a9+%0d%0a&q",
	    "Link: </list?%3C%3E=%C3%A9%20%0D%0A&q=&after=42>; "
	    "rel=\"next\"\r\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_given_has_a_default),
		cmocka_unit_test(what_is_given_is_taken),
		cmocka_unit_test(a_bad_value_is_400_and_is_named),
		cmocka_unit_test(a_token_must_look_like_one),
		cmocka_unit_test(
		    the_link_keeps_the_query_but_for_where_it_goes_on),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
