/* search_opensearch.c: searching in OpenSearch or Elasticsearch. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "memory.h"
#include "search_backend.h"
#include "search_http.h"
#include "search_json.h"

/* Bytes after which a _bulk is sent. Some hosted clusters take 10 MB. */
#define BULK_MOST (8u << 20)
#define BULK_LEAST (64u << 10)

/* Storing a thousand documents may take longer than a search. */
#define SLOW 5			/* times search_timeout_ms */

struct opensearch {
	const struct config *config;
	struct search_http *http;
	struct buffer path, body, answer;
	const struct search_query *query;	/* in hand, or NULL */
	size_t bulk_most;	/* less after a 413 */
	bool failing;		/* it has been logged that it complains */
};

static void *
opensearch_open(const struct config *config, struct db *db)
{
	struct opensearch *os = xcalloc(1, sizeof(*os));

	(void)db;
	os->config = config;
	os->http = search_http_new(config);
	os->bulk_most = BULK_MOST;
	return os;
}

static void
opensearch_close(void *state)
{
	struct opensearch *os = state;

	search_http_free(os->http);
	buffer_free(&os->path);
	buffer_free(&os->body);
	buffer_free(&os->answer);
	free(os);
}

/* ---- requests ---- */

/* Sets the path, with the alias, escaped, between the two parts. */
static void
set_path(struct opensearch *os, const char *before, const char *after)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";
	const char *alias = os->config->search_index;

	buffer_reset(&os->path);
	buffer_str(&os->path, before);
	for (; *alias != '\0'; alias++)
		if (strchr(plain, *alias) != NULL)
			buffer_char(&os->path, *alias);
		else
			buffer_printf(&os->path, "%%%02X",
			    (unsigned char)*alias);
	buffer_str(&os->path, after);
	buffer_reset(&os->body);
}

/* Sends what is in os->path and, if anything is in it, os->body. */
static enum result
send(struct opensearch *os, const char *method, const char *type, int slow,
    long *status)
{
	struct search_http_request req = {
		.method = method,
		.path = os->path.data,
		.type = type,
		.body = os->body.len > 0 ? os->body.data : NULL,
		.len = os->body.len,
		.timeout_ms = os->config->search_timeout_ms * slow,
	};

	if (os->query != NULL) {
		req.opaque_id = os->query->request_id;
		req.traceparent = os->query->traceparent;
		req.tracestate = os->query->tracestate;
	}
	return search_http_send(os->http, &req, status, &os->answer);
}

/* Notes an answer that is not what was asked for, once until it is well. */
static enum result
complain(struct opensearch *os, const char *what, long status)
{
	struct search_reason reason;

	search_json_reason(os->answer.data, os->answer.len, &reason);
	log_at(os->failing ? LEVEL_DEBUG : LEVEL_WARN, NULL,
	    "search: %s %s: status %ld %s: %s", what,
	    os->config->search_index, status, reason.type, reason.text);
	os->failing = true;
	return RESULT_UNAVAILABLE;
}

static void
is_well(struct opensearch *os)
{
	if (os->failing)
		log_info(NULL, "search: %s is usable again",
		    os->config->search_index);
	os->failing = false;
}

/* ---- finding ---- */

static enum result
opensearch_find(void *state, const struct search_query *query,
    struct search_hits *out)
{
	struct opensearch *os = state;
	struct buffer after = BUFFER_EMPTY;
	enum result result;
	long status;

	buffer_printf(&after, "/_search?allow_partial_search_results=false"
	    "&routing=%u:%llu", query->chat.application,
	    (unsigned long long)query->chat.chat);
	set_path(os, "/", after.data);
	buffer_free(&after);
	search_json_query(&os->body, query);
	os->query = query;
	result = send(os, "POST", SEARCH_HTTP_JSON, 1, &status);
	os->query = NULL;
	if (result != RESULT_OK)
		return result;
	if (status != 200)
		return complain(os, "cannot search in", status);
	if (search_json_hits(os->answer.data, os->answer.len, query, out) !=
	    RESULT_OK)
		return complain(os, "cannot use the hits from", status);
	is_well(os);
	return RESULT_OK;
}

static enum result
opensearch_ping(void *state)
{
	struct opensearch *os = state;
	long status;
	enum result result;

	set_path(os, "/", "/_count?terminate_after=1");
	result = send(os, "GET", NULL, 1, &status);
	if (result != RESULT_OK)
		return result;
	if (status != 200)
		return complain(os, "cannot ask for", status);
	is_well(os);
	return RESULT_OK;
}

/* ---- preparing ---- */

/* Sends a request that must be answered with 200. */
static enum result
demand(struct opensearch *os, const char *method, const char *what)
{
	long status;
	enum result result = send(os, method, SEARCH_HTTP_JSON, SLOW, &status);

	if (result == RESULT_OK && status != 200)
		result = complain(os, what, status);
	return result;
}

/* RESULT_NOT_FOUND: there is no such alias. */
static enum result
find_alias(struct opensearch *os)
{
	long status;
	enum result result;

	set_path(os, "/_alias/", "");
	result = send(os, "GET", NULL, SLOW, &status);
	if (result != RESULT_OK)
		return result;
	if (status == 404)
		return RESULT_NOT_FOUND;
	return status == 200 ? RESULT_OK :
	    complain(os, "cannot find the alias", status);
}

/*
 * Makes the first index together with its alias: so there is never one
 * without the other, unless somebody took the alias away: then it is put
 * back. Somebody else may make them at the same time.
 */
static enum result
make_index(struct opensearch *os)
{
	enum result result;
	long status;

	set_path(os, "/", "-1");
	search_json_first_index(&os->body, os->config->search_index);
	result = send(os, "PUT", SEARCH_HTTP_JSON, SLOW, &status);
	if (result != RESULT_OK)
		return result;
	if (status == 200) {
		log_info(NULL, "search: made index %s-1",
		    os->config->search_index);
		return RESULT_OK;
	}
	if (status != 400)
		return complain(os, "cannot make the first index of", status);
	result = find_alias(os);
	if (result != RESULT_NOT_FOUND)
		return result;
	buffer_reset(&os->path);
	buffer_str(&os->path, "/_aliases");
	buffer_reset(&os->body);
	search_json_add_alias(&os->body, os->config->search_index);
	return demand(os, "POST", "cannot make the alias");
}

static enum result
check_mapping(struct opensearch *os)
{
	enum result result;

	set_path(os, "/", "/_mapping");
	result = demand(os, "GET", "cannot read the mapping of");
	if (result != RESULT_OK)
		return result;
	if (search_json_check_mapping(os->answer.data, os->answer.len) ==
	    RESULT_OK)
		return RESULT_OK;
	log_at(os->failing ? LEVEL_DEBUG : LEVEL_ERROR, NULL,
	    "search: %s has a mapping that this program cannot use: make a "
	    "new index behind the alias", os->config->search_index);
	os->failing = true;
	return RESULT_UNAVAILABLE;
}

static enum result
opensearch_prepare(void *state)
{
	struct opensearch *os = state;
	enum result result;

	set_path(os, "/_index_template/", "");
	search_json_template(&os->body, os->config->search_index);
	result = demand(os, "PUT", "cannot store the template of");
	if (result != RESULT_OK)
		return result;
	result = find_alias(os);
	if (result == RESULT_NOT_FOUND)
		result = make_index(os);
	if (result == RESULT_OK)
		result = check_mapping(os);
	if (result == RESULT_OK)
		is_well(os);
	return result;
}

/* ---- indexing ---- */

/* Fills the body with documents from the first on; says how many. */
static size_t
fill_bulk(struct opensearch *os, const struct item *const *items,
    size_t count, enum indexed *outcome)
{
	size_t i;

	set_path(os, "/", "/_bulk?require_alias=true&filter_path="
	    "items.*.status,items.*.error.type,items.*.error.reason");
	for (i = 0; i < count && items[i]->version <= SEARCH_VERSION_MOST;
	    i++) {
		size_t before = os->body.len;

		search_json_document(&os->body, items[i]);
		if (i == 0 || os->body.len <= os->bulk_most)
			continue;
		os->body.len = before;
		os->body.data[before] = '\0';
		break;
	}
	if (i == 0)
		outcome[0] = INDEX_REFUSED;
	return i;
}

/* The body is too large for the node: smaller ones from now on. */
static enum result
bulk_too_large(struct opensearch *os, size_t count, enum indexed *outcome)
{
	if (count == 1) {
		outcome[0] = INDEX_REFUSED;
		return RESULT_OK;
	}
	if (os->bulk_most > BULK_LEAST)
		os->bulk_most = os->bulk_most / 2;
	else
		return complain(os, "cannot store even little in", 413);
	return RESULT_CONFLICT;
}

/* RESULT_CONFLICT: try again with fewer. */
static enum result
send_bulk(struct opensearch *os, size_t count, enum indexed *outcome)
{
	struct search_reason reason;
	long status;
	enum result result = send(os, "POST", SEARCH_HTTP_LINES, SLOW,
	    &status);

	if (result != RESULT_OK)
		return result;
	if (status == 413)
		return bulk_too_large(os, count, outcome);
	if (status == 404)
		return RESULT_NOT_FOUND;
	if (status != 200)
		return complain(os, "cannot store in", status);
	result = search_json_outcomes(os->answer.data, os->answer.len, count,
	    outcome, &reason);
	if (result == RESULT_INVALID)
		return complain(os, "cannot use the outcomes from", status);
	if (result == RESULT_OK && reason.type[0] == '\0')
		is_well(os);
	else if (result == RESULT_OK)
		log_warn(NULL, "search: not all went into %s: %s: %s",
		    os->config->search_index, reason.type, reason.text);
	return result;
}

static enum result
opensearch_index(void *state, const struct item *const *items, size_t count,
    enum indexed *outcome)
{
	struct opensearch *os = state;
	enum result result = RESULT_OK;
	size_t at = 0;

	while (at < count && result == RESULT_OK) {
		size_t some = fill_bulk(os, items + at, count - at,
		    outcome + at);

		if (some > 0)
			result = send_bulk(os, some, outcome + at);
		if (result == RESULT_CONFLICT)
			result = RESULT_OK;
		else
			at += some > 0 ? some : 1;
	}
	return result;
}

const struct search_methods search_opensearch = {
	.open = opensearch_open,
	.close = opensearch_close,
	.find = opensearch_find,
	.prepare = opensearch_prepare,
	.index = opensearch_index,
	.ping = opensearch_ping,
};
