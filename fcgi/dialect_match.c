/* dialect_match.c: finds the route of a request in a dialect's table. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "dialect_internal.h"

/* What is left of a path, on both sides. */
struct cursor {
	const char *pattern;	/* at a '/', or at its end */
	size_t at, end;		/* the request's segments */
};

/* Takes a segment whose pattern begins with ':'. */
static bool
take_named(struct call *call, const char *name, struct cursor *c)
{
	static const char *const names[] = { ":token", ":chat", ":message" };
	const char **const places[] = {
		&call->token, &call->chat, &call->message,
	};
	const size_t len = strcspn(name, "/");
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i]) != len ||
		    memcmp(names[i], name, len) != 0)
			continue;
		*places[i] = call->req->segment[c->at++];
		return true;
	}
	return false;
}

static bool
take_segment(struct call *call, struct cursor *c)
{
	const char *const word = c->pattern + 1;
	const size_t len = strcspn(word, "/");
	const char *const segment = call->req->segment[c->at];

	c->pattern = word + len;
	if (*word == ':')
		return take_named(call, word, c);
	c->at++;
	return strlen(segment) == len && memcmp(segment, word, len) == 0;
}

static bool
path_matches(struct call *call, const char *pattern, struct cursor c)
{
	c.pattern = pattern;
	call->token = call->chat = call->message = call->term = NULL;
	while (c.at < c.end && *c.pattern == '/') {
		if (strcmp(c.pattern, "/:term") == 0) {
			call->term = call->req->segment[c.at];
			return true;
		}
		if (!take_segment(call, &c))
			return false;
	}
	return c.at == c.end && *c.pattern == '\0';
}

/* The segments that count: without the prefix and an empty last one. */
static struct cursor
segments_of(const struct call *call)
{
	const struct request *const req = call->req;
	const char *const prefix = call->dialect->prefix;
	struct cursor c = {.end = req->segments};

	if (c.end > 1 && *req->segment[c.end - 1] == '\0')
		c.end--;
	if (c.end > 1 && prefix != NULL &&
	    strcmp(req->segment[0], prefix) == 0)
		c.at++;
	return c;
}

/*
 * A term is all that is left, slashes included: the segments lie one behind
 * the other, each with its NUL, which becomes the slash again.
 */
static void
join_term(const struct call *call, size_t end)
{
	char *const *const segment = call->req->segment;

	if (call->term == NULL)
		return;
	while (segment[--end] != call->term)
		segment[end][-1] = '/';
}

bool
dialect_match(struct call *call, unsigned *methods)
{
	const struct cursor c = segments_of(call);
	const struct dialect_route *route;

	if (call->req->path_bad)
		return false;
	for (route = call->dialect->routes; route->path != NULL; route++) {
		if (!path_matches(call, route->path, c))
			continue;
		*methods |= 1u << route->method;
		call->req->route = route->path;
		call->req->spoken = call->dialect->name;
		if (route->method == call->req->method) {
			call->route = route;
			join_term(call, c.end);
			return true;
		}
	}
	return false;
}
