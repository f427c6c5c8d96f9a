/* dialect_answer.c: things and complaints in a dialect's words. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "clock.h"
#include "dialect_internal.h"
#include "json_text.h"

/* ---- things ---- */

static void
add_number(struct buffer *out, enum form form, uint64_t number)
{
	if (form == FORM_NULL && number == 0)
		buffer_str(out, "null");
	else if (form == FORM_STRING)
		buffer_printf(out, "\"%" PRIu64 "\"", number);
	else
		buffer_printf(out, "%" PRIu64, number);
}

static void
add_time(struct buffer *out, enum form form, int64_t time)
{
	char text[CLOCK_SIZE];

	clock_format(time, text);
	if (form == FORM_SECONDS) {
		text[10] = ' ';
		text[19] = '\0';
	}
	buffer_printf(out, "\"%s\"", text);
}

/*
 * The same for all things of an application, and nothing else: 53 bits of
 * FNV-1a over the token, which every reader of JSON takes exactly.
 */
static uint64_t
token_number(const char *token)
{
	uint64_t hash = 14695981039346656037u;

	for (; *token != '\0'; token++) {
		hash ^= (unsigned char)*token;
		hash *= 1099511628211u;
	}
	return hash >> 11;
}

static uint64_t
number_of(const struct member *member, const struct thing *thing)
{
	switch (member->source) {
	case FROM_CHAT:
		return thing->chat;
	case FROM_MESSAGE:
		return thing->message;
	case FROM_COUNT:
		return thing->count;
	case FROM_RANK:
		return thing->rank;
	default:
		return token_number(thing->token);
	}
}

static void
add_value(struct buffer *out, const struct member *member,
    const struct thing *thing)
{
	switch (member->source) {
	case FROM_LITERAL:
		buffer_str(out, member->literal);
		break;
	case FROM_MEMBERS:
		dialect_object(out, member->members, thing);
		break;
	case FROM_TOKEN:
		json_text_or_null(out, thing->token);
		break;
	case FROM_TEXT:
		json_text_or_null(out, thing->text);
		break;
	case FROM_PLACE:
		buffer_printf(out, "\"%" PRIu64 "/%" PRIu64 "\"",
		    thing->chat, thing->message);
		break;
	case FROM_CREATED:
		add_time(out, member->form, thing->created_at);
		break;
	case FROM_UPDATED:
		add_time(out, member->form, thing->updated_at);
		break;
	default:
		add_number(out, member->form, number_of(member, thing));
	}
}

static bool
is_left_out(const struct member *member, const struct thing *thing)
{
	if (member->form != FORM_OMIT)
		return false;
	if (member->source == FROM_TEXT)
		return thing->text == NULL;
	return number_of(member, thing) == 0;
}

void
dialect_object(struct buffer *out, const struct member *members,
    const struct thing *thing)
{
	const struct member *member;
	char before = '{';

	for (member = members; member->key != NULL; member++) {
		if (is_left_out(member, thing))
			continue;
		buffer_char(out, before);
		json_text(out, member->key, strlen(member->key));
		buffer_char(out, ':');
		add_value(out, member, thing);
		before = ',';
	}
	buffer_str(out, before == '{' ? "{}" : "}");
}

/* ---- complaints ---- */

static const struct {
	int status;
	enum problem problem;	/* what our own API would call it */
	const char *detail;
} usual[CAUSES] = {
	[CAUSE_REFUSED] = { 0, PROBLEM_BAD_REQUEST,
	    "The web server cannot take this request." },
	[CAUSE_NO_PATH] = { 404, PROBLEM_NOT_FOUND,
	    "There is nothing at this path." },
	[CAUSE_NO_METHOD] = { 405, PROBLEM_METHOD_NOT_ALLOWED,
	    "This path has other methods: see Allow." },
	[CAUSE_NO_APPLICATION] = { 404, PROBLEM_NOT_FOUND,
	    "Application not found" },
	[CAUSE_NO_CHAT] = { 404, PROBLEM_NOT_FOUND, "Chat not found" },
	[CAUSE_NO_CHAT_NUMBER] = { 404, PROBLEM_NOT_FOUND, "Chat not found" },
	[CAUSE_NO_MESSAGE] = { 404, PROBLEM_NOT_FOUND, "Message not found" },
	[CAUSE_MISSING] = { 400, PROBLEM_INVALID_FIELD, NULL },
	[CAUSE_FIELD] = { 400, PROBLEM_INVALID_FIELD, NULL },
	[CAUSE_BODY] = { 400, PROBLEM_MALFORMED_BODY, NULL },
	[CAUSE_MEDIA_TYPE] = { 415, PROBLEM_UNSUPPORTED_MEDIA_TYPE, NULL },
	[CAUSE_TOO_LARGE] = { 413, PROBLEM_BODY_TOO_LARGE, NULL },
	[CAUSE_TOO_SLOW] = { 408, PROBLEM_TOO_SLOW, NULL },
	[CAUSE_KEY_MALFORMED] = { 400, PROBLEM_KEY_MALFORMED, ONCE_MALFORMED },
	[CAUSE_KEY_IN_USE] = { 409, PROBLEM_KEY_IN_USE,
	    "The first request with this Idempotency-Key is still being "
	    "worked on." },
	[CAUSE_KEY_REUSED] = { 422, PROBLEM_KEY_REUSED,
	    "This Idempotency-Key came here with other content before." },
	[CAUSE_QUERY] = { 400, PROBLEM_BAD_REQUEST, NULL },
	[CAUSE_CLOSED] = { 403, PROBLEM_OPERATOR_KEY_WRONG,
	    "This is only open to the operator." },
	[CAUSE_LIMITED] = { 429, PROBLEM_RATE_LIMITED,
	    "Too many requests. Try again after Retry-After seconds." },
	[CAUSE_UNAVAILABLE] = { 503, PROBLEM_UNAVAILABLE,
	    "A part of the service is down or slow. Try again." },
	[CAUSE_NOT_ACCEPTED] = { 503, PROBLEM_NOT_ACCEPTED,
	    "Nothing was stored: a part of the service is down, slow or "
	    "full. Try again." },
	[CAUSE_OUTCOME_UNKNOWN] = { 503, PROBLEM_OUTCOME_UNKNOWN,
	    "It may or may not be stored: it was not confirmed in time. "
	    "Read before you try again." },
};

/* What a complaint's body may mention. */
struct words {
	const char *detail, *field, *fault;
};

static const struct complaint *
find_row(const struct complaint *rows, enum cause cause)
{
	for (; rows != NULL && rows->cause != CAUSE_NONE; rows++) {
		if (rows->cause == cause)
			return rows;
	}
	return NULL;
}

/* The route's row, else the dialect's; else nothing is out of the usual. */
static struct complaint
find_complaint(const struct call *call, enum cause cause)
{
	const struct complaint *row = NULL;
	struct complaint found;

	if (call->route != NULL)
		row = find_row(call->route->complaints, cause);
	if (row == NULL)
		row = find_row(call->dialect->complaints, cause);
	if (row == NULL && cause == CAUSE_NO_CHAT_NUMBER)
		return find_complaint(call, CAUSE_NO_CHAT);
	found = row != NULL ? *row : call->dialect->usual;
	if (found.status == 0)
		found.status = usual[cause].status;
	if (found.body == NULL)
		found.body = call->dialect->usual.body;
	if (found.type == NULL)
		found.type = call->dialect->usual.type;
	assert(found.body != NULL && found.type != NULL);
	return found;
}

static void
fill_in(struct buffer *out, const struct complaint *complaint,
    const struct words *words)
{
	const struct {
		const char *name, *word;
	} places[] = {
		{ "$detail", words->detail },
		{ "$field", words->field },
		{ "$fault", words->fault },
	};
	const bool json = strcmp(complaint->type, "application/json") == 0;
	const char *s = complaint->body;
	size_t i;

	while (*s != '\0') {
		for (i = 0; i < 3; i++) {
			if (strncmp(s, places[i].name,
			    strlen(places[i].name)) == 0)
				break;
		}
		if (i == 3) {
			buffer_char(out, *s++);
			continue;
		}
		if (json)
			json_text_or_null(out, places[i].word);
		else if (places[i].word != NULL)
			buffer_str(out, places[i].word);
		s += strlen(places[i].name);
	}
}

static void
complain(struct call *call, enum cause cause, const struct words *words)
{
	struct complaint found = find_complaint(call, cause);

	if (cause == CAUSE_REFUSED)
		found.status = call->req->refused;
	response_note(call->resp, usual[cause].problem, words->detail);
	/* A list may have been written in part. */
	buffer_reset(&call->resp->body);
	fill_in(&call->resp->body, &found, words);
	if (cause == CAUSE_KEY_IN_USE)
		respond_retry_after(call->resp, call->req);
	else if (found.status == 503)
		response_header(call->resp, "Retry-After", "%s",
		    RETRY_AFTER_S);
	respond_content(call->resp, found.status, found.type);
}

void
dialect_complain(struct call *call, enum cause cause, const char *detail)
{
	const struct words words = {
		.detail = detail != NULL ? detail : usual[cause].detail,
	};

	complain(call, cause, &words);
}

void
dialect_complain_field(struct call *call, enum cause cause, const char *field,
    const char *fault)
{
	struct buffer detail = BUFFER_EMPTY;
	struct words words = {.field = field, .fault = fault};

	buffer_printf(&detail, "%s %s", field, fault);
	words.detail = detail.data;
	complain(call, cause, &words);
	buffer_free(&detail);
}
