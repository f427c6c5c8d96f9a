/* worker.c: what the process shares, and what each worker thread has. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "worker.h"

void
worker_init(struct worker *worker, struct shared *shared)
{
	*worker = (struct worker){
		.config = shared->config,
		.store = store_new(shared, &worker->spent),
		.pages = shared->pages,
		.health = shared->health,
		.gauges = shared->gauges,
		.metrics = shared->metrics,
	};
}

void
worker_clear(struct worker *worker)
{
	search_free(worker->search);
	store_free(worker->store);
	*worker = (struct worker){0};
}

enum result
worker_search(struct worker *worker, struct search **search, struct db **db)
{
	enum result result;

	*db = NULL;
	if (worker->config->search_backend == SEARCH_BACKEND_MYSQL) {
		result = store_db(worker->store, db);
		if (result != RESULT_OK)
			return result;
		*search = search_new(worker->config, *db);
		return RESULT_OK;
	}
	spent_switch(&worker->spent, SPENT_SEARCH);
	if (worker->search == NULL)
		worker->search = search_new(worker->config, NULL);
	*search = worker->search;
	return RESULT_OK;
}

void
worker_search_done(struct worker *worker, struct search *search,
    struct db *db)
{
	spent_switch(&worker->spent, SPENT_OWN);
	if (db == NULL)
		return;
	search_free(search);
	store_db_give(worker->store, db);
}
