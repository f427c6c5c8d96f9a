/* messages.c: the responder for …/messages and …/messages/:message. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer.h"
#include "responder.h"
#include "route.h"

#define MESSAGES API "/applications/:token/chats/:chat/messages"
#define NO_CHAT "There is no such application or chat."
#define NO_MESSAGE "There is no such message."

static void create(struct worker *, const struct request *,
    struct response *);
static void list(struct worker *, const struct request *, struct response *);
static void get(struct worker *, const struct request *, struct response *);
static void update(struct worker *, const struct request *,
    struct response *);

static const struct field fields[] = {
	{ .name = "body", .alias = "name", .required = true, .max = 16000 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET,	MESSAGES,		list,	.missing = NO_CHAT },
	{ METHOD_POST,	MESSAGES,		create,	.missing = NO_CHAT,
	    .fields = fields },
	{ METHOD_GET,	MESSAGES "/:message",	get,
	    .missing = NO_MESSAGE },
	{ METHOD_PUT,	MESSAGES "/:message",	update,
	    .missing = NO_MESSAGE, .fields = fields },
	{ METHOD_PATCH,	MESSAGES "/:message",	update,
	    .missing = NO_MESSAGE, .fields = fields },
	{ .path = NULL },
};

static void
create(struct worker *worker, const struct request *req,
    struct response *resp)
{
	struct item message;
	enum result result = item_create(worker, EVENT_MESSAGE, req, &message);

	answer_created(resp, req, result, &message, render_message);
}

static void
list(struct worker *worker, const struct request *req, struct response *resp)
{
	answer_list(worker, req, resp, EVENT_MESSAGE, render_message);
}

static void
get(struct worker *worker, const struct request *req, struct response *resp)
{
	struct item message;
	enum result result = item_get(worker, EVENT_MESSAGE, req, &message);

	answer_item(resp, req, result, &message, render_message);
}

static void
update(struct worker *worker, const struct request *req,
    struct response *resp)
{
	struct item message;
	enum result result = item_update(worker, EVENT_MESSAGE, req, &message);

	answer_item(resp, req, result, &message, render_message);
}

int
main(int argc, char **argv)
{
	static const struct family family = {
		.name = "parley-messages",
		.about = "chat messages",
		.routes = routes,
		.writes = true,
	};

	return responder_main(&family, argc, argv);
}
