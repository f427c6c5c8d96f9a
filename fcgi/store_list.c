/* store_list.c: reading lists: Redis, then MySQL, merged. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "db_items.h"
#include "store.h"
#include "store_internal.h"

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
			store_take_newer(&fresh->item[f++], &rows->item[r++],
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

/* A list that is read together with those of other threads. */
struct list_ask {
	struct combined ask;
	struct wanted_list wanted;
};

static enum result
read_lists(void *store, struct combined *group)
{
	struct store *const s = store;
	struct wanted_list *wanted[LISTS_MOST];
	struct db *db = NULL;
	enum result result;
	size_t count = 0;

	if ((result = store_db(s, &db)))
		return result;
	for (; group != NULL; group = group->next)
		wanted[count++] = &((struct list_ask *)group)->wanted;
	result = db_item_lists(db, wanted, count);
	store_db_give(s, db);
	return result;
}

static enum result
read_list(struct store *s, uint32_t application, uint64_t chat,
    const struct range *range, struct items *out)
{
	struct list_ask list = {
		.ask.size = range->limit < LIST_LEAST ? LIST_LEAST :
		    range->limit,
		.wanted = { application, chat, *range, out },
	};
	enum result result;

	spent_switch(s->spent, SPENT_MYSQL);
	result = combine(&s->shared->list_readers, &list.ask, read_lists, s);
	spent_switch(s->spent, SPENT_OWN);
	return result;
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
	struct look look;
	enum result result;

	if ((result = store_look_up(s, &q, &look, &fresh)))
		goto out;
	if ((result = read_list(s, look.application, chat, &wider, &rows)))
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
