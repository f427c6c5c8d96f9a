/* batch.c: events collected from deliveries, on their way into MySQL. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "batch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "memory.h"

#define GROW_FIRST 64

/* ---- collecting ---- */

void
entry_condemn(struct entry *entry, const char *reason)
{
	if (entry->reason == NULL)
		entry->reason = xstrdup(reason);
}

void
entry_log(const struct entry *entry, enum log_level level, const char *what)
{
	const struct event *event = &entry->event;
	const struct key *key = &event->item.key;
	const char *reason = entry->reason != NULL ? entry->reason : "";

	/* What follows a colon may quote the text: only the header has it. */
	log_traced(level, event->request_id, event->trace.id,
	    "%s: event %s, application %" PRIu32 ", chat %" PRIu64
	    ", message %" PRIu64 "%s%.*s", what,
	    event->id[0] ? event->id : "unreadable", key->application,
	    key->chat, key->message, *reason ? ": " : "",
	    (int)strcspn(reason, ":"), reason);
}

void
entry_postpone(struct entry *entry, const char *reason)
{
	entry->again = entry->reason == NULL;
	entry_condemn(entry, reason);
}

static struct entry *
add_entry(struct batch *batch)
{
	if (batch->count == batch->size) {
		batch->size = batch->size ? batch->size * 2 : GROW_FIRST;
		batch->entries = xrealloc(batch->entries, batch->size,
		    sizeof(*batch->entries));
	}
	struct entry *entry = &batch->entries[batch->count++];
	*entry = (struct entry){0};
	return entry;
}

static void
add_line(struct batch *batch, const struct delivery *delivery,
    const char *line, size_t len)
{
	struct entry *entry = add_entry(batch);
	char error[256];

	entry->line = line;
	entry->len = len;
	entry->deliveries = delivery->deliveries;
	if (event_decode(&entry->event, line, len, error, sizeof(error)))
		entry_condemn(entry, error);
}

void
batch_add(struct batch *batch, struct delivery *delivery)
{
	const char *line = delivery->body;
	const char *const end = line + delivery->len;

	if (batch->deliveries_count == 0)
		batch->begun = clock_mono_ms();
	if (batch->deliveries_count == batch->deliveries_size) {
		batch->deliveries_size = batch->deliveries_size ?
		    batch->deliveries_size * 2 : GROW_FIRST;
		batch->deliveries = xrealloc(batch->deliveries,
		    batch->deliveries_size, sizeof(*batch->deliveries));
	}
	batch->deliveries[batch->deliveries_count++] = *delivery;
	batch->bytes += delivery->len;
	while (line < end) {
		const char *feed = memchr(line, '\n', (size_t)(end - line));
		const char *stop = feed != NULL ? feed : end;

		if (stop > line)
			add_line(batch, delivery, line, (size_t)(stop - line));
		line = stop + 1;
	}
	memset(delivery, 0, sizeof(*delivery));	/* the body is ours now */
}

bool
batch_ripe(const struct batch *batch, const struct config *config)
{
	return batch->count >= (size_t)config->jobs_batch_events ||
	    batch->bytes >= config->jobs_batch_bytes ||
	    /* Until some are acked, the broker sends no more. */
	    batch->deliveries_count >= (size_t)config->jobs_prefetch ||
	    clock_mono_ms() - batch->begun >= config->jobs_batch_wait_ms;
}

uint64_t
batch_tag(const struct batch *batch)
{
	return batch->deliveries[batch->deliveries_count - 1].tag;
}

void
batch_clear(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		event_clear(&batch->entries[i].event);
		free(batch->entries[i].reason);
	}
	for (size_t i = 0; i < batch->deliveries_count; i++)
		delivery_clear(&batch->deliveries[i]);
	free(batch->entries);
	free(batch->deliveries);
	*batch = (struct batch){0};
}

/* ---- what is to be stored ---- */

/* By key, then the highest version first, then the order of the queue. */
static int
compare(const void *va, const void *vb)
{
	const struct entry *a = *(struct entry *const *)va;
	const struct entry *b = *(struct entry *const *)vb;
	int order = key_compare(&a->event.item.key, &b->event.item.key);

	if (order != 0)
		return order;
	if (a->event.item.version != b->event.item.version)
		return a->event.item.version > b->event.item.version ? -1 : 1;
	return a < b ? -1 : a > b;
}

/* Keeps the first of each key; false if one has two origins. */
static bool
keep_newest(struct work *work)
{
	size_t kept = 0;

	for (size_t i = 0; i < work->count; i++) {
		const struct item *item = &work->newest[i]->event.item;
		const struct item *last = kept ? &work->items[kept - 1] : NULL;

		if (last == NULL || key_compare(&last->key, &item->key) != 0) {
			work->items[kept] = *item;
			work->newest[kept++] = work->newest[i];
		} else if (strcmp(last->origin, item->origin) != 0) {
			return false;
		}
	}
	work->count = kept;
	return true;
}

enum result
work_build(struct work *work, struct entry *entries, size_t count,
    enum event_type type)
{
	*work = (struct work){
		.items = xcalloc(count, sizeof(*work->items)),
		.newest = xcalloc(count, sizeof(*work->newest)),
	};
	for (size_t i = 0; i < count; i++)
		if (entries[i].reason == NULL && entries[i].event.type == type)
			work->newest[work->count++] = &entries[i];
	qsort(work->newest, work->count, sizeof(*work->newest), compare);
	if (keep_newest(work))
		return RESULT_OK;
	work_clear(work);
	return RESULT_CONFLICT;
}

void
work_clear(struct work *work)
{
	free(work->items);
	free(work->newest);
	*work = (struct work){0};
}

uint32_t
entries_marker(const struct entry *entries, size_t count)
{
	uint32_t epoch = 0;

	for (size_t i = 0; i < count; i++)
		if (entries[i].reason == NULL &&
		    entries[i].event.type == EVENT_MARKER &&
		    entries[i].event.epoch > epoch)
			epoch = entries[i].event.epoch;
	return epoch;
}
