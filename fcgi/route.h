/* route.h: one route is one row; from a request to its handler. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_ROUTE_H
#define PARLEY_ROUTE_H

#include "limit.h"
#include "request.h"
#include "response.h"
#include "worker.h"

#define API "/api/v1"

enum operator {
	OPERATOR_NOT_NEEDED,
	OPERATOR_ALWAYS,
	OPERATOR_TO_CREATE,	/* if admin_key_to_create is set */
};

/*
 * The path is a pattern: a segment that begins with ':' takes a value.
 * :token is a UUID, :chat and :message are numbers from 1; whatever else
 * stands in their place is 404. HEAD is GET, OPTIONS follows from the rows.
 * When the handler runs, all that the columns say has been checked.
 */
struct route {
	enum method method;
	const char *path;
	void (*handler)(struct worker *, const struct request *,
	    struct response *);
	const char *missing;		/* detail of a 404 from storage */
	const struct field *fields;	/* of the body, into req->value; NULL:
					 * the body is not looked at */
	enum operator operator;		/* whether his key is needed */
	enum limit limit;		/* what it counts as */
};

/* The routes of one program. A row without a path ends them. */
struct family {
	const char *name;		/* of the program */
	const char *about;		/* for --help: "the responder for …" */
	const struct route *routes;
	bool writes;			/* needs the committer */
	bool bodies_of_get;		/* looks at what a GET brings along */
	void (*dispatch)(struct worker *, struct request *,
	    struct response *);		/* in place of routes, or NULL */
	const char *const *dialects;	/* then also what req->spoken will be;
					 * NULL ends them */
};

/* Answers the request, by its handler or with a refusal. */
void route_dispatch(const struct family *, struct worker *,
    struct request *, struct response *);

/* Only finds: NULL with *allow appended to (nothing: no such path). */
const struct route *route_match(const struct route *, struct request *,
    struct buffer *allow);

#endif
