/* test_buffer.c: bytes that grow at the end. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buffer.h"
#include "memory.h"

static void
what_is_added_stands_there_in_order(void **state)
{
	struct buffer buffer = BUFFER_EMPTY;

	(void)state;
	buffer_str(&buffer, "one ");
	buffer_add(&buffer, "two three", 4);
	buffer_char(&buffer, '3');
	buffer_printf(&buffer, " %d-%s", 4, "five");
	assert_string_equal(buffer.data, "one two 3 4-five");
	assert_int_equal(buffer.len, 16);
	buffer_free(&buffer);
	assert_null(buffer.data);
	buffer_free(&buffer);
}

static void
adding_nothing_gives_an_empty_string(void **state)
{
	struct buffer buffer = BUFFER_EMPTY;

	(void)state;
	buffer_add(&buffer, NULL, 0);
	assert_string_equal(buffer.data, "");
	buffer_reset(&buffer);
	buffer_printf(&buffer, "%s", "");
	assert_string_equal(buffer.data, "");
	buffer_free(&buffer);
}

static void
nul_bytes_are_kept(void **state)
{
	struct buffer buffer = BUFFER_EMPTY;

	(void)state;
	buffer_add(&buffer, "a\0b", 3);
	buffer_str(&buffer, "c");
	assert_int_equal(buffer.len, 4);
	assert_memory_equal(buffer.data, "a\0bc", 5);
	buffer_free(&buffer);
}

static void
it_grows_byte_by_byte_and_at_once(void **state)
{
	struct buffer buffer = BUFFER_EMPTY;
	char *big = xmalloc(1000000);

	(void)state;
	for (int i = 0; i < 100000; i++) {
		buffer_char(&buffer, (char)('a' + i % 26));
		assert_int_equal(buffer.data[buffer.len], '\0');
	}
	memset(big, 'x', 1000000);
	buffer_add(&buffer, big, 1000000);
	assert_int_equal(buffer.len, 1100000);
	assert_int_equal(buffer.data[27], 'b');
	assert_int_equal(buffer.data[1099999], 'x');
	assert_int_equal(buffer.data[1100000], '\0');
	buffer_free(&buffer);
	free(big);
}

/* Around the first size, where the second attempt to print begins. */
static void
printf_is_whole_at_every_length(void **state)
{
	char word[301];

	(void)state;
	memset(word, 'w', sizeof(word));
	for (int len = 0; len <= 300; len++) {
		struct buffer buffer = BUFFER_EMPTY;

		buffer_printf(&buffer, "%.*s|", len, word);
		assert_int_equal(buffer.len, len + 1);
		assert_int_equal(buffer.data[len], '|');
		buffer_free(&buffer);
	}
}

static void
numbers_are_decimal(void **state)
{
	struct buffer buffer = BUFFER_EMPTY;

	(void)state;
	buffer_uint(&buffer, 0);
	buffer_char(&buffer, ' ');
	buffer_uint(&buffer, 1234567890);
	buffer_char(&buffer, ' ');
	buffer_uint(&buffer, UINT64_MAX);
	assert_string_equal(buffer.data,
	    "0 1234567890 18446744073709551615");
	buffer_free(&buffer);
}

static void
reset_keeps_the_memory(void **state)
{
	struct buffer buffer = BUFFER_EMPTY;
	const char *data;

	(void)state;
	buffer_reset(&buffer);
	buffer_str(&buffer, "long ago");
	data = buffer.data;
	buffer_reset(&buffer);
	assert_int_equal(buffer.len, 0);
	assert_string_equal(buffer.data, "");
	buffer_str(&buffer, "now");
	assert_ptr_equal(buffer.data, data);
	assert_string_equal(buffer.data, "now");
	buffer_free(&buffer);
}

static void
take_gives_the_string_away(void **state)
{
	struct buffer buffer = BUFFER_EMPTY;
	char *taken;

	(void)state;
	buffer_str(&buffer, "mine");
	taken = buffer_take(&buffer);
	assert_string_equal(taken, "mine");
	assert_null(buffer.data);
	free(taken);
	taken = buffer_take(&buffer);
	assert_string_equal(taken, "");
	free(taken);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_added_stands_there_in_order),
		cmocka_unit_test(adding_nothing_gives_an_empty_string),
		cmocka_unit_test(nul_bytes_are_kept),
		cmocka_unit_test(it_grows_byte_by_byte_and_at_once),
		cmocka_unit_test(printf_is_whole_at_every_length),
		cmocka_unit_test(numbers_are_decimal),
		cmocka_unit_test(reset_keeps_the_memory),
		cmocka_unit_test(take_gives_the_string_away),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
