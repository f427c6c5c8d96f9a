/* commit_group.c: numbers, publishes and reveals one group of writes. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "commit_group.h"

#include <stdlib.h>
#include <string.h>

#include "broker.h"
#include "clock.h"
#include "db_items.h"
#include "event.h"
#include "log.h"
#include "memory.h"
#include "thread.h"

#define REVEAL_TRY_MS 500	/* how long a failed reveal is tried again */
#define REVEAL_PAUSE_MS 20

struct group {
	const struct config *config;
	struct db_pool *pool;
	struct life_keeper *life;
	struct metrics *metrics;
	struct cache *cache;
	struct broker *broker;
	uint32_t epoch;

	struct write **writes;
	struct admission **admissions;	/* of each write */
	size_t count, size;
	size_t bytes;			/* of their tails */
	size_t admitted;		/* writes with ADMIT_OK */
	struct buffer payload;
	struct spent spent;		/* by this group, on all its writes */
};

struct group *
group_new(const struct config *config, struct db_pool *pool,
    struct life_keeper *life, struct metrics *metrics)
{
	struct group *g = xcalloc(1, sizeof *g);

	g->config = config;
	g->pool = pool;
	g->life = life;
	g->metrics = metrics;
	g->cache = cache_new(config);
	cache_measure(g->cache, &g->spent);
	g->broker = broker_new(config);
	g->size = (size_t)config->commit_writes;
	g->writes = xcalloc(g->size, sizeof(struct write *));
	g->admissions = xcalloc(g->size, sizeof(struct admission *));
	return g;
}

void
group_free(struct group *g)
{
	cache_free(g->cache);
	broker_free(g->broker);
	buffer_free(&g->payload);
	free(g->writes);
	free(g->admissions);
	free(g);
}

/* ---- filling and ending a group ---- */

bool
group_has_room(const struct group *g, const struct write *w)
{
	if (g->count == 0)
		return true;
	return g->count < g->size &&
	    g->bytes + strlen(w->admission.tail) <= g->config->commit_bytes;
}

void
group_add(struct group *g, struct write *w)
{
	g->bytes += strlen(w->admission.tail);
	w->result = RESULT_OK;
	g->admissions[g->count] = &w->admission;
	g->writes[g->count++] = w;
}

size_t
group_count(const struct group *g)
{
	return g->count;
}

/* Gives all writes that were admitted (or not yet judged) this result. */
static void
settle(struct group *g, enum result result)
{
	size_t i;

	for (i = 0; i < g->count; i++)
		if (g->admissions[i]->admit == ADMIT_OK)
			g->writes[i]->result = result;
}

void
group_finish(struct group *g)
{
	size_t i;

	/* Once woken, a write is its worker's again, and may be gone. */
	spent_switch(&g->spent, SPENT_OWN);
	for (i = 0; i < g->count; i++) {
		g->writes[i]->spent = g->spent;
		sem_post(&g->writes[i]->done);
	}
	g->count = g->admitted = g->bytes = 0;
	buffer_reset(&g->payload);
}

/* ---- coming up ---- */

bool
group_come_up(struct group *g)
{
	return life_epoch(g->life, g->cache, &g->epoch) == RESULT_OK &&
	    broker_connect(g->broker) == RESULT_OK &&
	    life_broker_probe(g->broker) == RESULT_OK;
}

/* ---- numbering ---- */

static enum result
admit(struct group *g)
{
	enum result result;

	result = life_is_past(g->life, g->epoch) ? RESULT_CONFLICT :
	    cache_admit(g->cache, g->epoch, g->admissions, g->count);
	if (result != RESULT_CONFLICT)
		return result;
	/* Redis has begun a new life; nothing was numbered in it. */
	result = life_epoch(g->life, g->cache, &g->epoch);
	if (!result)
		result = cache_admit(g->cache, g->epoch, g->admissions,
		    g->count);
	return result == RESULT_CONFLICT ? RESULT_UNAVAILABLE : result;
}

static void
compose(struct group *g)
{
	size_t i;

	for (i = 0; i < g->count; i++) {
		if (g->admissions[i]->admit != ADMIT_OK)
			continue;
		event_line(&g->payload, g->admissions[i]->tail,
		    &g->admissions[i]->key, g->admissions[i]->version);
		g->admitted++;
	}
}

bool
group_admit(struct group *g)
{
	enum result result;
	size_t i;

	spent_start(&g->spent, SPENT_OWN);
	if (g->count == 0)
		return true;
	/* Nothing is numbered while the broker is known to be gone. */
	result = broker_connect(g->broker);
	if (!result)
		result = admit(g);
	if (result) {
		for (i = 0; i < g->count; i++)
			g->writes[i]->result = result == RESULT_FULL ?
			    RESULT_FULL : RESULT_UNAVAILABLE;
		return result == RESULT_FULL;
	}
	compose(g);
	return true;
}

/* ---- revealing ---- */

/*
 * What is neither hidden nor visible any more waited for its reveal longer
 * than a hidden write lives. If it is stored, then that is as good.
 */
static void
settle_missing(struct group *g)
{
	struct db *db = NULL;
	uint64_t stored;
	size_t i;

	for (i = 0; i < g->count; i++) {
		if (g->admissions[i]->admit != ADMIT_OK ||
		    !g->admissions[i]->missing)
			continue;
		stored = 0;
		if (db == NULL && db_pool_take(g->pool, &db))
			db = NULL;
		if (db == NULL || db_item_versions(db,
		    &g->admissions[i]->key, 1, &stored) ||
		    stored < g->admissions[i]->version)
			g->writes[i]->result = RESULT_UNKNOWN;
	}
	if (db != NULL)
		db_pool_give(g->pool, db);
}

/*
 * Reveals a confirmed group. When Redis fails now, or has forgotten all in a
 * new life, the content is sent again, into that life; only if that can't
 * be had soon are the writers told that the outcome is unknown: their
 * writes are stored, but might not be read at once.
 */
static bool
reveal(struct group *g)
{
	int64_t until = clock_mono_ms() + REVEAL_TRY_MS;
	uint32_t numbered_in = g->epoch;
	enum result result;

	result = life_is_past(g->life, g->epoch) ? RESULT_CONFLICT :
	    cache_reveal(g->cache, g->epoch, g->admissions, g->count, false);
	while (result && clock_mono_ms() < until) {
		if (result != RESULT_CONFLICT)
			thread_pause(REVEAL_PAUSE_MS);
		result = life_epoch(g->life, g->cache, &g->epoch);
		if (!result)
			result = cache_reveal(g->cache, g->epoch,
			    g->admissions, g->count, g->epoch != numbered_in);
	}
	if (result) {
		log_warn(NULL, "%zu writes are confirmed but could not be "
		    "shown in Redis: answered as of unknown outcome",
		    g->admitted);
		settle(g, RESULT_UNKNOWN);
		return false;
	}
	settle_missing(g);
	return true;
}

/* ---- publishing ---- */

/* A broker that was lost while idle gets a second chance: nothing was sent. */
static enum result
publish(struct group *g)
{
	enum result result;

	result = broker_publish(g->broker, BROKER_KEY_WRITE, g->payload.data,
	    g->payload.len, NULL);
	if (result != RESULT_UNAVAILABLE)
		return result;
	result = broker_connect(g->broker);
	if (!result)
		result = broker_publish(g->broker, BROKER_KEY_WRITE,
		    g->payload.data, g->payload.len, NULL);
	return result;
}

bool
group_publish(struct group *g)
{
	const int64_t start = clock_mono_us();
	enum result result;

	if (g->admitted == 0)
		return true;
	spent_switch(&g->spent, SPENT_RABBITMQ);
	result = publish(g);
	spent_switch(&g->spent, SPENT_OWN);
	metrics_add(g->metrics, METRIC_COMMIT_GROUPS, 0, 1);
	metrics_took(g->metrics, METRIC_CONFIRM_SECONDS,
	    clock_mono_us() - start);
	switch (result) {
	case RESULT_OK:
		return reveal(g);
	case RESULT_FULL:
		log_warn(NULL, "the broker's queue is full: %zu writes turned "
		    "away", g->admitted);
		settle(g, RESULT_FULL);
		return false;
	case RESULT_UNKNOWN:
		settle(g, RESULT_UNKNOWN);
		return false;
	default:
		settle(g, RESULT_UNAVAILABLE);
		return false;
	}
}
