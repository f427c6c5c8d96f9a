/* dialect_internal.h: what the parts of dialect.c share. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DIALECT_INTERNAL_H
#define PARLEY_DIALECT_INTERNAL_H

#include "dialect.h"
#include "limit.h"
#include "operation.h"

/* One request on its way through a dialect. */
struct call {
	struct worker *worker;
	struct request *req;
	struct response *resp;
	const struct dialect *dialect;
	const struct dialect_route *route;
	const char *token, *chat, *message, *term;	/* as sent, or NULL */
};

/* A thing as answers show it; strings are borrowed. */
struct thing {
	const char *token, *text;
	uint64_t chat, message, count;
	int64_t created_at, updated_at;
	unsigned rank;
};

/*
 * Finds the dialect's route for the request and notes what the path holds.
 * *methods gets the bits of methods that the path has; if there is no route,
 * of all.
 */
bool dialect_match(struct call *, unsigned *methods);

/*
 * Reads text, token, chat, message and term, and puts them into request and
 * call as operations want them; complains and returns false if one is wrong.
 */
bool dialect_input(struct call *);

/* Takes what the limits want for it; complains and returns false if over. */
bool dialect_limit(struct call *);

/* Does what the route says, and answers. */
void dialect_run(struct call *);
void dialect_list(struct call *);
void dialect_search(struct call *);

/* Answers with the dialect's words for a cause; detail NULL: the usual. */
void dialect_complain(struct call *, enum cause, const char *detail);
void dialect_complain_field(struct call *, enum cause, const char *field,
    const char *fault);

/* The same for what an operation gave back; finds out what is missing. */
void dialect_complain_of(struct call *, enum result);

/* What the route's chats or messages are to operations. */
enum event_type dialect_type(const struct call *);

struct thing dialect_application(const struct application *);
struct thing dialect_item(const struct call *, const struct item *);

/* Appends an object of the rows. */
void dialect_object(struct buffer *, const struct member *,
    const struct thing *);

#endif
