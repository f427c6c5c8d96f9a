/* operator.h: whether it is the operator who asks. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_OPERATOR_H
#define PARLEY_OPERATOR_H

#include "config.h"
#include "request.h"
#include "response.h"

/*
 * Whether the request has the operator's key as Authorization: Bearer.
 * Never, if none is configured.
 */
bool operator_asks(const struct config *, const struct request *);

/* The same; if not, it has answered 401 or 403. */
bool operator_or_respond(const struct config *, const struct request *,
    struct response *);

#endif
