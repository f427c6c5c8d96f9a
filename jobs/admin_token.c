/* admin_token.c: parley-admin token: who has which, and new ones for old. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <assert.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin.h"
#include "admin_output.h"
#include "cache.h"
#include "clock.h"
#include "db_rotations.h"
#include "human.h"
#include "revoke.h"
#include "thread.h"

#define PAGE 500
#define TELL_MS 2000		/* how long Redis is tried to be told */
#define TELL_PAUSE_MS 50

/* One token that was named, and what is found out of it. */
struct inquiry {
	char token[IDENT_SIZE];
	struct db *db;
	struct application app;		/* that has or had it */
	bool retired;			/* had it: rotation is valid */
	struct rotation rotation;
};

/* ---- what is asked ---- */

/* From standard input with "-", where no other user of the host sees it. */
static int
read_token(const struct call *call, char token[IDENT_SIZE])
{
	char line[IDENT_SIZE + 1] = "";

	if (strcmp(call->args[0], "-") != 0)
		snprintf(line, sizeof(line), "%s", call->args[0]);
	else if (fgets(line, sizeof(line), stdin) == NULL)
		return admin_fail(EXIT_USAGE, "no token in standard input");
	line[strcspn(line, "\n")] = '\0';
	if (!ident_is_uuid(line))
		return admin_fail(EXIT_USAGE, "this is no token: tokens look "
		    "like 9a4ebc33-dd19-4ef5-b3de-bb2d878bacb2");
	memcpy(token, line, IDENT_SIZE);
	return EXIT_OK;
}

static int
fail_database(struct db *db)
{
	return admin_fail(EXIT_AGAIN, "the database does not answer as it "
	    "should: %s", db_error(db));
}

static enum result
find(struct inquiry *q)
{
	enum result result = db_application_by_token(q->db, q->token, &q->app);

	if (result != RESULT_NOT_FOUND)
		return result;
	result = db_rotation_find(q->db, q->token, &q->rotation);
	if (result != RESULT_OK)
		return result;
	q->retired = true;
	return db_application_by_id(q->db, q->rotation.application, &q->app);
}

static int
find_or_fail(struct inquiry *q)
{
	switch (find(q)) {
	case RESULT_OK:
		return EXIT_OK;
	case RESULT_NOT_FOUND:
		return admin_fail(EXIT_NO, "no application has this token, "
		    "or has had it");
	default:
		return fail_database(q->db);
	}
}

/* ---- what is said ---- */

/* log: what the logs call the token. */
static json_t *
describe(const struct application *app)
{
	char name[IDENT_SHORT_SIZE];
	json_t *object;

	ident_short(app->token, name);
	object = json_pack("{s:s,s:s,s:s,s:I}", "token", app->token,
	    "log", name, "name", app->name, "chats_count",
	    (json_int_t)app->chats_count);
	output_put_time(object, "created_at", app->created_at);
	output_put_time(object, "updated_at", app->updated_at);
	return object;
}

static json_t *
describe_inquiry(const struct inquiry *q)
{
	char name[IDENT_SHORT_SIZE];
	json_t *object = describe(&q->app), *retired;

	if (!q->retired)
		return object;
	ident_short(q->token, name);
	retired = json_pack("{s:s,s:s,s:b}", "token", q->token, "log", name,
	    "refused", q->rotation.told_at != 0);
	output_put_time(retired, "rotated_at", q->rotation.rotated_at);
	json_object_set_new(object, "retired", retired);
	return object;
}

static const struct column columns[] = {
	{ "TOKEN", -36 }, { "CREATED", -19 }, { "CHATS", 9 }, { "NAME", 0 },
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static void
print_row(const struct application *app)
{
	char created[HUMAN_SIZE], chats[HUMAN_SIZE];
	const char *cells[COLUMNS] = { app->token, created, chats, app->name };

	human_time(app->created_at, created);
	human_number(app->chats_count, chats);
	table_row(columns, cells, COLUMNS);
}

static void
print_field(const char *name, const char *value)
{
	char *tame;

	assert(value != NULL);
	tame = tame_new(value, strlen(value));
	printf("%-12s %s\n", name, tame);
	free(tame);
}

static void
print_inquiry(const struct inquiry *q)
{
	char name[IDENT_SHORT_SIZE], at[HUMAN_SIZE], chats[HUMAN_SIZE];

	if (q->retired) {
		human_time(q->rotation.rotated_at, at);
		print_field("retired", q->token);
		print_field("since", at);
		print_field("refused", q->rotation.told_at != 0 ?
		    "everywhere" : "where MySQL is asked; Redis was not "
		    "told yet");
	}
	ident_short(q->app.token, name);
	human_time(q->app.created_at, at);
	human_number(q->app.chats_count, chats);
	print_field("token", q->app.token);
	print_field("in logs", name);
	print_field("created", at);
	print_field("chats", chats);
	print_field("name", q->app.name);
}

/* ---- list ---- */

/* The pages, one after the other: into the array, or as text if it is NULL. */
static enum result
list_all(struct db *db, json_t *array, const volatile sig_atomic_t *stop)
{
	const struct range range = { .limit = PAGE };
	char after[IDENT_SIZE] = "";
	struct application *apps;
	enum result result;
	size_t count;

	do {
		result = db_application_list(db, *after ? after : NULL, NULL,
		    &range, &apps, &count);
		if (result != RESULT_OK)
			return result;
		for (size_t i = 0; i < count; i++) {
			memcpy(after, apps[i].token, IDENT_SIZE);
			if (array != NULL)
				json_array_append_new(array,
				    describe(&apps[i]));
			else
				print_row(&apps[i]);
			application_clear(&apps[i]);
		}
		free(apps);
	} while (count == PAGE && !*stop && !ferror(stdout));
	return RESULT_OK;
}

int
admin_token_list(const struct call *call)
{
	json_t *array = admin_wants_json(call) ? json_array() : NULL;
	struct db *db = db_new(call->config);
	int status = EXIT_OK;

	if (array == NULL)
		table_heads(columns, COLUMNS);
	if (list_all(db, array, call->stop) != RESULT_OK)
		status = fail_database(db);
	else if (array != NULL)
		output_json(json_incref(array));
	json_decref(array);
	db_free(db);
	return status;
}

/* ---- show ---- */

int
admin_token_show(const struct call *call)
{
	struct inquiry q = {0};
	int status = read_token(call, q.token);

	if (status != EXIT_OK)
		return status;
	q.db = db_new(call->config);
	status = find_or_fail(&q);
	if (status == EXIT_OK && admin_wants_json(call))
		output_json(describe_inquiry(&q));
	else if (status == EXIT_OK)
		print_inquiry(&q);
	application_clear(&q.app);
	db_free(q.db);
	return status;
}

/* ---- rotate ---- */

/* Tells Redis, or waits until parley-jobs has. */
static bool
tell(const struct call *call, struct inquiry *q)
{
	int64_t until = clock_mono_ms() + TELL_MS;
	struct cache *cache = cache_new(call->config);
	enum result result;

	while (q->rotation.told_at == 0) {
		result = revoke_untold(cache, q->db);
		if (db_rotation_find(q->db, q->token, &q->rotation) !=
		    RESULT_OK || clock_mono_ms() >= until || *call->stop)
			break;
		if (result != RESULT_OK)
			thread_pause(TELL_PAUSE_MS);
	}
	cache_free(cache);
	return q->rotation.told_at != 0;
}

/* The token was rotated now, or before: the answer is the same. */
static int
finish_rotation(const struct call *call, struct inquiry *q)
{
	int status = find_or_fail(q);
	bool told;

	if (status != EXIT_OK)
		return status;
	told = tell(call, q);
	if (admin_wants_json(call))
		output_json(describe_inquiry(q));
	else
		printf("%s\n", q->app.token);
	if (told)
		return EXIT_OK;
	return admin_fail(EXIT_AGAIN, "the token above is valid, and the old "
	    "one is refused where MySQL is asked. But Redis could not be "
	    "told: when it answers again it may let the old one in, for an "
	    "hour at most. parley-jobs tells it then; run this again to see "
	    "that it is done");
}

int
admin_token_rotate(const struct call *call)
{
	struct inquiry q = {0};
	char fresh[IDENT_SIZE];
	enum result result;
	int status = read_token(call, q.token);

	if (status != EXIT_OK)
		return status;
	q.db = db_new(call->config);
	ident_uuid4(fresh);
	result = db_token_rotate(q.db, q.token, fresh, clock_wall_ms());
	if (result == RESULT_OK || result == RESULT_NOT_FOUND)
		status = finish_rotation(call, &q);
	else
		status = fail_database(q.db);
	application_clear(&q.app);
	db_free(q.db);
	return status;
}
