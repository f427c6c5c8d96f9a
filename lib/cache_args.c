/* cache_args.c: puts the words of a command for Redis together. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cache_internal.h"
#include "memory.h"

void
cache_args_reset(struct cache *c)
{
	c->argc = 0;
	buffer_reset(&c->words);
}

void
cache_arg(struct cache *c, const char *data, size_t len)
{
	if (c->argc == c->size) {
		c->size = c->size == 0 ? 64 : c->size * 2;
		c->argv = xrealloc(c->argv, c->size, sizeof *c->argv);
		c->lengths = xrealloc(c->lengths, c->size,
		    sizeof *c->lengths);
	}
	buffer_add(&c->words, data, len);
	c->lengths[c->argc++] = len;
}

void
cache_arg_string(struct cache *c, const char *s)
{
	cache_arg(c, s, strlen(s));
}

void
cache_arg_number(struct cache *c, uint64_t number)
{
	const size_t before = c->words.len;

	cache_arg(c, "", 0);
	buffer_uint(&c->words, number);
	c->lengths[c->argc - 1] = c->words.len - before;
}

void
cache_arg_version(struct cache *c, uint64_t version)
{
	char s[DIGITS];

	cache_arg(c, s,
	    (size_t)snprintf(s, sizeof s, "%016" PRIx64, version));
}

void
cache_arg_value(struct cache *c, uint64_t version, const char *tail)
{
	const size_t before = c->words.len;

	cache_arg_version(c, version);
	buffer_str(&c->words, tail);
	c->lengths[c->argc - 1] = c->words.len - before;
}

void
cache_arg_life(struct cache *c, uint32_t epoch)
{
	char s[LIFE_SIZE + DIGITS];

	snprintf(s, sizeof s, "%" PRIu32 ":%s", epoch, c->description);
	cache_arg_string(c, s);
	cache_arg_number(c, epoch);
}
