/* paging.c: which part of a list is asked for, and where the next one is. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "paging.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ident.h"

static bool
refuse(struct response *resp, const struct request *req, const char *name,
    const char *must)
{
	respond_problem(resp, req, PROBLEM_BAD_REQUEST, "%s must be %s.",
	    name, must);
	return false;
}

/* Whether the parameter is this very text (it may hold NULs). */
static bool
is(const struct parameter *p, const char *text)
{
	return p->len == strlen(text) && memcmp(p->value, text, p->len) == 0;
}

/* A number that is not given keeps the value it has. */
static bool
number_or_respond(const struct request *req, struct response *resp,
    const char *name, uint64_t *number)
{
	const struct parameter *p = request_query(req, name);

	if (p == NULL || number_read(p->value, p->len, number))
		return true;
	return refuse(resp, req, name, "a number");
}

bool
paging_limit_or_respond(const struct request *req, struct response *resp,
    unsigned standard, unsigned *limit)
{
	const struct parameter *p = request_query(req, "limit");
	uint64_t number = standard;

	if (p != NULL && (!number_read(p->value, p->len, &number) ||
	    number < 1 || number > PAGE_MAX))
		return refuse(resp, req, "limit", "a number from 1 to 200");
	*limit = (unsigned)number;
	return true;
}

bool
paging_order_or_respond(const struct request *req, struct response *resp,
    int *descending)
{
	const struct parameter *p = request_query(req, "order");

	*descending = p != NULL && is(p, "desc");
	if (p == NULL || *descending || is(p, "asc"))
		return true;
	return refuse(resp, req, "order", "asc or desc");
}

bool
paging_token_or_respond(const struct request *req, struct response *resp,
    const char *name, const char **token)
{
	const struct parameter *p = request_query(req, name);

	*token = p != NULL ? p->value : NULL;
	if (p == NULL || (p->len == IDENT_SIZE - 1 && ident_is_uuid(p->value)))
		return true;
	return refuse(resp, req, name, "the token of an application");
}

bool
paging_or_respond(const struct request *req, struct response *resp,
    struct range *range)
{
	const struct parameter *before = request_query(req, "before");

	*range = (struct range){0};
	if (!paging_limit_or_respond(req, resp, PAGE_DEFAULT,
	    &range->limit) ||
	    !paging_order_or_respond(req, resp, &range->descending) ||
	    !number_or_respond(req, resp, "after", &range->after) ||
	    !number_or_respond(req, resp, "before", &range->before))
		return false;
	/* To a range 0 means "no bound"; but nothing comes before 0. */
	if (before != NULL && range->before == 0)
		range->before = 1;
	return true;
}

/* All but the unreserved characters (RFC 3986, 2.3) as %XX. */
static void
add_encoded(struct buffer *out, const char *s, size_t len)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-._~";
	size_t i;

	for (i = 0; i < len; i++) {
		if (s[i] != '\0' && strchr(plain, s[i]) != NULL)
			buffer_char(out, s[i]);
		else
			buffer_printf(out, "%%%02X", (unsigned char)s[i]);
	}
}

static void
add_parameter(struct buffer *out, const char *name, const char *value,
    size_t len)
{
	buffer_char(out, out->len > 0 ? '&' : '?');
	add_encoded(out, name, strlen(name));
	buffer_char(out, '=');
	add_encoded(out, value, len);
}

void
paging_link(struct response *resp, const struct request *req,
    const char *name, const char *value)
{
	struct buffer query = BUFFER_EMPTY;
	const struct parameter *p;
	size_t i;

	for (i = 0; i < req->queries; i++) {
		p = &req->query[i];
		if (strcmp(p->name, name) != 0)
			add_parameter(&query, p->name, p->value, p->len);
	}
	add_parameter(&query, name, value, strlen(value));
	response_header(resp, "Link", "<%s%s>; rel=\"next\"", req->path,
	    query.data);
	buffer_free(&query);
}

void
paging_link_number(struct response *resp, const struct request *req,
    const struct range *range, uint64_t last)
{
	char number[24];

	snprintf(number, sizeof(number), "%" PRIu64, last);
	paging_link(resp, req, range->descending ? "before" : "after",
	    number);
}
