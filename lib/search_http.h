/* search_http.h: HTTP requests to the search node, each with a deadline. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_SEARCH_HTTP_H
#define PARLEY_SEARCH_HTTP_H

#include "buffer.h"
#include "config.h"
#include "result.h"

/* No answer that we ask for comes near to this; a longer one is refused. */
#define SEARCH_HTTP_ANSWER_MOST (64u << 20)

/*
 * A connection that is kept alive between requests. One thread at a time.
 * https:// verifies the node's certificate, against tls_ca if that is set.
 * Redirects and the environment's proxies are not followed.
 */
struct search_http;

/* The config must outlive it. */
struct search_http *search_http_new(const struct config *);
void search_http_free(struct search_http *);

struct search_http_request {
	const char *method;	/* "GET", "PUT", "POST" */
	const char *path;	/* begins with '/', escaped; after search_url */
	const char *type;	/* of the body */
	const char *body;	/* NULL: none */
	size_t len;
	int timeout_ms;		/* for all of it */
	/* For the node's logs and traces; NULL or empty: none. */
	const char *opaque_id, *traceparent, *tracestate;
};

/* The types of body. */
#define SEARCH_HTTP_JSON "application/json"
#define SEARCH_HTTP_LINES "application/x-ndjson"

/*
 * Sends the request and waits for the whole answer, whatever its status.
 * RESULT_UNAVAILABLE: no (whole) answer in time; the request may have been
 * carried out. The cause is logged when it is not like that already; so is
 * the first answer after it. The answer replaces what is in the buffer.
 */
MUST_CHECK enum result search_http_send(struct search_http *,
    const struct search_http_request *, long *status, struct buffer *answer);

#endif
