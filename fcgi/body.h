/* body.h: what a request's body holds, in any of three media types. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_BODY_H
#define PARLEY_BODY_H

#include <stddef.h>

#include "fields.h"
#include "request.h"
#include "result.h"

#define PARTS_MAX 64		/* of one body; more are malformed */

/*
 * Takes a body apart into its named parts. An empty body has none, whatever
 * its type. Else content_type (NULL when not sent) decides:
 *   RESULT_REFUSED  it is not one of the three that are read
 *   RESULT_INVALID  the body is not what its type says
 * and *reason says in one sentence why. The parts are the caller's to free
 * in any case.
 */
MUST_CHECK enum result body_parse(const char *content_type, const char *body,
    size_t len, struct parts *, const char **reason);

/*
 * The same for a request's body, into its parts; type is its Content-Type,
 * or what it is known to be. RESULT_FULL: it is larger than is taken;
 * RESULT_UNAVAILABLE: it did not come in time.
 */
MUST_CHECK enum result body_read(struct request *, const char *type,
    const char **reason);

/*
 * One for each media type, with the contract of body_parse; the type is the
 * whole header, for its parameters.
 */
MUST_CHECK enum result body_json(const char *content_type, const char *body,
    size_t len, struct parts *, const char **reason);
MUST_CHECK enum result body_form(const char *content_type, const char *body,
    size_t len, struct parts *, const char **reason);
MUST_CHECK enum result body_multipart(const char *content_type,
    const char *body, size_t len, struct parts *, const char **reason);

#endif
