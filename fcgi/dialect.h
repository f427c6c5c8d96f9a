/* dialect.h: how an older system asks and answers, as tables. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DIALECT_H
#define PARLEY_DIALECT_H

#include "fields.h"
#include "request.h"
#include "response.h"
#include "worker.h"

/*
 * A dialect is a file of const tables, dialect_<system>.c, over the
 * operations of operation.h; dialects.c lists them all. doc/dialects.md says
 * what each system wants, and where it is not followed.
 */

enum subject { SUBJECT_APPLICATION, SUBJECT_CHAT, SUBJECT_MESSAGE };

enum act {
	ACT_CREATE,
	ACT_GET,
	ACT_UPDATE,		/* without a text: changes nothing */
	ACT_LIST,
	ACT_SEARCH,
	ACT_SAY,		/* answers the route's fixed text */
};

/* Why a request is refused; each has a usual status and detail. */
enum cause {
	CAUSE_NONE,		/* ends the rows */
	CAUSE_REFUSED,		/* by the web server, which says the status */
	CAUSE_NO_PATH,
	CAUSE_NO_METHOD,
	CAUSE_NO_APPLICATION,
	CAUSE_NO_CHAT,
	CAUSE_NO_CHAT_NUMBER,	/* without a row of its own: CAUSE_NO_CHAT */
	CAUSE_NO_MESSAGE,
	CAUSE_MISSING,		/* a field is not there, or blank */
	CAUSE_FIELD,		/* a field is wrong otherwise */
	CAUSE_BODY,		/* the body is not what its type says */
	CAUSE_MEDIA_TYPE,
	CAUSE_TOO_LARGE,
	CAUSE_TOO_SLOW,
	CAUSE_KEY_MALFORMED,	/* these three: Idempotency-Key */
	CAUSE_KEY_IN_USE,	/* with Retry-After */
	CAUSE_KEY_REUSED,
	CAUSE_QUERY,		/* the query, or a search term */
	CAUSE_CLOSED,		/* only the operator may */
	CAUSE_LIMITED,		/* over a rate limit */
	CAUSE_UNAVAILABLE,	/* these three with Retry-After */
	CAUSE_NOT_ACCEPTED,
	CAUSE_OUTCOME_UNKNOWN,
	CAUSES
};

/*
 * In a body $detail is a sentence, $field the field's name and $fault what
 * is wrong with it; as JSON strings, if the media type is JSON. What is 0 or
 * NULL is the usual status, and the dialect's own body and media type.
 */
struct complaint {
	enum cause cause;
	int status;
	const char *body, *type;
};

/* What stands behind a key of an answer. */
enum source {
	FROM_LITERAL,		/* .literal, as it is */
	FROM_MEMBERS,		/* an object of .members */
	FROM_TOKEN,		/* the application's */
	FROM_TOKEN_NUMBER,	/* a number made from the token */
	FROM_TEXT,		/* name, or a message's body */
	FROM_CHAT, FROM_MESSAGE,	/* their numbers */
	FROM_PLACE,		/* "<chat>/<message>" */
	FROM_COUNT,		/* chats_count or messages_count */
	FROM_CREATED, FROM_UPDATED,
	FROM_RANK,		/* of a hit: 3 is best */
};

enum form {
	FORM_PLAIN,		/* a number, a string, a time in ISO 8601 */
	FORM_STRING,		/* a number as a string */
	FORM_NULL,		/* 0 is null */
	FORM_OMIT,		/* 0 or no text: the key is left out, too */
	FORM_SECONDS,		/* a time as YYYY-MM-DD HH:MM:SS */
};

/* One row of an answer. A row without a key ends the object. */
struct member {
	const char *key;
	enum source source;
	enum form form;
	const char *literal;
	const struct member *members;
};

/*
 * What is read of a request: its text and, where the path has them not, the
 * names of token, chat number and search term; looked for in the body, then
 * in the query. A text that may be blank is none then.
 */
struct input {
	struct field text;	/* .name NULL: none is read */
	const char *token, *chat, *term;
};

/*
 * A path is made of words and :token, :chat, :message, :term, each of which
 * takes any segment, and :term all that follow. One slash at the end of a
 * request's path does not matter.
 */
struct dialect_route {
	enum method method;
	const char *path;	/* NULL ends the rows */
	enum act act;
	enum subject subject;
	int status;			/* of a success */
	const struct member *answer;	/* NULL: no content */
	const struct input *input;	/* NULL: the body is not looked at */
	const struct complaint *complaints;	/* before the dialect's */
	const char *text, *type;	/* for ACT_SAY */
};

struct dialect {
	const char *name;
	const struct dialect_route *routes;
	const struct complaint *complaints;	/* what is not as usual */
	struct complaint usual;		/* body and type of any other */
	const char *prefix;	/* a first segment that may be left out */
	const char *empty;	/* an empty list; NULL: [] */
	bool json_unsaid;	/* reads '{…' as JSON, whatever its type */
	bool main_port;		/* spoken where none is named */
};

/*
 * Answers in the first of the dialects that the web server names (in
 * PARLEY_DIALECT, with spaces between; none: those of the main port, in
 * their order) that has the path and method. dialects ends with NULL.
 */
void dialect_dispatch(const struct dialect *const *dialects,
    struct worker *, struct request *, struct response *);

#endif
