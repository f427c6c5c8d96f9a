/* cache_life.c: which life Redis is in, and beginning a new one. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "cache_internal.h"

uint32_t
cache_epoch_of(const struct cache *c, const char *life)
{
	unsigned long epoch;
	char *end;

	if (life == NULL)
		return 0;
	epoch = strtoul(life, &end, 10);
	if (*end != ':' || strcmp(end + 1, cache_description(c)) != 0)
		return 0;
	return (uint32_t)epoch;
}

/* Not our life: unless whom we are connected to is another by now. */
static enum result
look_again(struct cache *c, const char *held, struct life *life)
{
	char copy[LIFE_SIZE] = "";
	enum result result;

	if (held != NULL)
		snprintf(copy, sizeof copy, "%s", held);
	if ((result = cache_identify(c)))
		return result;
	life->epoch = cache_epoch_of(c, copy);
	return RESULT_OK;
}

enum result
cache_life(struct cache *c, struct life *life)
{
	const char *held;
	enum result result;

	memset(life, 0, sizeof *life);
	if ((result = cache_begin(c, COMMAND)))
		return result;
	cache_arg_string(c, "GET");
	cache_arg_string(c, "p:life");
	if ((result = cache_run(c)))
		return result;
	held = cache_answer_string(c, 0, NULL);
	life->epoch = cache_epoch_of(c, held);
	if (life->epoch == 0 && (result = look_again(c, held, life)))
		return result;
	snprintf(life->description, sizeof life->description, "%s",
	    cache_description(c));
	return RESULT_OK;
}

enum result
cache_life_install(struct cache *c, struct life *life)
{
	enum result result;

	if ((result = cache_begin(c, SCRIPT_LIFE)))
		return result;
	if (strcmp(life->description, cache_description(c)) != 0)
		return RESULT_CONFLICT;	/* connected anew, to another life */
	cache_arg_number(c, life->epoch);
	cache_arg_string(c, life->description);
	cache_arg_number(c, life->past);
	if ((result = cache_run(c)))
		return result;
	life->epoch = cache_epoch_of(c, cache_answer_string(c, 0, NULL));
	return life->epoch != 0 ? RESULT_OK : RESULT_CONFLICT;
}
