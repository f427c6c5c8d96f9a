/* db_rotations.h: giving applications new tokens, and the old ones. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DB_ROTATIONS_H
#define PARLEY_DB_ROTATIONS_H

#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "db_applications.h"

/* A token that was taken out of use. */
struct rotation {
	char retired[IDENT_SIZE];
	uint32_t application;
	int64_t rotated_at;
	int64_t told_at;	/* when Redis was told; 0: not yet */
};

/*
 * In one transaction: the application of token `old` gets token `fresh`, and
 * it is written down that `old` is retired and Redis is to be told.
 * RESULT_NOT_FOUND: no application has `old` now.
 */
MUST_CHECK enum result db_token_rotate(struct db *, const char *old,
    const char *fresh, int64_t now);

/* What is known of a retired token. RESULT_NOT_FOUND: it never was one. */
MUST_CHECK enum result db_rotation_find(struct db *, const char *retired,
    struct rotation *out);

/* Up to limit of those that Redis was not told of. */
MUST_CHECK enum result db_rotations_untold(struct db *, unsigned limit,
    struct rotation *out, size_t *count);

/* Notes that Redis was told. */
MUST_CHECK enum result db_rotation_told(struct db *, const char *retired,
    int64_t now);

#endif
