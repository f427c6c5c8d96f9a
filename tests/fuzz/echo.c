/* echo.c: routes whose handlers need no storage, and doubt what they get. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "echo.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../fcgi/json_text.h"
#include "../../fcgi/paging.h"
#include "fuzz.h"
#include "memory.h"
#include "text.h"

static void echo(struct worker *, const struct request *, struct response *);
static void page(struct worker *, const struct request *, struct response *);

static const struct field fields[] = {
	{ .name = "body", .alias = "name", .required = true, .max = 100 },
	{ .name = "title", .nullable = true, .blank = true, .max = 10 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/page", page },
	{ METHOD_POST, "/echo", echo, .fields = fields },
	{ .path = NULL },
};

const struct family echo_family = { .name = "echo", .routes = routes };

/* ---- POST /echo ---- */

/* What a handler may rely on. */
static void
check_value(const struct field *field, const struct value *value)
{
	if (!value->given) {
		CHECK(!field->required && value->data == NULL);
		return;
	}
	if (value->data == NULL) {
		CHECK(value->null && field->nullable);
		return;
	}
	CHECK(strlen(value->data) == value->len);
	CHECK(text_valid(value->data, value->len));
	CHECK(text_length(value->data, value->len) <= field->max);
	CHECK(field->blank || !text_blank(value->data, value->len));
}

static void
check_read_back(const struct buffer *body, const struct value *values)
{
	json_t *const json = json_loadb(body->data, body->len, 0, NULL);

	for (size_t i = 0; fields[i].name != NULL; i++) {
		const char *const text = json_string_value(
		    json_object_get(json, fields[i].name));

		CHECK((text == NULL) == (values[i].data == NULL));
		CHECK(text == NULL || strcmp(text, values[i].data) == 0);
	}
	json_decref(json);
}

static void
echo(struct worker *worker, const struct request *req, struct response *resp)
{
	(void)worker;
	buffer_char(&resp->body, '{');
	for (size_t i = 0; fields[i].name != NULL; i++) {
		check_value(&fields[i], &req->value[i]);
		buffer_printf(&resp->body, "%s\"%s\":", i > 0 ? "," : "",
		    fields[i].name);
		json_text_or_null(&resp->body, req->value[i].data);
	}
	buffer_char(&resp->body, '}');
	check_read_back(&resp->body, req->value);
	respond_json(resp, 200);
}

int
echo_body(const char *content_type, const void *body, size_t len)
{
	char method[] = "REQUEST_METHOD=POST", uri[] = "REQUEST_URI=/echo";
	struct exchange x = {0};
	struct ask a = {.envp = {method, uri}, .body = body, .len = len};
	char *type = xmalloc(strlen(content_type) + 14);
	int status;

	sprintf(type, "CONTENT_TYPE=%s", content_type);
	snprintf(a.length, sizeof(a.length), "CONTENT_LENGTH=%zu", len);
	a.envp[2] = type;
	a.envp[3] = a.length;
	status = ask(&a, &echo_family, &x);
	CHECK(status == 200 || status == 400 || status == 413 ||
	    status == 415 || status == 422);
	exchange_free(&x);
	free(type);
	return status;
}

/* ---- GET /page ---- */

/* The request of the Link is this one, but for where it goes on. */
static void
check_next(const struct request *req, const char *link, const char *moved)
{
	const struct parameter *p, *q;
	char *line = xmalloc(strlen(link) + 20), *envp[] = {line, NULL};
	struct request next = {0};
	size_t i, j = 0;

	sprintf(line, "REQUEST_URI=%.*s", (int)strcspn(link + 7, ">"),
	    link + 7);
	request_read(&next, envp);
	CHECK(!next.path_bad && !next.query_bad);
	CHECK(strcmp(next.path, req->path) == 0);
	for (i = 0; i < req->queries; i++) {
		p = &req->query[i];
		if (strcmp(p->name, moved) == 0)
			continue;
		q = &next.query[j++];
		CHECK(strcmp(p->name, q->name) == 0);
		CHECK(p->len == q->len &&
		    memcmp(p->value, q->value, p->len) == 0);
	}
	CHECK(next.queries == j + 1);
	CHECK(strcmp(next.query[j].name, moved) == 0);
	CHECK(strcmp(next.query[j].value, "7") == 0);
	request_reset(&next);
	free(line);
}

static void
page(struct worker *worker, const struct request *req, struct response *resp)
{
	struct range range;
	const char *moved;

	(void)worker;
	if (!paging_or_respond(req, resp, &range))
		return;
	CHECK(range.limit >= 1 && range.limit <= PAGE_MAX);
	CHECK(range.after <= NUMBER_MAX && range.before <= NUMBER_MAX);
	moved = range.descending ? "before" : "after";
	/* A query of as many parameters as are taken may have no place. */
	if (req->queries < QUERY_MAX) {
		paging_link_number(resp, req, &range, 7);
		check_next(req, resp->headers.data, moved);
	}
	buffer_str(&resp->body, "[]");
	respond_json(resp, 200);
}
