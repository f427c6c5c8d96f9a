/* test_ident.c: names that nobody can guess, and comparing them. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ident.h"

#define EXAMPLE "0123abcd-4567-489a-bcde-f00102030405"

static void
new_ones_are_uuids_of_version_4(void **state)
{
	char uuid[IDENT_SIZE];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		ident_uuid4(uuid);
		assert_true(ident_is_uuid(uuid));
		assert_int_equal(uuid[14], '4');
		assert_non_null(strchr("89ab", uuid[19]));
	}
}

/* Lengths on both sides of where a block of SHA-256 ends. */
static void
a_text_has_one_uuid_from_its_sha256(void **state)
{
	static const struct {
		size_t len;
		const char *uuid;
	} rows[] = {
		{ 0, "e3b0c442-98fc-8c14-9afb-f4c8996fb924" },
		{ 55, "d5e28568-3cd4-8fc0-ad02-1a5c62014694" },
		{ 56, "04c26261-370e-8754-9549-d16dee320c72" },
		{ 64, "7ce10097-1f64-8700-9e8f-e5a51973ecdf" },
		{ 119, "000b48d4-edf0-8a7b-ae3c-6236ecd2785b" },
		{ 120, "13f05a0b-5947-87f5-acd3-15edc96141bd" },
		{ 1000, "44f83544-94a5-8a03-ba17-92a8d3e9c534" },
	};
	char text[1000], uuid[IDENT_SIZE];

	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ident_of_text(text, rows[i].len, uuid);
		assert_string_equal(uuid, rows[i].uuid);
	}
	ident_of_text("abc", 3, uuid);
	assert_string_equal(uuid, "ba7816bf-8f01-8fea-8141-40de5dae2223");
}

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
no_two_are_the_same(void **state)
{
	enum { COUNT = 10000 };
	static char uuids[COUNT][IDENT_SIZE];

	(void)state;
	for (int i = 0; i < COUNT; i++)
		ident_uuid4(uuids[i]);
	qsort(uuids, COUNT, IDENT_SIZE, compare);
	for (int i = 1; i < COUNT; i++)
		assert_string_not_equal(uuids[i - 1], uuids[i]);
}

static void
only_the_one_spelling_is_a_uuid(void **state)
{
	static const char *const bad[] = {
		"",
		"0",
		"0123abcd",
		"0123abcd-4567-489a-bcde-f0010203040",
		"0123abcd-4567-489a-bcde-f001020304055",
		"0123ABCD-4567-489a-bcde-f00102030405",
		"0123abcg-4567-489a-bcde-f00102030405",
		"0123abcd04567-489a-bcde-f00102030405",
		"0123abcd-4567-489a-bcde_f00102030405",
		"0123abcd-4567-489a-bcde-f0010203040-",
		" 123abcd-4567-489a-bcde-f00102030405",
		"{123abcd-4567-489a-bcde-f0010203040}",
		"0123abcd4567489abcdef00102030405",
		("0123abcd-4567-489a-bcde-f0010203\xc3\xa9" "05"),
		"------------------------------------",
	};

	(void)state;
	assert_true(ident_is_uuid(EXAMPLE));
	assert_true(ident_is_uuid("00000000-0000-0000-0000-000000000000"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(ident_is_uuid(bad[i]));
}

static void
text_and_bytes_are_the_same_thing(void **state)
{
	static const unsigned char expected[IDENT_BYTES] = { 0x01, 0x23, 0xab,
		0xcd, 0x45, 0x67, 0x48, 0x9a, 0xbc, 0xde, 0xf0, 0x01, 0x02,
		0x03, 0x04, 0x05 };
	unsigned char bytes[IDENT_BYTES];
	char uuid[IDENT_SIZE], again[IDENT_SIZE];

	(void)state;
	ident_to_bytes(EXAMPLE, bytes);
	assert_memory_equal(bytes, expected, IDENT_BYTES);
	ident_from_bytes(bytes, again);
	assert_string_equal(again, EXAMPLE);
	for (int i = 0; i < 100; i++) {
		ident_uuid4(uuid);
		ident_to_bytes(uuid, bytes);
		ident_from_bytes(bytes, again);
		assert_string_equal(again, uuid);
	}
}

static void
secrets_are_equal_only_to_themselves(void **state)
{
	(void)state;
	assert_true(ident_equal_secret("", ""));
	assert_true(ident_equal_secret("secret", "secret"));
	assert_false(ident_equal_secret("secres", "secret"));
	assert_false(ident_equal_secret("xecret", "secret"));
	assert_false(ident_equal_secret("secre", "secret"));
	assert_false(ident_equal_secret("secrets", "secret"));
	assert_false(ident_equal_secret("secretsecret", "secret"));
	assert_false(ident_equal_secret("", "secret"));
	assert_false(ident_equal_secret("secret", ""));
	assert_false(ident_equal_secret("aa", "a"));
}

static void
a_token_has_one_short_name(void **state)
{
	char name[IDENT_SHORT_SIZE], again[IDENT_SHORT_SIZE];

	(void)state;
	ident_short(EXAMPLE, name);
	ident_short(EXAMPLE, again);
	assert_string_equal(name, again);
	assert_int_equal(strlen(name), IDENT_SHORT_SIZE - 1);
	assert_int_equal(name[0], '#');
	assert_int_equal(strspn(name + 1, "0123456789abcdef"), 8);
	assert_null(strstr(EXAMPLE, name + 1));
	/* printf %s TOKEN | sha256sum | cut -c 1-8 */
	assert_string_equal(name, "#6bbc2db7");
	ident_short("11111111-1111-4111-8111-111111111111", again);
	assert_string_not_equal(name, again);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_ones_are_uuids_of_version_4),
		cmocka_unit_test(no_two_are_the_same),
		cmocka_unit_test(a_text_has_one_uuid_from_its_sha256),
		cmocka_unit_test(only_the_one_spelling_is_a_uuid),
		cmocka_unit_test(text_and_bytes_are_the_same_thing),
		cmocka_unit_test(secrets_are_equal_only_to_themselves),
		cmocka_unit_test(a_token_has_one_short_name),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
