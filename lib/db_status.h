/* db_status.h: what the operator is told of the database. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DB_STATUS_H
#define PARLEY_DB_STATUS_H

#include <stddef.h>
#include <stdint.h>

#include "db.h"

/* The server's version, in its own words. */
MUST_CHECK enum result db_version(struct db *, char *out, size_t size);

/*
 * For how many ms what waits longest has waited: to be indexed, and to be
 * counted. 0: nothing waits.
 */
MUST_CHECK enum result db_oldest(struct db *, int64_t *index, int64_t *count);

/* How many counters have a lease, and how many numbers the largest spans. */
MUST_CHECK enum result db_leases(struct db *, uint64_t *count,
    uint64_t *largest);

#endif
