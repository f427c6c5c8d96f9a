/* cache_charge.c: token buckets in Redis, which a request is charged to. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "cache_charge.h"

#include <inttypes.h>
#include <stdio.h>

#include "cache_internal.h"

#define MINUTE_US 60000000

uint64_t
rate_cost_us(const struct rate *rate)
{
	return MINUTE_US / rate->per_minute;
}

void
charge_words(const struct charge *charge, char out[CHARGE_WORDS_SIZE])
{
	const struct bucket *b;
	size_t used = 0;

	*out = '\0';
	for (b = charge->bucket; b < charge->bucket + charge->count; b++)
		used += (size_t)snprintf(out + used,
		    CHARGE_WORDS_SIZE - used, "%s%s %" PRIu64 " %u",
		    used > 0 ? " " : "", b->name, rate_cost_us(&b->rate),
		    b->rate.burst);
}

void
charge_answer(const struct cache *c, size_t at, bool taken,
    struct charge *charge)
{
	size_t i;

	for (i = 0; i < charge->count; i++, at += CHARGE_ANSWERS) {
		charge->bucket[i].left =
		    (uint64_t)cache_answer_integer(c, at);
		charge->bucket[i].wait_us =
		    (uint64_t)cache_answer_integer(c, at + 1);
	}
	charge->asked = true;
	charge->refused = !taken;
}

enum result
cache_charge(struct cache *c, struct charge *charge)
{
	char words[CHARGE_WORDS_SIZE];
	enum result result;

	if ((result = cache_begin(c, SCRIPT_CHARGE)))
		return result;
	charge_words(charge, words);
	cache_arg_string(c, words);
	if ((result = cache_run(c)))
		return result;
	if (cache_answers(c) != 1 + charge->count * CHARGE_ANSWERS)
		return RESULT_UNAVAILABLE;
	charge_answer(c, 1, cache_answer_integer(c, 0) != 0, charge);
	return charge->refused ? RESULT_LIMITED : RESULT_OK;
}
