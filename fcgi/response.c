/* response.c: the answer: every way in which a handler can reply. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "response.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "json_text.h"
#include "log_path.h"

#define ETAG_SIZE 40

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 204, "No Content" },
	{ 304, "Not Modified" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 413, "Content Too Large" },
	{ 415, "Unsupported Media Type" },
	{ 422, "Unprocessable Content" },
	{ 429, "Too Many Requests" },
	{ 503, "Service Unavailable" },
};

static const char *
reason_of(int status)
{
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].status == status)
			return reasons[i].reason;
	}
	return "";
}

void
response_reset(struct response *resp)
{
	resp->status = 0;
	resp->content_type = NULL;
	resp->problem = NULL;
	resp->momentary = false;
	resp->policy = NULL;
	buffer_reset(&resp->headers);
	buffer_reset(&resp->body);
	buffer_reset(&resp->why);
}

void
response_free(struct response *resp)
{
	buffer_free(&resp->headers);
	buffer_free(&resp->body);
	buffer_free(&resp->why);
	*resp = (struct response){0};
}

void
response_header(struct response *resp, const char *name, const char *format,
    ...)
{
	va_list ap;

	buffer_printf(&resp->headers, "%s: ", name);
	va_start(ap, format);
	buffer_vprintf(&resp->headers, format, ap);
	va_end(ap);
	buffer_str(&resp->headers, "\r\n");
}

void
respond_content(struct response *resp, int status, const char *content_type)
{
	resp->status = status;
	resp->content_type = content_type;
}

void
respond_json(struct response *resp, int status)
{
	respond_content(resp, status, "application/json");
}

void
respond_empty(struct response *resp, int status)
{
	resp->status = status;
	resp->content_type = NULL;
	buffer_reset(&resp->body);
}

void
response_note(struct response *resp, enum problem problem, const char *why)
{
	resp->problem = problem_kind(problem)->slug;
	buffer_reset(&resp->why);
	buffer_str(&resp->why, why);
}

/* errors: the content of "errors", or NULL. */
static void
problem_document(struct response *resp, const struct request *req,
    enum problem problem, const struct buffer *detail,
    const struct buffer *errors)
{
	const struct problem_kind *kind = problem_kind(problem);

	response_note(resp, problem, detail->data);
	/* A handler may have begun to write before it met the problem. */
	buffer_reset(&resp->body);
	resp->status = kind->status;
	resp->content_type = "application/problem+json";
	buffer_printf(&resp->body, "{\"type\":\"" PROBLEM_TYPE_PREFIX "%s\","
	    "\"title\":\"%s\",\"status\":%d,\"detail\":", kind->slug,
	    kind->title, kind->status);
	json_text(&resp->body, detail->data, detail->len);
	buffer_printf(&resp->body, ",\"request_id\":\"%s\"", req->id);
	if (errors != NULL)
		buffer_printf(&resp->body, ",\"errors\":[%s]", errors->data);
	buffer_char(&resp->body, '}');
	if (kind->retry)
		response_header(resp, "Retry-After", "%s", RETRY_AFTER_S);
}

void
respond_problem(struct response *resp, const struct request *req,
    enum problem problem, const char *format, ...)
{
	struct buffer detail = BUFFER_EMPTY;
	va_list ap;

	va_start(ap, format);
	buffer_vprintf(&detail, format, ap);
	va_end(ap);
	problem_document(resp, req, problem, &detail, NULL);
	buffer_free(&detail);
}

void
respond_invalid(struct response *resp, const struct request *req,
    struct buffer *errors, struct buffer *summary)
{
	problem_document(resp, req, PROBLEM_INVALID_FIELD, summary, errors);
	buffer_free(errors);
	buffer_free(summary);
}

/* Why an Idempotency-Key keeps a write from being done. */
static void
respond_key_taken(struct response *resp, const struct request *req)
{
	if (req->once->reused) {
		respond_problem(resp, req, PROBLEM_KEY_REUSED,
		    "This Idempotency-Key came here with other content "
		    "before. A new request needs a new key.");
		return;
	}
	respond_retry_after(resp, req);
	respond_problem(resp, req, PROBLEM_KEY_IN_USE,
	    "The first request with this Idempotency-Key is still being "
	    "worked on. Send it again later, with the same key.");
}

void
respond_retry_after(struct response *resp, const struct request *req)
{
	int64_t seconds = (req->once->wait_ms + 999) / 1000;

	response_header(resp, "Retry-After", "%" PRId64,
	    seconds > 1 ? seconds : 1);
}

void
respond_failure(struct response *resp, const struct request *req,
    enum result result)
{
	if (result == RESULT_NOT_FOUND)
		respond_problem(resp, req, PROBLEM_NOT_FOUND, "%s",
		    req->missing);
	else if (result == RESULT_LIMITED)
		respond_problem(resp, req, PROBLEM_RATE_LIMITED,
		    "The limits whose r is 0 in RateLimit are used up, and "
		    "nothing was done. Try again after Retry-After seconds.");
	else if (result == RESULT_CONFLICT && req->once != NULL)
		respond_key_taken(resp, req);
	else if (req->method == METHOD_GET)
		respond_problem(resp, req, PROBLEM_UNAVAILABLE,
		    "A part of the service that this answer needs is down "
		    "or slow. Try again.");
	else if (result == RESULT_UNKNOWN)
		respond_problem(resp, req, PROBLEM_OUTCOME_UNKNOWN,
		    "The write was sent, but was not confirmed in time: it "
		    "may or may not be stored. %s", req->once != NULL ?
		    "Send it again with the same Idempotency-Key: it is "
		    "stored once." : "Read before you try again: "
		    "a repeated POST is a new write, a repeated PUT or PATCH "
		    "does no harm.");
	else
		respond_problem(resp, req, PROBLEM_NOT_ACCEPTED,
		    "Nothing was stored: a part of the service that the "
		    "write needs is down, slow or full. Try again.");
	if (result == RESULT_INVALID || result == RESULT_REFUSED)
		log_refusal(req);
}

/*
 * A hash of the body, eight bytes at a time as FNV-1a takes one, beside its
 * length: equal on all processes and hosts of the same byte order. It tells
 * versions apart; it does not have to withstand forgers.
 */
static void
make_etag(const struct buffer *body, char etag[ETAG_SIZE])
{
	uint64_t hash = 14695981039346656037u, word;
	size_t at, len;

	for (at = 0; at < body->len; at += len) {
		len = body->len - at;
		if (len > sizeof(word))
			len = sizeof(word);
		word = 0;
		memcpy(&word, body->data + at, len);
		hash = (hash ^ word) * 1099511628211u;
		hash ^= hash >> 32;	/* high bits count in the next too */
	}
	snprintf(etag, ETAG_SIZE, "\"%zx-%016llx\"", body->len,
	    (unsigned long long)hash);
}

/* If-None-Match compares weakly (RFC 9110, 13.1.2): "W/" does not matter. */
static bool
etag_matches(const char *list, const char *etag)
{
	const size_t etag_len = strlen(etag);
	size_t len;

	while (*list != '\0') {
		list += strspn(list, " \t,");
		len = strcspn(list, " \t,");
		if (len == 1 && *list == '*')
			return true;
		if (len > 2 && strncmp(list, "W/", 2) == 0) {
			list += 2;
			len -= 2;
		}
		if (len == etag_len && memcmp(list, etag, len) == 0)
			return true;
		list += len;
	}
	return false;
}

static void
finish_etag(struct response *resp, const struct request *req)
{
	char etag[ETAG_SIZE];

	make_etag(&resp->body, etag);
	response_header(resp, "ETag", "%s", etag);
	if (req->if_none_match != NULL &&
	    etag_matches(req->if_none_match, etag))
		respond_empty(resp, 304);
}

/*
 * An answer is data, and often somebody's; the path names him by a token.
 *   nosniff        message texts are not to be taken for a page
 *   no-referrer    no link out of it is to tell the path
 *   the policy     what a browser shows as a page loads nothing and stands
 *                  in no frame, unless the handler has said what it may load;
 *                  JSON is no page
 *   Cache-Control  what has an ETag may be kept by the client alone, and is
 *                  asked for each time, so that a retired token shows nothing;
 *                  all else, and what the operator gets, is not kept at all
 */
static void
finish_security(const struct response *resp, const struct request *req,
    struct buffer *out)
{
	const bool kept = req->method == METHOD_GET && !resp->momentary &&
	    (resp->status == 200 || resp->status == 304) &&
	    req->authorization == NULL;

	buffer_str(out, "X-Content-Type-Options: nosniff\r\n"
	    "Referrer-Policy: no-referrer\r\n");
	if (resp->content_type != NULL &&
	    strcmp(resp->content_type, "application/json") != 0)
		buffer_printf(out, "Content-Security-Policy: %s\r\n",
		    resp->policy != NULL ? resp->policy :
		    "default-src 'none'; frame-ancestors 'none'");
	buffer_printf(out, "Cache-Control: %s\r\n",
	    kept ? "private, no-cache" : "no-store");
}

void
response_finish(struct response *resp, const struct request *req,
    struct buffer *out)
{
	if (resp->status == 200 && req->method == METHOD_GET &&
	    !resp->momentary)
		finish_etag(resp, req);
	if (req->once != NULL && req->once->replayed)
		response_header(resp, "Idempotency-Replayed", "true");
	buffer_printf(out, "Status: %d %s\r\nX-Request-Id: %s\r\n",
	    resp->status, reason_of(resp->status), req->id);
	if (resp->headers.len > 0)
		buffer_add(out, resp->headers.data, resp->headers.len);
	finish_security(resp, req, out);
	if (resp->content_type != NULL)
		buffer_printf(out, "Content-Type: %s\r\n"
		    "Content-Length: %zu\r\n", resp->content_type,
		    resp->body.len);
	buffer_str(out, "\r\n");
	if (resp->content_type != NULL && !req->head)
		buffer_add(out, resp->body.data, resp->body.len);
}
