/* worker.h: what the process shares, and what each worker thread has. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_WORKER_H
#define PARLEY_WORKER_H

#include "cache_charge.h"
#include "config.h"
#include "metrics.h"
#include "search.h"
#include "spent.h"
#include "store.h"

/* A thread's own state, as its handlers see it. */
struct worker {
	const struct config *config;
	struct store *store;
	struct pages *pages;	/* these four are the process's */
	struct health_keeper *health;
	struct gauges *gauges;
	struct metrics *metrics;
	struct search *search;	/* made by worker_search when first needed */
	struct charge charge;	/* of the request in hand, see limit.h */
	struct spent spent;	/* of the request in hand */
	struct key wrote;	/* by it; all zero: nothing */
	enum limited charged_as;
	int64_t ask_limits_at;	/* Redis failed: not before, clock_mono_ms */
};

void worker_init(struct worker *, struct shared *);
void worker_clear(struct worker *);

/*
 * A search to use now; hand it to worker_search_done with the same db. With
 * MySQL as the backend it comes with a connection from the pool (so threads
 * that search do not hold one each); else *db is NULL and the search, with
 * its connection to the engine, is the worker's to keep.
 */
MUST_CHECK enum result worker_search(struct worker *, struct search **,
    struct db **db);
void worker_search_done(struct worker *, struct search *, struct db *);

#endif
