/* lease.c: winning numbers in MySQL and installing them in Redis. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "lease.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "clock.h"
#include "db_lives.h"
#include "memory.h"
#include "thread.h"

#define LOOK_MS 5		/* between looks for another's lease */
#define PATIENCE_MS 500		/* then its winner is taken for dead */
#define REQUESTS 256		/* that wait at most */

struct request_ahead {
	struct key chat;
	uint64_t seen;
};

struct lessor {
	struct db_pool *pool;
	struct life_keeper *life;
	struct metrics *metrics;
	struct cache *cache;
	pthread_t thread;

	pthread_mutex_t mutex;		/* of what follows */
	pthread_cond_t change;
	struct request_ahead request[REQUESTS];
	size_t first, count;
	bool stop;
};

static enum result
win(struct lessor *l, const struct lease_request *request,
    struct lease *lease)
{
	struct db *db = NULL;
	enum result result;

	if ((result = db_pool_take(l->pool, &db)))
		return result;
	result = db_lease_take(db, request, lease);
	db_pool_give(l->pool, db);
	if (!result)
		metrics_add(l->metrics, METRIC_LEASES, 0, 1);
	return result;
}

enum result
lease_obtain(struct lessor *l, struct cache *cache, uint32_t epoch,
    const struct key *chat, uint64_t seen)
{
	const int64_t patience = clock_mono_ms() + PATIENCE_MS;
	struct lease_request request = {
		.application = chat->application,
		.chat = chat->chat,
		.epoch = epoch,
		.seen = seen,
	};
	struct lease lease;
	enum result result;
	uint64_t now;

	while ((result = win(l, &request, &lease)) == RESULT_CONFLICT) {
		/* Even insisting fails in a life that is over elsewhere. */
		if (clock_mono_ms() >= patience + PATIENCE_MS)
			return RESULT_UNAVAILABLE;
		thread_pause(LOOK_MS);
		if ((result = cache_lease_seen(cache, epoch, chat, &now)))
			return result;
		if (now != seen)
			return RESULT_OK;	/* the other's is there */
		request.insist = clock_mono_ms() >= patience;
	}
	if (result)
		return RESULT_UNAVAILABLE;
	result = cache_lease_install(cache, epoch, chat, lease.from,
	    lease.to);
	/* A life that ended meanwhile is met by the write's next try. */
	return result == RESULT_CONFLICT ? RESULT_OK : result;
}

/* ---- ahead of use ---- */

/* One try; who loses it to somebody else has nothing left to do. */
static void
win_ahead(struct lessor *l, const struct request_ahead *ahead)
{
	struct lease_request request = {
		.application = ahead->chat.application,
		.chat = ahead->chat.chat,
		.seen = ahead->seen,
	};
	struct lease lease;
	uint64_t now;

	if (life_epoch(l->life, l->cache, &request.epoch))
		return;
	if (cache_lease_seen(l->cache, request.epoch, &ahead->chat, &now) ||
	    now != ahead->seen)
		return;
	if (win(l, &request, &lease))
		return;
	if (cache_lease_install(l->cache, request.epoch, &ahead->chat,
	    lease.from, lease.to))
		return;		/* a gap, logged where it failed */
}

static bool
next_request(struct lessor *l, struct request_ahead *out)
{
	bool stop;

	pthread_mutex_lock(&l->mutex);
	while (l->count == 0 && !l->stop)
		pthread_cond_wait(&l->change, &l->mutex);
	stop = l->stop;
	if (!stop) {
		*out = l->request[l->first];
		l->first = (l->first + 1) % REQUESTS;
		l->count--;
	}
	pthread_mutex_unlock(&l->mutex);
	return !stop;
}

static void *
lessor_run(void *argument)
{
	struct lessor *l = argument;
	struct request_ahead ahead;

	while (next_request(l, &ahead))
		win_ahead(l, &ahead);
	return NULL;
}

static bool
is_asked(const struct lessor *l, const struct key *chat, uint64_t seen)
{
	const struct request_ahead *r;
	size_t i;

	for (i = 0; i < l->count; i++) {
		r = &l->request[(l->first + i) % REQUESTS];
		if (r->seen == seen && key_compare(&r->chat, chat) == 0)
			return true;
	}
	return false;
}

void
lessor_ask(struct lessor *l, const struct key *chat, uint64_t seen)
{
	struct request_ahead *r;

	pthread_mutex_lock(&l->mutex);
	if (l->count < REQUESTS && !is_asked(l, chat, seen)) {
		r = &l->request[(l->first + l->count++) % REQUESTS];
		r->chat = *chat;
		r->seen = seen;
		pthread_cond_signal(&l->change);
	}
	pthread_mutex_unlock(&l->mutex);
}

struct lessor *
lessor_new(const struct config *config, struct db_pool *pool,
    struct life_keeper *life, struct metrics *metrics)
{
	struct lessor *l = xcalloc(1, sizeof *l);

	l->pool = pool;
	l->life = life;
	l->metrics = metrics;
	l->cache = cache_new(config);
	pthread_mutex_init(&l->mutex, NULL);
	thread_cond_init(&l->change);
	thread_start(&l->thread, lessor_run, l);
	return l;
}

void
lessor_free(struct lessor *l)
{
	if (l == NULL)
		return;
	pthread_mutex_lock(&l->mutex);
	l->stop = true;
	pthread_cond_signal(&l->change);
	pthread_mutex_unlock(&l->mutex);
	pthread_join(l->thread, NULL);
	cache_free(l->cache);
	pthread_cond_destroy(&l->change);
	pthread_mutex_destroy(&l->mutex);
	free(l);
}
