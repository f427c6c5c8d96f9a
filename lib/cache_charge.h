/* cache_charge.h: token buckets in Redis, which a request is charged to. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_CACHE_CHARGE_H
#define PARLEY_CACHE_CHARGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "result.h"

struct cache;

/*
 * A bucket holds as many as its rate's burst, gets so many a minute, and
 * gives one to each request. It is made full, by whoever names it first, and
 * forgotten when it is full again. Time is Redis's own, so all processes on
 * all hosts take from the same bucket.
 */
#define BUCKET_NAME_SIZE 96
struct bucket {
	char name[BUCKET_NAME_SIZE];	/* of p:b:<name>: policy, and whose */
	struct rate rate;
	uint64_t left;		/* out: that it can still give */
	uint64_t wait_us;	/* out: until it can give one more than that */
};

/* What one request takes: one from each bucket, or nothing. */
#define CHARGE_BUCKETS 2
struct charge {
	struct bucket bucket[CHARGE_BUCKETS];
	size_t count;		/* 0: it is not limited */
	bool asked;		/* out: left and wait_us say how it stands */
	bool refused;		/* out: a bucket was empty, nothing was taken */
};

/* µs in which a bucket gets one. */
uint64_t rate_cost_us(const struct rate *);

/*
 * Takes what a charge says. Results as cache.h says, and RESULT_LIMITED if
 * it was refused. Does not look at lives: a Redis that forgot has full
 * buckets.
 */
MUST_CHECK enum result cache_charge(struct cache *, struct charge *);

/* A charge in the words of cache_bucket.lua. */
#define CHARGE_WORDS_SIZE (CHARGE_BUCKETS * (BUCKET_NAME_SIZE + 32))
void charge_words(const struct charge *, char out[CHARGE_WORDS_SIZE]);

/* Takes over what was answered of each bucket; at is the first answer. */
#define CHARGE_ANSWERS 2	/* of each bucket */
void charge_answer(const struct cache *, size_t at, bool taken,
    struct charge *);

#endif
