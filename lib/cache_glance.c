/* cache_glance.c: one value, for the token whose owner is remembered. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "cache_internal.h"

#define OWNER_KEY_SIZE 64	/* p:a:… */

/* ---- owners ---- */

/* Where the owner of a token is remembered, if it is. */
static struct owner *
owner_of(struct cache *c, const char *token)
{
	unsigned hash = 0;

	for (; *token != '\0'; token++)
		hash = hash * 31 + (unsigned char)*token;
	return &c->owners[hash % OWNERS];
}

const struct owner *
cache_owner_guess(struct cache *c, const char *token)
{
	const struct owner *owner = owner_of(c, token);

	return ident_equal_secret(token, owner->token) ? owner : NULL;
}

void
cache_owner_learn(struct cache *c, const char *token,
    const struct look *look)
{
	struct owner *owner;

	if (!look->token_known || look->application == 0)
		return;
	owner = owner_of(c, token);
	snprintf(owner->token, sizeof owner->token, "%s", token);
	owner->epoch = look->epoch;
	owner->application = look->application;
}

/* ---- glances, each of which is the first member of its ask ---- */

static void
add_glance(struct cache *c, const struct glance *g)
{
	char name[OWNER_KEY_SIZE];

	snprintf(name, sizeof name, "p:a:%" PRIu32 ":%s", g->owner->epoch,
	    g->owner->token);
	cache_arg_string(c, name);
	cache_arg_string(c, g->wanted);
}

/* Takes what was answered from the ith element on. */
static void
take_glance(struct cache *c, size_t i, uint32_t epoch, struct glance *g)
{
	struct look *const look = g->look;
	const char *application = cache_answer_string(c, i, NULL);

	look->epoch = epoch;
	if (epoch != 0 && application != NULL) {
		look->token_known = true;
		look->application =
		    (uint32_t)strtoul(application, NULL, 10);
	}
	g->right = epoch == g->owner->epoch && (!look->token_known ||
	    look->application == g->owner->application);
	g->value = cache_take_string(c, i + 1, &g->len);
}

/* One command for all: so the life that it shows is that of all values. */
static enum result
glance_for_all(void *cache, struct combined *group)
{
	struct cache *const c = cache;
	struct combined *ask;
	enum result result;
	uint32_t epoch;
	size_t i = 1;

	if ((result = cache_begin(c, COMMAND)))
		return result;
	cache_arg_string(c, "MGET");
	cache_arg_string(c, "p:life");
	for (ask = group; ask != NULL; ask = ask->next)
		add_glance(c, (struct glance *)ask);
	if ((result = cache_run(c)))
		return result;
	epoch = cache_epoch_of(c, cache_answer_string(c, 0, NULL));
	for (ask = group; ask != NULL; ask = ask->next, i += 2)
		take_glance(c, i, epoch, (struct glance *)ask);
	return RESULT_OK;
}

enum result
cache_glance(struct cache *c, struct glance *g)
{
	enum spent_on before;
	enum result result;

	g->ask = (struct combined){ .size = 1 };
	if (c->combiner == NULL) {
		result = glance_for_all(c, &g->ask);
	} else {
		before = spent_switch(c->spent, SPENT_REDIS);
		result = combine(c->combiner, &g->ask, glance_for_all, c);
		spent_switch(c->spent, before);
	}
	if (result == RESULT_OK && !g->right) {
		free(g->value);
		g->value = NULL;
		return RESULT_NOT_FOUND;
	}
	return result;
}
