/* change.h: from a request that writes to the event that goes into store. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_CHANGE_H
#define PARLEY_CHANGE_H

#include "event.h"
#include "request.h"

/*
 * Both fill in an event, to be freed by event_clear, whose text is the
 * request's first field (NULL if not given, or given as null).
 */

/* The creation of a chat, or of a message in the request's chat. */
void change_create(struct event *, enum event_type, const struct request *);

/* The update of a chat or message that now is as current says. */
void change_update(struct event *, enum event_type, const struct request *,
    const struct item *current);

#endif
