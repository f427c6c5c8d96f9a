/* applications.c: the responder for /applications, /applications/:token. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "operation.h"
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
	{ METHOD_GET,	APPLICATIONS,		list,
	    .operator = OPERATOR_ALWAYS },
	{ METHOD_POST,	APPLICATIONS,		create,	.missing = NONE,
	    .fields = fields, .operator = OPERATOR_TO_CREATE,
	    .limit = LIMIT_APPLICATION },
	{ METHOD_GET,	APPLICATIONS "/:token",	get,	.missing = NONE },
	{ METHOD_PUT,	APPLICATIONS "/:token",	update,	.missing = NONE,
	    .fields = fields },
	{ METHOD_PATCH,	APPLICATIONS "/:token",	update,	.missing = NONE,
	    .fields = fields },
	{ .path = NULL },
};

static void
answer(struct response *resp, const struct request *req, int status,
    enum result result, struct application *app)
{
	if (result != RESULT_OK) {
		respond_failure(resp, req, result);
		return;
	}
	if (status == 201)
		response_header(resp, "Location", APPLICATIONS "/%s",
		    app->token);
	render_application(&resp->body, app);
	respond_json(resp, status);
	application_clear(app);
}

static void
create(struct worker *worker, const struct request *req,
    struct response *resp)
{
	struct application app;
	enum result result = application_create(worker, req, &app);

	answer(resp, req, 201, result, &app);
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

static void
list(struct worker *worker, const struct request *req, struct response *resp)
{
	struct page page;
	struct application *apps;
	size_t count;
	enum result result;
	bool more;

	if (!page_or_respond(req, resp, &page))
		return;
	result = application_list(worker, page.after, page.before,
	    &page.range, &apps, &count, &more);
	if (result == RESULT_NOT_FOUND) {
		respond_problem(resp, req, PROBLEM_BAD_REQUEST,
		    "after or before names no application.");
		return;
	}
	if (result != RESULT_OK) {
		respond_failure(resp, req, result);
		return;
	}
	if (more)
		paging_link(resp, req,
		    page.range.descending ? "before" : "after",
		    apps[count - 1].token);
	render_page(resp, apps, count);
	applications_free(apps, count);
}

static void
get(struct worker *worker, const struct request *req, struct response *resp)
{
	struct application app;
	enum result result = application_get(worker, req, &app);

	answer(resp, req, 200, result, &app);
}

static void
update(struct worker *worker, const struct request *req,
    struct response *resp)
{
	struct application app;
	enum result result = application_update(worker, req, &app);

	answer(resp, req, 200, result, &app);
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
