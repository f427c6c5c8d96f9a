/* test_pages.c: pages of messages that are kept to be answered again. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../fcgi/pages.h"
#include "clock.h"

#define TOKEN "11111111-1111-4111-8111-111111111111"
#define MOST 65536
#define LARGEST (MOST / 8)

static struct page_key
key_of(uint64_t chat)
{
	return (struct page_key){ .token = TOKEN, .chat = chat,
	    .range = { .limit = 20 } };
}

/* Keeps a page of this many bytes, all the same letter. */
static void
keep(struct pages *pages, uint64_t chat, size_t len, int64_t made)
{
	const struct page_key key = key_of(chat);
	struct kept_page page = { .last = 20,
	    .change = { .epoch = 5, .application = 7, .last = "v" } };

	buffer_reserve(&page.body, len);
	memset(page.body.data, 'a' + (int)(chat % 26), len);
	page.body.len = len;
	pages_keep(pages, &key, &page, made);
	buffer_free(&page.body);
}

/* The length of what is found, 0 for none. */
static size_t
found(struct pages *pages, uint64_t chat)
{
	const struct page_key key = key_of(chat);
	struct kept_page page = { 0 };
	size_t len = 0;

	if (pages_find(pages, &key, &page)) {
		len = page.body.len;
		assert_int_equal(page.body.data[0], 'a' + (int)(chat % 26));
		assert_int_equal(page.last, 20);
		assert_string_equal(page.change.last, "v");
	}
	buffer_free(&page.body);
	return len;
}

static void
what_was_kept_is_found_by_the_same_question_only(void **state)
{
	struct pages *pages = pages_new(MOST);
	struct page_key other = key_of(3);
	struct kept_page page = { 0 };

	(void)state;
	keep(pages, 3, 1000, clock_mono_ms());
	assert_int_equal(found(pages, 3), 1000);
	assert_int_equal(found(pages, 4), 0);
	other.range.after = 1;
	assert_false(pages_find(pages, &other, &page));
	other = key_of(3);
	other.range.descending = 1;
	assert_false(pages_find(pages, &other, &page));
	other = key_of(3);
	other.token = "22222222-2222-4222-8222-222222222222";
	assert_false(pages_find(pages, &other, &page));
	buffer_free(&page.body);
	pages_free(pages);
}

static void
the_newest_answer_takes_the_place_of_the_last(void **state)
{
	struct pages *pages = pages_new(MOST);

	(void)state;
	for (size_t len = 1; len < LARGEST; len += 500) {
		keep(pages, 3, len, clock_mono_ms());
		assert_int_equal(found(pages, 3), len);
	}
	pages_free(pages);
}

static void
what_is_old_is_not_found(void **state)
{
	struct pages *pages = pages_new(MOST);

	(void)state;
	keep(pages, 3, 1000, clock_mono_ms() - PAGE_MS);
	assert_int_equal(found(pages, 3), 0);
	pages_free(pages);
}

static void
no_more_is_kept_than_there_is_room_for(void **state)
{
	struct pages *pages = pages_new(MOST);
	size_t total = 0;

	(void)state;
	for (uint64_t chat = 1; chat <= 500; chat++) {
		keep(pages, chat, 4000, clock_mono_ms());
		assert_int_equal(found(pages, chat), 4000);
	}
	for (uint64_t chat = 1; chat <= 500; chat++)
		total += found(pages, chat);
	assert_in_range(total, 1, MOST);
	keep(pages, 1, LARGEST + 1, clock_mono_ms());
	assert_int_not_equal(found(pages, 1), LARGEST + 1);
	pages_free(pages);
}

static void
with_no_room_nothing_is_kept(void **state)
{
	struct pages *pages = pages_new(0);

	(void)state;
	keep(pages, 3, 1, clock_mono_ms());
	assert_int_equal(found(pages, 3), 0);
	pages_free(pages);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_was_kept_is_found_by_the_same_question_only),
		cmocka_unit_test(the_newest_answer_takes_the_place_of_the_last),
		cmocka_unit_test(what_is_old_is_not_found),
		cmocka_unit_test(no_more_is_kept_than_there_is_room_for),
		cmocka_unit_test(with_no_room_nothing_is_kept),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
