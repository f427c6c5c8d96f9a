/* cache_upkeep.h: what the operator wants to know of Redis, and to mend. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_CACHE_UPKEEP_H
#define PARLEY_CACHE_UPKEEP_H

#include "cache.h"

/*
 * Takes one write, named by key and version, out of what readers see and out
 * of what is pending, because it will never be stored; and its hidden form.
 * A newer version, and one known to be stored, stays. *was: readers saw it.
 */
MUST_CHECK enum result cache_forget(struct cache *, const struct key *,
    uint64_t version, bool *was);

/*
 * From now on this life of Redis refuses the token. RESULT_CONFLICT: it is in
 * another one. A later life knows only what MySQL says after it has begun.
 */
MUST_CHECK enum result cache_token_revoke(struct cache *, uint32_t epoch,
    const char *token);

/* When the oldest pending write was revealed (wall ms), 0: none pends. */
MUST_CHECK enum result cache_oldest(struct cache *, int64_t *revealed_at);

/* The server's version, "7.0.15". */
MUST_CHECK enum result cache_version(struct cache *, char *out, size_t size);

/*
 * One value of a section of INFO, or of a setting. RESULT_NOT_FOUND: there is
 * none of that name; RESULT_REFUSED: the account may not ask for settings.
 */
MUST_CHECK enum result cache_info(struct cache *, const char *section,
    const char *name, char *out, size_t size);
MUST_CHECK enum result cache_setting(struct cache *, const char *name,
    char *out, size_t size);

/* What time Redis has, in ms as of clock_wall_ms. */
MUST_CHECK enum result cache_time(struct cache *, int64_t *ms);

#endif
