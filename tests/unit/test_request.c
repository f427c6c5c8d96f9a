/* test_request.c: requests out of a CGI environment. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../fcgi/header.h"
#include "../../fcgi/log_path.h"
#include "../../fcgi/request.h"

/* A request for that URI and nothing else; the caller resets it. */
static void
read_uri(struct request *req, const char *uri)
{
	static char line[4096];
	char method[] = "REQUEST_METHOD=GET";
	char *envp[] = { method, line, NULL };

	*req = (struct request){0};
	snprintf(line, sizeof(line), "REQUEST_URI=%s", uri);
	request_read(req, envp);
}

static void
method_headers_and_length_are_read(void **state)
{
	char method[] = "REQUEST_METHOD=PATCH", uri[] = "REQUEST_URI=/a?b=c";
	char id[] = "HTTP_X_REQUEST_ID=a.B_c-9";
	char type[] = "CONTENT_TYPE=text/plain", other[] = "HOME=/nowhere";
	char match[] = "HTTP_IF_NONE_MATCH=\"x\"", length[] =
	    "CONTENT_LENGTH=17";
	char key[] = "HTTP_AUTHORIZATION=Bearer x";
	char *envp[] = { method, uri, id, type, other, match, length, key,
		NULL };
	struct request req = {0};

	(void)state;
	request_read(&req, envp);
	assert_int_equal(req.method, METHOD_PATCH);
	assert_false(req.head);
	assert_string_equal(req.path, "/a");
	assert_string_equal(req.id, "a.B_c-9");
	assert_string_equal(req.content_type, "text/plain");
	assert_string_equal(req.if_none_match, "\"x\"");
	assert_string_equal(req.authorization, "Bearer x");
	assert_int_equal(req.content_length, 17);
	assert_string_equal(request_query(&req, "b")->value, "c");
	request_reset(&req);
	assert_null(req.path);
}

static void
an_empty_environment_is_a_request_for_nothing(void **state)
{
	char *envp[] = { NULL };
	struct request req = {0};

	(void)state;
	request_read(&req, envp);
	assert_int_equal(req.method, METHOD_GET);
	assert_true(req.path_bad);
	assert_int_equal(strlen(req.id), IDENT_SIZE - 1);
	request_reset(&req);
	request_reset(&req);
}

static void
a_request_id_that_is_not_plain_is_replaced(void **state)
{
	static const char *const bad[] = { "", "a b", "a/b", "<x>", "\xc3\xa9",
		"01234567890123456789012345678901"
		"012345678901234567890123456789012" };
	char line[256], *envp[] = { line, NULL };
	struct request req = {0};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(line, sizeof(line), "HTTP_X_REQUEST_ID=%s", bad[i]);
		request_read(&req, envp);
		assert_true(ident_is_uuid(req.id));
		request_reset(&req);
	}
}

static void
a_path_is_cut_first_and_decoded_afterwards(void **state)
{
	struct request req;

	(void)state;
	read_uri(&req, "/api/v%31/a%2Fb/+/%20?x");
	assert_false(req.path_bad);
	assert_int_equal(req.segments, 5);
	assert_string_equal(req.segment[0], "api");
	assert_string_equal(req.segment[1], "v1");
	assert_string_equal(req.segment[2], "a/b");
	assert_string_equal(req.segment[3], "+");
	assert_string_equal(req.segment[4], " ");
	assert_string_equal(req.path, "/api/v%31/a%2Fb/+/%20");
	request_reset(&req);
}

static void
an_absolute_uri_counts_by_its_path(void **state)
{
	struct request req;

	(void)state;
	read_uri(&req, "http://host:80/livez?a=1");
	assert_string_equal(req.path, "/livez");
	assert_int_equal(req.queries, 1);
	request_reset(&req);
	read_uri(&req, "https://host");
	assert_true(req.path_bad);
	request_reset(&req);
}

static void
a_bad_path_is_noted(void **state)
{
	static const char *const bad[] = { "", "*", "a", "/%", "/%4", "/%zz",
		"/a%00b", "?x=1", "/1/2/3/4/5/6/7/8/9/a/b/c/d" };
	struct request req;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		read_uri(&req, bad[i]);
		assert_true(req.path_bad);
		request_reset(&req);
	}
}

static void
empty_segments_are_segments(void **state)
{
	struct request req;

	(void)state;
	read_uri(&req, "//a/");
	assert_int_equal(req.segments, 3);
	assert_string_equal(req.segment[0], "");
	assert_string_equal(req.segment[2], "");
	request_reset(&req);
}

static void
query_parameters_are_decoded(void **state)
{
	const struct parameter *p;
	struct request req;

	(void)state;
	read_uri(&req, "/?&&q=a+b%2Bc&n&e=&%6C=%00x&q=second&=v");
	assert_false(req.query_bad);
	assert_int_equal(req.queries, 6);
	assert_string_equal(request_query(&req, "q")->value, "a b+c");
	assert_int_equal(request_query(&req, "n")->len, 0);
	assert_int_equal(request_query(&req, "e")->len, 0);
	p = request_query(&req, "l");
	assert_int_equal(p->len, 2);
	assert_memory_equal(p->value, "\0x", 3);
	assert_null(request_query(&req, "z"));
	request_reset(&req);
}

static void
a_bad_query_is_noted(void **state)
{
	char many[512] = "/?";
	struct request req;
	int i;

	(void)state;
	read_uri(&req, "/?a=%zz");
	assert_true(req.query_bad);
	request_reset(&req);
	read_uri(&req, "/?%4=a");
	assert_true(req.query_bad);
	request_reset(&req);
	for (i = 0; i < QUERY_MAX; i++)
		strcat(many, "a=b&");
	read_uri(&req, many);
	assert_false(req.query_bad);
	request_reset(&req);
	strcat(many, "a");
	read_uri(&req, many);
	assert_true(req.query_bad);
	request_reset(&req);
}

static void
numbers_are_plain_decimals(void **state)
{
	static const char *const bad[] = { "", "01", "00", "+1", "-1", "1 ",
		" 1", "1.0", "1e3", "0x1", "9007199254740993",
		"18446744073709551617", "99999999999999999999", "a" };
	uint64_t n;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(number_read(bad[i], strlen(bad[i]), &n));
	assert_true(number_read("0", 1, &n));
	assert_int_equal(n, 0);
	assert_true(number_read("12x", 2, &n));
	assert_int_equal(n, 12);
	assert_true(number_read("9007199254740992", 16, &n));
	assert_int_equal(n, NUMBER_MAX);
	assert_false(number_read("1\0", 2, &n));
}

static void
header_parameters_are_found_and_unquoted(void **state)
{
	static const struct {
		const char *value, *found;
	} cases[] = {
		{ "multipart/form-data; boundary=x", "x" },
		{ "a;b=c ; BOUNDARY=\"a b\\\"c\\\\d\\e\";z", "a b\"c\\d\\e" },
		{ "a; b=\"boundary=no\"; boundary=yes", "yes" },
		{ "a; boundary=", "" },
		{ "a; boundary=\"open", NULL },
		{ "a; boundary", NULL },
		{ "a; bound=1", NULL },
		{ "boundary=x", NULL },
		{ "", NULL },
		{ ";;;", NULL },
	};
	char *found;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		found = header_parameter(cases[i].value, "boundary");
		if (cases[i].found == NULL)
			assert_null(found);
		else
			assert_string_equal(found, cases[i].found);
		free(found);
	}
}

static void
assert_logged(const char *uri, const char *path)
{
	struct request req = {0};
	char line[256], *envp[] = { line, NULL }, *logged;

	snprintf(line, sizeof(line), "REQUEST_URI=%s", uri);
	request_read(&req, envp);
	logged = log_path(&req);
	assert_string_equal(logged, path);
	free(logged);
	request_reset(&req);
}

#define SECRET "9a4ebc33-dd19-4ef5-b3de-bb2d878bacb2"
#define NAMED "#828eeb20"

static void
a_log_has_the_path_without_its_token(void **state)
{
	(void)state;
	assert_logged("/a/b?q=" SECRET, "/a/b");
	assert_logged("/a/" SECRET "/chats/1?after=1",
	    "/a/" NAMED "/chats/1");
	assert_logged("/" SECRET SECRET "x", "/" NAMED NAMED "x");
	assert_logged("/%39a4ebc33%2dDD19-4ef5-b3de-bb2d878bacb2", "/" NAMED);
	assert_logged("/9a4ebc33-dd19-4ef5-b3de-bb2d878bac",
	    "/9a4ebc33-dd19-4ef5-b3de-bb2d878bac");
	assert_logged("/%zz/" SECRET, "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(method_headers_and_length_are_read),
		cmocka_unit_test(an_empty_environment_is_a_request_for_nothing),
		cmocka_unit_test(a_request_id_that_is_not_plain_is_replaced),
		cmocka_unit_test(a_path_is_cut_first_and_decoded_afterwards),
		cmocka_unit_test(an_absolute_uri_counts_by_its_path),
		cmocka_unit_test(a_bad_path_is_noted),
		cmocka_unit_test(empty_segments_are_segments),
		cmocka_unit_test(query_parameters_are_decoded),
		cmocka_unit_test(a_bad_query_is_noted),
		cmocka_unit_test(numbers_are_plain_decimals),
		cmocka_unit_test(header_parameters_are_found_and_unquoted),
		cmocka_unit_test(a_log_has_the_path_without_its_token),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
