/* problem.c: the kinds of problem documents (RFC 9457) that are answered. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "problem.h"

static const struct problem_kind kinds[] = {
	[PROBLEM_BAD_REQUEST] = {
		400, false, "bad-request",
		"A query parameter is not right",
	},
	[PROBLEM_MALFORMED_BODY] = {
		400, false, "malformed-body",
		"The body could not be read",
	},
	[PROBLEM_KEY_MALFORMED] = {
		400, false, "idempotency-key-malformed",
		"The Idempotency-Key could not be read",
	},
	[PROBLEM_OPERATOR_KEY_REQUIRED] = {
		401, false, "operator-key-required",
		"The operator's key is required",
	},
	[PROBLEM_OPERATOR_KEY_WRONG] = {
		403, false, "operator-key-wrong",
		"The operator's key is wrong",
	},
	[PROBLEM_NOT_FOUND] = {
		404, false, "not-found",
		"Not found",
	},
	[PROBLEM_METHOD_NOT_ALLOWED] = {
		405, false, "method-not-allowed",
		"The method is not allowed here",
	},
	[PROBLEM_TOO_SLOW] = {
		408, false, "too-slow",
		"The request was too slow",
	},
	[PROBLEM_KEY_IN_USE] = {
		409, false, "idempotency-key-in-use",
		"A request with this Idempotency-Key is under way",
	},
	[PROBLEM_BODY_TOO_LARGE] = {
		413, false, "body-too-large",
		"The body is too large",
	},
	[PROBLEM_UNSUPPORTED_MEDIA_TYPE] = {
		415, false, "unsupported-media-type",
		"The media type is not supported",
	},
	[PROBLEM_INVALID_FIELD] = {
		422, false, "invalid-field",
		"A field is not right",
	},
	[PROBLEM_KEY_REUSED] = {
		422, false, "idempotency-key-reused",
		"The Idempotency-Key was used for another payload",
	},
	/* limit_headers knows how long it takes until that passes. */
	[PROBLEM_RATE_LIMITED] = {
		429, false, "rate-limited",
		"Too many requests",
	},
	[PROBLEM_NOT_ACCEPTED] = {
		503, true, "not-accepted",
		"The write was not accepted",
	},
	[PROBLEM_OUTCOME_UNKNOWN] = {
		503, true, "outcome-unknown",
		"The outcome is unknown",
	},
	[PROBLEM_UNAVAILABLE] = {
		503, true, "unavailable",
		"The service is unavailable",
	},
};

const struct problem_kind *
problem_kind(enum problem problem)
{
	return &kinds[problem];
}
