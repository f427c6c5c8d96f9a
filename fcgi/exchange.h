/* exchange.h: one request and its answer, wherever they come from. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_EXCHANGE_H
#define PARLEY_EXCHANGE_H

#include "buffer.h"
#include "request.h"
#include "response.h"
#include "route.h"
#include "worker.h"

/* All zero at first; used again and again by one thread. */
struct exchange {
	struct request request;
	struct response response;
	struct buffer out;	/* the whole answer, as CGI wants it */
	struct buffer line;	/* of the log */
};

/*
 * Reads all but the body of a request out of its CGI environment, and begins
 * to count where its time goes: up to exchange_run, to the web server.
 */
void exchange_begin(struct exchange *, struct worker *, char *const envp[]);

/*
 * Whether the body is to be read, and how much of it: sets *most to the
 * number of bytes after which it is known to be too large.
 */
bool exchange_wants_body(struct exchange *, const struct family *,
    const struct config *, size_t *most);

/* Checks what the body has become, answers, and logs that. */
void exchange_run(struct exchange *, const struct family *, struct worker *);

/* Makes it ready for the next one; keeps memory that will be used again. */
void exchange_reset(struct exchange *);
void exchange_free(struct exchange *);

#endif
