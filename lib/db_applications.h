/* db_applications.h: applications in MySQL, written straight to it. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DB_APPLICATIONS_H
#define PARLEY_DB_APPLICATIONS_H

#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "item.h"

struct application {
	uint32_t id;			/* internal; never leaves the system */
	char token[IDENT_SIZE];
	char *name;
	uint64_t chats_count;
	int64_t created_at, updated_at;	/* milliseconds since 1970, UTC */
};

void application_clear(struct application *);

/*
 * Stores a new application (token and name from it, both times = now) and
 * fills in the rest. RESULT_UNKNOWN when the commit went unanswered.
 */
MUST_CHECK enum result db_application_create(struct db *,
    struct application *, int64_t now);

/* RESULT_NOT_FOUND for an unknown token. The caller clears *out on OK. */
MUST_CHECK enum result db_application_by_token(struct db *,
    const char *token, struct application *out);

/* The same by its internal number. */
MUST_CHECK enum result db_application_by_id(struct db *, uint32_t id,
    struct application *out);

/* Renames and gives back the new state. */
MUST_CHECK enum result db_application_rename(struct db *, const char *token,
    const char *name, int64_t now, struct application *out);

/*
 * In order of creation. after/before are tokens, NULL for none; an unknown
 * one is RESULT_NOT_FOUND. *out is an array of *count that the caller frees,
 * each element cleared.
 */
MUST_CHECK enum result db_application_list(struct db *, const char *after,
    const char *before, const struct range *, struct application **out,
    size_t *count);

#endif
