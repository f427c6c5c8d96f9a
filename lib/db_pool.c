/* db_pool.c: connections to MySQL that many threads share. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "db.h"

#include <pthread.h>
#include <stdlib.h>

#include "log.h"
#include "memory.h"
#include "thread.h"

struct db_pool {
	const struct config *config;
	pthread_mutex_t mutex;
	pthread_cond_t given;
	/* All below is guarded by the mutex. */
	struct db **idle;	/* a stack: the last used, likeliest alive */
	size_t idle_count;
	size_t made;		/* connections there are, idle or taken */
	size_t most;
};

struct db_pool *
db_pool_new(const struct config *config)
{
	struct db_pool *pool = xcalloc(1, sizeof(*pool));

	pool->config = config;
	pool->most = (size_t)config->db_connections;
	pool->idle = xcalloc(pool->most, sizeof(struct db *));
	pthread_mutex_init(&pool->mutex, NULL);
	thread_cond_init(&pool->given);
	return pool;
}

void
db_pool_free(struct db_pool *pool)
{
	if (pool == NULL)
		return;
	for (size_t i = 0; i < pool->idle_count; i++)
		db_free(pool->idle[i]);
	pthread_cond_destroy(&pool->given);
	pthread_mutex_destroy(&pool->mutex);
	free(pool->idle);
	free(pool);
}

/* An idle connection, a new one, or NULL. With the mutex held. */
static struct db *
take_now(struct db_pool *pool)
{
	if (pool->idle_count > 0)
		return pool->idle[--pool->idle_count];
	if (pool->made == pool->most)
		return NULL;
	pool->made++;
	return db_new(pool->config);
}

enum result
db_pool_take(struct db_pool *pool, struct db **out)
{
	struct timespec until = thread_deadline(pool->config->db_timeout_ms);
	struct db *db;
	int error = 0;

	pthread_mutex_lock(&pool->mutex);
	while ((db = take_now(pool)) == NULL && error == 0)
		error = pthread_cond_timedwait(&pool->given, &pool->mutex,
		    &until);
	pthread_mutex_unlock(&pool->mutex);
	*out = db;
	if (db != NULL)
		return RESULT_OK;
	log_warn(NULL, "database: all %zu connections stayed busy for %d ms",
	    pool->most, pool->config->db_timeout_ms);
	return RESULT_UNAVAILABLE;
}

void
db_pool_give(struct db_pool *pool, struct db *db)
{
	if (db == NULL)
		return;
	db_rollback(db);	/* nobody gets to see another's transaction */
	pthread_mutex_lock(&pool->mutex);
	pool->idle[pool->idle_count++] = db;
	pthread_mutex_unlock(&pool->mutex);
	pthread_cond_signal(&pool->given);	/* who wakes finds it free */
}
