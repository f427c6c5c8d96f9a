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

enum result
cache_version(struct cache *c, char *out, size_t size)
{
	static const char name[] = "redis_version:";
	const char *info, *at;
	enum result result;

	if ((result = cache_begin(c, COMMAND)))
		return result;
	cache_arg_string(c, "INFO");
	cache_arg_string(c, "server");
	if ((result = cache_run(c)))
		return result;
	info = cache_answer_string(c, 0, NULL);
	at = info != NULL ? strstr(info, name) : NULL;
	if (at != NULL)
		at += strlen(name);
	snprintf(out, size, "%.*s", at ? (int)strcspn(at, "\r\n") : 0,
	    at ? at : "");
	return RESULT_OK;
}
