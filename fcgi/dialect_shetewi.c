/* dialect_shetewi.c: MohamedShetewi/awesome-system: Ruby and Go services. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "dialects.h"

#define APPLICATION "/application/:token"
#define CHAT APPLICATION "/chat/:chat"
#define MESSAGE CHAT "/message/:message"

static const struct input application = {
	.text = { .name = "username", .required = true, .max = 255 },
};
static const struct input message = {
	.text = { .name = "message", .required = true, .max = 16000 },
};

/* ---- Ruby ---- */

static const struct member new_application_answer[] = {
	{ "Application",	FROM_TOKEN },
	{ "Username",		FROM_TEXT },
	{ .key = NULL },
};
static const struct member application_answer[] = {
	{ "Application",	FROM_TOKEN },
	{ "Username",		FROM_TEXT },
	{ "ChatsCount",		FROM_COUNT,	FORM_STRING },
	{ .key = NULL },
};
static const struct member new_chat_answer[] = {
	{ "Application",	FROM_TOKEN },
	{ "Chat",		FROM_CHAT },
	{ .key = NULL },
};
static const struct member chat_answer[] = {
	{ "Application",	FROM_TOKEN },
	{ "Chat",		FROM_CHAT },
	{ "MessagesCount",	FROM_COUNT,	FORM_NULL },
	{ .key = NULL },
};
static const struct member new_message_answer[] = {
	{ "Application",	FROM_TOKEN },
	{ "Chat",		FROM_CHAT },
	{ "MessageID",		FROM_MESSAGE },
	{ "Message",		FROM_TEXT },
	{ .key = NULL },
};
static const struct member message_answer[] = {
	{ "Application",	FROM_TOKEN },
	{ "Chat",		FROM_CHAT },
	{ "MessageID",		FROM_MESSAGE,	FORM_STRING },
	{ "Message",		FROM_TEXT },
	{ .key = NULL },
};
static const struct member success[] = {
	{ "status",		FROM_LITERAL,	.literal = "\"success\"" },
	{ .key = NULL },
};
/* Theirs has the table's key as id, and no number at all. */
static const struct member listed_message[] = {
	{ "id",			FROM_MESSAGE },
	{ "messageID",		FROM_MESSAGE },
	{ "appID",		FROM_TOKEN },
	{ "chatID",		FROM_CHAT },
	{ "message",		FROM_TEXT },
	{ .key = NULL },
};
static const struct member found_message[] = {
	{ "appID",		FROM_TOKEN },
	{ "chatID",		FROM_CHAT },
	{ "messageID",		FROM_MESSAGE },
	{ "message",		FROM_TEXT },
	{ .key = NULL },
};

static const struct complaint no_username[] = {
	{ CAUSE_MISSING, 400, "{\"error\":\"Username is required\"}" },
	{ CAUSE_NONE },
};

/* Where a message is meant they look for its chat alone. */
static const struct complaint about_chat[] = {
	{ CAUSE_NO_APPLICATION, 404, "{\"error\":\"Chat not found\"}" },
	{ CAUSE_NONE },
};
static const struct complaint about_message[] = {
	{ CAUSE_NO_APPLICATION, 404, "{\"error\":\"Message not found\"}" },
	{ CAUSE_NO_CHAT, 404, "{\"error\":\"Message not found\"}" },
	{ CAUSE_NONE },
};
static const struct complaint about_search[] = {
	{ CAUSE_NO_APPLICATION, 404,
	    "{\"error\":\"Chat not found or App not found\"}" },
	{ CAUSE_NO_CHAT, 404,
	    "{\"error\":\"Chat not found or App not found\"}" },
	{ CAUSE_NONE },
};

static const struct dialect_route ruby_routes[] = {
	{ METHOD_POST,	"/application",	ACT_CREATE,
	    SUBJECT_APPLICATION, 200, new_application_answer, &application,
	    no_username },
	{ METHOD_GET,	APPLICATION,	ACT_GET,
	    SUBJECT_APPLICATION, 200, application_answer },
	{ METHOD_POST,	APPLICATION "/chat",	ACT_CREATE,
	    SUBJECT_CHAT, 200, new_chat_answer },
	/* Only their README has it. */
	{ METHOD_POST,	APPLICATION "/chats",	ACT_CREATE,
	    SUBJECT_CHAT, 200, new_chat_answer },
	{ METHOD_GET,	CHAT,	ACT_GET,
	    SUBJECT_CHAT, 200, chat_answer },
	{ METHOD_POST,	CHAT "/message",	ACT_CREATE,
	    SUBJECT_MESSAGE, 200, new_message_answer, &message, about_chat },
	{ METHOD_GET,	MESSAGE,	ACT_GET,
	    SUBJECT_MESSAGE, 200, message_answer,
	    .complaints = about_message },
	{ METHOD_PUT,	MESSAGE,	ACT_UPDATE,
	    SUBJECT_MESSAGE, 200, success, &message, about_chat },
	{ METHOD_GET,	CHAT "/messages",	ACT_LIST,
	    SUBJECT_MESSAGE, 200, listed_message, .complaints = about_chat },
	{ METHOD_GET,	CHAT "/search/:term",	ACT_SEARCH,
	    SUBJECT_MESSAGE, 200, found_message,
	    .complaints = about_search },
	{ METHOD_GET,	"/up",	ACT_SAY, .status = 200,
	    .text = "<!DOCTYPE html><title>up</title>"
	    "<body style=\"background-color: green\"></body>\n",
	    .type = "text/html; charset=utf-8" },
	{ .path = NULL },
};

static const struct complaint ruby_complaints[] = {
	{ CAUSE_MISSING, 400, "{\"error\":\"Message is required\"}" },
	{ CAUSE_NONE },
};

const struct dialect dialect_shetewi = {
	.name = "shetewi",
	.routes = ruby_routes,
	.complaints = ruby_complaints,
	.usual = { .body = "{\"error\":$detail}", .type = "application/json" },
	.main_port = true,
};

/* ---- Go: the same two creations once more ---- */

static const struct member go_chat_answer[] = {
	{ "appID",		FROM_TOKEN },
	{ "chatID",		FROM_CHAT },
	{ .key = NULL },
};
static const struct member go_message_answer[] = {
	{ "appID",		FROM_TOKEN },
	{ "chatID",		FROM_CHAT },
	{ "messageID",		FROM_MESSAGE },
	{ .key = NULL },
};

static const struct complaint go_message[] = {
	{ CAUSE_NO_APPLICATION, 404, "Chat not found\n" },
	{ CAUSE_NONE },
};

static const struct dialect_route go_routes[] = {
	{ METHOD_POST,	APPLICATION "/chat",	ACT_CREATE,
	    SUBJECT_CHAT, 200, go_chat_answer },
	{ METHOD_POST,	CHAT "/message",	ACT_CREATE,
	    SUBJECT_MESSAGE, 200, go_message_answer, &message, go_message },
	{ METHOD_GET,	"/",	ACT_SAY, .status = 200,
	    .text = "Hello World", .type = "text/plain; charset=utf-8" },
	{ .path = NULL },
};

static const struct complaint go_complaints[] = {
	{ CAUSE_NO_PATH, 404, "404 page not found\n" },
	{ CAUSE_NO_CHAT_NUMBER, 400, "Error parsing chatID\n" },
	{ CAUSE_BODY, 400, "Error decoding request body\n" },
	{ CAUSE_NONE },
};

const struct dialect dialect_shetewi_go = {
	.name = "shetewi-go",
	.routes = go_routes,
	.complaints = go_complaints,
	.usual = { .body = "$detail\n", .type = "text/plain; charset=utf-8" },
	.json_unsaid = true,
};
