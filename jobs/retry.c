/* retry.c: tries again what the database refused, each event alone. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "retry.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "batch.h"
#include "broker.h"
#include "clock.h"
#include "index.h"
#include "memory.h"
#include "park.h"
#include "pause.h"
#include "settle.h"

#define LISTEN_MS 200		/* how long a stop may go unnoticed */
#define HOLD_MS 2000		/* then they go back: the store is down */
#define RETRIES_MOST 1000000

/*
 * So many wait in memory, at most 100 KB each, while the others wait in the
 * queue. When the broker has given this many it gives no more, so listening
 * only answers its heartbeats.
 */
#define PREFETCH 128

struct waiting {
	struct delivery delivery;
	int64_t due;		/* clock_mono_ms() */
	int retries;		/* which try this is to be, from 1 */
};

struct retrier {
	struct indexer *indexer;
	struct broker *queue;
	struct settler settler;
	struct pause queue_pause;
	struct waiting waiting[PREFETCH];
	size_t count;
	const atomic_bool *stop;
};

struct retrier *
retrier_new(const struct config *config, struct indexer *indexer,
    struct metrics *metrics)
{
	struct retrier *r = xcalloc(1, sizeof(*r));

	r->indexer = indexer;
	r->queue = broker_new(config);
	settler_init(&r->settler, config, metrics);
	return r;
}

/* They are in the queue still, and come again. */
static void
forget(struct retrier *r)
{
	broker_disconnect(r->queue);
	for (size_t i = 0; i < r->count; i++)
		delivery_clear(&r->waiting[i].delivery);
	r->count = 0;
}

void
retrier_free(struct retrier *r)
{
	if (r == NULL)
		return;
	forget(r);
	settler_clear(&r->settler);
	broker_free(r->queue);
	free(r);
}

/* ---- waiting ---- */

/* A header as a number; without one, or with nonsense in it: least. */
static int64_t
header(const struct delivery *delivery, const char *name, int64_t least,
    int64_t most)
{
	const char *text = delivery_header(delivery, name);
	int64_t value = text != NULL ? strtoll(text, NULL, 10) : least;

	return value < least ? least : value > most ? most : value;
}

/* A host whose clock is wrong delays nothing by more than it was to wait. */
static void
add(struct retrier *r, struct delivery *delivery)
{
	struct waiting *w = &r->waiting[r->count++];
	int64_t left;

	assert(r->count <= PREFETCH);
	w->delivery = *delivery;
	w->retries = (int)header(delivery, "x-parley-count", 1, RETRIES_MOST);
	left = header(delivery, "x-parley-due", 0, INT64_MAX) -
	    clock_wall_ms();
	if (left > park_pause_ms(w->retries - 1))
		left = park_pause_ms(w->retries - 1);
	w->due = clock_mono_ms() + left;
}

/* The one that is due first; NULL if there is none. */
static struct waiting *
first_due(struct retrier *r)
{
	struct waiting *first = NULL;

	for (size_t i = 0; i < r->count; i++)
		if (first == NULL || r->waiting[i].due < first->due)
			first = &r->waiting[i];
	return first;
}

/* Takes one more from the queue, if there is one before the first is due. */
static enum result
listen(struct retrier *r)
{
	const struct waiting *first = first_due(r);
	int64_t wait = first == NULL ? LISTEN_MS :
	    first->due - clock_mono_ms();
	struct delivery delivery;
	enum result result = RESULT_OK;

	if (!broker_connected(r->queue))
		result = broker_consume(r->queue, BROKER_RETRY, PREFETCH);
	if (result == RESULT_OK)
		result = broker_next(r->queue, wait < 0 ? 0 :
		    wait > LISTEN_MS ? LISTEN_MS : (int)wait, &delivery);
	if (result == RESULT_OK)
		add(r, &delivery);
	return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

/* ---- trying ---- */

/*
 * Makes a batch of it. If it was delivered again and again and never came to
 * an end here, it may be what ended us: then that counts as one more try,
 * which failed, and the count of deliveries begins anew.
 */
static void
unpack(struct waiting *w, struct batch *batch)
{
	bool restless = w->delivery.deliveries >= DELIVERIES_HOPELESS;

	w->delivery.deliveries = 0;
	batch_add(batch, &w->delivery);
	for (size_t i = 0; i < batch->count; i++) {
		struct entry *entry = &batch->entries[i];

		entry->retries = w->retries;
		if (restless && entry->event.type != EVENT_PROBE)
			entry_postpone(entry, "delivered too often without "
			    "success");
	}
}

/*
 * Tries one. While the store is down nothing is counted: all go back, and
 * none are taken until it works again.
 */
static void
attempt(struct retrier *r, struct waiting *w)
{
	uint64_t tag = w->delivery.tag;
	struct batch batch = {0};

	unpack(w, &batch);
	*w = r->waiting[--r->count];
	if (settle(&r->settler, &batch, HOLD_MS) != RESULT_OK) {
		forget(r);
		settle_wait(&r->settler, &batch);
	} else {
		settle_tell(&r->settler);
		settle_told(&r->settler);
		if (broker_ack_one(r->queue, tag) != RESULT_OK)
			forget(r);
	}
	indexer_wake(r->indexer);
	batch_clear(&batch);
}

void
retrier_run(struct retrier *r, const atomic_bool *stop)
{
	r->stop = r->settler.stop = stop;
	while (!*stop) {
		if (listen(r) != RESULT_OK) {
			forget(r);
			pause_grow(&r->queue_pause, stop);
			continue;
		}
		r->queue_pause = (struct pause){0};
		struct waiting *first = first_due(r);
		if (first != NULL && first->due <= clock_mono_ms())
			attempt(r, first);
	}
	forget(r);
}
