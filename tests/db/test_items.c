/* test_items.c: storing and reading chats and messages. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "database.h"

#include <stdio.h>

#include "db_items.h"
#include "memory.h"

static void
assert_stored(struct db *db, struct item item, enum stored expected)
{
	enum stored stored;

	database_store(db, &item, 1, &stored);
	assert_int_equal(stored, expected);
	item_clear(&item);
}

static void
assert_text(struct db *db, struct key key, uint64_t version,
    const char *text)
{
	struct item item;

	assert_ok(db_item_get(db, &key, &item));
	assert_int_equal(key_compare(&item.key, &key), 0);
	assert_int_equal(item.version, version);
	if (text != NULL)
		assert_string_equal(item.text, text);
	else
		assert_null(item.text);
	item_clear(&item);
}

static void
what_is_new_comes_back_as_it_was(void **state)
{
	const struct key chat = { 1, 2, 0 }, message = { 1, 2, 3 };
	struct item in = database_item(message, 5, 7,
	    "a\nb\t\"\\' %_ \xf0\x9f\x98\x80 e\xcc\x81 "), out;
	enum stored stored;

	assert_int_equal(db_item_get(*state, &chat, &out), RESULT_NOT_FOUND);
	assert_int_equal(db_item_get(*state, &message, &out),
	    RESULT_NOT_FOUND);
	in.updated_at = 1700000000999;
	database_store(*state, &in, 1, &stored);
	assert_int_equal(stored, STORED_NEW);
	assert_ok(db_item_get(*state, &message, &out));
	assert_string_equal(out.text, in.text);
	assert_string_equal(out.origin, in.origin);
	assert_int_equal(out.version, 5);
	assert_int_equal(out.created_at, 1700000000123);
	assert_int_equal(out.updated_at, 1700000000999);
	item_clear(&out);
	item_clear(&in);

	assert_stored(*state, database_item(chat, 6, 8, NULL), STORED_NEW);
	assert_text(*state, chat, 6, NULL);
}

/* MariaDB's connector up to 3.3.19 misreads what is bound between rows. */
static void
rows_of_every_length_are_read_in_one_go(void **state)
{
	static const size_t length[] = { 10, 300, 5, 255, 256, 257, 64000, 1,
		5000, 20 };
	enum { COUNT = sizeof(length) / sizeof(length[0]) };
	static char text[64001];
	struct items out = {0};
	struct wanted_list list = { 1, 1, { .limit = COUNT }, &out };
	struct wanted_list *const only = &list;

	for (size_t i = 0; i < COUNT; i++) {
		memset(text, 'a' + (int)i, length[i]);
		text[length[i]] = '\0';
		assert_stored(*state, database_item((struct key){ 1, 1, i + 1 },
		    5, (unsigned)i, text), STORED_NEW);
	}
	assert_ok(db_item_lists(*state, &only, 1));
	assert_int_equal(out.count, COUNT);
	for (size_t i = 0; i < COUNT; i++) {
		assert_int_equal(out.item[i].key.message, i + 1);
		assert_int_equal(out.item[i].version, 5);
		assert_int_equal(strlen(out.item[i].text), length[i]);
		assert_int_equal(out.item[i].text[0], 'a' + (int)i);
		assert_int_equal(out.item[i].created_at, 1700000000123);
	}
	items_clear(&out);
}

static void
a_redelivery_changes_nothing(void **state)
{
	const struct key key = { 1, 1, 1 };

	assert_stored(*state, database_item(key, 5, 1, "text"), STORED_NEW);
	assert_stored(*state, database_item(key, 5, 1, "text"),
	    STORED_ALREADY);
	assert_int_equal(database_number("SELECT marks FROM count_pending"),
	    1);
	assert_int_equal(database_number("SELECT COUNT(*) FROM "
	    "index_pending"), 1);
}

static void
the_highest_version_wins_whatever_comes_last(void **state)
{
	const struct key key = { 1, 1, 1 };

	assert_stored(*state, database_item(key, 5, 1, "first"), STORED_NEW);
	assert_stored(*state, database_item(key, 9, 1, "third"),
	    STORED_CHANGED);
	assert_stored(*state, database_item(key, 7, 1, "second"),
	    STORED_ALREADY);
	assert_text(*state, key, 9, "third");
	/* Each change is indexed, only the creation is counted. */
	assert_int_equal(database_number("SELECT COUNT(*) FROM "
	    "index_pending"), 2);
	assert_int_equal(database_number("SELECT marks FROM count_pending"),
	    1);
}

static void
an_update_keeps_origin_and_birth(void **state)
{
	const struct key chat = { 1, 4, 0 };
	struct item update = database_item(chat, 9, 1, NULL), out;
	enum stored stored;

	assert_stored(*state, database_item(chat, 5, 1, "name"), STORED_NEW);
	update.created_at = 1;
	update.updated_at = 1800000000000;
	database_store(*state, &update, 1, &stored);
	assert_int_equal(stored, STORED_CHANGED);
	assert_ok(db_item_get(*state, &chat, &out));
	assert_null(out.text);
	assert_int_equal(out.created_at, 1700000000123);
	assert_int_equal(out.updated_at, 1800000000000);
	item_clear(&out);
	item_clear(&update);
}

static void
another_origin_is_a_clash_and_touches_nothing(void **state)
{
	const struct key key = { 1, 1, 1 };

	assert_stored(*state, database_item(key, 5, 1, "mine"), STORED_NEW);
	assert_stored(*state, database_item(key, 9, 2, "yours"),
	    STORED_CLASH);
	assert_text(*state, key, 5, "mine");
	assert_int_equal(database_number("SELECT COUNT(*) FROM "
	    "index_pending"), 1);
}

/* Every row but each third is there before, in one of several states. */
static void
a_mixed_batch_is_sorted_out(void **state)
{
	enum { COUNT = 700 };
	static struct item items[COUNT];
	static enum stored stored[COUNT], expected[COUNT];
	static struct item before[COUNT];
	size_t before_count = 0;

	for (unsigned i = 0; i < COUNT; i++) {
		const struct key key = { 1, i / 100 + 1, i % 100 + 1 };

		items[i] = database_item(key, 10, i, "now");
		expected[i] = (enum stored[]){ STORED_NEW, STORED_CHANGED,
			STORED_ALREADY, STORED_CLASH, STORED_NEW }[i % 5];
		if (expected[i] != STORED_NEW)
			before[before_count++] = database_item(key,
			    expected[i] == STORED_ALREADY ? 11 : 9,
			    expected[i] == STORED_CLASH ? 5000 : i, "before");
	}
	database_store(*state, before, before_count, stored);
	database_store(*state, items, COUNT, stored);
	for (unsigned i = 0; i < COUNT; i++) {
		bool now = expected[i] == STORED_NEW ||
		    expected[i] == STORED_CHANGED;

		assert_int_equal(stored[i], expected[i]);
		assert_text(*state, items[i].key, now ? 10 :
		    expected[i] == STORED_ALREADY ? 11 : 9,
		    now ? "now" : "before");
	}
	for (unsigned i = 0; i < COUNT; i++)
		item_clear(&items[i]);
	for (size_t i = 0; i < before_count; i++)
		item_clear(&before[i]);
}

static void
the_longest_bodies_fit_into_statements(void **state)
{
	enum { COUNT = 300, BYTES = 64000 };
	static struct item items[COUNT];
	static enum stored stored[COUNT];
	char *body = xmalloc(BYTES + 1);

	for (int i = 0; i < BYTES; i += 4)
		memcpy(body + i, "\xf0\x9f\x98\x80", 4);
	body[BYTES] = '\0';
	for (unsigned i = 0; i < COUNT; i++)
		items[i] = database_item((struct key){ 1, 1, i + 1 }, 1, i,
		    body);
	db_set_timeout(*state, 20000);
	database_store(*state, items, COUNT, stored);
	for (unsigned i = 0; i < COUNT; i++) {
		assert_int_equal(stored[i], STORED_NEW);
		item_clear(&items[i]);
	}
	assert_text(*state, (struct key){ 1, 1, COUNT }, 1, body);
	free(body);
}

static void
what_the_server_refuses_fails_the_batch(void **state)
{
	struct item items[2] = {
		database_item((struct key){ 1, 1, 1 }, 1, 1, "good"),
		database_item((struct key){ 1, 1, 2 }, 1, 2, NULL),
	};
	enum stored stored[2];

	assert_ok(db_begin(*state));
	assert_int_equal(db_items_store(*state, items, 2, stored),
	    RESULT_REFUSED);
	db_rollback(*state);
	assert_int_equal(database_number("SELECT COUNT(*) FROM messages"), 0);
	items[1].text = xcalloc(70000, 1);
	memset(items[1].text, 'x', 69999);
	assert_ok(db_begin(*state));
	assert_int_equal(db_items_store(*state, items, 2, stored),
	    RESULT_REFUSED);
	db_rollback(*state);
	item_clear(&items[0]);
	item_clear(&items[1]);
}

static void
an_empty_batch_is_nothing(void **state)
{
	database_store(*state, NULL, 0, NULL);
}

static void
marks_name_the_chat_or_the_application(void **state)
{
	struct item chats[2] = {
		database_item((struct key){ 7, 1, 0 }, 1, 1, "a"),
		database_item((struct key){ 7, 2, 0 }, 1, 2, "b"),
	};
	struct item messages[3] = {
		database_item((struct key){ 7, 1, 1 }, 1, 3, "a"),
		database_item((struct key){ 7, 1, 2 }, 1, 4, "b"),
		database_item((struct key){ 7, 2, 1 }, 1, 5, "c"),
	};
	enum stored stored[3];

	database_store(*state, chats, 2, stored);
	assert_int_equal(database_number("SELECT COUNT(*) FROM index_pending"),
	    0);
	database_store(*state, messages, 3, stored);
	assert_int_equal(database_number("SELECT COUNT(*) FROM count_pending "
	    "WHERE application_id = 7 AND chat_number IN (0, 1, 2) "
	    "AND marks = 1"), 3);
	for (int i = 0; i < 3; i++) {
		item_clear(&messages[i]);
		if (i < 2)
			item_clear(&chats[i]);
	}
}

/* ---- lists ---- */

/* A list has these numbers, one digit each; it is cleared. */
static void
assert_numbers(struct items *items, uint64_t chat, const char *numbers)
{
	assert_int_equal(items->count, strlen(numbers));
	for (size_t i = 0; i < items->count; i++) {
		const struct key *key = &items->item[i].key;

		assert_int_equal(chat ? key->message : key->chat,
		    numbers[i] - '0');
		assert_int_equal(key->application, 1);
		if (chat)
			assert_int_equal(key->chat, chat);
	}
	items_clear(items);
}

static void
assert_list(struct db *db, uint64_t chat, struct range range,
    const char *numbers)
{
	struct items items = {0};
	struct wanted_list list = { 1, chat, range, &items };
	struct wanted_list *const only = &list;

	assert_ok(db_item_lists(db, &only, 1));
	assert_numbers(&items, chat, numbers);
}

static void
lists_are_by_number_within_the_range(void **state)
{
	static const struct key others[] = {
		{ 1, 1, 0 }, { 1, 1, 1 }, { 1, 3, 0 }, { 2, 1, 0 }, { 2, 2, 5 },
	};

	for (int i = 0; i < 5; i++)
		assert_stored(*state, database_item(others[i], 1, 1, "x"),
		    STORED_NEW);
	for (unsigned i = 1; i <= 7; i += 2)
		assert_stored(*state, database_item((struct key){ 1, 2, i }, 1,
		    i, "x"), STORED_NEW);
	assert_list(*state, 2, (struct range){ .limit = 10 }, "1357");
	assert_list(*state, 2, (struct range){ .limit = 2 }, "13");
	assert_list(*state, 2, (struct range){ .after = 3, .limit = 9 }, "57");
	assert_list(*state, 2, (struct range){ .after = 2, .before = 7,
	    .limit = 9 }, "35");
	assert_list(*state, 2, (struct range){ .limit = 2, .descending = 1 },
	    "75");
	assert_list(*state, 2, (struct range){ .before = 5, .limit = 9,
	    .descending = 1 }, "31");
	assert_list(*state, 9, (struct range){ .limit = 9 }, "");
	assert_list(*state, 0, (struct range){ .limit = 9 }, "13");
	assert_list(*state, 0, (struct range){ .limit = 9, .descending = 1 },
	    "31");
}

/* Of both kinds, in both orders, some twice; one is of a chat without any. */
static void
lists_that_are_wanted_together_come_together(void **state)
{
	static const struct {
		uint64_t chat;
		struct range range;
		const char *numbers;
	} lists[] = {
		{ 2, { .limit = 9 }, "1234567" },
		{ 2, { .after = 2, .limit = 3 }, "345" },
		{ 2, { .after = 2, .limit = 3 }, "345" },
		{ 0, { .limit = 9, .descending = 1 }, "2" },
		{ 9, { .limit = 9 }, "" },
		{ 2, { .before = 7, .limit = 3, .descending = 1 }, "654" },
		{ 0, { .limit = 9 }, "2" },
		{ 2, { .after = 5, .limit = 9 }, "67" },
	};
	enum { COUNT = sizeof(lists) / sizeof(lists[0]) };
	struct items items[COUNT] = {0};
	struct wanted_list wanted[COUNT], *pointers[COUNT];

	for (unsigned i = 0; i <= 7; i++)
		assert_stored(*state, database_item((struct key){ 1, 2, i }, 1,
		    i, "x"), STORED_NEW);
	for (int i = 0; i < COUNT; i++) {
		wanted[i] = (struct wanted_list){ 1, lists[i].chat,
			lists[i].range, &items[i] };
		pointers[i] = &wanted[i];
	}
	assert_ok(db_item_lists(*state, pointers, COUNT));
	for (int i = 0; i < COUNT; i++)
		assert_numbers(&items[i], lists[i].chat, lists[i].numbers);
}

static void
versions_of_many_keys_come_in_the_order_asked(void **state)
{
	enum { COUNT = 600 };
	static struct key keys[COUNT];
	static uint64_t versions[COUNT];

	for (unsigned i = 1; i <= 50; i++) {
		assert_stored(*state, database_item((struct key){ 1, i, 0 },
		    100 + i, i, "x"), STORED_NEW);
		assert_stored(*state, database_item((struct key){ 1, 1, i },
		    200 + i, i, "x"), STORED_NEW);
	}
	/* Backwards, chats and messages in turn, each thing thrice. */
	for (unsigned i = 0; i < COUNT; i++) {
		unsigned number = 100 - i / 2 % 100;

		keys[i] = i % 2 ? (struct key){ 1, 1, number } :
		    (struct key){ 1, number, 0 };
	}
	assert_ok(db_item_versions(*state, keys, COUNT, versions));
	for (unsigned i = 0; i < COUNT; i++) {
		unsigned number = 100 - i / 2 % 100;

		assert_int_equal(versions[i], number > 50 ? 0 :
		    (i % 2 ? 200 : 100) + number);
	}
	assert_ok(db_item_versions(*state, NULL, 0, NULL));
}

static void
things_that_are_wanted_together_come_together(void **state)
{
	const struct key keys[] = { { 1, 2, 9 }, { 1, 2, 0 }, { 1, 2, 7 },
		{ 1, 3, 0 }, { 1, 2, 8 }, { 1, 2, 7 }, { 2, 2, 7 } };
	enum { COUNT = sizeof(keys) / sizeof(keys[0]) };
	const char *const texts[COUNT] = { "nine", "chat", "seven", NULL,
		NULL, "seven", NULL };
	struct wanted wanted[COUNT], *pointers[COUNT];

	assert_stored(*state, database_item(keys[0], 10, 1, "nine"),
	    STORED_NEW);
	assert_stored(*state, database_item(keys[1], 10, 2, "chat"),
	    STORED_NEW);
	assert_stored(*state, database_item(keys[2], 10, 3, "seven"),
	    STORED_NEW);
	for (int i = 0; i < COUNT; i++) {
		wanted[i] = (struct wanted){ .key = keys[i] };
		pointers[i] = &wanted[i];
	}
	assert_ok(db_items_get(*state, pointers, COUNT));
	for (int i = 0; i < COUNT; i++) {
		assert_int_equal(wanted[i].found, texts[i] != NULL);
		if (texts[i] == NULL)
			continue;
		assert_string_equal(wanted[i].item.text, texts[i]);
		assert_int_equal(key_compare(&wanted[i].item.key, &keys[i]), 0);
		item_clear(&wanted[i].item);
	}
	assert_ok(db_items_get(*state, NULL, 0));
}

const struct CMUnitTest item_tests[] = {
	TEST(what_is_new_comes_back_as_it_was),
	TEST(rows_of_every_length_are_read_in_one_go),
	TEST(a_redelivery_changes_nothing),
	TEST(the_highest_version_wins_whatever_comes_last),
	TEST(an_update_keeps_origin_and_birth),
	TEST(another_origin_is_a_clash_and_touches_nothing),
	TEST(a_mixed_batch_is_sorted_out),
	TEST(the_longest_bodies_fit_into_statements),
	TEST(what_the_server_refuses_fails_the_batch),
	TEST(an_empty_batch_is_nothing),
	TEST(marks_name_the_chat_or_the_application),
	TEST(lists_are_by_number_within_the_range),
	TEST(things_that_are_wanted_together_come_together),
	TEST(lists_that_are_wanted_together_come_together),
	TEST(versions_of_many_keys_come_in_the_order_asked),
	NO_MORE_TESTS,
};
