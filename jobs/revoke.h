/* revoke.h: sees to it that Redis refuses tokens that were taken out of use. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_REVOKE_H
#define PARLEY_REVOKE_H

#include "cache.h"
#include "db.h"

/*
 * MySQL says at once whose a token is, and what is to be refused; but Redis
 * remembers owners for an hour. This tells it of the retired tokens that it
 * was not told of yet, and notes in MySQL that it was. RESULT_OK: there are
 * none left (of a page of many); RESULT_CONFLICT: Redis is between two lives,
 * it is to be tried again.
 */
MUST_CHECK enum result revoke_untold(struct cache *, struct db *);

#endif
