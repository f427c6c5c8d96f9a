/* dialect_deeb.c: saeedeldeeb/InstabugChallenge: a Go service. */
/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The code's paths begin with /api, the README's do not. Keys stand in the
 * order of the alphabet, and an error has no words: its body is null.
 */
#include "dialects.h"

#define APPLICATION "/applications/:token"
#define CHAT APPLICATION "/chats/:chat"
#define MESSAGES CHAT "/messages"

static const struct input new_application = {
	.text = { .name = "name", .required = true, .max = 255 },
};
static const struct input application = {
	.text = { .name = "name", .max = 255 },
};
static const struct input message = {
	.text = { .name = "body", .required = true, .max = 16000 },
};
static const struct input key = { .term = "key" };

static const struct member application_answer[] = {
	{ "chats_count",	FROM_COUNT },
	{ "created_at",		FROM_CREATED,	FORM_SECONDS },
	{ "name",		FROM_TEXT },
	{ "token",		FROM_TOKEN },
	{ "updated_at",		FROM_UPDATED,	FORM_SECONDS },
	{ .key = NULL },
};
/* Theirs shows the application's internal id. */
static const struct member chat_answer[] = {
	{ "application_id",	FROM_TOKEN_NUMBER },
	{ "created_at",		FROM_CREATED,	FORM_SECONDS },
	{ "messages_count",	FROM_COUNT },
	{ "number",		FROM_CHAT },
	{ "updated_at",		FROM_UPDATED,	FORM_SECONDS },
	{ .key = NULL },
};
static const struct member message_answer[] = {
	{ "chat_number",	FROM_CHAT },
	{ "content",		FROM_TEXT },
	{ "created_at",		FROM_CREATED,	FORM_SECONDS },
	{ "number",		FROM_MESSAGE },
	{ "updated_at",		FROM_UPDATED,	FORM_SECONDS },
	{ .key = NULL },
};

static const struct complaint new_chat[] = {
	{ CAUSE_NO_APPLICATION, 400 },
	{ CAUSE_NONE },
};

static const struct dialect_route routes[] = {
	{ METHOD_GET,	"/applications",	ACT_LIST,
	    SUBJECT_APPLICATION, 200, application_answer },
	{ METHOD_POST,	"/applications",	ACT_CREATE,
	    SUBJECT_APPLICATION, 201, application_answer, &new_application },
	{ METHOD_GET,	APPLICATION,	ACT_GET,
	    SUBJECT_APPLICATION, 200, application_answer },
	{ METHOD_PUT,	APPLICATION,	ACT_UPDATE,
	    SUBJECT_APPLICATION, 200, application_answer, &application },
	{ METHOD_POST,	APPLICATION "/chats",	ACT_CREATE,
	    SUBJECT_CHAT, 201, chat_answer, .complaints = new_chat },
	{ METHOD_GET,	APPLICATION "/chats",	ACT_LIST,
	    SUBJECT_CHAT, 200, chat_answer },
	{ METHOD_GET,	CHAT,	ACT_GET,
	    SUBJECT_CHAT, 200, chat_answer },
	{ METHOD_POST,	MESSAGES,	ACT_CREATE,
	    SUBJECT_MESSAGE, 201, message_answer, &message },
	{ METHOD_GET,	MESSAGES,	ACT_LIST,
	    SUBJECT_MESSAGE, 200, message_answer },
	{ METHOD_GET,	MESSAGES "/search",	ACT_SEARCH,
	    SUBJECT_MESSAGE, 200, message_answer, &key },
	{ METHOD_GET,	MESSAGES "/:message",	ACT_GET,
	    SUBJECT_MESSAGE, 200, message_answer },
	/* Only their README has it. */
	{ METHOD_PUT,	MESSAGES "/:message",	ACT_UPDATE,
	    SUBJECT_MESSAGE, 200, message_answer, &message },
	/* Which of them answers, and where it is, is nobody's business. */
	{ METHOD_GET,	"/ping",	ACT_SAY, .status = 200,
	    .text = "{\"instance\":\"parley\",\"ip\":\"\","
	    "\"message\":\"pong\"}", .type = "application/json" },
	{ .path = NULL },
};

static const struct complaint complaints[] = {
	{ CAUSE_NO_PATH, 404, "404 page not found",
	    "text/plain; charset=utf-8" },
	{ CAUSE_NONE },
};

const struct dialect dialect_deeb = {
	.name = "deeb",
	.routes = routes,
	.complaints = complaints,
	.usual = { .body = "null", .type = "application/json" },
	.prefix = "api",
	.empty = "null",
	.main_port = true,
};
