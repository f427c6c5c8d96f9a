/* keep.c: Idempotency-Keys, written down with what was stored for them. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "keep.h"

#include <stdlib.h>
#include <string.h>

#include "db_once.h"
#include "memory.h"

#define TAKEN "its Idempotency-Key is another event's"

static int
compare(const void *key, const void *item)
{
	return key_compare(key, &((const struct item *)item)->key);
}

/* A thing whose number another event has is not stored, nor is its key. */
static bool
is_stored(const struct outcome *of, const struct key *key)
{
	const struct item *item = bsearch(key, of->work->items,
	    of->work->count, sizeof(*item), compare);

	return item != NULL &&
	    of->stored[item - of->work->items] != STORED_CLASH;
}

static bool
has_key(const struct entry *entry)
{
	return entry->reason == NULL && entry->event.key[0] != '\0';
}

static void
fill_in(struct once_row *row, const struct event *event)
{
	const struct item *item = &event->item;

	*row = (struct once_row){
		.application = item->key.application,
		.chat = item->key.chat,
		.message = item->key.message,
		.count = item->messages_count,
		.created_at = item->created_at,
		.updated_at = item->updated_at,
	};
	memcpy(row->key, event->key, IDENT_SIZE);
	memcpy(row->print, event->print, IDENT_SIZE);
	memcpy(row->event, event->id, IDENT_SIZE);
}

static enum result
store(struct db *db, const struct once_row *rows, struct entry **of,
    size_t count, int hours)
{
	bool *clash = xcalloc(count, sizeof(*clash));
	enum result result = db_once_store(db, rows, count, hours, clash);

	bool taken = false;

	for (size_t i = 0; i < count && result == RESULT_OK; i++) {
		if (clash[i])
			entry_condemn(of[i], TAKEN);
		taken |= clash[i];
	}
	free(clash);
	return taken ? RESULT_INVALID : result;
}

enum result
keep_keys(struct db *db, struct entry *entries, size_t count,
    const struct outcome *chats, const struct outcome *messages, int hours)
{
	struct once_row *rows = NULL;
	struct entry **of = NULL;
	enum result result = RESULT_OK;
	size_t keys = 0;

	for (size_t i = 0; i < count; i++) {
		const struct event *event = &entries[i].event;
		bool is_chat = event->type == EVENT_CHAT;

		if (!has_key(&entries[i]) || !is_stored(is_chat ? chats :
		    messages, &event->item.key))
			continue;
		if (rows == NULL) {
			rows = xcalloc(count, sizeof(*rows));
			of = xcalloc(count, sizeof(struct entry *));
		}
		fill_in(&rows[keys], event);
		of[keys++] = &entries[i];
	}
	if (keys > 0)
		result = store(db, rows, of, keys, hours);
	free(rows);
	free(of);
	return result;
}
