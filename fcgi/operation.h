/* operation.h: what can be done, apart from how it is asked and answered. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_OPERATION_H
#define PARLEY_OPERATION_H

#include "db_applications.h"
#include "event.h"
#include "request.h"
#include "search.h"
#include "text.h"
#include "worker.h"

/*
 * The request says which thing is meant (token, chat, message) and, for what
 * writes, its text (value[0]: NULL only where a chat has no name), all of it
 * checked; nothing else of it is looked at. The type says whether a chat or
 * a message is meant. On RESULT_OK the caller clears what was filled in,
 * else nothing was. RESULT_NOT_FOUND, RESULT_UNAVAILABLE and RESULT_UNKNOWN
 * mean what store.h says.
 */

MUST_CHECK enum result application_create(struct worker *,
    const struct request *, struct application *out);
MUST_CHECK enum result application_get(struct worker *,
    const struct request *, struct application *out);
MUST_CHECK enum result application_update(struct worker *,
    const struct request *, struct application *out);

/*
 * In order of creation: *count applications from an array that
 * applications_free frees. after and before are tokens or NULL; one that
 * nobody has is RESULT_NOT_FOUND. *more: the list goes on.
 */
MUST_CHECK enum result application_list(struct worker *, const char *after,
    const char *before, const struct range *, struct application **out,
    size_t *count, bool *more);
void applications_free(struct application *, size_t count);

/* messages_count of a chat is right after each of these. */
MUST_CHECK enum result item_create(struct worker *, enum event_type,
    const struct request *, struct item *out);
MUST_CHECK enum result item_get(struct worker *, enum event_type,
    const struct request *, struct item *out);
MUST_CHECK enum result item_update(struct worker *, enum event_type,
    const struct request *, struct item *out);

/*
 * The application's chats, or the messages of the request's chat. *change is
 * for store_list_same.
 */
MUST_CHECK enum result item_list(struct worker *, enum event_type,
    const struct request *, const struct range *, struct items *out,
    bool *more, struct list_change *change);

/* The messages of the request's chat that match, best first. */
MUST_CHECK enum result message_search(struct worker *,
    const struct request *, const struct text_terms *,
    const struct search_cursor *after, unsigned limit,
    struct search_hits *out);

#endif
