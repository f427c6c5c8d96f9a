/* cache_list.c: what of a list is fresh in Redis, and if it has changed. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "cache_internal.h"

#define BOUND_SIZE 32
#define CHANGE_KEY_SIZE 64	/* p:l:… */

enum result
cache_list_change(struct cache *c, const char *token, uint64_t chat,
    struct look *look, struct list_change *change)
{
	char name[CHANGE_KEY_SIZE];
	struct glance g = {
		.owner = cache_owner_guess(c, token),
		.wanted = name,
		.look = look,
	};
	enum result result;

	memset(look, 0, sizeof *look);
	*change = (struct list_change){0};
	if (g.owner == NULL)
		return RESULT_NOT_FOUND;
	snprintf(name, sizeof name, "p:l:%" PRIu32 ":%" PRIu64,
	    g.owner->application, chat);
	if ((result = cache_glance(c, &g)))
		return result;
	result = look->token_known ? RESULT_OK : RESULT_NOT_FOUND;
	if (result == RESULT_OK) {
		change->epoch = look->epoch;
		change->application = look->application;
		snprintf(change->last, sizeof change->last, "%s",
		    g.value != NULL ? g.value : "");
	}
	free(g.value);
	return result;
}

/* A bound of a range of scores, exclusive; 0 means none. */
static void
arg_bound(struct cache *c, uint64_t bound, const char *none)
{
	char s[BOUND_SIZE];

	snprintf(s, sizeof s, "(%" PRIu64, bound);
	cache_arg_string(c, bound != 0 ? s : none);
}

static enum result
ask_by_script(struct cache *c, const char *token, uint64_t chat,
    const struct range *range, struct look *look)
{
	enum result result;

	memset(look, 0, sizeof *look);
	if ((result = cache_begin(c, SCRIPT_LIST)))
		return result;
	cache_arg_string(c, token);
	cache_arg_number(c, chat);
	arg_bound(c, range->after, "-inf");
	arg_bound(c, range->before, "+inf");
	cache_arg_number(c, range->limit);
	cache_arg_string(c, range->descending ? "1" : "0");
	if ((result = cache_run(c)))
		return result;
	cache_look_head(c, look);
	cache_owner_learn(c, token, look);
	return RESULT_OK;
}

enum result
cache_list(struct cache *c, const char *token, uint64_t chat,
    const struct range *range, struct look *look,
    struct list_change *change, struct items *out)
{
	const char *number, *value;
	enum result result;
	struct item item;
	struct key key;
	size_t i, len = 0;

	/* Where nothing pends and nothing has changed for long, that is all. */
	result = cache_list_change(c, token, chat, look, change);
	if (result == RESULT_OK && change->last[0] == '\0')
		return RESULT_OK;
	if (result == RESULT_OK || result == RESULT_NOT_FOUND)
		result = ask_by_script(c, token, chat, range, look);
	if (result)
		return result;
	for (i = 2; look->token_known && i + 1 < cache_answers(c);
	    i += 2) {
		number = cache_answer_string(c, i, NULL);
		value = cache_answer_string(c, i + 1, &len);
		if (number == NULL)
			continue;
		key.application = look->application;
		key.chat = chat != 0 ? chat : strtoull(number, NULL, 10);
		key.message = chat != 0 ? strtoull(number, NULL, 10) : 0;
		if (cache_value_decode(value, len, &key, &item))
			*items_add(out) = item;
	}
	return RESULT_OK;
}
