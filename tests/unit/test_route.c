/* test_route.c: from a request to the row of its route, or a refusal. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../fcgi/exchange.h"
#include "../../fcgi/pid_file.h"

#define TOKEN "11111111-1111-4111-8111-111111111111"

static void
handle(struct worker *worker, const struct request *req,
    struct response *resp)
{
	(void)worker;
	buffer_printf(&resp->body, "%s %llu %llu %s", req->token,
	    (unsigned long long)req->chat, (unsigned long long)req->message,
	    req->value[0].data != NULL ? req->value[0].data : "-");
	respond_json(resp, 200);
}

static const struct field fields[] = {
	{ .name = "name", .required = true, .max = 10 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/a", handle, .operator = OPERATOR_ALWAYS },
	{ METHOD_POST, "/a", handle, .fields = fields,
	    .operator = OPERATOR_TO_CREATE },
	{ METHOD_GET, "/a/:token", handle, .missing = NULL },
	{ METHOD_PUT, "/a/:token", handle, .fields = fields },
	{ METHOD_GET, "/a/:token/c/:chat/m/:message", handle,
	    .missing = NULL },
	{ METHOD_GET, "/a/:token/c/:chat/m/search", handle, .missing = NULL },
	{ .path = NULL },
};

static const struct family family = { .name = "test", .routes = routes };
static char no_key[] = "", key[] = "secret";
static char no_origins[] = "", any_origin[] = "*";
static char origins[] = "https://a.example  http://b.example:81";
static struct config config = { .admin_key = key, .body_limit = 64,
	.cors_max_age = 60, .cors_origins = no_origins };

/* The whole answer to one request with that body. The caller frees it. */
static struct exchange
answer(const char *method, const char *uri, const char *extra,
    const char *body)
{
	struct worker worker = { .config = &config };
	struct exchange x = {0};
	char line[2][512], more[512], type[] = "CONTENT_TYPE=application/json";
	char *envp[] = { line[0], line[1], type, more, NULL };

	snprintf(line[0], sizeof(line[0]), "REQUEST_METHOD=%s", method);
	snprintf(line[1], sizeof(line[1]), "REQUEST_URI=%s", uri);
	snprintf(more, sizeof(more), "%s", extra);
	request_read(&x.request, envp);
	buffer_str(&x.request.body, body);
	exchange_run(&x, &family, &worker);
	return x;
}

/* The environment of a request is gone by now: only the answer is looked at. */
static void
assert_answer(const char *method, const char *uri, int status,
    const char *holds)
{
	struct exchange x = answer(method, uri, "HOME=/", "");

	if (x.response.status != status || strstr(x.out.data, holds) == NULL)
		fail_msg("%s %s: %s", method, uri, x.out.data);
	exchange_free(&x);
}

static void
patterns_take_tokens_and_numbers(void **state)
{
	(void)state;
	assert_answer("GET", "/a/" TOKEN, 200, TOKEN " 0 0 -");
	assert_answer("GET", "/a/" TOKEN "/c/12/m/9007199254740992", 200,
	    TOKEN " 12 9007199254740992 -");
	assert_answer("GET", "/a/" TOKEN "/c/1/m/%31", 200, TOKEN " 1 1 -");
	assert_answer("GET", "/a/" TOKEN "/c/1/m/search", 200, TOKEN " 1");
}

static void
what_fits_no_pattern_is_404(void **state)
{
	static const char *const paths[] = { "/", "", "*", "/b", "/a/", "//a",
		"/a/x", "/a/" TOKEN "/", "/a/" TOKEN "x", "/a/%00",
		"/a/" TOKEN "/c/0/m/1", "/a/" TOKEN "/c/01/m/1",
		"/a/" TOKEN "/c/1/m/-1", "/a/" TOKEN "/c/1/m/",
		"/a/" TOKEN "/c/1/m/9007199254740993", "/a%2F" TOKEN,
		"/a/11111111-1111-4111-8111-11111111111F", "/A" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_answer("GET", paths[i], 404, "problem:not-found");
		assert_answer("OPTIONS", paths[i], 404, "problem:not-found");
		assert_answer("DELETE", paths[i], 404, "problem:not-found");
	}
}

static void
another_method_is_405_with_allow(void **state)
{
	(void)state;
	assert_answer("DELETE", "/a/" TOKEN, 405,
	    "\r\nAllow: GET, HEAD, PUT, OPTIONS\r\n");
	assert_answer("POST", "/a/" TOKEN, 405, "problem:method-not-allowed");
	assert_answer("PUT", "/a", 405,
	    "\r\nAllow: GET, HEAD, POST, OPTIONS\r\n");
	assert_answer("get", "/a", 405, "Allow");
}

static void
options_is_204_with_allow(void **state)
{
	struct exchange x = answer("OPTIONS", "/a/" TOKEN, "HOME=/", "");

	(void)state;
	assert_int_equal(x.response.status, 204);
	assert_non_null(strstr(x.out.data,
	    "\r\nAllow: GET, HEAD, PUT, OPTIONS\r\n"));
	assert_string_equal(x.out.data + x.out.len - 4, "\r\n\r\n");
	assert_null(strstr(x.out.data, "\r\nContent-"));
	exchange_free(&x);
}

static void
head_is_get_without_the_body(void **state)
{
	struct exchange x = answer("HEAD", "/a/" TOKEN, "HOME=/", "");

	(void)state;
	assert_int_equal(x.response.status, 200);
	assert_non_null(strstr(x.out.data, "\r\nContent-Length: 42\r\n"));
	assert_non_null(strstr(x.out.data, "\r\nETag: \""));
	assert_string_equal(x.out.data + x.out.len - 4, "\r\n\r\n");
	exchange_free(&x);
}

static void
assert_key(const char *header, int status, const char *holds)
{
	struct exchange x = answer("GET", "/a", header, "");

	assert_int_equal(x.response.status, status);
	assert_non_null(strstr(x.out.data, holds));
	exchange_free(&x);
}

static void
creating_needs_the_key_only_if_that_is_set(void **state)
{
	static const char body[] = "{\"name\":\"x\"}";
	struct exchange x = answer("POST", "/a", "HOME=/", body);

	(void)state;
	assert_int_equal(x.response.status, 200);
	exchange_free(&x);
	config.admin_key_to_create = 1;
	x = answer("POST", "/a", "HOME=/", body);
	assert_int_equal(x.response.status, 401);
	exchange_free(&x);
	x = answer("POST", "/a", "HTTP_AUTHORIZATION=Bearer secret", body);
	assert_int_equal(x.response.status, 200);
	exchange_free(&x);
	config.admin_key_to_create = 0;
}

/* What the answer to a method and an origin grants; the caller frees it. */
static struct exchange
granted(char *allowed, const char *method, const char *origin)
{
	struct exchange x;

	config.cors_origins = allowed;
	x = answer(method, "/a/" TOKEN, origin, "");
	config.cors_origins = no_origins;
	return x;
}

static void
assert_grants(char *allowed, const char *origin, const char *holds)
{
	struct exchange x = granted(allowed, "GET", origin);
	const char *found = strstr(x.out.data, "Access-Control-");

	if (holds == NULL && found != NULL)
		fail_msg("%s is granted %s", origin, found);
	if (holds != NULL && strstr(x.out.data, holds) == NULL)
		fail_msg("%s is granted %s", origin, x.out.data);
	assert_int_equal(strstr(x.out.data, "\r\nVary: Origin\r\n") != NULL,
	    allowed == origins);
	exchange_free(&x);
}

static void
only_origins_that_are_named_are_granted_anything(void **state)
{
	static const char *const others[] = { "HOME=/", "HTTP_ORIGIN=",
		"HTTP_ORIGIN=null", "HTTP_ORIGIN=http://a.example",
		"HTTP_ORIGIN=https://a.example:443",
		"HTTP_ORIGIN=https://a.exampl",
		"HTTP_ORIGIN=https://a.example  http://b.example:81",
		"HTTP_ORIGIN=https://a.example.org" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_grants(origins, others[i], NULL);
		assert_grants(no_origins, others[i], NULL);
		assert_grants(any_origin, others[i],
		    "\r\nAccess-Control-Allow-Origin: *\r\n");
	}
	assert_grants(no_origins, "HTTP_ORIGIN=https://a.example", NULL);
	assert_grants(origins, "HTTP_ORIGIN=https://a.example",
	    "\r\nAccess-Control-Allow-Origin: https://a.example\r\n");
	assert_grants(origins, "HTTP_ORIGIN=http://b.example:81",
	    "\r\nAccess-Control-Expose-Headers: ETag, "
	    "Idempotency-Replayed, Link,");
}

static void
a_preflight_is_told_what_may_be_sent(void **state)
{
	struct exchange x;

	(void)state;
	config.cors_origins = any_origin;
	x = answer("OPTIONS", "/a/" TOKEN,
	    "HTTP_ACCESS_CONTROL_REQUEST_METHOD=PUT", "");
	config.cors_origins = no_origins;
	assert_int_equal(x.response.status, 204);
	assert_non_null(strstr(x.out.data, "-Allow-Methods: GET, HEAD, POST,"));
	assert_non_null(strstr(x.out.data, "-Allow-Headers: Authorization, "));
	assert_non_null(strstr(x.out.data, "-Max-Age: 60\r\n"));
	assert_null(strstr(x.out.data, "Expose"));
	exchange_free(&x);
}

static void
the_operators_key_is_asked_for(void **state)
{
	(void)state;
	assert_key("HOME=/", 401, "\r\nWWW-Authenticate: Bearer\r\n");
	assert_key("HTTP_AUTHORIZATION=Basic secret", 401,
	    "problem:operator-key-required");
	assert_key("HTTP_AUTHORIZATION=Bearer", 401, "problem:");
	assert_key("HTTP_AUTHORIZATION=Bearer secre", 403,
	    "problem:operator-key-wrong");
	assert_key("HTTP_AUTHORIZATION=Bearer secrets", 403, "problem:");
	assert_key("HTTP_AUTHORIZATION=Bearer ", 403, "problem:");
	assert_key("HTTP_AUTHORIZATION=bEARER  secret", 200, "-");
	config.admin_key = no_key;
	assert_key("HTTP_AUTHORIZATION=Bearer ", 403, "configured");
	assert_key("HOME=/", 403, "configured");
	config.admin_key = key;
}

static void
assert_body(const char *body, const char *extra, int status,
    const char *holds)
{
	struct exchange x = answer("PUT", "/a/" TOKEN, extra, body);

	if (x.response.status != status || strstr(x.out.data, holds) == NULL)
		fail_msg("%s: %s", body, x.out.data);
	exchange_free(&x);
}

static void
a_body_is_checked_before_the_handler_runs(void **state)
{
	char large[66];

	(void)state;
	memset(large, ' ', 65);
	large[65] = '\0';
	assert_body("{\"name\":\"x y\"}", "HOME=/", 200, "0 0 x y");
	assert_body("{", "HOME=/", 400, "problem:malformed-body");
	assert_body("", "HOME=/", 422, "\"errors\":[{\"field\":\"name\"");
	assert_body("{\"name\":\"12345678901\"}", "HOME=/", 422, "too long");
	assert_body("x", "CONTENT_TYPE=a/b", 415, "problem:unsupported-media");
	assert_body("{}", "CONTENT_LENGTH=3", 400, "problem:malformed-body");
	assert_body(large, "HOME=/", 413, "problem:body-too-large");
	large[64] = '\0';
	assert_body(large, "HOME=/", 400, "problem:malformed-body");
}

static void
a_write_that_is_sent_again_is_not_carried_out_again(void **state)
{
	struct exchange x;

	(void)state;
	assert_body("{\"name\":\"x\"}", "REQUEST_RESENT=1", 503,
	    "problem:outcome-unknown");
	assert_body("", "REQUEST_RESENT=1", 503, "problem:outcome-unknown");
	x = answer("GET", "/a/" TOKEN, "REQUEST_RESENT=1", "");
	assert_int_equal(x.response.status, 200);
	exchange_free(&x);
}

static void
the_body_is_not_wanted_beyond_its_limit(void **state)
{
	struct exchange x = {0};
	size_t most = 0;

	(void)state;
	x.request.method = METHOD_PUT;
	x.request.content_length = 64;
	assert_true(exchange_wants_body(&x, &family, &config, &most));
	assert_int_equal(most, 65);
	x.request.content_length = 65;
	assert_false(exchange_wants_body(&x, &family, &config, &most));
	assert_true(x.request.body_too_large);
	x.request.method = METHOD_HEAD;
	assert_false(exchange_wants_body(&x, &family, &config, &most));
	exchange_free(&x);
}

static void
a_broken_query_is_400_where_something_is_read(void **state)
{
	(void)state;
	assert_answer("GET", "/a/" TOKEN "?x=%zz", 400, "problem:bad-request");
	assert_answer("GET", "/b?x=%zz", 404, "problem:not-found");
}

static void
an_exchange_can_be_used_again(void **state)
{
	struct exchange x = answer("GET", "/a/" TOKEN, "HOME=/", "");

	(void)state;
	exchange_reset(&x);
	assert_int_equal(x.out.len, 0);
	assert_int_equal(x.response.status, 0);
	assert_null(x.request.path);
	exchange_free(&x);
}

static void
a_pid_file_is_named_after_the_socket(void **state)
{
	static const struct {
		const char *path, *name;
	} cases[] = {
		{ "/x/messages.socket-0", "messages-1" },
		{ "/x/messages.socket-9", "messages-10" },
		{ "/x/messages-2.sock", "messages-2" },
		{ "messages.sock", "messages" },
		{ "/x.y-3/messages", "messages" },
		{ "/x/a-b.socket-x", "a-b" },
	};
	char name[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pid_file_name(cases[i].path, name, sizeof(name));
		assert_string_equal(name, cases[i].name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_take_tokens_and_numbers),
		cmocka_unit_test(what_fits_no_pattern_is_404),
		cmocka_unit_test(another_method_is_405_with_allow),
		cmocka_unit_test(options_is_204_with_allow),
		cmocka_unit_test(head_is_get_without_the_body),
		cmocka_unit_test(the_operators_key_is_asked_for),
		cmocka_unit_test(creating_needs_the_key_only_if_that_is_set),
		cmocka_unit_test(
		    only_origins_that_are_named_are_granted_anything),
		cmocka_unit_test(a_preflight_is_told_what_may_be_sent),
		cmocka_unit_test(a_body_is_checked_before_the_handler_runs),
		cmocka_unit_test(
		    a_write_that_is_sent_again_is_not_carried_out_again),
		cmocka_unit_test(the_body_is_not_wanted_beyond_its_limit),
		cmocka_unit_test(a_broken_query_is_400_where_something_is_read),
		cmocka_unit_test(an_exchange_can_be_used_again),
		cmocka_unit_test(a_pid_file_is_named_after_the_socket),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
