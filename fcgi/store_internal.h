/* store_internal.h: what store.c and store_read.c share. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_STORE_INTERNAL_H
#define PARLEY_STORE_INTERNAL_H

#include "store.h"

struct store {
	struct shared *shared;
	struct cache *cache;
};

/*
 * Looks a token up in MySQL, and tells Redis whose it is. RESULT_OK also
 * when Redis could not be told.
 */
MUST_CHECK enum result store_learn_token(struct store *, const char *token,
    uint32_t *application);

#endif
