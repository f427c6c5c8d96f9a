/* cache_claim.c: Redis: which writes with an Idempotency-Key there were. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "cache_claim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cache_internal.h"
#include "memory.h"

#define OWN_SLACK_MS 1000	/* for what is no wait for an answer */
#define WORDS_SIZE 256
#define HOUR_S 3600

/*
 * How long an owner is taken to be at work. If he takes longer, and another
 * takes over, then both publish the same event, which does no harm.
 */
static int
owner_ms(const struct config *config)
{
	return config->amqp_timeout_ms * 2 + config->redis_timeout_ms * 2 +
	    OWN_SLACK_MS;
}

static uint64_t
keep_s(const struct cache *c)
{
	return (uint64_t)c->config->idempotency_hours * HOUR_S;
}

/* ---- admit ---- */

void
claim_clear(struct claim *claim)
{
	free(claim->tail);
	claim->tail = NULL;
}

void
claim_argument(struct cache *c, const struct claim *claim)
{
	char words[WORDS_SIZE];

	snprintf(words, sizeof words, "%s %s %" PRIu32 " %" PRIu64 " %d %"
	    PRId64 " %" PRId64 " %" PRIu64, claim->key, claim->print,
	    claim->clear, keep_s(c), owner_ms(c->config), claim->created_at,
	    claim->updated_at, claim->count);
	cache_arg_string(c, words);
}

enum result
claim_answer(struct admission *a, const char *told)
{
	struct claim *claim = a->claim;
	int tail = 0;

	claim->owner = 1;
	claim->slot = a->version;
	claim_clear(claim);
	if (told == NULL)
		return RESULT_UNAVAILABLE;
	if (*told == '\0')
		return RESULT_OK;
	if (sscanf(told, "%u %" SCNx64 " %" SCNd64 " %" SCNd64 " %" SCNu64
	    "%n", &claim->owner, &a->version, &claim->created_at,
	    &claim->updated_at, &claim->count, &tail) != 5 ||
	    told[tail] != ' ')
		return RESULT_UNAVAILABLE;
	if (a->admit == ADMIT_OK) {
		claim->tail = xstrdup(told + tail + 1);
		a->tail = claim->tail;
	}
	return RESULT_OK;
}

/* ---- what became of it ---- */

static void
settle_argument(struct cache *c, const char *what, const struct admission *a,
    uint64_t stays)
{
	cache_arg_string(c, what);
	cache_arg_number(c, a->key.application);
	cache_arg_string(c, a->claim->key);
	cache_arg_version(c, a->version);
	cache_arg_number(c, a->claim->owner);
	cache_arg_number(c, stays);
}

/* In place of cache_arg_life: what is said is true in every life. */
static void
arg_any_life(struct cache *c)
{
	cache_arg_string(c, "");
	cache_arg_string(c, "");
}

enum result
cache_claim_done(struct cache *c, uint32_t epoch, const struct admission *a)
{
	enum result result;

	if ((result = cache_begin(c, SCRIPT_CLAIM)))
		return result;
	cache_arg_life(c, epoch);
	settle_argument(c, "done", a, keep_s(c));
	if ((result = cache_run(c)))
		return result;
	return cache_answer_integer(c, 0) == 1 ? RESULT_OK : RESULT_CONFLICT;
}

enum result
cache_claim_give_up(struct cache *c, const struct admission *a,
    bool never_sent)
{
	enum result result;

	if ((result = cache_begin(c, SCRIPT_CLAIM)))
		return result;
	arg_any_life(c);
	settle_argument(c, never_sent ? "drop" : "leave", a, keep_s(c));
	return cache_run(c);
}

enum result
cache_claims_ahead(struct cache *c, const struct claim_stored *claims,
    size_t count)
{
	enum result result;
	size_t i;

	if (count == 0)
		return RESULT_OK;
	if ((result = cache_begin(c, SCRIPT_CLAIM)))
		return result;
	arg_any_life(c);
	for (i = 0; i < count; i++) {
		cache_arg_string(c, "stored");
		cache_arg_number(c, claims[i].application);
		cache_arg_string(c, claims[i].key);
		cache_arg_version(c, claims[i].version);
		cache_arg_number(c, 0);
		cache_arg_number(c, MARKED_S);
	}
	return cache_send(c);
}
