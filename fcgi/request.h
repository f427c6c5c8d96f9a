/* request.h: one request, taken apart, as handlers see it. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_REQUEST_H
#define PARLEY_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "event.h"
#include "fields.h"
#include "ident.h"
#include "once.h"
#include "trace.h"

enum method {
	METHOD_GET,
	METHOD_POST,
	METHOD_PUT,
	METHOD_PATCH,
	METHOD_HEAD,		/* runs the GET, and answers without body */
	METHOD_OPTIONS,
	METHOD_OTHER,		/* no route has it */
};

/* The name as it stands in a request line and in Allow. */
const char *method_name(enum method);

#define SEGMENTS_MAX 12		/* more than any route has */
#define QUERY_MAX 64		/* parameters; more is a bad query */
#define NUMBER_MAX 9007199254740992	/* 2^53: exact in every JSON reader */

struct parameter {
	const char *name;
	const char *value;
	size_t len;		/* of value, which may hold NULs */
};

/* All zero is an empty request. Pointers stay valid until request_reset. */
struct request {
	char id[REQUEST_ID_SIZE];
	struct trace trace;	/* the caller's, and our span of it */
	const char *tracestate;	/* to be passed on with it, or NULL */
	enum method method;	/* HEAD becomes GET when it is routed */
	bool head;

	char *path;		/* as sent, without the query */
	char *segment[SEGMENTS_MAX];	/* percent-decoded, into memory */
	size_t segments;
	bool path_bad;		/* NUL, bad escape or too many segments */
	struct parameter query[QUERY_MAX];	/* decoded, into memory */
	size_t queries;
	bool query_bad;		/* bad escape, NUL in a name, too many */
	bool resent;		/* another process had it and gave no answer */

	const char *remote_address;	/* who connected; NULL: not said */
	const char *authorization;	/* headers; NULL when not sent */
	const char *content_type;
	const char *forwarded;	/* these two are proxies' words, or lies */
	const char *forwarded_for;
	const char *if_none_match;
	const char *idempotency_key;
	const char *origin;
	const char *asks_method;	/* Access-Control-Request-Method */
	const char *dialect;	/* PARLEY_DIALECT; NULL when not set */
	int refused;		/* status of the web server's refusal, or 0 */

	uint64_t content_length;	/* 0 when not sent */
	struct buffer body;
	bool body_too_large;	/* over the limit: body is not all of it */
	bool body_cut_short;	/* it ended too early */
	bool body_late;		/* because its time was over */

	/* Filled in when a route matches. */
	const char *route;	/* its pattern; NULL: none does */
	const char *spoken;	/* the dialect that it is of, or NULL */
	const char *missing;	/* what a 404 from storage means */
	char token[IDENT_SIZE];
	uint64_t chat, message;
	struct value value[FIELDS_MAX];	/* in the order of the route's rows */
	struct once *once;	/* NULL: without Idempotency-Key */

	struct parts parts;	/* what value[] points into */
	char *memory[2];	/* decoded path, decoded query */
};

/*
 * Reads line and headers out of a CGI environment ("NAME=value" strings,
 * which must outlive the request). Never fails: what is wrong is noted in
 * the request, for the dispatcher to answer. The body is the caller's to
 * fill in, content_length says what to expect.
 */
void request_read(struct request *, char *const envp[]);

/* Frees all that the request holds, from any state, and makes it zero. */
void request_reset(struct request *);

/* The first parameter of that name in the query, or NULL. */
const struct parameter *request_query(const struct request *,
    const char *name);

/*
 * Reads a decimal number from 0 to NUMBER_MAX, without sign or leading
 * zeros, of exactly len characters.
 */
MUST_CHECK bool number_read(const char *, size_t len, uint64_t *);

/*
 * Decodes %XX (and '+' as a space, if plus) from len bytes into out, which
 * has room for len + 1; adds a NUL. The new length, or -1: bad escape.
 */
ptrdiff_t percent_decode(char *out, const char *, size_t len, bool plus);

#endif
