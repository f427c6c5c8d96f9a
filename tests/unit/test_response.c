/* test_response.c: answers, problem documents, and JSON by hand. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "../../fcgi/json_text.h"
#include "../../fcgi/render.h"
#include "../../fcgi/response.h"

#define CREATED 1767323045678	/* 2026-01-02T03:04:05.678Z */

static void
json_strings_come_back_as_they_were(void **state)
{
	char text[256];
	struct buffer out = BUFFER_EMPTY;
	json_t *back;
	int i;

	(void)state;
	for (i = 1; i < 128; i++)
		text[i - 1] = (char)i;
	strcpy(text + 127, "\xc3\xa9\xf0\x9f\x98\x80 end");
	json_text(&out, text, strlen(text));
	back = json_loadb(out.data, out.len, JSON_DECODE_ANY, NULL);
	assert_non_null(back);
	assert_string_equal(json_string_value(back), text);
	json_decref(back);
	buffer_reset(&out);
	json_text(&out, "a\"\\\n\x01\x7f", 6);
	assert_string_equal(out.data, "\"a\\\"\\\\\\n\\u0001\x7f\"");
	buffer_reset(&out);
	json_text(&out, "", 0);
	assert_string_equal(out.data, "\"\"");
	buffer_free(&out);
}

static void
things_are_rendered_in_the_order_of_the_api(void **state)
{
	char name[] = "N", body[] = "<\"b\">";
	const struct application app = { .token = "T", .name = name,
		.chats_count = 3, .created_at = CREATED,
		.updated_at = CREATED };
	const struct item chat = { .key = { 7, 2, 0 }, .messages_count = 9,
		.created_at = CREATED, .updated_at = CREATED };
	const struct item message = { .key = { 7, 2, 5 }, .text = body,
		.created_at = CREATED, .updated_at = CREATED + 1 };
	struct buffer out = BUFFER_EMPTY;

	(void)state;
	render_application(&out, &app);
	assert_string_equal(out.data, "{\"token\":\"T\",\"name\":\"N\","
	    "\"chats_count\":3,\"created_at\":\"2026-01-02T03:04:05.678Z\","
	    "\"updated_at\":\"2026-01-02T03:04:05.678Z\"}");
	buffer_reset(&out);
	render_chat(&out, "T", &chat);
	assert_string_equal(out.data, "{\"application_token\":\"T\","
	    "\"number\":2,\"name\":null,\"messages_count\":9,"
	    "\"created_at\":\"2026-01-02T03:04:05.678Z\","
	    "\"updated_at\":\"2026-01-02T03:04:05.678Z\"}");
	buffer_reset(&out);
	render_hit(&out, "T", &message, "<em>");
	assert_string_equal(out.data, "{\"application_token\":\"T\","
	    "\"chat_number\":2,\"number\":5,\"body\":\"<\\\"b\\\">\","
	    "\"created_at\":\"2026-01-02T03:04:05.678Z\","
	    "\"updated_at\":\"2026-01-02T03:04:05.679Z\","
	    "\"highlight\":\"<em>\"}");
	buffer_free(&out);
}

static void
lists_are_arrays(void **state)
{
	struct items items = {0};
	struct buffer out = BUFFER_EMPTY;

	(void)state;
	render_list(&out, "T", &items, render_message);
	assert_string_equal(out.data, "[]");
	buffer_reset(&out);
	items_add(&items);
	items_add(&items);
	render_list(&out, "T", &items, render_chat);
	assert_int_equal(out.data[0], '[');
	assert_non_null(strstr(out.data, "},{"));
	assert_int_equal(out.data[out.len - 1], ']');
	items_clear(&items);
	buffer_free(&out);
}

/* ---- answers ---- */

static struct request
request(enum method method)
{
	static char path[] = "/p";

	return (struct request){ .id = "rid", .method = method, .path = path,
		.missing = "There is no such thing." };
}

/* Finishes, and gives back the answer's text; the caller frees it. */
static char *
finish(struct response *resp, const struct request *req)
{
	struct buffer out = BUFFER_EMPTY;

	response_finish(resp, req, &out);
	response_free(resp);
	return buffer_take(&out);
}

static void
an_answer_is_status_headers_and_body(void **state)
{
	const struct request req = request(METHOD_POST);
	struct response resp = {0};
	char *text;

	(void)state;
	response_header(&resp, "Location", "/x/%d", 5);
	buffer_str(&resp.body, "{}");
	respond_json(&resp, 201);
	text = finish(&resp, &req);
	assert_string_equal(text, "Status: 201 Created\r\n"
	    "X-Request-Id: rid\r\nLocation: /x/5\r\n"
	    "X-Content-Type-Options: nosniff\r\n"
	    "Referrer-Policy: no-referrer\r\nCache-Control: no-store\r\n"
	    "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
	free(text);
}

static void
a_problem_document_has_all_its_members(void **state)
{
	const struct request req = request(METHOD_GET);
	struct response resp = {0};
	char *text;

	(void)state;
	buffer_str(&resp.body, "half an answer");
	respond_problem(&resp, &req, PROBLEM_NOT_FOUND, "No %s \"here\".", "x");
	text = finish(&resp, &req);
	assert_string_equal(strstr(text, "\r\n\r\n") + 4,
	    "{\"type\":\"urn:parley:problem:not-found\","
	    "\"title\":\"Not found\",\"status\":404,"
	    "\"detail\":\"No x \\\"here\\\".\",\"request_id\":\"rid\"}");
	assert_non_null(strstr(text, "Type: application/problem+json\r\n"));
	assert_null(strstr(text, "ETag"));
	assert_null(strstr(text, "Retry-After"));
	free(text);
}

static void
what_could_be_shown_as_a_page_comes_with_a_policy(void **state)
{
	static const char policy[] = "\r\nContent-Security-Policy: "
	    "default-src 'none'; frame-ancestors 'none'\r\n";
	const struct request req = request(METHOD_GET);
	struct response resp = {0};
	char *text;

	(void)state;
	respond_problem(&resp, &req, PROBLEM_NOT_FOUND, "No.");
	text = finish(&resp, &req);
	assert_non_null(strstr(text, policy));
	free(text);
	buffer_str(&resp.body, "<p>");
	respond_content(&resp, 200, "text/html");
	text = finish(&resp, &req);
	assert_non_null(strstr(text, policy));
	free(text);
	buffer_str(&resp.body, "{}");
	respond_json(&resp, 200);
	text = finish(&resp, &req);
	assert_null(strstr(text, "Policy: default"));
	free(text);
}

static void
what_the_operator_gets_is_not_kept(void **state)
{
	struct request req = request(METHOD_GET);
	struct response resp = {0};
	char *text;

	(void)state;
	req.authorization = "Bearer x";
	buffer_str(&resp.body, "{}");
	respond_json(&resp, 200);
	text = finish(&resp, &req);
	assert_non_null(strstr(text, "\r\nCache-Control: no-store\r\n"));
	free(text);
}

static void
assert_failure(enum method method, enum result result, const char *slug)
{
	const struct request req = request(method);
	struct response resp = {0};
	char *text;

	respond_failure(&resp, &req, result);
	text = finish(&resp, &req);
	assert_non_null(strstr(text, slug));
	assert_int_equal(strstr(text, "Status: 503") != NULL,
	    strstr(text, "\r\nRetry-After: 1\r\n") != NULL);
	free(text);
}

static void
each_failure_has_its_kind(void **state)
{
	(void)state;
	assert_failure(METHOD_GET, RESULT_NOT_FOUND, "no such thing");
	assert_failure(METHOD_POST, RESULT_NOT_FOUND, "problem:not-found");
	assert_failure(METHOD_GET, RESULT_UNAVAILABLE, "problem:unavailable");
	assert_failure(METHOD_GET, RESULT_CONFLICT, "problem:unavailable");
	assert_failure(METHOD_PUT, RESULT_UNAVAILABLE, "problem:not-accepted");
	assert_failure(METHOD_POST, RESULT_FULL, "problem:not-accepted");
	assert_failure(METHOD_POST, RESULT_CONFLICT, "problem:not-accepted");
	assert_failure(METHOD_POST, RESULT_UNKNOWN, "problem:outcome-unknown");
}

/* The answer to a GET of "{}" that sends If-None-Match. */
static char *
get_with(const char *if_none_match, bool head)
{
	struct request req = request(METHOD_GET);
	struct response resp = {0};

	req.if_none_match = if_none_match;
	req.head = head;
	buffer_str(&resp.body, "{}");
	respond_json(&resp, 200);
	return finish(&resp, &req);
}

static void
what_the_client_has_is_304(void **state)
{
	static const char *const formats[] = { "%s", "W/%s", "*", "\"x\", %s",
		"\"x\",%s , \"y\"" };
	char *text = get_with(NULL, false), tag[64], list[128];
	size_t i;

	(void)state;
	assert_non_null(strstr(text, "ETag: "));
	sscanf(strstr(text, "ETag: "), "ETag: %63s", tag);
	free(text);
	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		list[0] = '\0';
		strncat(list, formats[i], strcspn(formats[i], "%"));
		if (strchr(formats[i], '%') != NULL) {
			strcat(list, tag);
			strcat(list, strchr(formats[i], '%') + 2);
		}
		text = get_with(list, i % 2 == 1);
		assert_int_equal(strncmp(text, "Status: 304 ", 12), 0);
		assert_non_null(strstr(text, tag));
		assert_null(strstr(text, "{}"));
		assert_null(strstr(text, "\r\nContent-"));
		assert_non_null(strstr(text,
		    "\r\nCache-Control: private, no-cache\r\n"));
		free(text);
	}
}

static void
what_the_client_has_not_is_answered(void **state)
{
	static const char *const others[] = { "", ",", "\"\"", "\"x\"", "W/",
		"\"", "**", " , " };
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		text = get_with(others[i], false);
		assert_int_equal(strncmp(text, "Status: 200 ", 12), 0);
		assert_non_null(strstr(text, "{}"));
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_strings_come_back_as_they_were),
		cmocka_unit_test(things_are_rendered_in_the_order_of_the_api),
		cmocka_unit_test(lists_are_arrays),
		cmocka_unit_test(an_answer_is_status_headers_and_body),
		cmocka_unit_test(a_problem_document_has_all_its_members),
		cmocka_unit_test(
		    what_could_be_shown_as_a_page_comes_with_a_policy),
		cmocka_unit_test(what_the_operator_gets_is_not_kept),
		cmocka_unit_test(each_failure_has_its_kind),
		cmocka_unit_test(what_the_client_has_is_304),
		cmocka_unit_test(what_the_client_has_not_is_answered),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
