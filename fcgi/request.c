/* request.c: one request, taken apart, as handlers see it. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "request.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

static const char *const method_names[] = {
	[METHOD_GET] = "GET",
	[METHOD_POST] = "POST",
	[METHOD_PUT] = "PUT",
	[METHOD_PATCH] = "PATCH",
	[METHOD_HEAD] = "HEAD",
	[METHOD_OPTIONS] = "OPTIONS",
	[METHOD_OTHER] = "?",
};

const char *
method_name(enum method method)
{
	return method_names[method];
}

static enum method
method_from(const char *name)
{
	enum method method;

	if (name == NULL)
		return METHOD_GET;
	for (method = METHOD_GET; method < METHOD_OTHER; method++) {
		if (strcmp(name, method_names[method]) == 0)
			break;
	}
	return method;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

ptrdiff_t
percent_decode(char *out, const char *in, size_t len, bool plus)
{
	const char *const end = in + len;
	char *const start = out;
	int high, low;

	while (in < end) {
		if (*in == '+' && plus) {
			*out++ = ' ';
			in++;
			continue;
		}
		if (*in != '%') {
			*out++ = *in++;
			continue;
		}
		if (end - in < 3)
			return -1;
		high = hex_digit(in[1]);
		low = hex_digit(in[2]);
		if (high < 0 || low < 0)
			return -1;
		*out++ = (char)(high << 4 | low);
		in += 3;
	}
	*out = '\0';
	return out - start;
}

bool
number_read(const char *s, size_t len, uint64_t *number)
{
	uint64_t n = 0;
	size_t i;

	if (len == 0 || len > 16 || (s[0] == '0' && len > 1))
		return false;
	for (i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(s[i] - '0');
	}
	*number = n;
	return n <= NUMBER_MAX;
}

/* An id from the client goes into logs and headers, so only a plain one. */
static bool
request_id_valid(const char *id)
{
	size_t len;

	if (id == NULL)
		return false;
	len = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789._-");
	return len > 0 && len < REQUEST_ID_SIZE && id[len] == '\0';
}

static void
read_id(struct request *req, const char *id)
{
	char made[IDENT_SIZE];

	if (!request_id_valid(id)) {
		ident_uuid4(made);
		id = made;
	}
	memcpy(req->id, id, strlen(id) + 1);
}

/* A state says nothing without the trace that it is the state of. */
static void
read_trace(struct request *req, const char *parent, const char *state)
{
	if (!trace_read(&req->trace, parent))
		return;
	trace_continue(&req->trace);
	if (state != NULL && trace_state_fits(state))
		req->tracestate = state;
}

/* Cuts first and decodes afterwards, so that %2F separates nothing. */
static void
read_path(struct request *req)
{
	const char *in = req->path;
	char *out = req->memory[0] = xmalloc(strlen(in) + 1);
	ptrdiff_t decoded;
	size_t len;

	while (*in == '/') {
		in++;
		len = strcspn(in, "/");
		decoded = percent_decode(out, in, len, false);
		if (decoded < 0 || req->segments == SEGMENTS_MAX ||
		    memchr(out, '\0', (size_t)decoded) != NULL) {
			req->path_bad = true;
			return;
		}
		req->segment[req->segments++] = out;
		out += decoded + 1;
		in += len;
	}
	req->path_bad = *in != '\0' || req->segments == 0;
}

static bool
read_parameter(struct request *req, char **out, const char *in, size_t len)
{
	struct parameter *p = &req->query[req->queries];
	const char *equals = memchr(in, '=', len);
	const size_t name_len = equals != NULL ? (size_t)(equals - in) : len;
	const size_t skip = equals != NULL ? name_len + 1 : name_len;
	ptrdiff_t decoded;

	if (req->queries == QUERY_MAX)
		return false;
	decoded = percent_decode(*out, in, name_len, true);
	/* A NUL would make another name of it. */
	if (decoded < 0 || memchr(*out, '\0', (size_t)decoded) != NULL)
		return false;
	p->name = *out;
	*out += decoded + 1;
	decoded = percent_decode(*out, in + skip, len - skip, true);
	if (decoded < 0)
		return false;
	p->value = *out;
	p->len = (size_t)decoded;
	*out += decoded + 1;
	req->queries++;
	return true;
}

static void
read_query(struct request *req, const char *in)
{
	/* Two NULs for each parameter; a parameter has one byte at least. */
	char *out = req->memory[1] = xmalloc(2 * strlen(in) + 2);
	size_t len;

	while (*in != '\0') {
		len = strcspn(in, "&");
		if (len > 0 && !read_parameter(req, &out, in, len)) {
			req->query_bad = true;
			return;
		}
		in += len + (in[len] == '&');
	}
}

/*
 * REQUEST_URI is what the client sent; PATH_INFO and SCRIPT_NAME are decoded
 * already and differ from one web server to the next. An absolute URI is
 * allowed in a request line (RFC 9112, 3.2.2): its path is what counts.
 */
static void
read_uri(struct request *req, const char *uri)
{
	size_t len;

	if (uri == NULL)
		uri = "";
	if (strncmp(uri, "http://", 7) == 0)
		uri += 7 + strcspn(uri + 7, "/?");
	else if (strncmp(uri, "https://", 8) == 0)
		uri += 8 + strcspn(uri + 8, "/?");
	len = strcspn(uri, "?#");
	req->path = xstrndup(uri, len);
	read_path(req);
	if (uri[len] == '?')
		read_query(req, uri + len + 1);
}

/* Anything that is no plain number counts as a length beyond every limit. */
static uint64_t
content_length_from(const char *s)
{
	uint64_t length;

	if (s == NULL || *s == '\0')
		return 0;
	return number_read(s, strlen(s), &length) ? length : UINT64_MAX;
}

/*
 * What the web server refuses it may give to us as a GET, with the status
 * that it would have answered; other servers, and lighttpd with what it did
 * not refuse, say 200 there. 411 is said only of a POST.
 */
static void
read_refusal(struct request *req, const char *status)
{
	uint64_t number;

	if (status == NULL || !number_read(status, strlen(status), &number) ||
	    number < 400 || number > 599)
		return;
	if (number == 411)
		req->method = METHOD_POST;
	else
		req->refused = (int)number;
}

/* What is read of the environment that the web server makes of a request. */
enum variable {
	ID, METHOD, URI, LENGTH, TYPE, AUTHORIZATION, MATCH, KEY, RESENT,
	ORIGIN, ASKS, DIALECT, REDIRECTED, REMOTE, FORWARDED, FORWARDED_FOR,
	TRACEPARENT, TRACESTATE, VARIABLES
};

#define NAMED(name) { name, sizeof(name) - 1 }
static const struct {
	const char *name;
	size_t len;
} variables[VARIABLES] = {
	[ID] = NAMED("HTTP_X_REQUEST_ID"),
	[METHOD] = NAMED("REQUEST_METHOD"),
	[URI] = NAMED("REQUEST_URI"),
	[LENGTH] = NAMED("CONTENT_LENGTH"),
	[TYPE] = NAMED("CONTENT_TYPE"),
	[AUTHORIZATION] = NAMED("HTTP_AUTHORIZATION"),
	[MATCH] = NAMED("HTTP_IF_NONE_MATCH"),
	[KEY] = NAMED("HTTP_IDEMPOTENCY_KEY"),
	[RESENT] = NAMED("REQUEST_RESENT"),
	[ORIGIN] = NAMED("HTTP_ORIGIN"),
	[ASKS] = NAMED("HTTP_ACCESS_CONTROL_REQUEST_METHOD"),
	[DIALECT] = NAMED("PARLEY_DIALECT"),
	[REDIRECTED] = NAMED("REDIRECT_STATUS"),
	[REMOTE] = NAMED("REMOTE_ADDR"),
	[FORWARDED] = NAMED("HTTP_FORWARDED"),
	[FORWARDED_FOR] = NAMED("HTTP_X_FORWARDED_FOR"),
	[TRACEPARENT] = NAMED("HTTP_TRACEPARENT"),
	[TRACESTATE] = NAMED("HTTP_TRACESTATE"),
};

/* Their values; those that are not there are left alone. */
static void
find_variables(char *const envp[], const char *found[VARIABLES])
{
	const char *equals;
	size_t i, len;

	for (; *envp != NULL; envp++) {
		equals = strchr(*envp, '=');
		if (equals == NULL)
			continue;
		len = (size_t)(equals - *envp);
		for (i = 0; i < VARIABLES; i++) {
			if (variables[i].len == len &&
			    memcmp(variables[i].name, *envp, len) == 0)
				found[i] = equals + 1;
		}
	}
}

void
request_read(struct request *req, char *const envp[])
{
	const char *found[VARIABLES] = {NULL};

	find_variables(envp, found);
	read_id(req, found[ID]);
	read_trace(req, found[TRACEPARENT], found[TRACESTATE]);
	req->method = method_from(found[METHOD]);
	req->head = req->method == METHOD_HEAD;
	read_uri(req, found[URI]);
	req->content_length = content_length_from(found[LENGTH]);
	req->content_type = found[TYPE];
	req->authorization = found[AUTHORIZATION];
	req->if_none_match = found[MATCH];
	req->idempotency_key = found[KEY];
	req->resent = found[RESENT] != NULL;
	req->origin = found[ORIGIN];
	req->asks_method = found[ASKS];
	req->dialect = found[DIALECT];
	req->remote_address = found[REMOTE];
	req->forwarded = found[FORWARDED];
	req->forwarded_for = found[FORWARDED_FOR];
	read_refusal(req, found[REDIRECTED]);
}

void
request_reset(struct request *req)
{
	free(req->path);
	free(req->memory[0]);
	free(req->memory[1]);
	free(req->once);
	parts_free(&req->parts);
	buffer_free(&req->body);
	*req = (struct request){0};
}

const struct parameter *
request_query(const struct request *req, const char *name)
{
	size_t i;

	for (i = 0; i < req->queries; i++) {
		if (strcmp(req->query[i].name, name) == 0)
			return &req->query[i];
	}
	return NULL;
}
