/* test_dialect.c: from a request to a dialect's words, as far as no storage. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../fcgi/dialects.h"
#include "../../fcgi/dialect_internal.h"

/* ---- a dialect of our own ---- */

static const struct input thing = {
	.text = { .name = "t", .alias = "u", .required = true, .max = 3 },
	.token = "k",
};

static const struct complaint complaints[] = {
	{ CAUSE_NO_PATH, 410, "nowhere", "text/plain" },
	{ CAUSE_MISSING, 422, "{$field:[$fault],\"x\":\"$\"}" },
	{ CAUSE_NONE },
};
static const struct complaint of_route[] = {
	{ CAUSE_NO_CHAT, .body = "{\"no\":\"chat\"}" },
	{ CAUSE_NONE },
};

static const struct member one[] = {
	{ "n", FROM_CHAT },
	{ .key = NULL },
};

static const struct dialect_route routes[] = {
	{ METHOD_GET, "/say/a", ACT_SAY, .status = 200, .text = "a",
	    .type = "text/plain" },
	{ METHOD_GET, "/say/:token", ACT_SAY, .status = 200, .text = "token",
	    .type = "text/plain" },
	{ METHOD_POST, "/things", ACT_CREATE, SUBJECT_CHAT, 200, one, &thing },
	{ METHOD_GET, "/chats/:token/:chat", ACT_GET, SUBJECT_CHAT, 200, one,
	    .complaints = of_route },
	{ METHOD_GET, "/find/:token/:chat/:term", ACT_SEARCH,
	    SUBJECT_MESSAGE, 200, one },
	{ METHOD_GET, "/", ACT_SAY, .status = 200, .text = "root",
	    .type = "text/plain" },
	{ .path = NULL },
};

static const struct dialect ours = {
	.name = "ours",
	.routes = routes,
	.complaints = complaints,
	.usual = { .body = "{\"e\":$detail}", .type = "application/json" },
	.prefix = "v",
	.main_port = true,
};

static const struct dialect_route other_routes[] = {
	{ METHOD_PUT, "/say/a", ACT_SAY, .status = 200, .text = "put",
	    .type = "text/plain" },
	{ METHOD_GET, "/say/a", ACT_SAY, .status = 200, .text = "other",
	    .type = "text/plain" },
	{ .path = NULL },
};

static const struct dialect other = {
	.name = "other",
	.routes = other_routes,
	.usual = { .body = "other: $detail", .type = "text/plain" },
};

static const struct dialect *const dialects[] = { &ours, &other, NULL };

/* ---- asking ---- */

#define TOKEN "3f0c7a52-9a41-4d0e-8c55-0d7f5e1c2b6a"

static struct request req;
static struct response resp;

/* names: as PARLEY_DIALECT has them; body: JSON, or NULL. */
static void
ask(const char *names, const char *method, const char *uri, const char *body)
{
	struct config config = {.body_limit = 100};
	struct worker worker = {.config = &config};
	char line[3][200];
	char *envp[] = {line[0], line[1], line[2], NULL};

	request_reset(&req);
	response_reset(&resp);
	snprintf(line[0], sizeof(line[0]), "REQUEST_METHOD=%s", method);
	snprintf(line[1], sizeof(line[1]), "REQUEST_URI=%s", uri);
	snprintf(line[2], sizeof(line[2]), "CONTENT_TYPE=application/json");
	request_read(&req, envp);
	req.dialect = names;
	if (body != NULL)
		buffer_str(&req.body, body);
	dialect_dispatch(dialects, &worker, &req, &resp);
}

static void
assert_answer(int status, const char *body)
{
	assert_int_equal(resp.status, status);
	assert_string_equal(resp.body.data, body);
}

static void
the_first_dialect_that_has_path_and_method_answers(void **state)
{
	(void)state;
	ask("ours other", "GET", "/say/a", NULL);
	assert_answer(200, "a");
	ask(" other  ours ", "GET", "/say/a", NULL);
	assert_answer(200, "other");
	ask("ours other", "PUT", "/say/a", NULL);
	assert_answer(200, "put");
	ask("ours", "GET", "/say/b", NULL);
	assert_answer(200, "token");
	ask(NULL, "GET", "/say/a", NULL);
	assert_answer(200, "a");
}

static void
a_slash_at_the_end_and_the_prefix_do_not_matter(void **state)
{
	(void)state;
	ask("ours", "GET", "/say/a/", NULL);
	assert_answer(200, "a");
	ask("ours", "GET", "/v/say/a", NULL);
	assert_answer(200, "a");
	ask("ours", "GET", "/", NULL);
	assert_answer(200, "root");
	ask("ours", "GET", "//", NULL);
	assert_answer(200, "root");
	ask("ours", "GET", "/say/a//", NULL);
	assert_int_equal(resp.status, 410);
	ask("other", "GET", "/v/say/a", NULL);
	assert_int_equal(resp.status, 404);
}

static void
a_path_that_none_has_is_complained_of_by_the_first(void **state)
{
	(void)state;
	ask("ours other", "GET", "/nothing", NULL);
	assert_answer(410, "nowhere");
	assert_string_equal(resp.content_type, "text/plain");
	ask("other ours", "GET", "/nothing", NULL);
	assert_answer(404, "other: There is nothing at this path.");
	ask("ours", "GET", "/%zz", NULL);
	assert_int_equal(resp.status, 410);
	ask(NULL, "GET", "/nothing", NULL);
	assert_string_equal(resp.content_type, "application/problem+json");
}

static void
a_wrong_method_is_complained_of_by_who_has_the_path(void **state)
{
	(void)state;
	ask("other ours", "DELETE", "/things", NULL);
	assert_int_equal(resp.status, 405);
	assert_string_equal(resp.content_type, "application/json");
	assert_non_null(strstr(resp.headers.data, "Allow: POST, OPTIONS\r\n"));
	ask("ours other", "OPTIONS", "/say/a", NULL);
	assert_int_equal(resp.status, 204);
	assert_non_null(strstr(resp.headers.data,
	    "Allow: GET, PUT, HEAD, OPTIONS\r\n"));
}

static void
a_name_that_is_no_dialect_is_a_mistake_of_the_web_server(void **state)
{
	(void)state;
	ask("ours nonsense", "GET", "/say/a", NULL);
	assert_int_equal(resp.status, 503);
	ask("our", "GET", "/say/a", NULL);
	assert_int_equal(resp.status, 503);
	ask("ours ours ours ours ours ours ours ours", "GET", "/", NULL);
	assert_int_equal(resp.status, 503);
}

static void
what_is_missing_or_wrong_is_named(void **state)
{
	(void)state;
	ask("ours", "POST", "/things", "{}");
	assert_answer(422, "{\"t\":[\"is missing\"],\"x\":\"$\"}");
	ask("ours", "POST", "/things", "{\"u\":\" \"}");
	assert_answer(422, "{\"u\":[\"must not be blank\"],\"x\":\"$\"}");
	ask("ours", "POST", "/things", "{\"t\":null}");
	assert_answer(422, "{\"t\":[\"must be a string\"],\"x\":\"$\"}");
	ask("ours", "POST", "/things", "{\"t\":\"1234\"}");
	assert_answer(400, "{\"e\":\"t is too long\"}");
	ask("ours", "POST", "/things?t=1234", NULL);
	assert_answer(400, "{\"e\":\"t is too long\"}");
	ask("ours", "POST", "/things", "{\"t\":1}");
	assert_answer(400, "{\"e\":\"t must be a string\"}");
	ask("ours", "POST", "/things", "[");
	assert_answer(400, "{\"e\":\"The JSON ends too early.\"}");
	ask("ours", "GET", "/?%zz", NULL);
	assert_int_equal(resp.status, 400);
}

static void
what_no_token_or_number_can_be_is_not_there(void **state)
{
	(void)state;
	ask("ours", "POST", "/things", "{\"t\":\"x\"}");
	assert_answer(404, "{\"e\":\"Application not found\"}");
	ask("ours", "POST", "/things", "{\"t\":\"x\",\"k\":\"y\"}");
	assert_answer(404, "{\"e\":\"Application not found\"}");
	ask("ours", "GET", "/chats/x/1", NULL);
	assert_answer(404, "{\"e\":\"Application not found\"}");
	ask("ours", "GET", "/chats/" TOKEN "/x", NULL);
	assert_answer(404, "{\"no\":\"chat\"}");
	ask("ours", "GET", "/chats/" TOKEN "/0", NULL);
	assert_answer(404, "{\"no\":\"chat\"}");
}

static void
assert_term(const char *uri, const char *term)
{
	char line[] = "REQUEST_METHOD=GET", target[200];
	char *envp[] = {line, target, NULL};
	struct call call = {.req = &req, .dialect = &ours};
	unsigned methods = 0;

	request_reset(&req);
	snprintf(target, sizeof(target), "REQUEST_URI=%s", uri);
	request_read(&req, envp);
	assert_true(dialect_match(&call, &methods));
	assert_string_equal(call.token, "t");
	assert_string_equal(call.chat, "1");
	assert_string_equal(call.term, term);
}

static void
a_term_is_all_that_is_left_of_the_path(void **state)
{
	(void)state;
	assert_term("/find/t/1/a", "a");
	assert_term("/find/t/1/a/", "a");
	assert_term("/find/t/1/a.b%2Fc", "a.b/c");
	assert_term("/find/t/1/a/b//c", "a/b//c");
	assert_term("/v/find/t/1/a/b", "a/b");
	ask("ours", "GET", "/find/t/1/", NULL);
	assert_int_equal(resp.status, 410);
}

static void
what_the_web_server_refused_is_answered_with_its_status(void **state)
{
	char method[] = "REQUEST_METHOD=GET", uri[] = "REQUEST_URI=/say/a",
	    status[] = "REDIRECT_STATUS=413";
	char *envp[] = {method, uri, status, NULL};

	(void)state;
	request_reset(&req);
	response_reset(&resp);
	request_read(&req, envp);
	req.dialect = "ours other";
	dialect_dispatch(dialects, NULL, &req, &resp);
	assert_answer(413, "{\"e\":\"The body is too large.\"}");

	memcpy(status, "REDIRECT_STATUS=411", sizeof(status));
	request_reset(&req);
	request_read(&req, envp);
	assert_int_equal(req.method, METHOD_POST);
	memcpy(status, "REDIRECT_STATUS=200", sizeof(status));
	request_reset(&req);
	request_read(&req, envp);
	assert_int_equal(req.method, METHOD_GET);
	assert_int_equal(req.refused, 0);
}

static void
a_thing_is_shown_as_the_rows_say(void **state)
{
	static const struct member inside[] = {
		{ "text", FROM_TEXT },
		{ .key = NULL },
	};
	static const struct member rows[] = {
		{ "literal", FROM_LITERAL, .literal = "[1]" },
		{ "inside", FROM_MEMBERS, .members = inside },
		{ "token", FROM_TOKEN },
		{ "place", FROM_PLACE },
		{ "count", FROM_COUNT, FORM_STRING },
		{ "null", FROM_COUNT, FORM_NULL },
		{ "omit", FROM_COUNT, FORM_OMIT },
		{ "name", FROM_TEXT, FORM_OMIT },
		{ "at", FROM_CREATED },
		{ "then", FROM_UPDATED, FORM_SECONDS },
		{ "rank", FROM_RANK },
		{ .key = NULL },
	};
	const struct thing nothing = {.token = "t", .chat = 1, .message = 2};
	struct buffer out = BUFFER_EMPTY;

	(void)state;
	dialect_object(&out, rows, &nothing);
	assert_string_equal(out.data, "{\"literal\":[1],"
	    "\"inside\":{\"text\":null},\"token\":\"t\",\"place\":\"1/2\","
	    "\"count\":\"0\",\"null\":null,"
	    "\"at\":\"1970-01-01T00:00:00.000Z\","
	    "\"then\":\"1970-01-01 00:00:00\",\"rank\":0}");
	buffer_free(&out);
	dialect_object(&out, &rows[6], &(struct thing){.text = "\"",
	    .count = 3, .rank = 2});
	assert_string_equal(out.data, "{\"omit\":3,\"name\":\"\\\"\","
	    "\"at\":\"1970-01-01T00:00:00.000Z\","
	    "\"then\":\"1970-01-01 00:00:00\",\"rank\":2}");
	buffer_free(&out);
	dialect_object(&out, &rows[11], &nothing);
	assert_string_equal(out.data, "{}");
	buffer_free(&out);
}

/* ---- the tables that there are ---- */

static void
check_route(const struct dialect_route *route)
{
	assert_true(route->status >= 200 && route->status < 300);
	assert_true(*route->path == '/');
	if (route->act == ACT_SAY)
		assert_true(route->text != NULL && route->type != NULL);
	else
		assert_true((route->answer == NULL) ==
		    (route->status == 204));
	if (route->act == ACT_UPDATE)
		assert_non_null(route->input);
	if (route->act == ACT_CREATE && route->subject != SUBJECT_CHAT)
		assert_true(route->input->text.required);
}

static void
every_table_is_complete(void **state)
{
	static const struct dialect *const all[] = {
		&dialect_deeb, &dialect_mosaad, &dialect_shady_go,
		&dialect_shady_rails, &dialect_shetewi, &dialect_shetewi_go,
	};
	const struct dialect_route *route;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_non_null(all[i]->usual.body);
		assert_non_null(all[i]->usual.type);
		for (route = all[i]->routes; route->path != NULL; route++)
			check_route(route);
		assert_true(route - all[i]->routes >= 3);
	}
}

static int
forget(void **state)
{
	(void)state;
	request_reset(&req);
	response_free(&resp);
	return 0;
}

#define TEST(function) cmocka_unit_test_teardown(function, forget)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_dialect_that_has_path_and_method_answers),
		TEST(a_slash_at_the_end_and_the_prefix_do_not_matter),
		TEST(a_path_that_none_has_is_complained_of_by_the_first),
		TEST(a_wrong_method_is_complained_of_by_who_has_the_path),
		TEST(a_name_that_is_no_dialect_is_a_mistake_of_the_web_server),
		TEST(what_is_missing_or_wrong_is_named),
		TEST(what_no_token_or_number_can_be_is_not_there),
		TEST(a_term_is_all_that_is_left_of_the_path),
		TEST(what_the_web_server_refused_is_answered_with_its_status),
		TEST(a_thing_is_shown_as_the_rows_say),
		TEST(every_table_is_complete),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
