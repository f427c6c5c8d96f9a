/* test_item.c: a chat or a message, as every part of the system knows it. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "item.h"
#include "memory.h"

static void
keys_are_ordered_as_primary_keys_are(void **state)
{
	static const struct key sorted[] = {
		{ 1, 1, 0 }, { 1, 1, 1 }, { 1, 1, 2 }, { 1, 2, 0 },
		{ 1, 2, UINT64_MAX }, { 1, 3, 1 }, { 1, UINT64_MAX, 0 },
		{ 2, 1, 0 }, { UINT32_MAX, 1, 1 },
	};
	enum { COUNT = sizeof(sorted) / sizeof(sorted[0]) };

	(void)state;
	for (int i = 0; i < COUNT; i++)
		for (int j = 0; j < COUNT; j++)
			assert_int_equal(key_compare(&sorted[i], &sorted[j]),
			    (i > j) - (i < j));
}

static void
an_array_grows_and_frees_what_it_holds(void **state)
{
	struct items items = {0};

	(void)state;
	for (uint64_t i = 1; i <= 1000; i++) {
		struct item *item = items_add(&items);

		assert_null(item->text);
		assert_int_equal(item->version, 0);
		item->text = xstrdup("text");
		item->version = i;
	}
	assert_int_equal(items.count, 1000);
	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(items.item[i].version, i + 1);
	items_clear(&items);
	assert_int_equal(items.count, 0);
	assert_null(items.item);
	items_clear(&items);
}

static void
a_cleared_item_is_all_zero(void **state)
{
	struct item item = { .version = 7, .text = xstrdup("text") };

	(void)state;
	item_clear(&item);
	assert_null(item.text);
	assert_int_equal(item.version, 0);
	item_clear(&item);
}

static void
a_version_tells_its_epoch(void **state)
{
	(void)state;
	assert_int_equal(VERSION_EPOCH(((uint64_t)3 << 44) + 12345), 3);
	assert_int_equal(VERSION_EPOCH((uint64_t)12345), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_ordered_as_primary_keys_are),
		cmocka_unit_test(an_array_grows_and_frees_what_it_holds),
		cmocka_unit_test(a_cleared_item_is_all_zero),
		cmocka_unit_test(a_version_tells_its_epoch),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
