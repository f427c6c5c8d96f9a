/* transact.c: entries of a batch into MySQL; finds those that cannot be. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "transact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "db_items.h"
#include "db_lives.h"
#include "db_persist.h"
#include "keep.h"
#include "memory.h"
#include "thread.h"

#define CLASH "its number was given to another event"
#define CONFLICT_TRIES 6
#define CONFLICT_PAUSE_MS 5	/* at most this, then doubled with each try */

/* Some entries that follow each other, and what was made of them. */
struct range_of {
	const struct config *config;
	struct entry *entries;
	size_t count;
	struct work chats, messages;
	enum stored *chats_stored, *messages_stored;
};

void
marks_clear(struct marks *marks)
{
	free(marks->mark);
	free(marks->claim);
	*marks = (struct marks){0};
}

static void
add_mark(struct marks *marks, const struct event *event)
{
	if (marks->count == marks->size) {
		marks->size = marks->size ? marks->size * 2 : 256;
		marks->mark = xrealloc(marks->mark, marks->size,
		    sizeof(*marks->mark));
	}
	marks->mark[marks->count++] = (struct mark){
		.key = event->item.key,
		.version = event->item.version,
		.created = strcmp(event->id, event->item.origin) == 0,
	};
}

/* An entry with a key that has no reason against it is stored with it. */
static void
add_claims(struct marks *marks, const struct range_of *range)
{
	for (size_t i = 0; i < range->count; i++) {
		const struct entry *entry = &range->entries[i];
		const struct event *event = &entry->event;

		if (entry->reason != NULL || event->key[0] == '\0')
			continue;
		if (marks->claims == marks->claims_size) {
			marks->claims_size = marks->claims_size ?
			    marks->claims_size * 2 : 64;
			marks->claim = xrealloc(marks->claim,
			    marks->claims_size, sizeof(*marks->claim));
		}
		marks->claim[marks->claims++] = (struct claim_stored){
			.application = event->item.key.application,
			.key = event->key,
			.version = event->item.version,
		};
	}
}

/* All events of a thing in the range have the same origin: all clash. */
static void
condemn_clashes(struct range_of *range, const struct entry *clash)
{
	for (size_t i = 0; i < range->count; i++) {
		struct entry *entry = &range->entries[i];

		if (entry->event.type == clash->event.type &&
		    key_compare(&entry->event.item.key,
		    &clash->event.item.key) == 0)
			entry_condemn(entry, CLASH);
	}
}

static void
conclude(struct range_of *range, const struct work *work,
    const enum stored *stored, struct marks *marks)
{
	for (size_t i = 0; i < work->count; i++) {
		if (stored[i] == STORED_CLASH)
			condemn_clashes(range, work->newest[i]);
		else
			add_mark(marks, &work->newest[i]->event);
	}
}

static enum result
store_work(struct db *db, const struct work *work, enum stored *stored)
{
	if (work->count == 0)
		return RESULT_OK;
	return db_items_store(db, work->items, work->count, stored);
}

static enum result
store_keys(struct db *db, const struct range_of *range)
{
	const struct outcome chats = { &range->chats, range->chats_stored };
	const struct outcome messages = { &range->messages,
		range->messages_stored };

	return keep_keys(db, range->entries, range->count, &chats, &messages,
	    range->config->idempotency_hours);
}

static enum result
try_once(struct db *db, const struct range_of *range)
{
	uint32_t epoch = entries_marker(range->entries, range->count);
	enum result result = db_begin(db);

	if (result == RESULT_OK)
		result = store_work(db, &range->chats, range->chats_stored);
	if (result == RESULT_OK)
		result = store_work(db, &range->messages,
		    range->messages_stored);
	if (result == RESULT_OK)
		result = store_keys(db, range);
	if (result == RESULT_OK && epoch != 0)
		result = db_epoch_pass(db, epoch, clock_wall_ms());
	if (result == RESULT_OK)
		result = db_commit(db);
	if (result != RESULT_OK)
		db_rollback(db);
	return result;
}

/* Deadlocks are tried again soon, at a time of chance, but not for ever. */
static enum result
try_conflicts(struct db *db, const struct range_of *range)
{
	long pause = CONFLICT_PAUSE_MS;
	enum result result;

	for (int tries = 0; tries < CONFLICT_TRIES; tries++) {
		result = try_once(db, range);
		if (result != RESULT_CONFLICT)
			return result;
		thread_pause(1 + random() % pause);
		pause *= 2;
	}
	return RESULT_UNAVAILABLE;
}

/* One transaction. RESULT_REFUSED: something in the range cannot be stored. */
static enum result
store_range(struct db *db, struct range_of *range, struct marks *marks)
{
	enum result result = RESULT_REFUSED;

	if (work_build(&range->chats, range->entries, range->count, EVENT_CHAT))
		return RESULT_REFUSED;
	if (work_build(&range->messages, range->entries, range->count,
	    EVENT_MESSAGE))
		goto out;
	range->chats_stored = xcalloc(range->chats.count,
	    sizeof(*range->chats_stored));
	range->messages_stored = xcalloc(range->messages.count,
	    sizeof(*range->messages_stored));
	result = RESULT_OK;
	if (range->chats.count > 0 || range->messages.count > 0 ||
	    entries_marker(range->entries, range->count) != 0)
		result = try_conflicts(db, range);
	if (result == RESULT_OK) {
		conclude(range, &range->chats, range->chats_stored, marks);
		conclude(range, &range->messages, range->messages_stored,
		    marks);
		add_claims(marks, range);
	}
out:
	work_clear(&range->chats);
	work_clear(&range->messages);
	free(range->chats_stored);
	free(range->messages_stored);
	return result;
}

/*
 * Halves what is refused until single events are left: those are to blame.
 * Halves of the events, not of what they were coalesced to, because under a
 * bad version of a thing a good earlier one may lie.
 */
static enum result
bisect(struct db *db, const struct config *config, struct entry *entries,
    size_t count, struct marks *marks)
{
	struct range_of range = { .config = config, .entries = entries,
		.count = count };
	enum result result = store_range(db, &range, marks);
	char reason[400];

	if (result != RESULT_REFUSED && result != RESULT_INVALID)
		return result;
	if (count == 1) {
		snprintf(reason, sizeof(reason), "refused by the database: %s",
		    db_error(db));
		entry_postpone(&entries[0], reason);
		return RESULT_OK;
	}
	result = bisect(db, config, entries, count / 2, marks);
	if (result != RESULT_OK)
		return result;
	return bisect(db, config, entries + count / 2, count - count / 2,
	    marks);
}

/*
 * Trying it may be what ended us each time, so it is only looked whether it
 * is stored: its neighbours in the delivery, before it and perhaps after it,
 * are no more to blame than those that came in other deliveries.
 */
static enum result
judge_hopeless(struct db *db, struct entry *entry, struct marks *marks)
{
	const struct item *item = &entry->event.item;
	struct item stored = {0};
	enum result result = db_item_get(db, &item->key, &stored);

	if (result != RESULT_OK && result != RESULT_NOT_FOUND)
		return result;
	if (result == RESULT_OK && strcmp(stored.origin, item->origin) != 0)
		entry_condemn(entry, CLASH);
	else if (result == RESULT_OK && stored.version >= item->version)
		add_mark(marks, &entry->event);
	else
		entry_condemn(entry, "delivered too often without success");
	item_clear(&stored);
	return RESULT_OK;
}

static bool
is_hopeless(const struct entry *entry)
{
	return entry->deliveries >= DELIVERIES_HOPELESS &&
	    entry->reason == NULL && (entry->event.type == EVENT_CHAT ||
	    entry->event.type == EVENT_MESSAGE);
}

static size_t
same_run(const struct entry *entries, size_t count)
{
	size_t run = 1;

	if (entries[0].deliveries >= DELIVERIES_SUSPECT)
		return 1;
	while (run < count && entries[run].deliveries < DELIVERIES_SUSPECT)
		run++;
	return run;
}

enum result
transact(struct db *db, const struct config *config, struct batch *batch,
    struct marks *marks)
{
	enum result result = RESULT_OK;

	for (size_t at = 0, run; at < batch->count && !result; at += run) {
		struct entry *entry = &batch->entries[at];

		run = same_run(entry, batch->count - at);
		result = is_hopeless(entry) ?
		    judge_hopeless(db, entry, marks) :
		    bisect(db, config, entry, run, marks);
	}
	return result;
}
