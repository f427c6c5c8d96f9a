/* answer.h: how the main API answers about chats and messages. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_ANSWER_H
#define PARLEY_ANSWER_H

#include "operation.h"
#include "render.h"
#include "response.h"

/*
 * Each answers with what an operation on one thing gave back: the item,
 * which is cleared, or why there is none. A creation says where it is.
 */
void answer_created(struct response *, const struct request *, enum result,
    struct item *, render_item *);
void answer_item(struct response *, const struct request *, enum result,
    struct item *, render_item *);

/* Lists the part that the query asks for, with the Link to the next. */
void answer_list(struct worker *, const struct request *, struct response *,
    enum event_type, render_item *);

#endif
