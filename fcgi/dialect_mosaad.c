/* dialect_mosaad.c: KhaledMosaad/instabug_chat_system: one Rails service. */
/* SPDX-License-Identifier: BSD-2-Clause */
/* Its paths are flat: what is written says in its body where it belongs. */
#include "dialects.h"

#define TOKEN "app_token"
#define CHAT_NUMBER "chat_number"
#define MESSAGES "/messages/:token/:chat"

static const struct input application = {
	.text = { .name = "name", .required = true, .max = 255 },
};
static const struct input chat = {
	.text = { .name = "name", .required = true, .max = 255 },
	.token = TOKEN,
};
static const struct input message = {
	.text = { .name = "body", .required = true, .max = 16000 },
	.token = TOKEN,
	.chat = CHAT_NUMBER,
};
static const struct input nothing = { .token = TOKEN };

static const struct member application_answer[] = {
	{ "app_token",		FROM_TOKEN },
	{ "name",		FROM_TEXT },
	{ "updated_at",		FROM_UPDATED },
	{ "created_at",		FROM_CREATED },
	{ "chats_count",	FROM_COUNT,	FORM_NULL },
	{ .key = NULL },
};
static const struct member new_chat_answer[] = {
	{ "name",		FROM_TEXT },
	{ "messages_count",	FROM_COUNT,	FORM_NULL },
	{ "chat_number",	FROM_CHAT },
	{ .key = NULL },
};
static const struct member chat_answer[] = {
	{ "name",		FROM_TEXT },
	{ "updated_at",		FROM_UPDATED },
	{ "created_at",		FROM_CREATED },
	{ "messages_count",	FROM_COUNT,	FORM_NULL },
	{ "chat_number",	FROM_CHAT },
	{ .key = NULL },
};
static const struct member listed_chat[] = {
	{ "id",			FROM_LITERAL,	.literal = "null" },
	{ "number",		FROM_CHAT },
	{ "name",		FROM_TEXT },
	{ "created_at",		FROM_CREATED },
	{ "updated_at",		FROM_UPDATED },
	{ "messages_count",	FROM_COUNT,	FORM_NULL },
	{ .key = NULL },
};
static const struct member new_message_answer[] = {
	{ "chat_number",	FROM_CHAT },
	{ "message_number",	FROM_MESSAGE },
	{ "body",		FROM_TEXT },
	{ .key = NULL },
};
static const struct member message_answer[] = {
	{ "chat_number",	FROM_CHAT },
	{ "message_number",	FROM_MESSAGE },
	{ "body",		FROM_TEXT },
	{ "created_at",		FROM_CREATED },
	{ "updated_at",		FROM_UPDATED },
	{ .key = NULL },
};
static const struct member listed_message[] = {
	{ "id",			FROM_LITERAL,	.literal = "null" },
	{ "number",		FROM_MESSAGE },
	{ "body",		FROM_TEXT },
	{ "created_at",		FROM_CREATED },
	{ "updated_at",		FROM_UPDATED },
	{ .key = NULL },
};

/* What Elasticsearch answers, as it is; our rank stands for the score. */
static const struct member found_source[] = {
	{ "number",		FROM_MESSAGE },
	{ "body",		FROM_TEXT },
	{ .key = NULL },
};
static const struct member found_message[] = {
	{ "_index",	FROM_LITERAL,	.literal = "\"search_message_index\"" },
	{ "_type",	FROM_LITERAL,	.literal = "\"_doc\"" },
	{ "_id",	FROM_PLACE },
	{ "_score",	FROM_RANK },
	{ "_source",	FROM_MEMBERS,	.members = found_source },
	{ .key = NULL },
};

static const struct complaint no_name[] = {
	{ CAUSE_MISSING, 422,
	    "{\"message\":\"Validation failed: Name can't be blank\"}" },
	{ CAUSE_NONE },
};

static const struct dialect_route routes[] = {
	{ METHOD_POST,	"/applications",	ACT_CREATE,
	    SUBJECT_APPLICATION, 201, application_answer, &application,
	    no_name },
	{ METHOD_GET,	"/applications/:token",	ACT_GET,
	    SUBJECT_APPLICATION, 200, application_answer },
	{ METHOD_PATCH,	"/applications/:token",	ACT_UPDATE,
	    SUBJECT_APPLICATION, 204, NULL, &application },
	{ METHOD_GET,	"/applications/:token/chats",	ACT_LIST,
	    SUBJECT_CHAT, 200, listed_chat },
	{ METHOD_POST,	"/chats",	ACT_CREATE,
	    SUBJECT_CHAT, 201, new_chat_answer, &chat },
	{ METHOD_GET,	"/chats/:token/:chat",	ACT_GET,
	    SUBJECT_CHAT, 200, chat_answer },
	/* Only their README has it: with the token in the query it can be. */
	{ METHOD_GET,	"/chats/:chat",	ACT_GET,
	    SUBJECT_CHAT, 200, chat_answer, &nothing },
	{ METHOD_PATCH,	"/chats/:chat",	ACT_UPDATE,
	    SUBJECT_CHAT, 204, NULL, &chat },
	{ METHOD_GET,	"/chats/:token/:chat/messages",	ACT_LIST,
	    SUBJECT_MESSAGE, 200, listed_message },
	{ METHOD_POST,	"/messages",	ACT_CREATE,
	    SUBJECT_MESSAGE, 201, new_message_answer, &message },
	{ METHOD_GET,	MESSAGES "/:message",	ACT_GET,
	    SUBJECT_MESSAGE, 200, message_answer },
	{ METHOD_PATCH,	"/messages/:message",	ACT_UPDATE,
	    SUBJECT_MESSAGE, 204, NULL, &message },
	{ METHOD_GET,	MESSAGES "/search/:term",	ACT_SEARCH,
	    SUBJECT_MESSAGE, 200, found_message },
	/* As their README has it, and their service had for a day. */
	{ METHOD_GET,	"/chats/:token/:chat/search/:term",	ACT_SEARCH,
	    SUBJECT_MESSAGE, 200, found_message },
	{ .path = NULL },
};

static const struct complaint complaints[] = {
	{ CAUSE_NO_APPLICATION, 404,
	    "{\"message\":\"Couldn't find Application\"}" },
	{ CAUSE_NO_CHAT, 404, "{\"message\":\"Couldn't find Chat\"}" },
	{ CAUSE_NO_MESSAGE, 404, "{\"message\":\"Couldn't find Message\"}" },
	{ CAUSE_MISSING, 422, "{$field:[\"can't be blank\"]}" },
	{ CAUSE_FIELD, 422, "{$field:[$fault]}" },
	{ CAUSE_NONE },
};

const struct dialect dialect_mosaad = {
	.name = "mosaad",
	.routes = routes,
	.complaints = complaints,
	.usual = { .body = "{\"message\":$detail}",
	    .type = "application/json" },
	.main_port = true,
};
