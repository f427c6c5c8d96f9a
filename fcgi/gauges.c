/* gauges.c: how the other parts are at this moment, for /metrics. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "gauges.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "broker.h"
#include "cache_upkeep.h"
#include "clock.h"
#include "db_counts.h"
#include "db_pending.h"
#include "db_status.h"
#include "memory.h"
#include "search.h"
#include "thread.h"

#define SOURCES 4
#define OF_A_SOURCE 8		/* samples, at most */
#define TRIES 2			/* a connection may be found to be dead */
#define STEP_MS 1000		/* that one step of asking may take */

struct found {
	struct sample sample[OF_A_SOURCE];
	size_t count;
};

/* A thread that asks one part. All but kind is under the gauges' mutex. */
struct source {
	struct gauges *gauges;
	const struct kind *kind;
	pthread_t thread;
	bool wanted;		/* asked, and has not answered yet */
	struct found found;	/* the answer; none: it is down */
};

struct gauges {
	struct config config;	/* with shorter deadlines */
	pthread_mutex_t mutex;	/* of what follows */
	pthread_cond_t change;
	bool started, stop;
	int64_t asked_at;	/* clock_mono_ms */
	struct source source[SOURCES];
};

/* What there is to ask; a connection belongs to one thread. */
struct connection {
	const struct config *config;
	struct db *db;
	struct cache *cache;
	struct broker *broker;
	struct search *search;
};

static void
add(struct found *found, enum metric metric, const char *labels,
    int64_t value)
{
	found->sample[found->count++] = (struct sample){
		.metric = metric,
		.labels = labels,
		.value = value,
	};
}

/* ---- each part ---- */

static bool
ask_mysql(struct connection *c, struct found *found)
{
	uint64_t entries, marks;
	int64_t oldest, count_oldest;

	if (db_ping(c->db))
		return false;
	/*
	 * A database that was not migrated answers all the same; one in which
	 * very much waits takes too long to count it, but not to say since
	 * when.
	 */
	if (db_oldest(c->db, &oldest, &count_oldest) == RESULT_OK)
		add(found, METRIC_INDEX_OLDEST, "", oldest);
	if (db_index_backlog(c->db, &entries, &oldest) == RESULT_OK)
		add(found, METRIC_INDEX_BACKLOG, "", (int64_t)entries);
	if (db_count_total(c->db, false, &marks) == RESULT_OK)
		add(found, METRIC_COUNT_BACKLOG, "", (int64_t)marks);
	return true;
}

static bool
ask_redis(struct connection *c, struct found *found)
{
	struct life life;
	uint64_t fresh;
	int64_t oldest, age;

	if (cache_life(c->cache, &life) || cache_fresh(c->cache, &fresh))
		return false;
	add(found, METRIC_EPOCH, "", life.epoch);
	add(found, METRIC_FRESH_WRITES, "", (int64_t)fresh);
	add(found, METRIC_FRESH_LIMIT, "", c->config->fresh_limit);
	if (cache_oldest(c->cache, &oldest))
		return true;
	age = oldest != 0 ? clock_wall_ms() - oldest : 0;
	add(found, METRIC_FRESH_OLDEST, "", age > 0 ? age : 0);
	return true;
}

static bool
ask_rabbitmq(struct connection *c, struct found *found)
{
	static const struct {
		const char *queue, *labels;
	} rows[] = {
		{ BROKER_WRITES, "queue=\"writes\"" },
		{ BROKER_RETRY, "queue=\"retry\"" },
		{ BROKER_DEAD, "queue=\"dead\"" },
	};
	uint32_t messages, consumers, storing = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (broker_depth(c->broker, rows[i].queue, &messages,
		    &consumers))
			return false;
		add(found, METRIC_QUEUE_MESSAGES, rows[i].labels, messages);
		if (i == 0)
			storing = consumers;
	}
	add(found, METRIC_QUEUE_CONSUMERS, rows[0].labels, storing);
	add(found, METRIC_DEPENDENCY_UP, "dependency=\"jobs\"", storing > 0);
	return true;
}

static bool
ask_search(struct connection *c, struct found *found)
{
	(void)found;
	return search_ping(c->search) == RESULT_OK;
}

static void
open_mysql(struct connection *c)
{
	c->db = db_new(c->config);
}

static void
open_redis(struct connection *c)
{
	c->cache = cache_new(c->config);
}

static void
open_rabbitmq(struct connection *c)
{
	c->broker = broker_new(c->config);
}

static void
open_search(struct connection *c)
{
	if (c->config->search_backend == SEARCH_BACKEND_MYSQL)
		c->db = db_new(c->config);
	c->search = search_new(c->config, c->db);
}

static const struct kind {
	const char *up;		/* the labels of METRIC_DEPENDENCY_UP */
	const char *also;	/* of another that only it can tell; or NULL */
	void (*open)(struct connection *);
	bool (*ask)(struct connection *, struct found *);
} kinds[SOURCES] = {
	{ "dependency=\"mysql\"", NULL, open_mysql, ask_mysql },
	{ "dependency=\"redis\"", NULL, open_redis, ask_redis },
	{ "dependency=\"rabbitmq\"", "dependency=\"jobs\"", open_rabbitmq,
	    ask_rabbitmq },
	{ "dependency=\"search\"", NULL, open_search, ask_search },
};

/* ---- the threads ---- */

static void
ask(const struct source *s, struct connection *c, struct found *found)
{
	for (int tries = 0; tries < TRIES; tries++) {
		*found = (struct found){0};
		add(found, METRIC_DEPENDENCY_UP, s->kind->up, 1);
		if (s->kind->ask(c, found))
			return;
	}
	*found = (struct found){0};
}

/* Waits until it is asked; false: until it is time to stop. */
static bool
await_question(struct source *s)
{
	struct gauges *const g = s->gauges;
	bool stop;

	pthread_mutex_lock(&g->mutex);
	while (!s->wanted && !g->stop)
		pthread_cond_wait(&g->change, &g->mutex);
	stop = g->stop;
	pthread_mutex_unlock(&g->mutex);
	return !stop;
}

static void *
run(void *argument)
{
	struct source *const s = argument;
	struct connection c = { .config = &s->gauges->config };
	struct found found;

	s->kind->open(&c);
	while (await_question(s)) {
		ask(s, &c, &found);
		pthread_mutex_lock(&s->gauges->mutex);
		s->found = found;
		s->wanted = false;
		pthread_cond_broadcast(&s->gauges->change);
		pthread_mutex_unlock(&s->gauges->mutex);
	}
	search_free(c.search);
	broker_free(c.broker);
	cache_free(c.cache);
	db_free(c.db);
	return NULL;
}

static int
at_most(int ms)
{
	return ms < STEP_MS ? ms : STEP_MS;
}

struct gauges *
gauges_new(const struct config *config)
{
	struct gauges *g = xcalloc(1, sizeof(*g));

	g->config = *config;	/* whose strings stay its own */
	g->config.amqp_timeout_ms = at_most(config->amqp_timeout_ms);
	g->config.db_timeout_ms = at_most(config->db_timeout_ms);
	g->config.redis_timeout_ms = at_most(config->redis_timeout_ms);
	g->config.search_timeout_ms = at_most(config->search_timeout_ms);
	pthread_mutex_init(&g->mutex, NULL);
	thread_cond_init(&g->change);
	for (size_t i = 0; i < SOURCES; i++) {
		g->source[i].gauges = g;
		g->source[i].kind = &kinds[i];
	}
	return g;
}

void
gauges_free(struct gauges *g)
{
	if (g == NULL)
		return;
	pthread_mutex_lock(&g->mutex);
	g->stop = true;
	pthread_cond_broadcast(&g->change);
	pthread_mutex_unlock(&g->mutex);
	for (size_t i = 0; g->started && i < SOURCES; i++)
		pthread_join(g->source[i].thread, NULL);
	pthread_cond_destroy(&g->change);
	pthread_mutex_destroy(&g->mutex);
	free(g);
}

/* ---- asking ---- */

/* With the mutex. What is still busy with the last question is not asked. */
static void
begin_round(struct gauges *g)
{
	for (size_t i = 0; i < SOURCES && !g->started; i++)
		thread_start(&g->source[i].thread, run, &g->source[i]);
	g->started = true;
	g->asked_at = clock_mono_ms();
	for (size_t i = 0; i < SOURCES; i++)
		g->source[i].wanted = true;
	pthread_cond_broadcast(&g->change);
}

static bool
all_answered(const struct gauges *g)
{
	bool all = true;

	for (size_t i = 0; i < SOURCES; i++)
		all = all && !g->source[i].wanted;
	return all;
}

static size_t
collect(const struct source *s, struct sample *out)
{
	struct found down = {0};
	const struct found *found = &s->found;

	if (s->wanted || s->found.count == 0) {
		add(&down, METRIC_DEPENDENCY_UP, s->kind->up, 0);
		if (s->kind->also != NULL)
			add(&down, METRIC_DEPENDENCY_UP, s->kind->also, 0);
		found = &down;
	}
	memcpy(out, found->sample, found->count * sizeof(*out));
	return found->count;
}

size_t
gauges_ask(struct gauges *g, struct sample out[GAUGES_MOST])
{
	_Static_assert(SOURCES * OF_A_SOURCE <= GAUGES_MOST, "room for all");
	struct timespec until;
	size_t count = 0;

	pthread_mutex_lock(&g->mutex);
	if (!g->started ||
	    clock_mono_ms() - g->asked_at >= GAUGES_EVERY_MS)
		begin_round(g);
	until = thread_deadline((long)(g->asked_at + GAUGES_WAIT_MS -
	    clock_mono_ms()));
	while (!all_answered(g) && pthread_cond_timedwait(&g->change,
	    &g->mutex, &until) == 0)
		;
	for (size_t i = 0; i < SOURCES; i++)
		count += collect(&g->source[i], out + count);
	pthread_mutex_unlock(&g->mutex);
	return count;
}
