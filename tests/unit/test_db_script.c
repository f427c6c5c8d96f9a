/* test_db_script.c: taking a file of SQL apart into its statements. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "db_script.h"

/* The text has exactly these statements; the list ends with NULL. */
static void
assert_statements(const char *text, const char *const *expected)
{
	struct buffer statement = BUFFER_EMPTY;

	for (; *expected != NULL; expected++) {
		assert_int_equal(db_script_next(&text, &statement), RESULT_OK);
		assert_string_equal(statement.data, *expected);
	}
	assert_int_equal(db_script_next(&text, &statement), RESULT_NOT_FOUND);
	assert_int_equal(db_script_next(&text, &statement), RESULT_NOT_FOUND);
	buffer_free(&statement);
}
#define ASSERT_STATEMENTS(text, ...) \
	assert_statements(text, (const char *const[]){ __VA_ARGS__ })

static void
statements_end_with_a_semicolon_or_the_text(void **state)
{
	(void)state;
	ASSERT_STATEMENTS("", NULL);
	ASSERT_STATEMENTS(" \n\t ", NULL);
	ASSERT_STATEMENTS(";;\n ;", NULL);
	ASSERT_STATEMENTS("SELECT 1", "SELECT 1", NULL);
	ASSERT_STATEMENTS("SELECT 1;SELECT 2 ; \n", "SELECT 1", "SELECT 2",
	    NULL);
	ASSERT_STATEMENTS("\nCREATE TABLE t (\n\ta INT\n);\n",
	    "CREATE TABLE t (\n\ta INT\n)", NULL);
}

static void
comments_are_left_out(void **state)
{
	(void)state;
	ASSERT_STATEMENTS("-- a; b\nSELECT 1; # c; d\n/* e; */ SELECT 2;",
	    "SELECT 1", "SELECT 2", NULL);
	ASSERT_STATEMENTS("SELECT/* no blank */1;--\n-- end", "SELECT 1",
	    NULL);
	ASSERT_STATEMENTS("-- only\n/* comments; */\n#", NULL);
	ASSERT_STATEMENTS("SELECT 1--1, 2-1, 4/2*1;", "SELECT 1--1, 2-1, 4/2*1",
	    NULL);
}

static void
what_is_quoted_is_left_alone(void **state)
{
	(void)state;
	ASSERT_STATEMENTS("SELECT 'a;b', \"-- c\", `d;e`, '# /* f';",
	    "SELECT 'a;b', \"-- c\", `d;e`, '# /* f'", NULL);
	ASSERT_STATEMENTS("SELECT 'it''s; so', 'it\\'s; so';",
	    "SELECT 'it''s; so', 'it\\'s; so'", NULL);
	ASSERT_STATEMENTS("SELECT `a\\`; SELECT 2", "SELECT `a\\`", "SELECT 2",
	    NULL);
}

static void
what_has_no_end_is_refused(void **state)
{
	static const char *const bad[] = {
		"SELECT 'a;", "SELECT \"a;", "SELECT `a;", "SELECT 1 /* a;",
		"SELECT 'a\\';", "SELECT '\\",
	};
	struct buffer statement = BUFFER_EMPTY;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *cursor = bad[i];

		assert_int_equal(db_script_next(&cursor, &statement),
		    RESULT_INVALID);
	}
	buffer_free(&statement);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statements_end_with_a_semicolon_or_the_text),
		cmocka_unit_test(comments_are_left_out),
		cmocka_unit_test(what_is_quoted_is_left_alone),
		cmocka_unit_test(what_has_no_end_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
