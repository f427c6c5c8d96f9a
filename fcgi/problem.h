/* problem.h: the kinds of problem documents (RFC 9457) that are answered. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_PROBLEM_H
#define PARLEY_PROBLEM_H

#include <stdbool.h>

/* Clients rely on these: doc/openapi.yaml lists them. */
enum problem {
	PROBLEM_BAD_REQUEST,		/* a query parameter's value */
	PROBLEM_MALFORMED_BODY,
	PROBLEM_KEY_MALFORMED,		/* the value of Idempotency-Key */
	PROBLEM_OPERATOR_KEY_REQUIRED,
	PROBLEM_OPERATOR_KEY_WRONG,
	PROBLEM_NOT_FOUND,
	PROBLEM_METHOD_NOT_ALLOWED,
	PROBLEM_TOO_SLOW,
	PROBLEM_KEY_IN_USE,		/* by a request under way */
	PROBLEM_BODY_TOO_LARGE,
	PROBLEM_UNSUPPORTED_MEDIA_TYPE,
	PROBLEM_INVALID_FIELD,		/* with a list of errors */
	PROBLEM_KEY_REUSED,		/* with another payload */
	PROBLEM_RATE_LIMITED,
	PROBLEM_NOT_ACCEPTED,		/* a write that was not stored */
	PROBLEM_OUTCOME_UNKNOWN,	/* a write that may be stored */
	PROBLEM_UNAVAILABLE,		/* a read that has no answer now */
};

#define PROBLEM_TYPE_PREFIX "urn:parley:problem:"

struct problem_kind {
	int status;
	bool retry;		/* with Retry-After: it will pass */
	const char *slug;	/* behind the prefix */
	const char *title;
};

const struct problem_kind *problem_kind(enum problem);

#endif
