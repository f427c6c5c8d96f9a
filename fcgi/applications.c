/* applications.c: the responder for /applications, /applications/:token. */
/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Applications are few: they are written straight to MySQL, and do not pass
 * the queue.
 */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "db_applications.h"
#include "ident.h"
#include "memory.h"
#include "paging.h"
#include "render.h"
#include "responder.h"
#include "route.h"

#define APPLICATIONS API "/applications"
#define NONE "There is no such application."

static void create(struct worker *, const struct request *,
    struct response *);
static void list(struct worker *, const struct request *, struct response *);
static void get(struct worker *, const struct request *, struct response *);
static void update(struct worker *, const struct request *,
    struct response *);

static const struct field fields[] = {
	{ .name = "name", .required = true, .max = 255 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET,	APPLICATIONS,		list,	.operator = true },
	{ METHOD_POST,	APPLICATIONS,		create,	.missing = NONE,
	    .fields = fields },
	{ METHOD_GET,	APPLICATIONS "/:token",	get,	.missing = NONE },
	{ METHOD_PUT,	APPLICATIONS "/:token",	update,	.missing = NONE,
	    .fields = fields },
	{ METHOD_PATCH,	APPLICATIONS "/:token",	update,	.missing = NONE,
	    .fields = fields },
	{ .path = NULL },
};

static void
create(struct worker *worker, const struct request *req,
    struct response *resp)
{
	const struct value *name = &req->value[0];
	struct application app = {0};
	struct db *db;
	enum result result;

	ident_uuid4(app.token);
	app.name = xstrndup(name->data, name->len);
	result = store_db(worker->store, &db);
	if (result == RESULT_OK) {
		result = db_application_create(db, &app, clock_wall_ms());
		store_db_give(worker->store, db);
	}
	if (result != RESULT_OK) {
		respond_failure(resp, req, result);
		goto out;
	}
	response_header(resp, "Location", APPLICATIONS "/%s", app.token);
	render_application(&resp->body, &app);
	respond_json(resp, 201);
out:
	application_clear(&app);
}

/* What a list of applications asks for. */
struct page {
	struct range range;
	const char *after, *before;	/* tokens, or NULL */
};

static bool
page_or_respond(const struct request *req, struct response *resp,
    struct page *page)
{
	*page = (struct page){0};
	return paging_limit_or_respond(req, resp, PAGE_DEFAULT,
	    &page->range.limit) &&
	    paging_order_or_respond(req, resp, &page->range.descending) &&
	    paging_token_or_respond(req, resp, "after", &page->after) &&
	    paging_token_or_respond(req, resp, "before", &page->before);
}

static void
render_page(struct response *resp, const struct application *apps,
    size_t count)
{
	size_t i;

	buffer_char(&resp->body, '[');
	for (i = 0; i < count; i++) {
		if (i > 0)
			buffer_char(&resp->body, ',');
		render_application(&resp->body, &apps[i]);
	}
	buffer_char(&resp->body, ']');
	respond_json(resp, 200);
}

static enum result
read_page(struct worker *worker, const struct page *page,
    struct application **apps, size_t *count)
{
	struct range range = page->range;
	struct db *db;
	enum result result;

	result = store_db(worker->store, &db);
	if (result != RESULT_OK)
		return result;
	range.limit++;		/* one more shows whether the list goes on */
	result = db_application_list(db, page->after, page->before, &range,
	    apps, count);
	store_db_give(worker->store, db);
	return result;
}

static void
list(struct worker *worker, const struct request *req, struct response *resp)
{
	struct page page;
	struct application *apps = NULL;
	size_t count = 0, shown, i;
	enum result result;

	if (!page_or_respond(req, resp, &page))
		return;
	result = read_page(worker, &page, &apps, &count);
	if (result == RESULT_NOT_FOUND) {
		respond_problem(resp, req, PROBLEM_BAD_REQUEST,
		    "after or before names no application.");
		return;
	}
	if (result != RESULT_OK) {
		respond_failure(resp, req, result);
		return;
	}
	shown = count > page.range.limit ? page.range.limit : count;
	if (shown < count)
		paging_link(resp, req,
		    page.range.descending ? "before" : "after",
		    apps[shown - 1].token);
	render_page(resp, apps, shown);
	for (i = 0; i < count; i++)
		application_clear(&apps[i]);
	free(apps);
}

static void
get(struct worker *worker, const struct request *req, struct response *resp)
{
	struct application app = {0};
	struct db *db;
	enum result result;

	result = store_db(worker->store, &db);
	if (result == RESULT_OK) {
		result = db_application_by_token(db, req->token, &app);
		store_db_give(worker->store, db);
	}
	if (result != RESULT_OK) {
		respond_failure(resp, req, result);
		return;
	}
	render_application(&resp->body, &app);
	respond_json(resp, 200);
	application_clear(&app);
}

static void
update(struct worker *worker, const struct request *req,
    struct response *resp)
{
	struct application app = {0};
	struct db *db;
	enum result result;

	result = store_db(worker->store, &db);
	if (result == RESULT_OK) {
		result = db_application_rename(db, req->token,
		    req->value[0].data, clock_wall_ms(), &app);
		store_db_give(worker->store, db);
	}
	if (result != RESULT_OK) {
		respond_failure(resp, req, result);
		return;
	}
	render_application(&resp->body, &app);
	respond_json(resp, 200);
	application_clear(&app);
}

int
main(int argc, char **argv)
{
	static const struct family family = {
		.name = "parley-applications",
		.about = "applications",
		.routes = routes,
	};

	return responder_main(&family, argc, argv);
}
