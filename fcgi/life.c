/* life.c: raising the epoch for a new life of Redis, sending its marker. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "life.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "broker.h"
#include "clock.h"
#include "db_lives.h"
#include "event.h"
#include "ident.h"
#include "log.h"
#include "memory.h"
#include "thread.h"

#define LOOK_MS 500		/* how often the keeper looks */
#define MARKER_AGAIN_MS 3000	/* not passed for so long: send another */
#define RAISE_TRIES 8
#define RAISE_PAUSE_MS 5

struct life_keeper {
	const struct config *config;
	struct db_pool *pool;
	pthread_t thread;

	_Atomic uint32_t epoch;		/* newest that was met; 0 none */
	_Atomic uint32_t settled;	/* newest that is known settled */

	pthread_mutex_t raising;	/* one thread raises, others wait */

	pthread_mutex_t mutex;		/* of what follows */
	pthread_cond_t wake;
	bool stop;
	uint32_t raised;		/* by us: its marker is ours to send */

	pthread_mutex_t broker_mutex;	/* of what follows */
	struct broker *broker;
};

/* ---- raising ---- */

/* Remembers an epoch that was met; it never goes back. */
static void
note_epoch(struct life_keeper *k, uint32_t epoch)
{
	uint32_t known = atomic_load(&k->epoch);

	while (epoch > known &&
	    !atomic_compare_exchange_weak(&k->epoch, &known, epoch))
		;
}

/* Whether MySQL says that a later epoch has been in force. */
static bool
has_successor(struct life_keeper *k, uint32_t epoch)
{
	struct db *db = NULL;
	bool passed = false;

	if (db_pool_take(k->pool, &db))
		return false;
	if (db_epoch_passed(db, epoch + 1, &passed))
		passed = false;
	db_pool_give(k->pool, db);
	return passed;
}

bool
life_is_past(struct life_keeper *k, uint32_t epoch)
{
	uint32_t known = atomic_load(&k->epoch);

	if (epoch == 0 || epoch < known)
		return true;
	if (epoch == known)
		return false;
	if (has_successor(k, epoch))
		return true;
	note_epoch(k, epoch);
	return false;
}

/*
 * Wins the next epoch in MySQL and installs it. RESULT_CONFLICT: somebody
 * else was faster in MySQL; look at Redis again.
 */
static enum result
raise_epoch(struct life_keeper *k, struct cache *cache, struct life *life)
{
	struct db *db = NULL;
	enum result result;
	uint32_t newest;

	if ((result = db_pool_take(k->pool, &db)))
		return result;
	result = db_epoch_newest(db, &newest);
	if (!result)
		result = db_epoch_raise(db, newest, life->description,
		    clock_wall_ms());
	db_pool_give(k->pool, db);
	if (result)
		return result;
	life->past = life->epoch;
	life->epoch = newest + 1;
	if ((result = cache_life_install(cache, life)))
		return result;
	log_info(NULL, "redis is in a new life: epoch %" PRIu32, life->epoch);
	pthread_mutex_lock(&k->mutex);
	k->raised = life->epoch;
	pthread_cond_signal(&k->wake);
	pthread_mutex_unlock(&k->mutex);
	return RESULT_OK;
}

static enum result
meet_new_life(struct life_keeper *k, struct cache *cache, struct life *life)
{
	enum result result = RESULT_CONFLICT;
	int tries;

	pthread_mutex_lock(&k->raising);
	for (tries = 0; tries < RAISE_TRIES; tries++) {
		if (tries > 0)
			thread_pause(RAISE_PAUSE_MS);
		if ((result = cache_life(cache, life)) ||
		    !life_is_past(k, life->epoch))
			break;
		result = raise_epoch(k, cache, life);
		if (result != RESULT_CONFLICT)
			break;
	}
	pthread_mutex_unlock(&k->raising);
	return result ? RESULT_UNAVAILABLE : RESULT_OK;
}

enum result
life_epoch(struct life_keeper *k, struct cache *cache, uint32_t *epoch)
{
	struct life life;

	if (cache_life(cache, &life))
		return RESULT_UNAVAILABLE;
	if (life_is_past(k, life.epoch) && meet_new_life(k, cache, &life))
		return RESULT_UNAVAILABLE;
	note_epoch(k, life.epoch);
	*epoch = life.epoch;
	return RESULT_OK;
}

enum result
life_settled(struct life_keeper *k, struct db *db, uint32_t epoch,
    bool *settled)
{
	enum result result;

	*settled = atomic_load(&k->settled) >= epoch;
	if (*settled)
		return RESULT_OK;
	if ((result = db_epoch_passed(db, epoch, settled)))
		return result;
	if (*settled)
		atomic_store(&k->settled, epoch);
	return RESULT_OK;
}

/* ---- the marker ---- */

static void
send_marker(struct life_keeper *k, uint32_t epoch)
{
	struct event marker = { .type = EVENT_MARKER, .epoch = epoch };
	struct buffer line = BUFFER_EMPTY;
	enum result result;

	ident_uuid4(marker.id);
	event_control_line(&line, &marker);
	pthread_mutex_lock(&k->broker_mutex);
	result = broker_connect(k->broker);
	if (!result)
		result = broker_publish(k->broker, BROKER_KEY_WRITE,
		    line.data, line.len, NULL);
	pthread_mutex_unlock(&k->broker_mutex);
	if (!result)
		log_debug(NULL, "marker of epoch %" PRIu32 " sent", epoch);
	buffer_free(&line);
}

/* Not passed for lack of an answer counts as not passed. */
static bool
is_settled(struct life_keeper *k, uint32_t epoch)
{
	struct db *db = NULL;
	bool settled = false;

	if (atomic_load(&k->settled) >= epoch)
		return true;
	if (db_pool_take(k->pool, &db))
		return false;
	if (life_settled(k, db, epoch, &settled))
		settled = false;
	db_pool_give(k->pool, db);
	return settled;
}

/* Waits until woken or LOOK_MS have gone by. True: time to stop. */
static bool
keeper_wait(struct life_keeper *k, uint32_t *raised)
{
	const struct timespec until = thread_deadline(LOOK_MS);
	bool stop;

	pthread_mutex_lock(&k->mutex);
	while (!k->stop && k->raised == 0 && pthread_cond_timedwait(
	    &k->wake, &k->mutex, &until) != ETIMEDOUT)
		;
	stop = k->stop;
	*raised = k->raised;
	k->raised = 0;
	pthread_mutex_unlock(&k->mutex);
	return stop;
}

/*
 * The marker is sent by the process that raised the epoch; should it die
 * first, any other one sends it once it has seen it unpassed for a while.
 */
static void *
keeper(void *arg)
{
	struct life_keeper *k = arg;
	uint32_t epoch, raised, watched = 0;
	int64_t since = 0;

	while (!keeper_wait(k, &raised)) {
		epoch = atomic_load(&k->epoch);
		if (raised > epoch)
			epoch = raised;
		if (epoch == 0 || is_settled(k, epoch))
			continue;
		if (epoch != watched && raised != epoch) {
			watched = epoch;
			since = clock_mono_ms();
			continue;
		}
		if (raised != epoch &&
		    clock_mono_ms() - since < MARKER_AGAIN_MS)
			continue;
		send_marker(k, epoch);
		watched = epoch;
		since = clock_mono_ms();
	}
	return NULL;
}

enum result
life_broker_probe(struct broker *broker)
{
	struct event probe = { .type = EVENT_PROBE };
	struct buffer line = BUFFER_EMPTY;
	enum result result;

	ident_uuid4(probe.id);
	event_control_line(&line, &probe);
	result = broker_publish(broker, BROKER_KEY_WRITE, line.data, line.len,
	    NULL);
	buffer_free(&line);
	return result;
}

/* ---- making and ending ---- */

struct life_keeper *
life_keeper_new(const struct config *config, struct db_pool *pool)
{
	struct life_keeper *k = xcalloc(1, sizeof *k);

	k->config = config;
	k->pool = pool;
	k->broker = broker_new(config);
	pthread_mutex_init(&k->raising, NULL);
	pthread_mutex_init(&k->mutex, NULL);
	pthread_mutex_init(&k->broker_mutex, NULL);
	thread_cond_init(&k->wake);
	thread_start(&k->thread, keeper, k);
	return k;
}

void
life_keeper_free(struct life_keeper *k)
{
	if (k == NULL)
		return;
	pthread_mutex_lock(&k->mutex);
	k->stop = true;
	pthread_cond_signal(&k->wake);
	pthread_mutex_unlock(&k->mutex);
	pthread_join(k->thread, NULL);
	broker_free(k->broker);
	pthread_cond_destroy(&k->wake);
	pthread_mutex_destroy(&k->broker_mutex);
	pthread_mutex_destroy(&k->mutex);
	pthread_mutex_destroy(&k->raising);
	free(k);
}
