/* dialect_shady.c: ShadyZekry/chat-app: a Rails and a Go service. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "dialects.h"

#define APPLICATION "/api/v1/applications/:token"
#define CHAT APPLICATION "/chats/:chat"
#define MESSAGE CHAT "/messages/:message"

/* ---- Rails: applications ---- */

static const struct input new_application = {
	.text = { .name = "name", .required = true, .max = 255 },
};
static const struct input application = {
	.text = { .name = "name", .max = 255 },
};

static const struct member short_application[] = {
	{ "token",		FROM_TOKEN },
	{ "name",		FROM_TEXT },
	{ .key = NULL },
};
static const struct member whole_application[] = {
	{ "token",		FROM_TOKEN },
	{ "name",		FROM_TEXT },
	{ "created_at",		FROM_CREATED },
	{ "updated_at",		FROM_UPDATED },
	{ "chats_count",	FROM_COUNT },
	{ .key = NULL },
};

static const struct dialect_route rails_routes[] = {
	{ METHOD_POST,	"/api/v1/applications",	ACT_CREATE,
	    SUBJECT_APPLICATION, 201, short_application, &new_application },
	{ METHOD_GET,	APPLICATION,	ACT_GET,
	    SUBJECT_APPLICATION, 200, whole_application },
	{ METHOD_PUT,	APPLICATION,	ACT_UPDATE,
	    SUBJECT_APPLICATION, 200, short_application, &application },
	{ METHOD_PATCH,	APPLICATION,	ACT_UPDATE,
	    SUBJECT_APPLICATION, 200, short_application, &application },
	{ .path = NULL },
};

static const struct complaint rails_complaints[] = {
	{ CAUSE_NO_PATH, 404, "{\"error\":\"Not found\"}" },
	{ CAUSE_NO_APPLICATION, 404, "{\"error\":\"Not found\"}" },
	{ CAUSE_MISSING, 422, "{\"error\":[\"Name can't be blank\"]}" },
	{ CAUSE_FIELD, 422, "{\"error\":[$detail]}" },
	{ CAUSE_NONE },
};

const struct dialect dialect_shady_rails = {
	.name = "shady-rails",
	.routes = rails_routes,
	.complaints = rails_complaints,
	.usual = { .body = "{\"error\":$detail}", .type = "application/json" },
};

/* ---- Go: chats and messages ---- */

/* A chat needs no name, and what is not given is not changed. */
static const struct input chat = {
	.text = { .name = "name", .blank = true, .max = 255 },
};
static const struct input new_message = {
	.text = { .name = "name", .required = true, .max = 16000 },
};
static const struct input message = {
	.text = { .name = "name", .max = 16000 },
};

static const struct member new_chat_answer[] = {
	{ "number",		FROM_CHAT },
	{ "name",		FROM_TEXT,	FORM_OMIT },
	{ "application_token",	FROM_TOKEN },
	{ .key = NULL },
};
static const struct member chat_answer[] = {
	{ "number",		FROM_CHAT },
	{ "name",		FROM_TEXT,	FORM_OMIT },
	{ "application_token",	FROM_TOKEN },
	{ "created_at",		FROM_CREATED },
	{ "updated_at",		FROM_UPDATED },
	{ "messages_count",	FROM_COUNT,	FORM_OMIT },
	{ .key = NULL },
};
static const struct member new_message_answer[] = {
	{ "number",		FROM_MESSAGE },
	{ "name",		FROM_TEXT },
	{ "chat_number",	FROM_CHAT },
	{ "application_token",	FROM_TOKEN },
	{ .key = NULL },
};
static const struct member message_answer[] = {
	{ "number",		FROM_MESSAGE },
	{ "name",		FROM_TEXT },
	{ "chat_number",	FROM_CHAT },
	{ "application_token",	FROM_TOKEN },
	{ "created_at",		FROM_CREATED },
	{ "updated_at",		FROM_UPDATED },
	{ .key = NULL },
};
static const struct member name_answer[] = {
	{ "name",		FROM_TEXT,	FORM_OMIT },
	{ .key = NULL },
};

/* GET looks into the tables, the rest at counters, which say it otherwise. */
static const struct complaint shown[] = {
	{ CAUSE_NO_CHAT, 404, "{\"error\":\"Chat not found\"}" },
	{ CAUSE_NONE },
};
static const struct complaint message_shown[] = {
	{ CAUSE_NO_MESSAGE, 404, "{\"error\":\"Message not found\"}" },
	{ CAUSE_NONE },
};

static const struct dialect_route go_routes[] = {
	{ METHOD_POST,	APPLICATION "/chats",	ACT_CREATE,
	    SUBJECT_CHAT, 201, new_chat_answer, &chat },
	{ METHOD_GET,	CHAT,	ACT_GET,
	    SUBJECT_CHAT, 200, chat_answer, .complaints = shown },
	{ METHOD_PUT,	CHAT,	ACT_UPDATE,
	    SUBJECT_CHAT, 201, name_answer, &chat },
	{ METHOD_POST,	CHAT "/messages",	ACT_CREATE,
	    SUBJECT_MESSAGE, 201, new_message_answer, &new_message },
	{ METHOD_GET,	MESSAGE,	ACT_GET,
	    SUBJECT_MESSAGE, 200, message_answer,
	    .complaints = message_shown },
	{ METHOD_PUT,	MESSAGE,	ACT_UPDATE,
	    SUBJECT_MESSAGE, 200, name_answer, &message },
	{ .path = NULL },
};

static const struct complaint go_complaints[] = {
	{ CAUSE_NO_PATH, 404, "{\"message\":\"Not Found\"}" },
	{ CAUSE_NO_METHOD, 405, "{\"message\":\"Method Not Allowed\"}" },
	{ CAUSE_NO_APPLICATION, 400, "{\"error\":\"Invalid token\"}" },
	{ CAUSE_NO_CHAT, 400, "{\"error\":\"Invalid chat\"}" },
	{ CAUSE_NO_MESSAGE, 400, "{\"error\":\"Invalid Message\"}" },
	{ CAUSE_MISSING, 400, "{\"error\":\"Invalid name\"}" },
	{ CAUSE_NONE },
};

const struct dialect dialect_shady_go = {
	.name = "shady-go",
	.routes = go_routes,
	.complaints = go_complaints,
	.usual = { .body = "{\"error\":$detail}", .type = "application/json" },
};
