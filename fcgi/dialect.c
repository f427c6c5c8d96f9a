/* dialect.c: from a request to the dialect that it is in. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "dialect.h"

#include <string.h>

#include "dialect_internal.h"
#include "log.h"
#include "operator.h"

#define CHOICE_MAX 8		/* dialects for one request */

static const struct dialect *
find(const struct dialect *const *dialects, const char *name, size_t len)
{
	for (; *dialects != NULL; dialects++) {
		if (strlen((*dialects)->name) == len &&
		    memcmp((*dialects)->name, name, len) == 0)
			return *dialects;
	}
	return NULL;
}

/* Those of the names, in their order; false if one of them is not known. */
static bool
choose_named(const struct dialect *const *dialects, const char *names,
    const struct dialect **chosen)
{
	size_t count = 0, len;

	for (names += strspn(names, " "); *names != '\0';
	    names += strspn(names, " ")) {
		len = strcspn(names, " ");
		chosen[count] = find(dialects, names, len);
		if (chosen[count] == NULL || ++count == CHOICE_MAX)
			return false;
		names += len;
	}
	chosen[count] = NULL;
	return true;
}

static void
choose_main_port(const struct dialect *const *dialects,
    const struct dialect **chosen)
{
	size_t count = 0;

	for (; *dialects != NULL && count + 1 < CHOICE_MAX; dialects++) {
		if ((*dialects)->main_port)
			chosen[count++] = *dialects;
	}
	chosen[count] = NULL;
}

static bool
choose_or_respond(const struct dialect *const *dialects,
    const struct request *req, struct response *resp,
    const struct dialect **chosen)
{
	if (req->dialect == NULL) {
		choose_main_port(dialects, chosen);
		return true;
	}
	if (choose_named(dialects, req->dialect, chosen))
		return true;
	log_error(req->id, "PARLEY_DIALECT names what is no dialect: %s",
	    req->dialect);
	respond_problem(resp, req, PROBLEM_UNAVAILABLE, "The web server is "
	    "not set up rightly: it names a dialect that does not exist.");
	return false;
}

/* ---- nothing to do there ---- */

static void
add_allow(struct response *resp, unsigned methods)
{
	struct buffer allow = BUFFER_EMPTY;
	enum method method;

	if ((methods & 1u << METHOD_GET) != 0)
		methods |= 1u << METHOD_HEAD;
	for (method = METHOD_GET; method < METHOD_OPTIONS; method++) {
		if ((methods & 1u << method) != 0)
			buffer_printf(&allow, "%s, ", method_name(method));
	}
	buffer_str(&allow, method_name(METHOD_OPTIONS));
	response_header(resp, "Allow", "%s", allow.data);
	buffer_free(&allow);
}

/* In the words of call->dialect, if that is any. */
static void
respond_no_route(struct call *call, unsigned methods)
{
	if (methods != 0)
		add_allow(call->resp, methods);
	if (methods != 0 && call->req->method == METHOD_OPTIONS)
		respond_empty(call->resp, 204);
	else if (call->dialect != NULL)
		dialect_complain(call, methods != 0 ? CAUSE_NO_METHOD :
		    CAUSE_NO_PATH, NULL);
	else
		respond_problem(call->resp, call->req, PROBLEM_NOT_FOUND,
		    "There is nothing at this path.");
}

/* What the web server's status means, for people; NULL: the usual. */
static const char *
why_refused(int status)
{
	static const struct {
		int status;
		const char *why;
	} rows[] = {
		{ 413, "The body is too large." },
		{ 500, "There was no answer: a write may be stored." },
		{ 501, "This method is not known." },
		{ 502, "There was no answer: a write may be stored." },
		{ 503, "The service is down. Try again." },
		{ 504, "There was no answer in time: a write may be stored." },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].status == status)
			return rows[i].why;
	}
	return NULL;
}

/* What only the operator may do is refused before anything is read. */
static bool
open_or_complain(struct call *call)
{
	const struct config *const config = call->worker->config;
	const struct dialect_route *const route = call->route;
	bool open = true;

	if (route->subject == SUBJECT_APPLICATION && route->act == ACT_CREATE)
		open = !config->admin_key_to_create;
	if (route->subject == SUBJECT_APPLICATION && route->act == ACT_LIST)
		open = config->dialect_open_list;
	if (open || operator_asks(config, call->req))
		return true;
	dialect_complain(call, CAUSE_CLOSED, NULL);
	return false;
}

void
dialect_dispatch(const struct dialect *const *dialects,
    struct worker *worker, struct request *req, struct response *resp)
{
	const struct dialect *chosen[CHOICE_MAX], *speaks;
	struct call call = {.worker = worker, .req = req, .resp = resp};
	unsigned methods = 0, found;
	size_t i;

	if (!choose_or_respond(dialects, req, resp, chosen))
		return;
	/* A path that none has: the first one named complains. */
	speaks = req->dialect != NULL ? chosen[0] : NULL;
	for (i = 0; chosen[i] != NULL; i++) {
		call.dialect = chosen[i];
		found = 0;
		if (dialect_match(&call, &found) && req->refused == 0) {
			if (open_or_complain(&call) && dialect_input(&call) &&
			    dialect_limit(&call))
				dialect_run(&call);
			return;
		}
		if (methods == 0 && found != 0)
			speaks = chosen[i];
		methods |= found;
	}
	call.dialect = speaks;
	if (speaks != NULL)
		req->spoken = speaks->name;
	if (req->refused != 0 && speaks != NULL)
		dialect_complain(&call, CAUSE_REFUSED,
		    why_refused(req->refused));
	else
		respond_no_route(&call, methods);
}
