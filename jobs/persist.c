/* persist.c: from the queue into MySQL, in batches, then the ack. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "persist.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

#include "batch.h"
#include "broker.h"
#include "cache.h"
#include "clock.h"
#include "db.h"
#include "index.h"
#include "log.h"
#include "memory.h"
#include "park.h"
#include "sweep.h"
#include "thread.h"
#include "transact.h"

#define LISTEN_MS 200		/* how long a stop may go unnoticed */
#define PAUSE_FIRST_MS 100	/* after a failure; doubles */
#define PAUSE_MOST_MS 10000
#define STORE_MS 10000		/* a batch is not given up as a request is */
#define MARKS_MOST 256		/* told to Redis at once: it does only that */
#define SWEEP_EVERY_MS 5000

/*
 * With the store down, deliveries are held this long before they go back,
 * because the queue counts how often it has delivered each. It must be less
 * than two heartbeats of the broker.
 */
#define HOLD_MS 20000

/* A part outside: whether it failed last time, and how long to pause now. */
struct part {
	const char *name;
	bool down;
	long pause;
};

struct persister {
	const struct config *config;
	struct indexer *indexer;
	struct broker *queue;
	struct broker *dead;	/* a consumer's channel cannot confirm */
	struct db *db;
	struct cache *cache;
	struct part broker_part, cache_part, dead_part, store_part;
	struct batch batch;
	int64_t next_sweep;
	const volatile sig_atomic_t *stop;
};

struct persister *
persister_new(const struct config *config, struct indexer *indexer)
{
	struct persister *p = xcalloc(1, sizeof(*p));

	p->config = config;
	p->indexer = indexer;
	p->queue = broker_new(config);
	p->dead = broker_new(config);
	p->db = db_new(config);
	db_set_timeout(p->db, config->db_timeout_ms > STORE_MS ?
	    config->db_timeout_ms : STORE_MS);
	p->cache = cache_new(config);
	p->broker_part.name = "the queue";
	p->cache_part.name = "Redis";
	p->dead_part.name = "parking";
	p->store_part.name = "the store";
	return p;
}

void
persister_free(struct persister *p)
{
	if (p == NULL)
		return;
	batch_clear(&p->batch);
	cache_free(p->cache);
	db_free(p->db);
	broker_free(p->dead);
	broker_free(p->queue);
	free(p);
}

/* ---- what fails, and how long to wait ---- */

/* Says it once for each change, not for each try. */
static void
note(struct part *part, bool down, const char *why)
{
	if (down && !part->down)
		log_warn(NULL, "%s fails: %s", part->name, why);
	else if (!down && part->down)
		log_info(NULL, "%s works again", part->name);
	part->down = down;
	if (!down)
		part->pause = 0;
}

/* Sleeps a little longer each time, give or take; wakes up for a stop. */
static void
pause_for(struct persister *p, struct part *part)
{
	part->pause = part->pause == 0 ? PAUSE_FIRST_MS : part->pause * 2;
	if (part->pause > PAUSE_MOST_MS)
		part->pause = PAUSE_MOST_MS;
	int64_t end = clock_mono_ms() + part->pause / 2 +
	    random() % part->pause / 2;
	while (!*p->stop && clock_mono_ms() < end)
		thread_pause(50);
}

/* ---- collecting ---- */

static enum result
start_consuming(struct persister *p)
{
	if (broker_connected(p->queue))
		return RESULT_OK;
	return broker_consume(p->queue, BROKER_WRITES,
	    (uint16_t)p->config->jobs_prefetch);
}

/* One batch; an empty one when nothing came for a while. */
static enum result
collect(struct persister *p)
{
	struct delivery delivery;
	int wait = LISTEN_MS;
	enum result result = start_consuming(p);

	while (result == RESULT_OK && !*p->stop) {
		result = broker_next(p->queue, wait, &delivery);
		if (result != RESULT_OK)
			break;
		batch_add(&p->batch, &delivery);
		if (batch_ripe(&p->batch, p->config))
			break;
		wait = p->config->jobs_batch_wait_ms -
		    (int)(clock_mono_ms() - p->batch.begun);
		if (wait < 0)
			wait = 0;
	}
	return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

/* ---- storing ---- */

/* Redis may be away: the sweeper tells it later. */
static void
tell_redis(struct persister *p, const struct marks *marks)
{
	enum result result = RESULT_OK;
	size_t count;

	for (size_t at = 0; at < marks->count && !result; at += count) {
		count = marks->count - at;
		if (count > MARKS_MOST)
			count = MARKS_MOST;
		result = cache_mark(p->cache, marks->mark + at, count);
	}
	note(&p->cache_part, result != RESULT_OK, "stored writes are not "
	    "marked as such in it; this is made good later");
}

static enum result
store(struct persister *p)
{
	struct marks marks = {0};
	enum result result = transact(p->db, &p->batch, &marks);

	note(&p->store_part, result != RESULT_OK, db_error(p->db));
	if (result == RESULT_OK)
		tell_redis(p, &marks);
	else
		pause_for(p, &p->store_part);
	marks_clear(&marks);
	return result;
}

static enum result
put_aside(struct persister *p)
{
	enum result result = park(p->dead, &p->batch);

	note(&p->dead_part, result != RESULT_OK, "no confirm; the batch that "
	    "holds what is to be parked has to wait");
	if (result != RESULT_OK)
		pause_for(p, &p->dead_part);
	return result;
}

/*
 * Stores the batch, trying again while it may be held. When that is over the
 * deliveries are given back, by ending the connection, and none are taken
 * until the store answers.
 */
static enum result
settle(struct persister *p)
{
	int64_t end = clock_mono_ms() + HOLD_MS;

	do {
		if (store(p) == RESULT_OK && put_aside(p) == RESULT_OK)
			return RESULT_OK;
	} while (!*p->stop && clock_mono_ms() < end);
	broker_disconnect(p->queue);
	while (!*p->stop && db_ping(p->db) != RESULT_OK)
		pause_for(p, &p->store_part);
	return RESULT_UNAVAILABLE;
}

/* Whatever happens after the commit, a redelivery changes nothing. */
static void
finish(struct persister *p)
{
	if (settle(p) == RESULT_OK) {
		if (broker_ack(p->queue, batch_tag(&p->batch)) == RESULT_OK)
			log_debug(NULL, "stored %zu events of %zu deliveries",
			    p->batch.count, p->batch.deliveries_count);
		indexer_wake(p->indexer);
	}
}

static void
sweep_when_due(struct persister *p)
{
	if (clock_mono_ms() < p->next_sweep)
		return;
	p->next_sweep = clock_mono_ms() + SWEEP_EVERY_MS;
	if (sweep(p->cache, p->db) != RESULT_OK)
		log_debug(NULL, "could not sweep");
}

void
persister_run(struct persister *p, const volatile sig_atomic_t *stop)
{
	p->stop = stop;
	while (!*stop) {
		enum result result = collect(p);

		/* What was collected before a loss comes again: leave it. */
		if (result == RESULT_OK && p->batch.deliveries_count > 0)
			finish(p);
		batch_clear(&p->batch);
		note(&p->broker_part, result != RESULT_OK, "no deliveries");
		if (result != RESULT_OK)
			pause_for(p, &p->broker_part);
		sweep_when_due(p);
	}
	broker_disconnect(p->queue);
}
