/* result.h: the one way in which a fallible function says how it went. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_RESULT_H
#define PARLEY_RESULT_H

/*
 * 0 is success, so "if (x())" reads "if it failed". The line that knows the
 * cause logs it, once; callers only pass the value on or answer with it.
 */
enum result {
	RESULT_OK = 0,
	RESULT_NOT_FOUND,	/* the thing asked for is not there */
	RESULT_CONFLICT,	/* a compare-and-set was lost to others */
	RESULT_INVALID,		/* the input is malformed: same again fails */
	RESULT_REFUSED,		/* the other side says no to this content */
	RESULT_FULL,		/* no room; nothing was done */
	RESULT_LIMITED,		/* over a rate limit; nothing was done */
	RESULT_UNAVAILABLE,	/* other side down or late; nothing was done */
	RESULT_UNKNOWN,		/* sent, unanswered: it may have been done */
};

#define MUST_CHECK __attribute__((warn_unused_result))

#endif
