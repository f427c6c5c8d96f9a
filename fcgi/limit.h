/* limit.h: who may ask how often, and how that is said. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_LIMIT_H
#define PARLEY_LIMIT_H

#include "request.h"
#include "response.h"
#include "worker.h"

/* What a request counts as. Each has buckets of its own. */
enum limit {
	LIMIT_USUAL,		/* of a row: a GET reads, the rest writes */
	LIMIT_READ,
	LIMIT_WRITE,
	LIMIT_SEARCH,
	LIMIT_APPLICATION,	/* creates one */
	LIMIT_NONE,		/* asks nothing of anybody */
	LIMITS
};

/*
 * Writes into worker->charge what the request is to be charged to: its
 * client's address and, where it names one (req->token), the application.
 * Nothing is taken yet: the script that numbers a creation does that.
 */
void limit_prepare(struct worker *, const struct request *, enum limit);

/*
 * The same, and takes it at once. RESULT_LIMITED: it is over a limit. When
 * Redis cannot tell, that is RESULT_OK, or RESULT_UNAVAILABLE, as
 * limit_without_redis says.
 */
MUST_CHECK enum result limit_take(struct worker *, const struct request *,
    enum limit);

/*
 * Adds to an answer how the buckets stand that it was charged to: RateLimit
 * and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-11), and
 * Retry-After if it was refused. For every answer, last.
 */
void limit_headers(const struct worker *, struct response *);

#endif
