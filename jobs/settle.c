/* settle.c: does with a batch all that must be done before it is acked. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "settle.h"

#include "clock.h"
#include "log.h"
#include "park.h"
#include "transact.h"

#define STORE_MS 10000		/* a batch is not given up as a request is */
#define MARKS_MOST 256		/* told to Redis at once: it does only that */

void
settler_init(struct settler *s, const struct config *config,
    struct metrics *metrics)
{
	*s = (struct settler){
		.config = config,
		.metrics = metrics,
		.aside = broker_new(config),
		.db = db_new(config),
		.cache = cache_new(config),
	};
	db_set_timeout(s->db, config->db_timeout_ms > STORE_MS ?
	    config->db_timeout_ms : STORE_MS);
}

void
settler_clear(struct settler *s)
{
	marks_clear(&s->marks);
	cache_free(s->cache);
	db_free(s->db);
	broker_free(s->aside);
	*s = (struct settler){0};
}

/* Redis may be away: the sweeper tells it later. */
void
settle_tell(struct settler *s)
{
	const struct marks *marks = &s->marks;
	enum result result = RESULT_OK;
	size_t count;

	for (size_t at = 0; at < marks->count && !result; at += count) {
		count = marks->count - at;
		if (count > MARKS_MOST)
			count = MARKS_MOST;
		result = cache_mark_ahead(s->cache, marks->mark + at, count);
	}
	for (size_t at = 0; at < marks->claims && !result; at += count) {
		count = marks->claims - at;
		if (count > MARKS_MOST)
			count = MARKS_MOST;
		result = cache_claims_ahead(s->cache, marks->claim + at,
		    count);
	}
	marks_clear(&s->marks);
	if (result != RESULT_OK)
		log_debug(NULL, "redis is told later what is stored");
}

void
settle_told(struct settler *s)
{
	if (cache_await(s->cache) != RESULT_OK)
		log_debug(NULL, "redis is told later what was stored");
}

static enum result
store(struct settler *s, struct batch *batch)
{
	const int64_t start = clock_mono_us();
	enum result result;

	marks_clear(&s->marks);
	result = transact(s->db, s->config, batch, &s->marks);
	s->store_us = clock_mono_us() - start;
	if (result == RESULT_OK)
		s->store_pause = (struct pause){0};
	else
		pause_grow(&s->store_pause, s->stop);
	return result;
}

static enum result
put_aside(struct settler *s, struct batch *batch)
{
	struct parked parked = {0};
	enum result result = park(s->aside, s->config, batch, &parked);

	metrics_add(s->metrics, METRIC_PERSIST_RETRIES, 0, parked.again);
	metrics_add(s->metrics, METRIC_DEAD_LETTERS, 0, parked.dead);
	return result;
}

/* What a try of putting something aside came to; pauses if it failed. */
static enum result
after_aside(struct settler *s, enum result result)
{
	if (result == RESULT_OK)
		s->aside_pause = (struct pause){0};
	else
		pause_grow(&s->aside_pause, s->stop);
	return result;
}

/* One line for each, for whoever follows a request; of a retry in any case. */
static void
report(const struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		const struct entry *entry = &batch->entries[i];

		if (entry->reason == NULL &&
		    (entry->event.type == EVENT_CHAT ||
		    entry->event.type == EVENT_MESSAGE))
			entry_log(entry, entry->retries > 0 ? LEVEL_INFO :
			    LEVEL_DEBUG, "stored");
	}
}

/* Of the batch that is to be acked now: so each event is counted once. */
static void
count_events(const struct settler *s, const struct batch *batch)
{
	uint64_t chats = 0, messages = 0;

	for (size_t i = 0; i < batch->count; i++) {
		const struct entry *entry = &batch->entries[i];

		if (entry->reason != NULL)
			continue;
		chats += entry->event.type == EVENT_CHAT;
		messages += entry->event.type == EVENT_MESSAGE;
	}
	metrics_add(s->metrics, METRIC_PERSIST_BATCHES, 0, 1);
	metrics_took(s->metrics, METRIC_PERSIST_SECONDS, s->store_us);
	metrics_add(s->metrics, METRIC_PERSIST_EVENTS, OF_CHAT, chats);
	metrics_add(s->metrics, METRIC_PERSIST_EVENTS, OF_MESSAGE, messages);
	if (chats + messages > s->marks.count)
		metrics_add(s->metrics, METRIC_PERSIST_COALESCED, 0,
		    chats + messages - s->marks.count);
}

enum result
settle(struct settler *s, struct batch *batch, int hold_ms)
{
	int64_t end = clock_mono_ms() + hold_ms;

	do {
		if (store(s, batch) == RESULT_OK &&
		    after_aside(s, put_aside(s, batch)) == RESULT_OK) {
			report(batch);
			count_events(s, batch);
			return RESULT_OK;
		}
	} while (!*s->stop && clock_mono_ms() < end);
	return RESULT_UNAVAILABLE;
}

void
settle_wait(struct settler *s, struct batch *batch)
{
	while (!*s->stop && store(s, batch) != RESULT_OK)
		continue;
	settle_tell(s);
	while (!*s->stop && after_aside(s, park_probe(s->aside)) != RESULT_OK)
		continue;
}
