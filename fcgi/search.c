/* search.c: the responder for …/messages/search. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "search.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "operation.h"
#include "paging.h"
#include "render.h"
#include "responder.h"
#include "route.h"
#include "text.h"

#define SEARCH API "/applications/:token/chats/:chat/messages/search"
#define HITS_DEFAULT 20

static void find(struct worker *, const struct request *, struct response *);

static const struct field query_field = { .name = "q", .max = 255 };

static const struct route routes[] = {
	{ METHOD_GET, SEARCH, find,
	    .missing = "There is no such application or chat.",
	    .limit = LIMIT_SEARCH },
	{ .path = NULL },
};

static bool
refuse(struct response *resp, const struct request *req, const char *fault)
{
	struct buffer errors = BUFFER_EMPTY, summary = BUFFER_EMPTY;

	fields_error(&errors, &summary, query_field.name, fault);
	respond_invalid(resp, req, &errors, &summary);
	return false;
}

static bool
terms_or_respond(const struct request *req, struct response *resp,
    struct text_terms *terms)
{
	const struct parameter *q = request_query(req, query_field.name);
	const char *fault;

	if (q == NULL)
		return refuse(resp, req, "is missing");
	fault = field_fault(&query_field, q->value, q->len);
	if (fault != NULL)
		return refuse(resp, req, fault);
	switch (text_terms_read(terms, q->value, q->len)) {
	case RESULT_OK:
		return true;
	case RESULT_FULL:
		return refuse(resp, req, "has too many words");
	default:
		return refuse(resp, req,
		    "has nothing that can be searched for");
	}
}

/*
 * The cursor is "<rank>.<number>" of the last hit shown. To clients it is
 * opaque, so it may change; what it is not is a promise that it is valid.
 */
static bool
cursor_or_respond(const struct request *req, struct response *resp,
    struct search_cursor *cursor)
{
	const struct parameter *after = request_query(req, "after");

	*cursor = (struct search_cursor){0};
	if (after == NULL)
		return true;
	if (after->len > 2 && after->value[1] == '.' &&
	    after->value[0] >= '1' && after->value[0] <= '0' + TEXT_RANKS &&
	    number_read(after->value + 2, after->len - 2, &cursor->number) &&
	    cursor->number > 0) {
		cursor->rank = (unsigned)(after->value[0] - '0');
		return true;
	}
	respond_problem(resp, req, PROBLEM_BAD_REQUEST,
	    "after must be what the Link of an earlier page holds.");
	return false;
}

static void
add_link(struct response *resp, const struct request *req,
    const struct search_hits *hits)
{
	const size_t last = hits->items.count - 1;
	char cursor[32];

	snprintf(cursor, sizeof(cursor), "%u.%" PRIu64, hits->rank[last],
	    hits->items.item[last].key.message);
	paging_link(resp, req, "after", cursor);
}

static void
respond_hits(struct response *resp, const struct request *req,
    const struct search_hits *hits, const struct text_terms *terms)
{
	const struct item *item;
	char *highlight;
	size_t i;

	buffer_char(&resp->body, '[');
	for (i = 0; i < hits->items.count; i++) {
		item = &hits->items.item[i];
		highlight = text_highlight(item->text, strlen(item->text),
		    terms->term, terms->count);
		if (i > 0)
			buffer_char(&resp->body, ',');
		render_hit(&resp->body, req->token, item, highlight);
		free(highlight);
	}
	buffer_char(&resp->body, ']');
	if (hits->more && hits->items.count > 0)
		add_link(resp, req, hits);
	respond_json(resp, 200);
}

static void
find(struct worker *worker, const struct request *req, struct response *resp)
{
	struct text_terms terms;
	struct search_cursor after;
	struct search_hits hits;
	enum result result;
	unsigned limit;

	if (!paging_limit_or_respond(req, resp, HITS_DEFAULT, &limit) ||
	    !cursor_or_respond(req, resp, &after) ||
	    !terms_or_respond(req, resp, &terms))
		return;
	result = message_search(worker, req, &terms, &after, limit, &hits);
	if (result == RESULT_OK) {
		respond_hits(resp, req, &hits, &terms);
		search_hits_clear(&hits);
	} else {
		respond_failure(resp, req, result);
	}
	text_terms_clear(&terms);
}

int
main(int argc, char **argv)
{
	static const struct family family = {
		.name = "parley-search",
		.about = "searching a chat",
		.routes = routes,
	};

	return responder_main(&family, argc, argv);
}
