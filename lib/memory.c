/* memory.c: allocation that never fails: out of memory ends the program. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void
out_of_memory(size_t count, size_t size)
{
	/* Not through log.c: that would need memory. */
	fprintf(stderr, "out of memory: %zu times %zu bytes\n", count, size);
	abort();
}

void *
xmalloc(size_t size)
{
	void *memory = malloc(size ? size : 1);

	if (memory == NULL)
		out_of_memory(1, size);
	return memory;
}

void *
xcalloc(size_t count, size_t size)
{
	void *memory;

	if (count == 0 || size == 0)
		count = size = 1;
	memory = calloc(count, size);
	if (memory == NULL)
		out_of_memory(count, size);
	return memory;
}

void *
xrealloc(void *old, size_t count, size_t size)
{
	void *memory;

	/* realloc(3) of 0 bytes may free and return NULL: never ask it. */
	if (count == 0 || size == 0)
		count = size = 1;
	if (count > SIZE_MAX / size)
		out_of_memory(count, size);
	memory = realloc(old, count * size);
	if (memory == NULL)
		out_of_memory(count, size);
	return memory;
}

char *
xstrdup(const char *string)
{
	return xstrndup(string, strlen(string));
}

char *
xstrndup(const char *string, size_t len)
{
	size_t used = strnlen(string, len);
	char *copy = xmalloc(used + 1);

	memcpy(copy, string, used);
	copy[used] = '\0';
	return copy;
}
