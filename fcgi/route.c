/* route.c: one route is one row; from a request to its handler. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "route.h"

#include <string.h>

#include "body.h"
#include "ident.h"
#include "operator.h"

static bool
is(const char *name, size_t len, const char *wanted)
{
	return strlen(wanted) == len && memcmp(name, wanted, len) == 0;
}

static bool
take_number(const char *s, uint64_t *number)
{
	return number_read(s, strlen(s), number) && *number > 0;
}

/* One segment of the pattern, len bytes, against the request's. */
static bool
segment_matches(const char *pattern, size_t len, const char *segment,
    struct request *req)
{
	if (*pattern != ':')
		return is(pattern, len, segment);
	if (is(pattern, len, ":chat"))
		return take_number(segment, &req->chat);
	if (is(pattern, len, ":message"))
		return take_number(segment, &req->message);
	if (!is(pattern, len, ":token") || !ident_is_uuid(segment))
		return false;
	memcpy(req->token, segment, IDENT_SIZE);
	return true;
}

static bool
path_matches(const char *pattern, struct request *req)
{
	size_t i, len;

	for (i = 0; i < req->segments; i++) {
		if (*pattern != '/')
			return false;
		pattern++;
		len = strcspn(pattern, "/");
		if (!segment_matches(pattern, len, req->segment[i], req))
			return false;
		pattern += len;
	}
	return *pattern == '\0';
}

static void
add_allow(struct buffer *allow, const char *name)
{
	if (allow->len > 0)
		buffer_str(allow, ", ");
	buffer_str(allow, name);
}

const struct route *
route_match(const struct route *routes, struct request *req,
    struct buffer *allow)
{
	const struct route *route;

	if (req->path_bad)
		return NULL;
	for (route = routes; route->path != NULL; route++) {
		if (!path_matches(route->path, req))
			continue;
		req->route = route->path;
		if (route->method == req->method) {
			req->missing = route->missing;
			return route;
		}
		add_allow(allow, method_name(route->method));
		if (route->method == METHOD_GET)
			add_allow(allow, "HEAD");
	}
	if (allow->len > 0)
		add_allow(allow, "OPTIONS");
	return NULL;
}

static void
respond_no_route(struct response *resp, const struct request *req,
    const struct buffer *allow)
{
	if (allow->len == 0) {
		respond_problem(resp, req, PROBLEM_NOT_FOUND,
		    "There is nothing at this path.");
		return;
	}
	response_header(resp, "Allow", "%s", allow->data);
	if (req->method == METHOD_OPTIONS)
		respond_empty(resp, 204);
	else
		respond_problem(resp, req, PROBLEM_METHOD_NOT_ALLOWED,
		    "The methods of this path are %s.", allow->data);
}

/* Listing applications needs the operator's key, creating them if set so. */
static bool
needs_operator(const struct route *route, const struct config *config)
{
	return route->operator == OPERATOR_ALWAYS ||
	    (route->operator == OPERATOR_TO_CREATE &&
	    config->admin_key_to_create);
}

static bool
fields_or_respond(const struct field *fields, struct request *req,
    struct response *resp)
{
	struct buffer errors = BUFFER_EMPTY, summary = BUFFER_EMPTY;

	fields_check(fields, &req->parts, req->value, &errors, &summary);
	if (errors.len == 0)
		return true;
	respond_invalid(resp, req, &errors, &summary);
	return false;
}

static bool
body_or_respond(const struct worker *worker, struct request *req,
    struct response *resp)
{
	const char *reason = NULL;

	switch (body_read(req, req->content_type, &reason)) {
	case RESULT_OK:
		return true;
	case RESULT_FULL:
		respond_problem(resp, req, PROBLEM_BODY_TOO_LARGE,
		    "The body may have %zu bytes.",
		    worker->config->body_limit);
		return false;
	case RESULT_UNAVAILABLE:
		respond_problem(resp, req, PROBLEM_TOO_SLOW, "%s", reason);
		return false;
	case RESULT_REFUSED:
		respond_problem(resp, req, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
		    "%s", reason);
		return false;
	default:
		respond_problem(resp, req, PROBLEM_MALFORMED_BODY, "%s",
		    reason);
		return false;
	}
}

/* The key is read first: without it, it would be another request. */
static bool
content_or_respond(const struct route *route, const struct worker *worker,
    struct request *req, struct response *resp)
{
	if (!once_read(req, route->path)) {
		respond_problem(resp, req, PROBLEM_KEY_MALFORMED,
		    ONCE_MALFORMED);
		return false;
	}
	if (!body_or_respond(worker, req, resp) ||
	    !fields_or_respond(route->fields, req, resp))
		return false;
	once_print(req);
	return true;
}

/*
 * Whether the request is within its limits. What a family that numbers its
 * creations creates is charged there.
 */
static bool
limit_or_respond(const struct family *family, const struct route *route,
    struct worker *worker, struct request *req, struct response *resp)
{
	const bool read = route->method == METHOD_GET;
	enum limit limit = route->limit;
	enum result result;

	if (limit == LIMIT_USUAL)
		limit = read ? LIMIT_READ : LIMIT_WRITE;
	/* With a key it may be answered without being numbered. */
	if (family->writes && route->method == METHOD_POST &&
	    req->idempotency_key == NULL) {
		limit_prepare(worker, req, limit);
		return true;
	}
	result = limit_take(worker, req, limit);
	if (result != RESULT_OK)
		respond_failure(resp, req, result);
	return result == RESULT_OK;
}

/*
 * The columns of the row, one after the other. First, for a web server that
 * sends again what another process took and left unanswered: that one may
 * have stored it, and its body is gone.
 */
static bool
allowed_or_respond(const struct family *family, const struct route *route,
    struct worker *worker, struct request *req, struct response *resp)
{
	if (req->resent && route->method != METHOD_GET) {
		respond_failure(resp, req, RESULT_UNKNOWN);
		return false;
	}
	if (!limit_or_respond(family, route, worker, req, resp))
		return false;
	if (needs_operator(route, worker->config) &&
	    !operator_or_respond(worker->config, req, resp))
		return false;
	if (route->method == METHOD_GET && req->query_bad) {
		respond_problem(resp, req, PROBLEM_BAD_REQUEST,
		    "The query has a '%%' without two hexadecimal digits, "
		    "a name that holds NUL, or too many parameters.");
		return false;
	}
	return route->fields == NULL ||
	    content_or_respond(route, worker, req, resp);
}

void
route_dispatch(const struct family *family, struct worker *worker,
    struct request *req, struct response *resp)
{
	struct buffer allow = BUFFER_EMPTY;
	const struct route *route;

	if (req->head)
		req->method = METHOD_GET;
	limit_prepare(worker, req, LIMIT_NONE);
	if (family->dispatch != NULL) {
		family->dispatch(worker, req, resp);
		limit_headers(worker, resp);
		return;
	}
	route = route_match(family->routes, req, &allow);
	if (route == NULL)
		respond_no_route(resp, req, &allow);
	else if (allowed_or_respond(family, route, worker, req, resp))
		route->handler(worker, req, resp);
	limit_headers(worker, resp);
	buffer_free(&allow);
}
