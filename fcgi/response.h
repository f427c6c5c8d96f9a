/* response.h: the answer: every way in which a handler can reply. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_RESPONSE_H
#define PARLEY_RESPONSE_H

#include <stdbool.h>

#include "buffer.h"
#include "problem.h"
#include "request.h"
#include "result.h"

#define RETRY_AFTER_S "1"	/* for each 503 */

/* All zero is no answer yet. Handlers write into body, then respond_json. */
struct response {
	int status;
	const char *content_type;	/* NULL: no content */
	bool momentary;			/* no ETag, and kept by nobody */
	const char *policy;		/* Content-Security-Policy, a literal;
					 * NULL: the one that allows nothing */
	struct buffer headers;		/* whole lines, each with CRLF */
	struct buffer body;
	const char *problem;		/* for the log: its kind, or NULL */
	struct buffer why;		/* and what the client was told */
};

/* Ready for the next answer; keeps the memory. */
void response_reset(struct response *);
void response_free(struct response *);

/* Adds a header; neither string holds line breaks. */
void response_header(struct response *, const char *name,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Answers with the JSON text that has been written into body. */
void respond_json(struct response *, int status);

/* The same for a body of another media type, which must be a literal. */
void respond_content(struct response *, int status,
    const char *content_type);

/* Answers without content. */
void respond_empty(struct response *, int status);

/* Answers with a problem document; the detail is a whole sentence. */
void respond_problem(struct response *, const struct request *,
    enum problem, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Notes for the log why it was refused; each problem does that itself. */
void response_note(struct response *, enum problem, const char *why);

/* 422 for what fields_check or fields_error found; frees both buffers. */
void respond_invalid(struct response *, const struct request *,
    struct buffer *errors, struct buffer *summary);

/*
 * Answers for anything but RESULT_OK that a store or database call gave back:
 * 404 saying req->missing, 429, else 503 of the kind that is true, which
 * depends on whether the request reads or writes.
 */
void respond_failure(struct response *, const struct request *,
    enum result);

/* Says when the request that holds the Idempotency-Key is to be done. */
void respond_retry_after(struct response *, const struct request *);

/*
 * What comes last for every answer: ETag, 304, X-Request-Id, what protects it,
 * HEAD. Appends status line, headers and body to out, as CGI (RFC 3875, 6)
 * wants them.
 */
void response_finish(struct response *, const struct request *,
    struct buffer *out);

#endif
