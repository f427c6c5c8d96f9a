/* cache_life.c: which life Redis is in, and beginning a new one. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "cache_internal.h"

enum result
cache_info_line(const char *info, const char *name, char *out, size_t size)
{
	const size_t len = strlen(name);
	const char *line = info;

	while (line != NULL && *line != '\0') {
		if (strncmp(line, name, len) == 0 && line[len] == ':') {
			line += len + 1;
			snprintf(out, size, "%.*s",
			    (int)strcspn(line, "\r\n"), line);
			return RESULT_OK;
		}
		line = strchr(line, '\n');
		if (line != NULL)
			line++;
	}
	return RESULT_NOT_FOUND;
}

enum result
cache_identify(struct cache *c)
{
	char run_id[64], replid[64], role[16];
	const char *info;

	if (cache_step(c, "INFO", "server", NULL))
		return RESULT_UNAVAILABLE;
	info = cache_answer_string(c, 0, NULL);
	if (cache_info_line(info, "run_id", run_id, sizeof run_id))
		return cache_failed(c, "INFO server", "no run_id in it");
	if (cache_step(c, "INFO", "replication", NULL))
		return RESULT_UNAVAILABLE;
	info = cache_answer_string(c, 0, NULL);
	if (cache_info_line(info, "role", role, sizeof role) ||
	    cache_info_line(info, "master_replid", replid, sizeof replid))
		return cache_failed(c, "INFO replication",
		    "no role or replid in it");
	if (strcmp(role, "master") != 0)
		return cache_failed(c, "role", "is a replica, not the master");
	snprintf(c->description, sizeof c->description, "%s:%s", run_id,
	    replid);
	return RESULT_OK;
}

const char *
cache_description(const struct cache *c)
{
	return c->description;
}

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
