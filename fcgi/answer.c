/* answer.c: how the main API answers about chats and messages. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer.h"

#include <inttypes.h>

#include "clock.h"
#include "pages.h"
#include "paging.h"
#include "route.h"

static void
add_location(struct response *resp, const struct request *req,
    const struct key *key)
{
	if (key->message == 0)
		response_header(resp, "Location", API "/applications/%s/chats/%"
		    PRIu64, req->token, key->chat);
	else
		response_header(resp, "Location", API "/applications/%s/chats/%"
		    PRIu64 "/messages/%" PRIu64, req->token, key->chat,
		    key->message);
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

/* Answers with a page that was answered before, if it would be the same. */
static bool
answer_again(struct worker *worker, const struct request *req,
    struct response *resp, const struct page_key *key)
{
	struct kept_page page = {.body = resp->body};
	bool same;

	same = pages_find(worker->pages, key, &page) &&
	    store_list_same(worker->store, key->token, key->chat,
	    &page.change);
	resp->body = page.body;
	metrics_add(worker->metrics, METRIC_PAGE_CACHE_READS,
	    same ? HIT : MISS, 1);
	if (!same) {
		buffer_reset(&resp->body);
		return false;
	}
	if (page.last != 0)
		paging_link_number(resp, req, &key->range, page.last);
	respond_json(resp, 200);
	return true;
}

/* Reads and answers a page, which *page then is; its body is the answer's. */
static bool
answer_anew(struct worker *worker, const struct request *req,
    struct response *resp, enum event_type type, render_item *render,
    const struct range *range, struct kept_page *page)
{
	struct items items = {0};
	const struct key *last;
	enum result result;
	bool more;

	*page = (struct kept_page){0};
	result = item_list(worker, type, req, range, &items, &more,
	    &page->change);
	if (result != RESULT_OK) {
		respond_failure(resp, req, result);
		items_clear(&items);
		return false;
	}
	if (more && items.count > 0) {
		last = &items.item[items.count - 1].key;
		page->last = type == EVENT_CHAT ? last->chat : last->message;
		paging_link_number(resp, req, range, page->last);
	}
	render_list(&resp->body, req->token, &items, render);
	respond_json(resp, 200);
	items_clear(&items);
	page->body = resp->body;
	return true;
}

void
answer_list(struct worker *worker, const struct request *req,
    struct response *resp, enum event_type type, render_item *render)
{
	struct page_key key = {.token = req->token, .chat = req->chat};
	const int64_t now = clock_mono_ms();
	struct kept_page page;

	if (!paging_or_respond(req, resp, &key.range))
		return;
	/* Chats have counts, which change past Redis: they are read anew. */
	if (type == EVENT_MESSAGE && answer_again(worker, req, resp, &key))
		return;
	if (answer_anew(worker, req, resp, type, render, &key.range, &page) &&
	    type == EVENT_MESSAGE && page.change.epoch != 0)
		pages_keep(worker->pages, &key, &page, now);
}
