/* store_read.c: reading one chat or message: Redis, then MySQL, merged. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "db_items.h"
#include "memory.h"
#include "store.h"
#include "store_internal.h"

#define LOOKS 3			/* a token or a life may have to be learnt */

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

enum result
store_look_up(struct store *s, const struct question *q,
    struct look *look, struct items *fresh)
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

	if ((result = store_look_up(s, &q, &look, NULL)))
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
	struct combined ask;
	uint32_t epoch;
	struct wanted wanted;
	bool settled;
};

/* Whether the life is settled is asked before the rows are read. */
static enum result
read_rows(void *store, struct combined *group)
{
	struct store *const s = store;
	struct wanted *wanted[ITEMS_MOST];
	struct row_ask *row;
	struct db *db = NULL;
	enum result result;
	struct combined *ask;
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
	struct row_ask row = {
		.ask.size = 1,
		.epoch = epoch,
		.wanted.key = *key,
	};
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

void
store_take_newer(struct item *fresh, struct item *row, struct item *out)
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
		store_take_newer(&look->item, &row, out);
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

	if ((result = store_look_up(s, &q, &look, NULL)))
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
