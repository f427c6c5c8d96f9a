/* answer.c: how the main API answers about chats and messages. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer.h"

#include <inttypes.h>

#include "paging.h"
#include "route.h"

static void
add_location(struct response *resp, const struct request *req,
    const struct key *key)
{
	struct buffer path = BUFFER_EMPTY;

	buffer_printf(&path, API "/applications/%s/chats/%" PRIu64,
	    req->token, key->chat);
	if (key->message != 0)
		buffer_printf(&path, "/messages/%" PRIu64, key->message);
	response_header(resp, "Location", "%s", path.data);
	buffer_free(&path);
}

static void
answer(struct response *resp, const struct request *req, int status,
    struct item *item, render_item *render)
{
	render(&resp->body, req->token, item);
	respond_json(resp, status);
	item_clear(item);
}

void
answer_created(struct response *resp, const struct request *req,
    enum result result, struct item *item, render_item *render)
{
	if (result != RESULT_OK) {
		respond_failure(resp, req, result);
		return;
	}
	add_location(resp, req, &item->key);
	answer(resp, req, 201, item, render);
}

void
answer_item(struct response *resp, const struct request *req,
    enum result result, struct item *item, render_item *render)
{
	if (result != RESULT_OK)
		respond_failure(resp, req, result);
	else
		answer(resp, req, 200, item, render);
}

void
answer_list(struct worker *worker, const struct request *req,
    struct response *resp, enum event_type type, render_item *render)
{
	struct items items = {0};
	struct range range;
	const struct key *last;
	enum result result;
	bool more;

	if (!paging_or_respond(req, resp, &range))
		return;
	result = item_list(worker, type, req, &range, &items, &more);
	if (result != RESULT_OK) {
		respond_failure(resp, req, result);
		goto out;
	}
	if (more && items.count > 0) {
		last = &items.item[items.count - 1].key;
		paging_link_number(resp, req, &range,
		    type == EVENT_CHAT ? last->chat : last->message);
	}
	render_list(&resp->body, req->token, &items, render);
	respond_json(resp, 200);
out:
	items_clear(&items);
}
