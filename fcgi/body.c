/* body.c: what a request's body holds, in any of three media types. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "body.h"

#include <string.h>
#include <strings.h>

static const struct media {
	const char *type;
	enum result (*parse)(const char *, const char *, size_t,
	    struct parts *, const char **);
} media[] = {
	{ "application/json", body_json },
	{ "application/x-www-form-urlencoded", body_form },
	{ "multipart/form-data", body_multipart },
};

/* Parameters do not matter here: a charset other than UTF-8 shows itself. */
static const struct media *
media_find(const char *content_type)
{
	const size_t len = strcspn(content_type, "; \t");
	size_t i;

	for (i = 0; i < sizeof(media) / sizeof(media[0]); i++) {
		if (strlen(media[i].type) == len &&
		    strncasecmp(media[i].type, content_type, len) == 0)
			return &media[i];
	}
	return NULL;
}

enum result
body_parse(const char *content_type, const char *body, size_t len,
    struct parts *parts, const char **reason)
{
	const struct media *found;

	if (len == 0)
		return RESULT_OK;
	found = content_type != NULL ? media_find(content_type) : NULL;
	if (found == NULL) {
		*reason = "Send a Content-Type of application/json, "
		    "application/x-www-form-urlencoded or "
		    "multipart/form-data.";
		return RESULT_REFUSED;
	}
	return found->parse(content_type, body, len, parts, reason);
}

enum result
body_read(struct request *req, const char *type, const char **reason)
{
	if (req->body_too_large) {
		*reason = "The body is too large.";
		return RESULT_FULL;
	}
	if (req->body_late) {
		*reason = "The body did not arrive in time.";
		return RESULT_UNAVAILABLE;
	}
	if (req->body_cut_short) {
		*reason = "The body ended too early.";
		return RESULT_INVALID;
	}
	return body_parse(type, req->body.data, req->body.len, &req->parts,
	    reason);
}
