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
	char token[IDENT_SHORT_SIZE];
};

/* ---- texts of ours, which JSON can hold as they are; NULL, "": none ---- */

static const char *
trace_id(const struct entry *e)
{
	return e->req->trace.id;
}

static const char *
span_id(const struct entry *e)
{
	return e->req->trace.span;
}

static const char *
parent_id(const struct entry *e)
{
	return e->req->trace.parent;
}

static const char *
message(const struct entry *e)
{
	return e->slow ? "slow request" : "request";
}

static const char *
method(const struct entry *e)
{
	return e->req->head ? "HEAD" : method_name(e->req->method);
}

static const char *
dialect(const struct entry *e)
{
	return e->req->spoken;
}

/* Of a path that nobody has, it is not said: a token may be in it. */
static const char *
route(const struct entry *e)
{
	return e->req->route != NULL ? e->req->route : "none";
}

static const char *
token(const struct entry *e)
{
	return e->token;
}

static const char *
slow(const struct entry *e)
{
	return e->slow ? spent_name(spent_most(&e->worker->spent)) : NULL;
}

static const char *
problem(const struct entry *e)
{
	return e->resp->problem;
}

/* ---- numbers ---- */

static uint64_t
chat(const struct entry *e)
{
	return e->req->chat != 0 ? e->req->chat : e->worker->wrote.chat;
}

static uint64_t
message_number(const struct entry *e)
{
	return e->req->message != 0 ? e->req->message :
	    e->worker->wrote.message;
}

static uint64_t
status(const struct entry *e)
{
	return (uint64_t)e->resp->status;
}

static uint64_t
bytes_in(const struct entry *e)
{
	return e->req->body.len;
}

static uint64_t
bytes_out(const struct entry *e)
{
	return e->resp->content_type != NULL && !e->req->head ?
	    e->resp->body.len : 0;
}

static uint64_t
total(const struct entry *e)
{
	return (uint64_t)e->us;
}

/* ---- the line ---- */

/*
 * In this order, behind what every line begins with: a text, a number or the
 * time of a part. See doc/logging.md.
 */
#define NAME(name) ",\"" name "\":", sizeof(",\"" name "\":") - 1
static const struct member {
	const char *name;
	size_t len;
	const char *(*text)(const struct entry *);
	uint64_t (*number)(const struct entry *);
	bool always;		/* a number, even if it is 0 */
	enum spent_on part;
} members[] = {
	{ NAME("trace_id"), .text = trace_id },
	{ NAME("span_id"), .text = span_id },
	{ NAME("parent_id"), .text = parent_id },
	{ NAME("message"), .text = message },
	{ NAME("method"), .text = method },
	{ NAME("dialect"), .text = dialect },
	{ NAME("route"), .text = route },
	{ NAME("token"), .text = token },
	{ NAME("chat"), .number = chat },
	{ NAME("message_number"), .number = message_number },
	{ NAME("status"), .number = status, .always = true },
	{ NAME("bytes_in"), .number = bytes_in, .always = true },
	{ NAME("bytes_out"), .number = bytes_out, .always = true },
	{ NAME("total_us"), .number = total, .always = true },
	{ NAME("own_us"), .part = SPENT_OWN },
	{ NAME("web_us"), .part = SPENT_WEB },
	{ NAME("turn_us"), .part = SPENT_TURN },
	{ NAME("redis_us"), .part = SPENT_REDIS },
	{ NAME("rabbitmq_us"), .part = SPENT_RABBITMQ },
	{ NAME("mysql_us"), .part = SPENT_MYSQL },
	{ NAME("search_us"), .part = SPENT_SEARCH },
	{ NAME("slow"), .text = slow },
	{ NAME("problem"), .text = problem },
};

static void
add_text(struct buffer *line, const struct member *member, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	buffer_add(line, member->name, member->len);
	buffer_char(line, '"');
	buffer_str(line, text);
	buffer_char(line, '"');
}

static void
add_number(struct buffer *line, const struct member *member, uint64_t number)
{
	if (number == 0 && !member->always)
		return;
	buffer_add(line, member->name, member->len);
	buffer_uint(line, number);
}

static void
add_member(struct buffer *line, const struct member *member,
    const struct entry *e)
{
	if (member->text != NULL)
		add_text(line, member, member->text(e));
	else if (member->number != NULL)
		add_number(line, member, member->number(e));
	else
		add_number(line, member,
		    (uint64_t)e->worker->spent.us[member->part]);
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
	if (req->token[0] != '\0')
		ident_short(req->token, e.token);
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
