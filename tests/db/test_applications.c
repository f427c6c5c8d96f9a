/* test_applications.c: applications in a real database. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "database.h"

#include "db_applications.h"
#include "db_rotations.h"
#include "memory.h"

static struct application
create(struct db *db, const char *name)
{
	struct application application = { .name = xstrdup(name) };

	ident_uuid4(application.token);
	assert_ok(db_application_create(db, &application, 1700000000123));
	return application;
}

static void
a_new_one_is_found_by_its_token(void **state)
{
	struct application made = create(*state,
	    "Caf\xc3\xa9 \xf0\x9f\x98\x80");
	struct application found;

	assert_ok(db_application_by_token(*state, made.token, &found));
	assert_int_equal(found.id, made.id);
	assert_true(found.id > 0);
	assert_string_equal(found.token, made.token);
	assert_string_equal(found.name, made.name);
	assert_int_equal(found.chats_count, 0);
	assert_int_equal(found.created_at, 1700000000123);
	assert_int_equal(found.updated_at, 1700000000123);
	application_clear(&found);
	application_clear(&made);
}

static void
an_unknown_token_is_not_found(void **state)
{
	struct application found;

	assert_int_equal(db_application_by_token(*state,
	    "00000000-0000-4000-8000-000000000000", &found), RESULT_NOT_FOUND);
	assert_int_equal(db_application_rename(*state,
	    "00000000-0000-4000-8000-000000000000", "x", 1, &found),
	    RESULT_NOT_FOUND);
}

static void
a_token_is_used_once(void **state)
{
	struct application made = create(*state, "first");

	assert_int_equal(db_application_create(*state, &made, 1),
	    RESULT_CONFLICT);
	application_clear(&made);
}

static void
renaming_changes_name_and_time(void **state)
{
	struct application made = create(*state, "before"), found;

	assert_ok(db_application_rename(*state, made.token, "after",
	    1700000000999, &found));
	assert_string_equal(found.name, "after");
	assert_int_equal(found.created_at, 1700000000123);
	assert_int_equal(found.updated_at, 1700000000999);
	application_clear(&found);
	/* The same again has found its row, too. */
	assert_ok(db_application_rename(*state, made.token, "after",
	    1700000000999, &found));
	application_clear(&found);
	application_clear(&made);
}

static void
a_name_that_is_too_long_is_refused(void **state)
{
	struct application application = { .name = xmalloc(257) };

	memset(application.name, 'x', 256);
	application.name[256] = '\0';
	ident_uuid4(application.token);
	assert_int_equal(db_application_create(*state, &application, 1),
	    RESULT_REFUSED);
	application_clear(&application);
}

/* The list has these names, one letter each. */
static void
assert_list(struct db *db, const char *after, const char *before,
    const struct range *range, const char *names)
{
	struct application *list;
	size_t count;

	assert_ok(db_application_list(db, after, before, range, &list,
	    &count));
	assert_int_equal(count, strlen(names));
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(list[i].name[0], names[i]);
		application_clear(&list[i]);
	}
	free(list);
}

static void
lists_are_in_order_of_creation_between_tokens(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "e" };
	const struct range up = { .limit = 3 };
	const struct range down = { .limit = 3, .descending = 1 };
	struct application made[5], *list;
	size_t count;

	assert_list(*state, NULL, NULL, &up, "");
	for (int i = 0; i < 5; i++)
		made[i] = create(*state, names[i]);
	assert_list(*state, NULL, NULL, &up, "abc");
	assert_list(*state, made[2].token, NULL, &up, "de");
	assert_list(*state, made[4].token, NULL, &up, "");
	assert_list(*state, NULL, made[1].token, &up, "a");
	assert_list(*state, made[0].token, made[3].token, &up, "bc");
	assert_list(*state, NULL, NULL, &down, "edc");
	assert_list(*state, NULL, made[2].token, &down, "ba");
	assert_int_equal(db_application_list(*state,
	    "00000000-0000-4000-8000-000000000000", NULL, &up, &list, &count),
	    RESULT_NOT_FOUND);
	for (int i = 0; i < 5; i++)
		application_clear(&made[i]);
}

/* ---- new tokens for old ---- */

static void
a_rotated_token_is_nobodys_and_it_is_written_down(void **state)
{
	struct application made = create(*state, "mine"), found;
	struct rotation rotation, untold[4];
	char fresh[IDENT_SIZE];
	size_t count;

	ident_uuid4(fresh);
	assert_ok(db_token_rotate(*state, made.token, fresh, 1700000000555));
	assert_int_equal(db_application_by_token(*state, made.token, &found),
	    RESULT_NOT_FOUND);
	assert_ok(db_application_by_token(*state, fresh, &found));
	assert_int_equal(found.id, made.id);
	assert_string_equal(found.name, "mine");
	assert_int_equal(found.updated_at, made.updated_at);
	application_clear(&found);
	assert_ok(db_application_by_id(*state, made.id, &found));
	assert_string_equal(found.token, fresh);
	application_clear(&found);
	assert_ok(db_rotation_find(*state, made.token, &rotation));
	assert_int_equal(rotation.application, made.id);
	assert_int_equal(rotation.rotated_at, 1700000000555);
	assert_int_equal(rotation.told_at, 0);
	assert_ok(db_rotations_untold(*state, 4, untold, &count));
	assert_int_equal(count, 1);
	assert_string_equal(untold[0].retired, made.token);
	assert_ok(db_rotation_told(*state, made.token, 1700000000777));
	assert_ok(db_rotation_told(*state, made.token, 1700000000999));
	assert_ok(db_rotation_find(*state, made.token, &rotation));
	assert_int_equal(rotation.told_at, 1700000000777);
	assert_ok(db_rotations_untold(*state, 4, untold, &count));
	assert_int_equal(count, 0);
	application_clear(&made);
}

static void
only_a_token_in_use_is_rotated(void **state)
{
	struct application made = create(*state, "x"), found;
	struct rotation rotation;
	char fresh[IDENT_SIZE], third[IDENT_SIZE];

	ident_uuid4(fresh);
	ident_uuid4(third);
	assert_int_equal(db_token_rotate(*state, third, fresh, 1),
	    RESULT_NOT_FOUND);
	assert_int_equal(db_rotation_find(*state, third, &rotation),
	    RESULT_NOT_FOUND);
	assert_ok(db_token_rotate(*state, made.token, fresh, 1));
	assert_int_equal(db_token_rotate(*state, made.token, third, 2),
	    RESULT_NOT_FOUND);
	assert_ok(db_application_by_token(*state, fresh, &found));
	application_clear(&found);
	application_clear(&made);
}

const struct CMUnitTest application_tests[] = {
	TEST(a_new_one_is_found_by_its_token),
	TEST(an_unknown_token_is_not_found),
	TEST(a_token_is_used_once),
	TEST(renaming_changes_name_and_time),
	TEST(a_name_that_is_too_long_is_refused),
	TEST(lists_are_in_order_of_creation_between_tokens),
	TEST(a_rotated_token_is_nobodys_and_it_is_written_down),
	TEST(only_a_token_in_use_is_rotated),
	NO_MORE_TESTS,
};
