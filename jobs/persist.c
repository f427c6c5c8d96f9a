/* persist.c: from the queue into MySQL, in batches, then the ack. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "persist.h"

#include <stdbool.h>
#include <stdlib.h>

#include "batch.h"
#include "broker.h"
#include "clock.h"
#include "expire.h"
#include "index.h"
#include "log.h"
#include "memory.h"
#include "pause.h"
#include "revoke.h"
#include "settle.h"
#include "sweep.h"

#define LISTEN_MS 200		/* how long a stop may go unnoticed */
#define SWEEP_EVERY_MS 5000
#define REVOKE_EVERY_MS 1000

/*
 * With a part down, deliveries are held this long before they go back. It
 * must be less than two heartbeats of the broker.
 */
#define HOLD_MS 20000

struct persister {
	const struct config *config;
	struct indexer *indexer;
	struct broker *queue;
	struct settler settler;
	struct sweeper sweeper;
	struct expirer expirer;
	struct pause queue_pause;
	struct batch batch;
	bool careful;		/* see start_consuming */
	uint64_t settled;	/* tag of what is to be acked; 0: nothing */
	int64_t next_sweep, next_revoke;
	const atomic_bool *stop;
};

struct persister *
persister_new(const struct config *config, struct indexer *indexer,
    struct metrics *metrics)
{
	struct persister *p = xcalloc(1, sizeof(*p));

	p->config = config;
	p->indexer = indexer;
	p->queue = broker_new(config);
	settler_init(&p->settler, config, metrics);
	return p;
}

void
persister_free(struct persister *p)
{
	if (p == NULL)
		return;
	batch_clear(&p->batch);
	settler_clear(&p->settler);
	broker_free(p->queue);
	free(p);
}

/* ---- collecting ---- */

/*
 * What is unacked when a process ends abruptly has been delivered once more,
 * and counts as suspect after some times. So that an event which ends us does
 * not bring others into suspicion, the first delivery is taken alone, and so
 * are all that are suspect; from the first innocent one on, many.
 */
static enum result
start_consuming(struct persister *p)
{
	if (broker_connected(p->queue))
		return RESULT_OK;
	p->settled = 0;		/* a tag is of one connection */
	p->careful = true;
	return broker_consume(p->queue, BROKER_WRITES, 1);
}

static bool
is_suspect(const struct delivery *delivery)
{
	return delivery->deliveries >= DELIVERIES_SUSPECT;
}

/*
 * Acks what was settled, once Redis has been told of it; when that was the
 * first, innocent one: asks for many.
 */
static void
acknowledge(struct persister *p)
{
	const uint64_t tag = p->settled;
	enum result result = RESULT_OK;
	bool widen;

	if (tag == 0)
		return;
	p->settled = 0;
	settle_told(&p->settler);
	widen = p->careful && !is_suspect(&p->batch.deliveries[0]);
	if (widen)
		result = broker_cancel(p->queue);
	if (result == RESULT_OK)
		result = broker_ack(p->queue, tag);
	if (result == RESULT_OK && widen &&
	    broker_consume(p->queue, BROKER_WRITES,
	    (uint16_t)p->config->jobs_prefetch) == RESULT_OK)
		p->careful = false;
}

/* The next delivery; what is settled is acked before anybody waits. */
static enum result
next_delivery(struct persister *p, int wait, struct delivery *delivery)
{
	if (p->settled != 0) {
		enum result result = broker_next(p->queue, 0, delivery);

		if (result != RESULT_NOT_FOUND)
			return result;
		acknowledge(p);
	}
	return broker_next(p->queue, wait, delivery);
}

/* Adds one delivery to the batch. */
static enum result
take(struct persister *p, int wait)
{
	struct delivery delivery;
	enum result result = next_delivery(p, wait, &delivery);

	if (result == RESULT_OK && is_suspect(&delivery) && !p->careful) {
		delivery_clear(&delivery);
		acknowledge(p);
		broker_disconnect(p->queue);	/* and begin carefully */
		return RESULT_UNAVAILABLE;
	}
	if (result == RESULT_OK)
		batch_add(&p->batch, &delivery);
	return result;
}

/* One batch; an empty one when nothing came for a while. */
static enum result
collect(struct persister *p)
{
	int wait = LISTEN_MS;
	enum result result = start_consuming(p);

	while (result == RESULT_OK && !*p->stop) {
		result = take(p, wait);
		if (result != RESULT_OK || p->careful ||
		    batch_ripe(&p->batch, p->config))
			break;
		wait = p->config->jobs_batch_wait_ms -
		    (int)(clock_mono_ms() - p->batch.begun);
		if (wait < 0)
			wait = 0;
	}
	return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

/* ---- storing ---- */

/*
 * While MySQL stores this batch, Redis is told of the one before, which can be
 * acked then. That one does not wait until a store that is down is up again.
 */
static enum result
settle_both(struct persister *p)
{
	enum result result = settle(&p->settler, &p->batch, 0);

	acknowledge(p);
	if (result != RESULT_OK && !*p->stop)
		result = settle(&p->settler, &p->batch, HOLD_MS);
	return result;
}

/* Whatever happens after the commit, a redelivery changes nothing. */
static void
finish(struct persister *p)
{
	if (settle_both(p) != RESULT_OK) {
		broker_disconnect(p->queue);
		settle_wait(&p->settler, &p->batch);
	} else {
		settle_tell(&p->settler);
		p->settled = batch_tag(&p->batch);
		log_debug(NULL, "stored %zu events of %zu deliveries",
		    p->batch.count, p->batch.deliveries_count);
		if (p->careful)
			acknowledge(p);		/* nothing comes before */
	}
	indexer_wake(p->indexer);
}

static void
sweep_when_due(struct persister *p)
{
	if (clock_mono_ms() < p->next_sweep)
		return;
	p->next_sweep = clock_mono_ms() + SWEEP_EVERY_MS;
	if (sweep(&p->sweeper, p->settler.cache, p->settler.db) != RESULT_OK)
		log_debug(NULL, "could not sweep");
}

/* Normally parley-admin has done it; this is for a Redis that was away. */
static void
revoke_when_due(struct persister *p)
{
	if (clock_mono_ms() < p->next_revoke)
		return;
	p->next_revoke = clock_mono_ms() + REVOKE_EVERY_MS;
	if (revoke_untold(p->settler.cache, p->settler.db) != RESULT_OK)
		log_debug(NULL, "could not tell redis of retired tokens");
}

void
persister_run(struct persister *p, const atomic_bool *stop)
{
	p->stop = p->settler.stop = stop;
	while (!*stop) {
		enum result result = collect(p);

		/* What was collected before a loss comes again: leave it. */
		if (result == RESULT_OK && p->batch.deliveries_count > 0)
			finish(p);
		batch_clear(&p->batch);
		if (result != RESULT_OK)
			pause_grow(&p->queue_pause, stop);
		else
			p->queue_pause = (struct pause){0};
		sweep_when_due(p);
		revoke_when_due(p);
		expire_when_due(&p->expirer, p->settler.db, p->config);
	}
	acknowledge(p);
	broker_disconnect(p->queue);
}
