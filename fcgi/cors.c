/* cors.c: which pages of other origins a browser lets at the answers. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "cors.h"

#include <string.h>

/* What of a request and of an answer is not everybody's anyway. */
#define SENT "Authorization, Content-Type, Idempotency-Key, If-None-Match, " \
	"X-Request-Id"
#define SHOWN "ETag, Idempotency-Replayed, Link, Location, RateLimit, " \
	"RateLimit-Policy, Retry-After, X-Request-Id"
#define METHODS "GET, HEAD, POST, PUT, PATCH"

/* Whether the words, with spaces between, are or hold the origin. */
static bool
is_listed(const char *words, const char *origin)
{
	size_t len;

	for (words += strspn(words, " "); *words != '\0';
	    words += strspn(words, " ")) {
		len = strcspn(words, " ");
		if (strlen(origin) == len && memcmp(words, origin, len) == 0)
			return true;
		words += len;
	}
	return false;
}

/* The origin that is granted something; NULL: none. */
static const char *
granted(const struct config *config, const struct request *req)
{
	if (strcmp(config->cors_origins, "*") == 0)
		return "*";
	if (req->origin == NULL ||
	    !is_listed(config->cors_origins, req->origin))
		return NULL;
	return req->origin;
}

/*
 * No credentials are ever allowed: those would be cookies, and there are
 * none. A key in Authorization is the page's own to send.
 */
void
cors_add(const struct config *config, const struct request *req,
    struct response *resp)
{
	const char *origin;

	if (*config->cors_origins == '\0')
		return;
	origin = granted(config, req);
	if (strcmp(config->cors_origins, "*") != 0)
		response_header(resp, "Vary", "Origin");
	if (origin == NULL)
		return;
	response_header(resp, "Access-Control-Allow-Origin", "%s", origin);
	if (req->method != METHOD_OPTIONS || req->asks_method == NULL) {
		response_header(resp, "Access-Control-Expose-Headers", SHOWN);
		return;
	}
	response_header(resp, "Access-Control-Allow-Methods", METHODS);
	response_header(resp, "Access-Control-Allow-Headers", SENT);
	response_header(resp, "Access-Control-Max-Age", "%d",
	    config->cors_max_age);
}
