/* dialect_input.c: reads what a request in a dialect says, and checks it. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "body.h"
#include "dialect_internal.h"
#include "text.h"

/* Where "JSON" is not said, an object is known by how it begins. */
static const char *
media_type(const struct call *call)
{
	const struct buffer *const body = &call->req->body;
	size_t start;

	if (!call->dialect->json_unsaid || body->len == 0)
		return call->req->content_type;
	start = strspn(body->data, " \t\r\n");
	return body->data[start] == '{' ? "application/json" :
	    call->req->content_type;
}

static bool
body_or_complain(struct call *call)
{
	const char *reason = NULL;
	enum cause cause;

	switch (body_read(call->req, media_type(call), &reason)) {
	case RESULT_OK:
		return true;
	case RESULT_FULL:
		cause = CAUSE_TOO_LARGE;
		break;
	case RESULT_UNAVAILABLE:
		cause = CAUSE_TOO_SLOW;
		break;
	case RESULT_REFUSED:
		cause = CAUSE_MEDIA_TYPE;
		break;
	default:
		cause = CAUSE_BODY;
	}
	dialect_complain(call, cause, reason);
	return false;
}

/* What the body lacks may stand in the query. */
static void
add_from_query(struct request *req, const char *name)
{
	const struct parameter *p;
	bool repeated;

	if (name == NULL || parts_find(&req->parts, name, &repeated) != NULL)
		return;
	p = request_query(req, name);
	if (p != NULL)
		parts_add(&req->parts, name, PART_TEXT, p->value, p->len);
}

/* The path's word is final; what it has not is looked for by its name. */
static void
find_name(const struct request *req, const char *name, const char **place)
{
	const struct part *part;
	bool repeated;

	if (name == NULL || *place != NULL)
		return;
	part = parts_find(&req->parts, name, &repeated);
	if (part == NULL ||
	    (part->type != PART_TEXT && part->type != PART_INTEGER))
		return;
	/* A NUL inside would cut it short, into another name. */
	if (strlen(part->data) == part->len)
		*place = part->data;
}

static bool
is_blank(const struct value *value)
{
	return value->data != NULL && text_valid(value->data, value->len) &&
	    text_blank(value->data, value->len);
}

static bool
text_or_complain(struct call *call, const struct field *rule)
{
	struct value *const value = &call->req->value[0];
	const char *fault, *name;
	bool missing;

	if (rule->name == NULL)
		return true;
	fault = field_check(rule, &call->req->parts, value, &name);
	missing = !value->given || value->null || is_blank(value);
	if (fault != NULL) {
		dialect_complain_field(call,
		    missing ? CAUSE_MISSING : CAUSE_FIELD, name, fault);
		return false;
	}
	if (missing)
		*value = (struct value){0};
	return true;
}

static bool
read_input(struct call *call, const struct input *input)
{
	struct request *const req = call->req;

	if (!body_or_complain(call))
		return false;
	add_from_query(req, input->text.name);
	add_from_query(req, input->token);
	add_from_query(req, input->chat);
	add_from_query(req, input->term);
	find_name(req, input->token, &call->token);
	find_name(req, input->chat, &call->chat);
	find_name(req, input->term, &call->term);
	return text_or_complain(call, &input->text);
}

/* ---- which thing is meant ---- */

static bool
takes_token(const struct dialect_route *route)
{
	return route->act != ACT_SAY &&
	    (route->subject != SUBJECT_APPLICATION ||
	    (route->act != ACT_CREATE && route->act != ACT_LIST));
}

static bool
is_about_one(const struct dialect_route *route)
{
	return route->act == ACT_GET || route->act == ACT_UPDATE;
}

static bool
takes_chat(const struct dialect_route *route)
{
	return route->subject == SUBJECT_MESSAGE ||
	    (route->subject == SUBJECT_CHAT && is_about_one(route));
}

static bool
takes_message(const struct dialect_route *route)
{
	return route->subject == SUBJECT_MESSAGE && is_about_one(route);
}

static enum cause
take_chat(struct call *call)
{
	uint64_t *const number = &call->req->chat;

	if (call->chat == NULL)
		return CAUSE_NO_CHAT;
	if (!number_read(call->chat, strlen(call->chat), number))
		return CAUSE_NO_CHAT_NUMBER;
	return *number > 0 ? CAUSE_NONE : CAUSE_NO_CHAT;
}

static enum cause
take_message(struct call *call)
{
	uint64_t *const number = &call->req->message;

	if (call->message == NULL ||
	    !number_read(call->message, strlen(call->message), number))
		return CAUSE_NO_MESSAGE;
	return *number > 0 ? CAUSE_NONE : CAUSE_NO_MESSAGE;
}

static enum cause
take_names(struct call *call)
{
	enum cause cause = CAUSE_NONE;

	if (!takes_token(call->route))
		return CAUSE_NONE;
	if (call->token == NULL || !ident_is_uuid(call->token))
		return CAUSE_NO_APPLICATION;
	memcpy(call->req->token, call->token, IDENT_SIZE);
	if (takes_chat(call->route))
		cause = take_chat(call);
	if (cause == CAUSE_NONE && takes_message(call->route))
		cause = take_message(call);
	return cause;
}

static enum cause
take_key(struct call *call)
{
	if (call->route->act != ACT_CREATE && call->route->act != ACT_UPDATE)
		return CAUSE_NONE;
	if (!once_read(call->req, call->route->path))
		return CAUSE_KEY_MALFORMED;
	once_print(call->req);
	return CAUSE_NONE;
}

bool
dialect_input(struct call *call)
{
	enum cause cause;

	/* Its body is gone, and who had it first may have stored it. */
	if (call->req->resent && call->route->method != METHOD_GET) {
		dialect_complain(call, CAUSE_OUTCOME_UNKNOWN, NULL);
		return false;
	}
	if (call->req->query_bad) {
		dialect_complain(call, CAUSE_QUERY, "The query has a '%' "
		    "without two hexadecimal digits, a name that holds NUL, "
		    "or too many parameters.");
		return false;
	}
	if (call->route->input != NULL &&
	    !read_input(call, call->route->input))
		return false;
	cause = take_names(call);
	if (cause == CAUSE_NONE)
		cause = take_key(call);
	if (cause == CAUSE_NONE)
		return true;
	dialect_complain(call, cause, NULL);
	return false;
}
