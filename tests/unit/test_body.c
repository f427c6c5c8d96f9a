/* test_body.c: the three media types of bodies, and the rules for fields. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../fcgi/body.h"
#include "memory.h"

#define JSON "application/json"
#define FORM "application/x-www-form-urlencoded"
#define MULTI "multipart/form-data; boundary=B"
#define PART "Content-Disposition: form-data; name="

/*
 * Parses a copy of exactly that size, so that reading on is found out; the
 * last byte of the literal is its NUL.
 */
#define PARSE(type, text) parse(type, text, sizeof(text) - 1)
static struct parts parts;
static const char *reason;

static enum result
parse(const char *type, const char *text, size_t len)
{
	char *copy = xmalloc(len);
	enum result result;

	parts_free(&parts);
	reason = NULL;
	memcpy(copy, text, len);
	result = body_parse(type, copy, len, &parts, &reason);
	free(copy);
	if (result != RESULT_OK)
		assert_non_null(reason);
	return result;
}

static void
assert_part(size_t i, const char *name, const char *data, size_t len)
{
	assert_true(i < parts.count);
	assert_string_equal(parts.part[i].name, name);
	assert_int_equal(parts.part[i].type, PART_TEXT);
	assert_int_equal(parts.part[i].len, len);
	assert_memory_equal(parts.part[i].data, data, len + 1);
}

static int
clean(void **state)
{
	(void)state;
	parts_free(&parts);
	return 0;
}

static void
an_empty_body_has_no_fields_whatever_its_type(void **state)
{
	(void)state;
	assert_int_equal(PARSE(NULL, ""), RESULT_OK);
	assert_int_equal(PARSE("text/plain", ""), RESULT_OK);
	assert_int_equal(PARSE(JSON, ""), RESULT_OK);
	assert_int_equal(parts.count, 0);
}

static void
other_media_types_are_refused(void **state)
{
	(void)state;
	assert_int_equal(PARSE(NULL, "{}"), RESULT_REFUSED);
	assert_int_equal(PARSE("", "{}"), RESULT_REFUSED);
	assert_int_equal(PARSE(";", "{}"), RESULT_REFUSED);
	assert_int_equal(PARSE("text/plain", "{}"), RESULT_REFUSED);
	assert_int_equal(PARSE("application/jsonx", "{}"), RESULT_REFUSED);
	assert_int_equal(PARSE("Application/JSON;charset=x", "{}"), RESULT_OK);
}

static void
what_is_no_string_in_json_is_told_apart(void **state)
{
	(void)state;
	assert_int_equal(PARSE(JSON, "{\"a\":\"x\\u00e9\\u0000\",\"b\":null,"
	    "\"c\":-12,\"d\":[\"x\"],\"e\":true,\"f\":1.5}"), RESULT_OK);
	assert_int_equal(parts.count, 6);
	assert_part(0, "a", "x\xc3\xa9\0", 4);
	assert_int_equal(parts.part[1].type, PART_NULL);
	assert_int_equal(parts.part[2].type, PART_INTEGER);
	assert_string_equal(parts.part[2].data, "-12");
	assert_int_equal(parts.part[3].type, PART_OTHER);
	assert_int_equal(parts.part[4].type, PART_OTHER);
	assert_int_equal(parts.part[5].type, PART_OTHER);
}

static void
malformed_json_is_invalid(void **state)
{
	static const char *const bad[] = { "{", "[]", "null", "1", "\"x\"",
		" ", "{\"a\":\"x\"", "{\"a\":\"x\"}}", "{a:1}",
		"{\"a\":\"\\ud800\"}", "{\"a\":1,\"a\":2}",
		"{\"a\\u0000\":1}", "{\"a\":\"\n\"}", "\xef\xbb\xbf{}",
		"{\"\xff\":1", "{\"n\":1e999}" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse(JSON, bad[i], strlen(bad[i])),
		    RESULT_INVALID);
	assert_int_equal(PARSE(JSON, "\0"), RESULT_INVALID);
	assert_int_equal(PARSE(JSON, "{}\0"), RESULT_INVALID);
}

static void
deep_json_does_not_use_up_the_stack(void **state)
{
	const size_t len = 250000;
	char *deep = xmalloc(len);

	(void)state;
	memset(deep, '[', len);
	assert_int_equal(parse(JSON, deep, len), RESULT_INVALID);
	memcpy(deep, "{\"a\":\"", 6);
	memcpy(deep + len - 2, "\"}", 2);
	assert_int_equal(parse(JSON, deep, len), RESULT_OK);
	assert_int_equal(parts.part[0].len, len - 8);
	free(deep);
}

static void
json_that_is_not_utf_8_keeps_its_field(void **state)
{
	(void)state;
	assert_int_equal(PARSE(JSON, "{\"a\":\"ok\",\"b\":\"x\xff\"}"),
	    RESULT_OK);
	assert_int_equal(parts.count, 2);
	assert_part(0, "a", "ok", 2);
	assert_part(1, "b", "\xff", 1);
	assert_int_equal(PARSE(JSON, "{\"b\":\"\xed\xa0\x80\"}"), RESULT_OK);
	assert_part(0, "b", "\xff", 1);
}

static void
a_form_is_decoded(void **state)
{
	(void)state;
	assert_int_equal(PARSE(FORM, "a=one+two%2B%26&&b&c=%00&d==%c3%A9"),
	    RESULT_OK);
	assert_int_equal(parts.count, 4);
	assert_part(0, "a", "one two+&", 9);
	assert_part(1, "b", "", 0);
	assert_part(2, "c", "\0", 1);
	assert_part(3, "d", "=\xc3\xa9", 3);
}

static void
a_malformed_form_is_invalid(void **state)
{
	char many[256] = "";
	int i;

	(void)state;
	assert_int_equal(PARSE(FORM, "a=%"), RESULT_INVALID);
	assert_int_equal(PARSE(FORM, "a=%4"), RESULT_INVALID);
	assert_int_equal(PARSE(FORM, "%zz=1"), RESULT_INVALID);
	assert_int_equal(PARSE(FORM, "a%00=1"), RESULT_INVALID);
	for (i = 0; i < 64; i++)
		strcat(many, "a&");
	assert_int_equal(parse(FORM, many, 128), RESULT_OK);
	strcat(many, "a");
	assert_int_equal(parse(FORM, many, 129), RESULT_INVALID);
}

static void
multipart_is_read_as_the_rfc_has_it(void **state)
{
	(void)state;
	assert_int_equal(PARSE(MULTI, "preamble\r\n--B  \r\n"
	    "Content-Type: text/plain\r\n"
	    "content-disposition: form-data; filename=\"f\"; name=body\r\n"
	    "\r\nline\r\n--Bee\r\n\r\n--B\r\n" PART "\"a \\\"b\\\"\"\r\n\r\n"
	    "\r\n--B\r\n" PART "c\r\n\r\n--B--\r\nepilogue --B"), RESULT_OK);
	assert_int_equal(parts.count, 3);
	assert_part(0, "body", "line\r\n--Bee\r\n", 13);
	assert_part(1, "a \"b\"", "", 0);
	assert_part(2, "c", "", 0);
	assert_int_equal(PARSE(MULTI, "--B--"), RESULT_OK);
	assert_int_equal(parts.count, 0);
}

static void
malformed_multipart_is_invalid(void **state)
{
	static const char *const bad[] = { "x", "--B", "--B\r\n", "--B\r",
		"--B\r\n\r\nx\r\n--B--", "--B\r\nX\r\n\r\nx\r\n--B--",
		"--B\r\n" PART "a\r\n", "--B\r\n" PART "a\r\n\r\nx",
		"--B\r\n" PART "a\r\n\r\nx\r\n--B",
		"--B\n" PART "a\n\nx\n--B--",
		"--B\r\n" PART "\"a\r\n\r\nx\r\n--B--",
		"--B\r\nContent-Disposition: attachment; name=a\r\n\r\n"
		"\r\n--B--",
		"--B\r\nContent-Transfer-Encoding: base64\r\n" PART
		"a\r\n\r\nx\r\n--B--",
		"--B\r\n folded\r\n\r\nx\r\n--B--" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse(MULTI, bad[i], strlen(bad[i])),
		    RESULT_INVALID);
	assert_int_equal(PARSE("multipart/form-data", "--B--"),
	    RESULT_INVALID);
	assert_int_equal(PARSE("multipart/form-data; boundary=", "--B--"),
	    RESULT_INVALID);
}

static void
every_beginning_of_a_multipart_body_is_survived(void **state)
{
	static const char whole[] = "--B\r\n" PART "a\r\n\r\nx\r\n--B\r\n"
	    PART "\"b\"\r\n\r\ny\r\n--B--";
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(whole) - 1; len++)
		assert_int_equal(parse(MULTI, whole, len),
		    len == 0 ? RESULT_OK : RESULT_INVALID);
	assert_int_equal(parse(MULTI, whole, len), RESULT_OK);
	assert_int_equal(parts.count, 2);
}

/* ---- the rules ---- */

static const struct field rules[] = {
	{ .name = "body", .alias = "name", .required = true, .max = 3 },
	{ .name = "note", .nullable = true, .max = 3 },
	{ .name = NULL },
};

/* What is wrong with a JSON body under the rules; "" if nothing. */
static const char *
check(const char *json, struct value values[FIELDS_MAX])
{
	static char summary_copy[256];
	struct buffer errors = BUFFER_EMPTY, summary = BUFFER_EMPTY;

	assert_int_equal(parse(JSON, json, strlen(json)), RESULT_OK);
	fields_check(rules, &parts, values, &errors, &summary);
	summary_copy[0] = '\0';
	if (summary.len > 0)
		strcpy(summary_copy, summary.data);
	assert_int_equal(errors.len > 0, summary.len > 0);
	buffer_free(&errors);
	buffer_free(&summary);
	return summary_copy;
}

static void
sound_fields_become_values(void **state)
{
	struct value v[FIELDS_MAX];

	(void)state;
	assert_string_equal(check("{\"body\":\"\\u00e9\\ud83d\\ude00x\"}", v),
	    "");
	assert_true(v[0].given);
	assert_int_equal(v[0].len, 7);
	assert_false(v[1].given);
	assert_string_equal(check("{\"name\":\"abc\",\"note\":null}", v), "");
	assert_string_equal(v[0].data, "abc");
	assert_true(v[1].given);
	assert_true(v[1].null);
	assert_null(v[1].data);
	assert_string_equal(check("{\"name\":1,\"body\":\"x\"}", v), "");
	assert_string_equal(v[0].data, "x");
}

static void
each_fault_is_said_with_its_field(void **state)
{
	struct value v[FIELDS_MAX];

	(void)state;
	assert_string_equal(check("{}", v), "body: is missing");
	assert_string_equal(check("{\"body\":null}", v),
	    "body: must be a string");
	assert_string_equal(check("{\"body\":1}", v),
	    "body: must be a string");
	assert_string_equal(check("{\"name\":\"\"}", v),
	    "name: must not be blank");
	assert_string_equal(check("{\"body\":\" \\u200b\\t\"}", v),
	    "body: must not be blank");
	assert_string_equal(check("{\"body\":\"abcd\"}", v),
	    "body: is too long");
	assert_string_equal(check("{\"body\":\"a\\u0000\"}", v),
	    "body: must not hold the character NUL");
	assert_string_equal(check("{\"body\":\"\xff\"}", v),
	    "body: must be UTF-8");
	assert_string_equal(check("{\"body\":\"x\",\"note\":[]}", v),
	    "note: must be a string");
}

static void
all_faults_are_listed(void **state)
{
	struct buffer errors = BUFFER_EMPTY, summary = BUFFER_EMPTY;
	struct value v[FIELDS_MAX];

	(void)state;
	assert_int_equal(PARSE(FORM, "body=a&body=b&note="), RESULT_OK);
	fields_check(rules, &parts, v, &errors, &summary);
	assert_string_equal(errors.data,
	    "{\"field\":\"body\",\"detail\":\"is given more than once\"},"
	    "{\"field\":\"note\",\"detail\":\"must not be blank\"}");
	buffer_free(&errors);
	buffer_free(&summary);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_body_has_no_fields_whatever_its_type),
		cmocka_unit_test(other_media_types_are_refused),
		cmocka_unit_test(what_is_no_string_in_json_is_told_apart),
		cmocka_unit_test(malformed_json_is_invalid),
		cmocka_unit_test(deep_json_does_not_use_up_the_stack),
		cmocka_unit_test(json_that_is_not_utf_8_keeps_its_field),
		cmocka_unit_test(a_form_is_decoded),
		cmocka_unit_test(a_malformed_form_is_invalid),
		cmocka_unit_test(multipart_is_read_as_the_rfc_has_it),
		cmocka_unit_test(malformed_multipart_is_invalid),
		cmocka_unit_test(
		    every_beginning_of_a_multipart_body_is_survived),
		cmocka_unit_test(sound_fields_become_values),
		cmocka_unit_test(each_fault_is_said_with_its_field),
		cmocka_unit_test(all_faults_are_listed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, clean);
}
