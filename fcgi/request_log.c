/* request_log.c: the line that a request leaves in the log. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "request_log.h"

#include <stdbool.h>
#include <stddef.h>

#include "ident.h"
#include "log.h"
#include "spent.h"

/* All that a line is made of. */
struct entry {
	const struct request *req;
	const struct response *resp;
	const struct worker *worker;
	int64_t us;
	bool slow;
};

/* ---- values; one that adds nothing has its member left out ---- */

/* A text of ours, which JSON can hold as it is. */
static void
add_text(struct buffer *line, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	buffer_char(line, '"');
	buffer_str(line, text);
	buffer_char(line, '"');
}

static void
add_number(struct buffer *line, uint64_t number)
{
	if (number != 0)
		buffer_uint(line, number);
}

static void
add_trace_id(struct buffer *line, const struct entry *e, enum spent_on part)
{
	(void)part;
	add_text(line, e->req->trace.id);
}

static void
add_span_id(struct buffer *line, const struct entry *e, enum spent_on part)
{
	(void)part;
	add_text(line, e->req->trace.span);
}

static void
add_parent_id(struct buffer *line, const struct entry *e, enum spent_on part)
{
	(void)part;
	add_text(line, e->req->trace.parent);
}

static void
add_message(struct buffer *line, const struct entry *e, enum spent_on part)
{
	(void)part;
	add_text(line, e->slow ? "slow request" : "request");
}

static void
add_method(struct buffer *line, const struct entry *e, enum spent_on part)
{
	(void)part;
	add_text(line, e->req->head ? "HEAD" : method_name(e->req->method));
}

static void
add_dialect(struct buffer *line, const struct entry *e, enum spent_on part)
{
	(void)part;
	add_text(line, e->req->spoken);
}

/* Of a path that nobody has, it is not said: a token may be in it. */
static void
add_route(struct buffer *line, const struct entry *e, enum spent_on part)
{
	(void)part;
	add_text(line, e->req->route != NULL ? e->req->route : "none");
}

static void
add_token(struct buffer *line, const struct entry *e, enum spent_on part)
{
	char name[IDENT_SHORT_SIZE];

	(void)part;
	if (e->req->token[0] == '\0')
		return;
	ident_short(e->req->token, name);
	add_text(line, name);
}

static void
add_chat(struct buffer *line, const struct entry *e, enum spent_on part)
{
	(void)part;
	add_number(line, e->req->chat != 0 ? e->req->chat :
	    e->worker->wrote.chat);
}

static void
add_message_number(struct buffer *line, const struct entry *e,
    enum spent_on part)
{
	(void)part;
	add_number(line, e->req->message != 0 ? e->req->message :
	    e->worker->wrote.message);
}

static void
add_status(struct buffer *line, const struct entry *e, enum spent_on part)
{
	(void)part;
	buffer_uint(line, (uint64_t)e->resp->status);
}

static void
add_bytes_in(struct buffer *line, const struct entry *e, enum spent_on part)
{
	(void)part;
	buffer_uint(line, e->req->body.len);
}

static void
add_bytes_out(struct buffer *line, const struct entry *e, enum spent_on part)
{
	const bool content = e->resp->content_type != NULL && !e->req->head;

	(void)part;
	buffer_uint(line, content ? e->resp->body.len : 0);
}

static void
add_total(struct buffer *line, const struct entry *e, enum spent_on part)
{
	(void)part;
	buffer_uint(line, (uint64_t)e->us);
}

static void
add_part(struct buffer *line, const struct entry *e, enum spent_on part)
{
	add_number(line, (uint64_t)e->worker->spent.us[part]);
}

static void
add_slow(struct buffer *line, const struct entry *e, enum spent_on part)
{
	(void)part;
	if (e->slow)
		add_text(line, spent_name(spent_most(&e->worker->spent)));
}

static void
add_problem(struct buffer *line, const struct entry *e, enum spent_on part)
{
	(void)part;
	add_text(line, e->resp->problem);
}

/* ---- the line ---- */

/* In this order, behind what every line begins with. See doc/logging.md. */
static const struct member {
	const char *name;
	void (*add)(struct buffer *, const struct entry *, enum spent_on);
	enum spent_on part;
} members[] = {
	{ "trace_id", add_trace_id },
	{ "span_id", add_span_id },
	{ "parent_id", add_parent_id },
	{ "message", add_message },
	{ "method", add_method },
	{ "dialect", add_dialect },
	{ "route", add_route },
	{ "token", add_token },
	{ "chat", add_chat },
	{ "message_number", add_message_number },
	{ "status", add_status },
	{ "bytes_in", add_bytes_in },
	{ "bytes_out", add_bytes_out },
	{ "total_us", add_total },
	{ "own_us", add_part, SPENT_OWN },
	{ "web_us", add_part, SPENT_WEB },
	{ "turn_us", add_part, SPENT_TURN },
	{ "redis_us", add_part, SPENT_REDIS },
	{ "rabbitmq_us", add_part, SPENT_RABBITMQ },
	{ "mysql_us", add_part, SPENT_MYSQL },
	{ "search_us", add_part, SPENT_SEARCH },
	{ "slow", add_slow },
	{ "problem", add_problem },
};

static void
add_member(struct buffer *line, const struct member *member,
    const struct entry *e)
{
	const size_t before = line->len;
	size_t value;

	buffer_str(line, ",\"");
	buffer_str(line, member->name);
	buffer_str(line, "\":");
	value = line->len;
	member->add(line, e, member->part);
	if (line->len == value)
		line->len = before;
}

static bool
is_wanted(const struct entry *e, enum log_level level)
{
	const enum log_requests which = log_requests();

	if (!log_wants(level))
		return false;
	return e->slow || which == REQUESTS_ALL ||
	    (which == REQUESTS_ERRORS && e->resp->status >= 400);
}

void
request_log(struct buffer *line, const struct request *req,
    const struct response *resp, const struct worker *worker)
{
	struct entry e = { req, resp, worker, .us = spent_total(&worker->spent)
	};
	enum log_level level;
	size_t i;

	e.slow = log_slow_ms() > 0 && e.us > (int64_t)log_slow_ms() * 1000;
	level = e.slow || resp->status >= 500 ? LEVEL_WARN : LEVEL_INFO;
	if (!is_wanted(&e, level))
		return;
	log_begin(line, level, req->id);
	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		add_member(line, &members[i], &e);
	if (resp->why.len > 0)
		log_string(line, "why", resp->why.data);
	if (level == LEVEL_INFO)
		log_end_later(line);
	else
		log_end(line, level);
	buffer_reset(line);
}
