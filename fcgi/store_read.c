/* store_read.c: reading chats and messages: Redis, then MySQL, merged. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "db_items.h"
#include "memory.h"
#include "store.h"
#include "store_internal.h"

#define LOOKS 3			/* a token or a life may have to be learnt */

/* What is asked of Redis: one thing, or (range not NULL) a list. */
struct question {
	const char *token;
	struct key key;
	const struct range *range;
	struct list_change *change;	/* out, of a list */
};

static enum result
ask_redis(struct store *s, const struct question *q, struct look *look,
    struct items *fresh)
{
	if (q->range == NULL)
		return cache_get(s->cache, q->token, &q->key, look);
	return cache_list(s->cache, q->token, q->key.chat, q->range, look,
	    q->change, fresh);
}

/* What was looked at in a life that is over says nothing. */
static void
forget(struct look *look)
{
	if (look->found)
		item_clear(&look->item);
	memset(look, 0, sizeof *look);
}

/*
 * Asks Redis, learning token and life where it knows them not. RESULT_OK:
 * the application is known; with look->epoch == 0 Redis can't be asked, and
 * nothing that is only missing is known to be missing.
 */
static enum result
look_up(struct store *s, const struct question *q, struct look *look,
    struct items *fresh)
{
	uint32_t application = 0, epoch;
	enum result result;
	int looks;

	for (looks = 0; looks < LOOKS; looks++) {
		if (fresh != NULL)
			items_clear(fresh);
		if (ask_redis(s, q, look, fresh))
			break;
		if (life_is_past(s->shared->life, look->epoch)) {
			forget(look);
			if (life_epoch(s->shared->life, s->cache, &epoch))
				break;
			continue;
		}
		if (look->token_known)
			return look->application != 0 ? RESULT_OK :
			    RESULT_NOT_FOUND;
		result = store_learn_token(s, q->token, &application);
		if (result)
			return result;
	}
	/* Without Redis: MySQL alone says whose the token is. */
	if (fresh != NULL) {
		items_clear(fresh);
		*q->change = (struct list_change){0};
	}
	memset(look, 0, sizeof *look);
	if (application == 0 && (result = store_learn_token(s, q->token,
	    &application)))
		return result;
	look->application = application;
	return RESULT_OK;
}

enum result
store_application(struct store *s, const char *token, uint32_t *application)
{
	const struct question q = { .token = token };
	struct look look;
	enum result result;

	if ((result = look_up(s, &q, &look, NULL)))
		return result;
	*application = look.application;
	return RESULT_OK;
}

/* ---- one chat or message ---- */

static bool
is_of_this_life(const struct look *look)
{
	return look->found && look->epoch != 0 &&
	    VERSION_EPOCH(look->item.version) == look->epoch;
}

/* A row that is looked for; together with those of other threads. */
struct row_ask {
	struct ask ask;
	uint32_t epoch;
	struct wanted wanted;
	bool settled;
};

/* Whether the life is settled is asked before the rows are read. */
static enum result
read_rows(void *store, struct ask *group)
{
	struct store *const s = store;
	struct wanted *wanted[READERS_MOST];
	struct row_ask *row;
	struct db *db = NULL;
	enum result result;
	struct ask *ask;
	size_t count = 0;

	if ((result = store_db(s, &db)))
		return result;
	for (ask = group; ask != NULL && !result; ask = ask->next) {
		row = (struct row_ask *)ask;
		wanted[count++] = &row->wanted;
		if (row->epoch != 0)
			result = life_settled(s->shared->life, db, row->epoch,
			    &row->settled);
	}
	if (!result)
		result = db_items_get(db, wanted, count);
	store_db_give(s, db);
	return result;
}

/*
 * Reads the row. *settled: whether RESULT_NOT_FOUND is certain. It is only
 * in a settled life: what was accepted in an earlier one may be queued.
 */
static enum result
read_row(struct store *s, uint32_t epoch, const struct key *key,
    struct item *out, bool *settled)
{
	struct row_ask row = { .epoch = epoch, .wanted.key = *key };
	enum result result;

	spent_switch(s->spent, SPENT_MYSQL);
	result = combine(&s->shared->row_readers, &row.ask, read_rows, s);
	spent_switch(s->spent, SPENT_OWN);
	*settled = row.settled;
	if (result)
		return result;
	if (!row.wanted.found)
		return RESULT_NOT_FOUND;
	*out = row.wanted.item;
	return RESULT_OK;
}

/* The newer of the two; empties both. The count is always the row's. */
static void
take_newer(struct item *fresh, struct item *row, struct item *out)
{
	if (fresh->version > row->version) {
		fresh->messages_count = row->messages_count;
		*out = *fresh;
		item_clear(row);
	} else {
		*out = *row;
		item_clear(fresh);
	}
	memset(fresh, 0, sizeof *fresh);
	memset(row, 0, sizeof *row);
}

/*
 * The newest of what Redis and MySQL have; takes over the look's item. What
 * Redis has from an earlier life counts only beside MySQL's row; and with
 * `counted` MySQL is asked in any case, because the count stands there.
 */
static enum result
merge_one(struct store *s, struct look *look, const struct key *key,
    bool counted, struct item *out)
{
	bool sure = is_of_this_life(look), settled = false;
	struct item row = { 0 };
	enum result result;

	if (sure && !counted) {
		*out = look->item;
		return RESULT_OK;
	}
	result = read_row(s, look->epoch, key, &row, &settled);
	/* A chat that never changed since its creation has no count yet. */
	if (result == RESULT_UNAVAILABLE && sure &&
	    look->item.created_at == look->item.updated_at)
		result = RESULT_NOT_FOUND;
	if (result == RESULT_NOT_FOUND && look->found)
		result = RESULT_OK;
	if (!result)
		take_newer(&look->item, &row, out);
	else if (look->found)
		item_clear(&look->item);
	if (result == RESULT_NOT_FOUND && !settled)
		return RESULT_UNAVAILABLE;
	return result;
}

static enum result
get(struct store *s, const char *token, struct key *key, bool counted,
    struct item *out)
{
	const struct question q = { .token = token, .key = *key };
	struct look look;
	enum result result;

	if ((result = look_up(s, &q, &look, NULL)))
		return result;
	metrics_add(s->shared->metrics, METRIC_CACHE_READS,
	    look.found ? HIT : MISS, 1);
	key->application = look.application;
	return merge_one(s, &look, key, counted, out);
}

enum result
store_get(struct store *s, const char *token, struct key *key,
    struct item *out)
{
	return get(s, token, key, false, out);
}

enum result
store_get_chat(struct store *s, const char *token, struct key *key,
    struct item *out)
{
	return get(s, token, key, true, out);
}

/* ---- lists ---- */

static uint64_t
number_of(const struct item *item)
{
	return item->key.message != 0 ? item->key.message : item->key.chat;
}

/* Moves an item to the end of a list. */
static void
move(struct items *to, struct item *item)
{
	*items_add(to) = *item;
	memset(item, 0, sizeof *item);
}

/* Merges two lists in the same order by number. Empties both. */
static void
merge_lists(struct items *fresh, struct items *rows, bool descending,
    struct items *out)
{
	uint64_t a, b;
	size_t f = 0, r = 0;

	while (f < fresh->count && r < rows->count) {
		a = number_of(&fresh->item[f]);
		b = number_of(&rows->item[r]);
		if (a == b)
			take_newer(&fresh->item[f++], &rows->item[r++],
			    items_add(out));
		else if ((a < b) != descending)
			move(out, &fresh->item[f++]);
		else
			move(out, &rows->item[r++]);
	}
	while (f < fresh->count)
		move(out, &fresh->item[f++]);
	while (r < rows->count)
		move(out, &rows->item[r++]);
}

/* An empty list of messages may be that of a chat that does not exist. */
static enum result
check_chat(struct store *s, const char *token, uint64_t chat)
{
	struct key key = { .chat = chat };
	struct item item = { 0 };
	enum result result;

	if ((result = store_get(s, token, &key, &item)))
		return result;
	item_clear(&item);
	return RESULT_OK;
}

bool
store_list_same(struct store *s, const char *token, uint64_t chat,
    const struct list_change *since)
{
	struct list_change now;
	struct look look;

	return cache_list_change(s->cache, token, chat, &look, &now) ==
	    RESULT_OK && !life_is_past(s->shared->life, now.epoch) &&
	    now.epoch == since->epoch &&
	    now.application == since->application &&
	    strcmp(now.last, since->last) == 0;
}

enum result
store_list(struct store *s, const char *token, uint64_t chat,
    const struct range *range, struct items *out, bool *more,
    struct list_change *change)
{
	/* One more than asked for of each shows whether the list goes on. */
	const struct range wider = {
		.after = range->after,
		.before = range->before,
		.limit = range->limit + 1,
		.descending = range->descending,
	};
	const struct question q = {
		.token = token,
		.key = { .chat = chat },
		.range = &wider,
		.change = change,
	};
	struct items fresh = { 0 }, rows = { 0 };
	struct db *db = NULL;
	struct look look;
	enum result result;

	if ((result = look_up(s, &q, &look, &fresh)))
		goto out;
	if ((result = store_db(s, &db)))
		goto out;
	result = db_item_list(db, look.application, chat, &wider, &rows);
	store_db_give(s, db);
	if (result)
		goto out;
	merge_lists(&fresh, &rows, range->descending, out);
	*more = out->count > range->limit;
	while (out->count > range->limit)
		item_clear(&out->item[--out->count]);
	if (out->count == 0 && chat != 0)
		result = check_chat(s, token, chat);
out:
	items_clear(&fresh);
	items_clear(&rows);
	return result;
}
