/* cache_upkeep.c: what the operator wants to know of Redis, and to mend. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "cache_upkeep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache_internal.h"

enum result
cache_forget(struct cache *c, const struct key *key, uint64_t version,
    bool *was)
{
	enum result result;

	if ((result = cache_begin(c, SCRIPT_FORGET)))
		return result;
	cache_arg_number(c, key->application);
	cache_arg_number(c, key->chat);
	cache_arg_number(c, key->message);
	cache_arg_version(c, version);
	cache_arg_number(c, MARKED_S);
	cache_arg_number(c, CHANGED_S);
	if ((result = cache_run(c)))
		return result;
	*was = cache_answer_integer(c, 0) == 1;
	return RESULT_OK;
}

enum result
cache_token_revoke(struct cache *c, uint32_t epoch, const char *token)
{
	enum result result;

	if ((result = cache_begin(c, SCRIPT_REVOKE)))
		return result;
	cache_arg_life(c, epoch);
	cache_arg_string(c, token);
	return cache_run(c);
}

enum result
cache_oldest(struct cache *c, int64_t *revealed_at)
{
	static const char *const words[] = {
		"ZRANGEBYSCORE", "p:pending", "-inf", "+inf", "WITHSCORES",
		"LIMIT", "0", "1",
	};
	const char *score;
	enum result result;

	if ((result = cache_begin(c, COMMAND)))
		return result;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		cache_arg_string(c, words[i]);
	if ((result = cache_run(c)))
		return result;
	score = cache_answer_string(c, 1, NULL);
	*revealed_at = score != NULL ? strtoll(score, NULL, 10) : 0;
	return RESULT_OK;
}

/* Begins a command of up to three words; the others are NULL. */
static enum result
begin_words(struct cache *c, const char *a, const char *b, const char *d)
{
	enum result result = cache_begin(c, COMMAND);

	if (result != RESULT_OK)
		return result;
	cache_arg_string(c, a);
	if (b != NULL)
		cache_arg_string(c, b);
	if (d != NULL)
		cache_arg_string(c, d);
	return RESULT_OK;
}

enum result
cache_info(struct cache *c, const char *section, const char *name, char *out,
    size_t size)
{
	enum result result = begin_words(c, "INFO", section, NULL);

	if (result == RESULT_OK)
		result = cache_run(c);
	if (result != RESULT_OK)
		return result;
	return cache_info_line(cache_answer_string(c, 0, NULL), name, out,
	    size);
}

enum result
cache_version(struct cache *c, char *out, size_t size)
{
	return cache_info(c, "server", "redis_version", out, size);
}

enum result
cache_setting(struct cache *c, const char *name, char *out, size_t size)
{
	enum result result = begin_words(c, "CONFIG", "GET", name);
	const char *value;

	if (result == RESULT_OK)
		result = cache_run_if_allowed(c);
	if (result != RESULT_OK)
		return result;
	value = cache_answer_string(c, 1, NULL);
	snprintf(out, size, "%s", value != NULL ? value : "");
	return value != NULL ? RESULT_OK : RESULT_NOT_FOUND;
}

enum result
cache_time(struct cache *c, int64_t *ms)
{
	enum result result = begin_words(c, "TIME", NULL, NULL);
	const char *seconds, *us;

	if (result == RESULT_OK)
		result = cache_run_if_allowed(c);
	if (result != RESULT_OK)
		return result;
	seconds = cache_answer_string(c, 0, NULL);
	us = cache_answer_string(c, 1, NULL);
	if (seconds == NULL || us == NULL)
		return RESULT_NOT_FOUND;
	*ms = strtoll(seconds, NULL, 10) * 1000 +
	    strtoll(us, NULL, 10) / 1000;
	return RESULT_OK;
}
