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

static bool
take_number(const char *s, uint64_t *number)
{
	return s != NULL && number_read(s, strlen(s), number) && *number > 0;
}

static bool
names_or_complain(struct call *call)
{
	const struct dialect_route *const route = call->route;
	struct request *const req = call->req;
	enum cause cause = CAUSE_NONE;

	if (!takes_token(route))
		return true;
	if (call->token == NULL || !ident_is_uuid(call->token))
		cause = CAUSE_NO_APPLICATION;
	else if (takes_chat(route) && !take_number(call->chat, &req->chat))
		cause = req->chat == 0 && call->chat != NULL &&
		    strcmp(call->chat, "0") != 0 ?
		    CAUSE_NO_CHAT_NUMBER : CAUSE_NO_CHAT;
	else if (takes_message(route) &&
	    !take_number(call->message, &req->message))
		cause = CAUSE_NO_MESSAGE;
	if (cause != CAUSE_NONE) {
		dialect_complain(call, cause, NULL);
		return false;
	}
	memcpy(req->token, call->token, IDENT_SIZE);
	return true;
}

bool
dialect_input(struct call *call)
{
	/* Its body is gone, and who had it first may have stored it. */
	if (call->req->resent && call->route->method != METHOD_GET) {
		dialect_complain(call, CAUSE_OUTCOME_UNKNOWN, NULL);
		return false;
	}
	if (call->req->query_bad) {
		dialect_complain(call, CAUSE_QUERY, "The query has a '%' "
		    "without two hexadecimal digits, or too many parameters.");
		return false;
	}
	if (call->route->input != NULL &&
	    !read_input(call, call->route->input))
		return false;
	return names_or_complain(call);
}
