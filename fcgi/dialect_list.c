/* dialect_list.c: lists and searches in a dialect. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dialect_internal.h"
#include "paging.h"

/*
 * The older systems list all there is. So does a dialect, page by page, up
 * to a size that no client of theirs will have met; a Link leads on.
 */
#define LIST_MOST 10000
#define LIST_BYTES ((size_t)8 << 20)
#define HITS_MOST PAGE_MAX
#define TERM_MAX 255		/* code points */

/* A list that is being written. */
struct listing {
	struct call *call;
	unsigned most, count;
	bool more;		/* behind what is shown */
	char last[IDENT_SIZE];	/* number or token of the last one shown */
};

static void
add_thing(struct listing *list, const struct thing *thing)
{
	struct buffer *const body = &list->call->resp->body;

	buffer_char(body, list->count++ == 0 ? '[' : ',');
	dialect_object(body, list->call->route->answer, thing);
}

static bool
is_full(const struct listing *list)
{
	return list->count >= list->most ||
	    list->call->resp->body.len >= LIST_BYTES;
}

static unsigned
page_size(const struct listing *list)
{
	const unsigned left = list->most - list->count;

	return left < PAGE_MAX ? left : PAGE_MAX;
}

static void
finish_list(struct listing *list)
{
	struct call *const call = list->call;
	const char *const empty = call->dialect->empty;

	if (list->count > 0)
		buffer_char(&call->resp->body, ']');
	else
		buffer_str(&call->resp->body, empty != NULL ? empty : "[]");
	if (list->more)
		paging_link(call->resp, call->req, "after", list->last);
	respond_json(call->resp, call->route->status);
}

static enum result
list_items(struct listing *list, uint64_t after)
{
	struct call *const call = list->call;
	struct range range = {.after = after};
	struct items items = {0};
	struct list_change change;
	struct thing thing;
	enum result result;
	size_t i;

	do {
		range.limit = page_size(list);
		result = item_list(call->worker, dialect_type(call), call->req,
		    &range, &items, &list->more, &change);
		for (i = 0; result == RESULT_OK && i < items.count; i++) {
			thing = dialect_item(call, &items.item[i]);
			add_thing(list, &thing);
			range.after = dialect_type(call) == EVENT_CHAT ?
			    thing.chat : thing.message;
		}
		items_clear(&items);
	} while (result == RESULT_OK && list->more && !is_full(list));
	snprintf(list->last, sizeof(list->last), "%" PRIu64, range.after);
	return result;
}

static enum result
list_applications(struct listing *list, const char *after)
{
	struct call *const call = list->call;
	struct application *apps;
	struct thing thing;
	enum result result;
	struct range range = {0};
	size_t count, i;

	do {
		range.limit = page_size(list);
		result = application_list(call->worker, after, NULL, &range,
		    &apps, &count, &list->more);
		if (result != RESULT_OK)
			return result;
		for (i = 0; i < count; i++) {
			thing = dialect_application(&apps[i]);
			add_thing(list, &thing);
			memcpy(list->last, thing.token, IDENT_SIZE);
		}
		applications_free(apps, count);
		after = list->last;
	} while (list->more && !is_full(list));
	return RESULT_OK;
}

/* Of a list's parameters a dialect has two, to walk what is very long. */
static bool
page_or_complain(struct call *call, struct listing *list,
    const struct parameter **after)
{
	const struct parameter *limit = request_query(call->req, "limit");
	uint64_t most = LIST_MOST;

	*after = request_query(call->req, "after");
	if (limit != NULL && (!number_read(limit->value, limit->len, &most) ||
	    most < 1 || most > LIST_MOST)) {
		dialect_complain(call, CAUSE_QUERY,
		    "limit must be a number from 1 to 10000.");
		return false;
	}
	list->most = (unsigned)most;
	return true;
}

static void
run_applications(struct call *call, struct listing *list,
    const struct parameter *after)
{
	enum result result;

	result = list_applications(list, after != NULL ? after->value : NULL);
	if (result == RESULT_OK)
		finish_list(list);
	else if (result == RESULT_NOT_FOUND)
		dialect_complain(call, CAUSE_QUERY,
		    "after names no application.");
	else
		dialect_complain_of(call, result);
}

void
dialect_list(struct call *call)
{
	struct listing list = {.call = call};
	const struct parameter *after;
	uint64_t number = 0;
	enum result result;

	if (!page_or_complain(call, &list, &after))
		return;
	if (call->route->subject == SUBJECT_APPLICATION) {
		run_applications(call, &list, after);
		return;
	}
	if (after != NULL && !number_read(after->value, after->len, &number)) {
		dialect_complain(call, CAUSE_QUERY,
		    "after must be a number.");
		return;
	}
	result = list_items(&list, number);
	if (result == RESULT_OK)
		finish_list(&list);
	else
		dialect_complain_of(call, result);
}

/* ---- search ---- */

/* False and a complaint; or true, with no terms if nothing can be found. */
static bool
terms_or_complain(struct call *call, struct text_terms *terms)
{
	static const struct field rule = { .blank = true, .max = TERM_MAX };
	const char *const term = call->term != NULL ? call->term : "";
	const char *fault = field_fault(&rule, term, strlen(term));

	*terms = (struct text_terms){0};
	if (fault == NULL &&
	    text_terms_read(terms, term, strlen(term)) == RESULT_FULL)
		fault = "has too many words";
	if (fault == NULL)
		return true;
	dialect_complain_field(call, CAUSE_QUERY, "The search term", fault);
	return false;
}

/* Nothing is found where nothing is looked for; but there must be a chat. */
static enum result
find_nothing(struct call *call)
{
	struct item chat;
	enum result result;

	result = item_get(call->worker, EVENT_CHAT, call->req, &chat);
	if (result == RESULT_OK)
		item_clear(&chat);
	return result;
}

void
dialect_search(struct call *call)
{
	static const struct search_cursor start;
	struct listing list = {.call = call};
	struct search_hits hits = {0};
	struct text_terms terms;
	struct thing thing;
	enum result result;
	size_t i;

	if (!terms_or_complain(call, &terms))
		return;
	if (terms.count == 0)
		result = find_nothing(call);
	else
		result = message_search(call->worker, call->req, &terms,
		    &start, HITS_MOST, &hits);
	for (i = 0; result == RESULT_OK && i < hits.items.count; i++) {
		thing = dialect_item(call, &hits.items.item[i]);
		thing.rank = hits.rank[i];
		add_thing(&list, &thing);
	}
	if (result == RESULT_OK)
		finish_list(&list);
	else
		dialect_complain_of(call, result);
	search_hits_clear(&hits);
	text_terms_clear(&terms);
}
