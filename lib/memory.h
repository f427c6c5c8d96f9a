/* memory.h: allocation that never fails: out of memory ends the program. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_MEMORY_H
#define PARLEY_MEMORY_H

#include <stddef.h>

/*
 * Nothing sensible can be done without memory, and a supervisor restarts a
 * process that ended; so these say what was wanted on stderr and abort(3),
 * and no caller checks for NULL. What they return is freed by free(3). Sizes
 * of 0 are allowed and give a pointer that may be freed.
 */
#define RETURNS_NEW __attribute__((returns_nonnull, warn_unused_result))

void *xmalloc(size_t size) RETURNS_NEW;

/* count * size zeroed bytes; a product that overflows aborts. */
void *xcalloc(size_t count, size_t size) RETURNS_NEW;

/* Resizes to count * size bytes; a product that overflows aborts. */
void *xrealloc(void *, size_t count, size_t size) RETURNS_NEW;

char *xstrdup(const char *) RETURNS_NEW;

/* Copies at most len bytes and adds a NUL. */
char *xstrndup(const char *, size_t len) RETURNS_NEW;

#endif
