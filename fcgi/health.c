/* health.c: how each dependency is, asked at most once a second. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "health.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "cache_upkeep.h"
#include "clock.h"
#include "db_status.h"
#include "late.h"
#include "memory.h"
#include "search.h"
#include "thread.h"

/* Who asks one dependency, again and again, over connections of his own. */
struct checker {
	struct health_keeper *keeper;
	enum condition (*check)(struct checker *, struct backlog *);
	pthread_t thread;

	/* They connect when they are first used: few checkers use more. */
	struct cache *cache;
	struct db *db;
	struct broker *broker;
	struct search *search;

	/* Under the keeper's mutex; times are clock_mono_ms. */
	bool wanted;		/* a check, not begun yet */
	bool out;		/* a check was asked for and is not over */
	bool known;		/* there was one: what follows is valid */
	int64_t asked;		/* when the last one was asked for */
	int64_t checked;	/* when the state was found out */
	struct dependency_state state;
};

struct health_keeper {
	const struct config *config;
	struct life_keeper *life;
	pthread_mutex_t mutex;		/* of what follows */
	pthread_cond_t wake, done;
	bool started, stop;
	int waiting;			/* threads, for checks */
	struct checker checkers[DEPENDENCIES];
	struct backlog backlog;
};

static const struct backlog nothing_known = { -1, -1, -1, -1 };

/* ---- the checks ---- */

static enum condition
condition_of(enum result result)
{
	return result == RESULT_OK ? CONDITION_OK : CONDITION_UNAVAILABLE;
}

static enum condition
check_mysql(struct checker *c, struct backlog *backlog)
{
	(void)backlog;
	return condition_of(db_ping(c->db));
}

static enum condition
check_redis(struct checker *c, struct backlog *backlog)
{
	struct life life;

	(void)backlog;
	return condition_of(cache_life(c->cache, &life));
}

/* A connection that was lost while idle shows it only when it is used. */
static enum condition
check_rabbitmq(struct checker *c, struct backlog *backlog)
{
	enum result result = life_broker_probe(c->broker);

	(void)backlog;
	if (result == RESULT_UNAVAILABLE)
		result = life_broker_probe(c->broker);
	return condition_of(result);
}

static enum condition
check_search(struct checker *c, struct backlog *backlog)
{
	(void)backlog;
	return condition_of(search_ping(c->search));
}

/* Each by itself: what one part does not tell, another may. */
static void
look_at_backlog(struct checker *c, struct backlog *backlog)
{
	uint32_t messages, consumers;
	const int64_t now = clock_wall_ms();
	int64_t revealed, index, count;

	/* Another host's clock may be before ours. */
	if (cache_oldest(c->cache, &revealed) == RESULT_OK)
		backlog->fresh_oldest = revealed == 0 || revealed > now ? 0 :
		    now - revealed;
	if (db_oldest(c->db, &index, &count) == RESULT_OK) {
		backlog->index_oldest = index;
		backlog->count_oldest = count;
	}
	/* Once more, as above. */
	for (int tries = 0; tries < 2 && backlog->consumers < 0; tries++)
		if (broker_depth(c->broker, BROKER_WRITES, &messages,
		    &consumers) == RESULT_OK)
			backlog->consumers = consumers;
}

static bool
is_late(int64_t age, int64_t most)
{
	return age < 0 || age > most;
}

/*
 * Until the jobs have passed the marker of this life of Redis, what is found
 * nowhere is 503: that is not ready. When they are only late, all answers
 * are right, but for what search finds and for counts.
 */
static enum condition
check_jobs(struct checker *c, struct backlog *backlog)
{
	bool settled = false;
	uint32_t epoch;

	look_at_backlog(c, backlog);
	if (life_epoch(c->keeper->life, c->cache, &epoch) ||
	    life_settled(c->keeper->life, c->db, epoch, &settled) || !settled)
		return CONDITION_UNAVAILABLE;
	return backlog->consumers < 1 ||
	    is_late(backlog->fresh_oldest, LATE_STORE_MS) ||
	    is_late(backlog->index_oldest, LATE_INDEX_MS) ||
	    is_late(backlog->count_oldest, LATE_COUNT_MS) ?
	    CONDITION_DEGRADED : CONDITION_OK;
}

/* ---- a checker's thread; all with the keeper's mutex locked ---- */

static void
note(struct checker *c, enum condition condition)
{
	if (!c->known || condition != c->state.condition)
		c->state.since = clock_wall_ms();
	c->known = true;
	c->checked = clock_mono_ms();
	c->state.ms = c->checked - c->asked;
	c->state.condition = condition;
}

static void
check_once(struct checker *c)
{
	struct health_keeper *k = c->keeper;
	struct backlog backlog = nothing_known;
	enum condition condition;

	c->wanted = false;
	pthread_mutex_unlock(&k->mutex);
	condition = c->check(c, &backlog);
	pthread_mutex_lock(&k->mutex);
	c->out = false;
	note(c, condition);
	if (c == &k->checkers[DEPENDENCY_JOBS])
		k->backlog = backlog;
	pthread_cond_broadcast(&k->done);
}

static void *
run(void *argument)
{
	struct checker *c = argument;
	struct health_keeper *k = c->keeper;

	pthread_mutex_lock(&k->mutex);
	while (!k->stop)
		if (c->wanted)
			check_once(c);
		else
			pthread_cond_wait(&k->wake, &k->mutex);
	pthread_mutex_unlock(&k->mutex);
	return NULL;
}

/* ---- looking ---- */

static void
checker_start(struct checker *c, struct health_keeper *k,
    enum dependency which)
{
	static enum condition (*const checks[])(struct checker *,
	    struct backlog *) = {
		[DEPENDENCY_MYSQL] = check_mysql,
		[DEPENDENCY_REDIS] = check_redis,
		[DEPENDENCY_RABBITMQ] = check_rabbitmq,
		[DEPENDENCY_SEARCH] = check_search,
		[DEPENDENCY_JOBS] = check_jobs,
	};

	c->keeper = k;
	c->check = checks[which];
	c->cache = cache_new(k->config);
	c->db = db_new(k->config);
	c->broker = broker_new(k->config);
	c->search = search_new(k->config, c->db);
	thread_start(&c->thread, run, c);
}

static void
start(struct health_keeper *k)
{
	if (k->started)
		return;
	k->started = true;
	for (size_t i = 0; i < DEPENDENCIES; i++)
		checker_start(&k->checkers[i], k, (enum dependency)i);
}

static void
ask(struct health_keeper *k)
{
	const int64_t now = clock_mono_ms();

	for (size_t i = 0; i < DEPENDENCIES; i++) {
		struct checker *c = &k->checkers[i];

		if (c->out || (c->known && now - c->asked < HEALTH_FRESH_MS))
			continue;
		c->wanted = c->out = true;
		c->asked = now;
	}
	pthread_cond_broadcast(&k->wake);
}

/* How long, in ms, the checks that are under way are still to be waited for. */
static int64_t
time_left(const struct health_keeper *k, bool unless_known)
{
	const int64_t now = clock_mono_ms();
	int64_t most = 0;

	for (size_t i = 0; i < DEPENDENCIES; i++) {
		const struct checker *c = &k->checkers[i];
		int64_t left = c->asked + HEALTH_LATE_MS - now;

		if (c->out && left > most && !(unless_known && c->known))
			most = left;
	}
	return most;
}

static void
wait_for_checks(struct health_keeper *k)
{
	const bool crowd = k->waiting > 0 &&
	    k->waiting >= k->config->threads / 2;
	int64_t left;

	k->waiting++;
	while ((left = time_left(k, crowd)) > 0) {
		const struct timespec until = thread_deadline(left);

		pthread_cond_timedwait(&k->done, &k->mutex, &until);
	}
	k->waiting--;
}

/* A check that has been under way for too long is its own answer. */
static void
note_late(struct health_keeper *k)
{
	const int64_t now = clock_mono_ms();

	for (size_t i = 0; i < DEPENDENCIES; i++) {
		struct checker *c = &k->checkers[i];

		if (!c->out || now - c->asked < HEALTH_LATE_MS ||
		    (c->known && c->checked > c->asked))
			continue;
		note(c, CONDITION_UNAVAILABLE);
		if (i == DEPENDENCY_JOBS)
			k->backlog = nothing_known;
	}
}

void
health_look(struct health_keeper *k, struct health *out)
{
	int64_t now;

	pthread_mutex_lock(&k->mutex);
	start(k);
	ask(k);
	wait_for_checks(k);
	note_late(k);
	now = clock_mono_ms();
	for (size_t i = 0; i < DEPENDENCIES; i++) {
		out->of[i] = k->checkers[i].state;
		out->of[i].checked_ago = now - k->checkers[i].checked;
	}
	out->backlog = k->backlog;
	pthread_mutex_unlock(&k->mutex);
}

/* ---- making and ending ---- */

struct health_keeper *
health_keeper_new(const struct config *config, struct life_keeper *life)
{
	struct health_keeper *k = xcalloc(1, sizeof *k);

	k->config = config;
	k->life = life;
	k->backlog = nothing_known;
	pthread_mutex_init(&k->mutex, NULL);
	pthread_cond_init(&k->wake, NULL);
	thread_cond_init(&k->done);
	return k;
}

static void
checker_end(struct checker *c)
{
	pthread_join(c->thread, NULL);
	search_free(c->search);
	broker_free(c->broker);
	db_free(c->db);
	cache_free(c->cache);
}

void
health_keeper_free(struct health_keeper *k)
{
	if (k == NULL)
		return;
	pthread_mutex_lock(&k->mutex);
	k->stop = true;
	pthread_cond_broadcast(&k->wake);
	pthread_mutex_unlock(&k->mutex);
	for (size_t i = 0; k->started && i < DEPENDENCIES; i++)
		checker_end(&k->checkers[i]);
	pthread_cond_destroy(&k->wake);
	pthread_cond_destroy(&k->done);
	pthread_mutex_destroy(&k->mutex);
	free(k);
}
