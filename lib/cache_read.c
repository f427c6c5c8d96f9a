/* cache_read.c: what is fresh in Redis: one thing, and what is pending. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "cache_internal.h"
#include "event.h"
#include "log.h"

#define VERSION_DIGITS 16
#define VALUE_KEY_SIZE 80	/* p:v:… */

/* Reads "<version><tail>". False: a bare version, or not one of ours. */
bool
cache_value_decode(const char *value, size_t len, const struct key *key,
    struct item *out)
{
	char digits[VERSION_DIGITS + 1];
	uint64_t version;

	if (value == NULL || len <= VERSION_DIGITS)
		return false;
	memcpy(digits, value, VERSION_DIGITS);
	digits[VERSION_DIGITS] = '\0';
	version = strtoull(digits, NULL, 16);
	if (event_item_from_tail(out, value + VERSION_DIGITS,
	    len - VERSION_DIGITS, key, version)) {
		log_error(NULL, "redis: what it holds of application %" PRIu32
		    " chat %" PRIu64 " message %" PRIu64 " is not readable",
		    key->application, key->chat, key->message);
		return false;
	}
	return true;
}

/* The two elements that every reading script begins with. */
void
cache_look_head(const struct cache *c, struct look *look)
{
	const char *application = cache_answer_string(c, 1, NULL);

	look->epoch = cache_epoch_of(c, cache_answer_string(c, 0, NULL));
	if (look->epoch != 0 && application != NULL) {
		look->token_known = true;
		look->application =
		    (uint32_t)strtoul(application, NULL, 10);
	}
}

/* ---- one thing ---- */

/* Of what was asked of by token, the application is known only now. */
static void
take_value(const char *value, size_t len, const struct key *key,
    struct look *look)
{
	struct key whole = *key;

	if (!look->token_known)
		return;
	whole.application = look->application;
	look->found = cache_value_decode(value, len, &whole, &look->item);
}

static enum result
ask_by_guess(struct cache *c, const char *token, const struct key *key,
    struct look *look)
{
	char name[VALUE_KEY_SIZE];
	struct glance g = {
		.owner = cache_owner_guess(c, token),
		.wanted = name,
		.look = look,
	};
	enum result result;

	if (g.owner == NULL)
		return RESULT_NOT_FOUND;
	snprintf(name, sizeof name, "p:v:%" PRIu32 ":%" PRIu64 ":%" PRIu64,
	    g.owner->application, key->chat, key->message);
	if ((result = cache_glance(c, &g)))
		return result;
	take_value(g.value, g.len, key, look);
	free(g.value);
	return RESULT_OK;
}

static enum result
ask_by_script(struct cache *c, const char *token, const struct key *key,
    struct look *look)
{
	const char *value;
	enum result result;
	size_t len = 0;

	if ((result = cache_begin(c, SCRIPT_GET)))
		return result;
	cache_arg_string(c, token);
	cache_arg_number(c, key->chat);
	cache_arg_number(c, key->message);
	if ((result = cache_run(c)))
		return result;
	cache_look_head(c, look);
	cache_owner_learn(c, token, look);
	value = cache_answer_string(c, 2, &len);
	take_value(value, len, key, look);
	return RESULT_OK;
}

enum result
cache_get(struct cache *c, const char *token, const struct key *key,
    struct look *look)
{
	enum result result;

	memset(look, 0, sizeof *look);
	result = ask_by_guess(c, token, key, look);
	if (result == RESULT_NOT_FOUND) {
		memset(look, 0, sizeof *look);
		result = ask_by_script(c, token, key, look);
	}
	return result;
}

/* ---- what else there is ---- */

enum result
cache_lease_seen(struct cache *c, uint32_t epoch, const struct key *chat,
    uint64_t *seen)
{
	const char *limit, *counted;
	char key[64];
	enum result result;

	*seen = UINT64_MAX;
	if ((result = cache_begin(c, COMMAND)))
		return result;
	snprintf(key, sizeof key, "p:n:%" PRIu32 ":%" PRIu64,
	    chat->application, chat->chat);
	cache_arg_string(c, "HMGET");
	cache_arg_string(c, key);
	cache_arg_string(c, "t");
	cache_arg_string(c, "e");
	if ((result = cache_run(c)))
		return result;
	limit = cache_answer_string(c, 0, NULL);
	counted = cache_answer_string(c, 1, NULL);
	if (limit != NULL && counted != NULL &&
	    strtoul(counted, NULL, 10) == epoch)
		*seen = strtoull(limit, NULL, 10);
	return RESULT_OK;
}

/* Asks for pending things by time, from one of them on, with their times. */
static enum result
ask_pending(struct cache *c, const struct pending_at *at, int64_t before,
    size_t limit)
{
	enum result result = cache_begin(c, COMMAND);

	if (result)
		return result;
	cache_arg_string(c, "ZRANGEBYSCORE");
	cache_arg_string(c, "p:pending");
	cache_arg_number(c, (uint64_t)at->revealed);
	cache_arg_number(c, (uint64_t)before);
	cache_arg_string(c, "WITHSCORES");
	cache_arg_string(c, "LIMIT");
	cache_arg_number(c, at->skip);
	cache_arg_number(c, limit);
	return cache_run(c);
}

/* Moves a place behind one that was revealed then. */
static void
pass(struct pending_at *at, int64_t revealed)
{
	if (revealed != at->revealed)
		*at = (struct pending_at){ .revealed = revealed };
	at->skip++;
}

enum result
cache_pending_next(struct cache *c, struct pending_at *at, int64_t before,
    size_t limit, struct key *out, size_t *count)
{
	const char *thing, *score;
	enum result result;
	size_t i;

	*count = 0;
	if ((result = ask_pending(c, at, before, limit)))
		return result;
	for (i = 0; i + 1 < cache_answers(c) && *count < limit; i += 2) {
		thing = cache_answer_string(c, i, NULL);
		score = cache_answer_string(c, i + 1, NULL);
		if (thing == NULL || score == NULL)
			continue;
		pass(at, strtoll(score, NULL, 10));
		if (sscanf(thing, "%" SCNu32 ":%" SCNu64 ":%" SCNu64,
		    &out[*count].application, &out[*count].chat,
		    &out[*count].message) == 3)
			(*count)++;
	}
	return RESULT_OK;
}

enum result
cache_pending(struct cache *c, int64_t before, size_t limit, struct key *out,
    size_t *count)
{
	struct pending_at at = {0};

	return cache_pending_next(c, &at, before, limit, out, count);
}

enum result
cache_fresh(struct cache *c, uint64_t *count)
{
	enum result result;

	*count = 0;
	if ((result = cache_begin(c, COMMAND)))
		return result;
	cache_arg_string(c, "ZCARD");
	cache_arg_string(c, "p:pending");
	if ((result = cache_run(c)))
		return result;
	*count = (uint64_t)cache_answer_integer(c, 0);
	return RESULT_OK;
}
