/* search_upkeep_opensearch.c: looking after an index in OpenSearch. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "search_json.h"
#include "search_upkeep_opensearch_internal.h"

#define SLOW 10			/* times search_timeout_ms */

static struct upkeep *
opensearch_open(const struct config *config, struct db *db)
{
	struct opensearch *os = xcalloc(1, sizeof(*os));
	struct buffer next = BUFFER_EMPTY;

	buffer_printf(&next, "%s" UPKEEP_NEXT, config->search_index);
	os->next_alias = buffer_take(&next);
	os->next_config = *config;
	os->next_config.search_index = os->next_alias;
	os->next = search_new(&os->next_config, db);
	os->http = search_http_new(config);
	return &os->upkeep;
}

static void
opensearch_close(struct upkeep *upkeep)
{
	struct opensearch *os = (struct opensearch *)upkeep;

	search_free(os->next);
	search_http_free(os->http);
	json_decref(os->json);
	buffer_free(&os->path);
	buffer_free(&os->body);
	buffer_free(&os->answer);
	free(os->next_alias);
	free(os->scroll);
	free(os);
}

/* ---- requests ---- */

void
opensearch_path(struct opensearch *os, const char *before, const char *name,
    const char *after)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";

	buffer_reset(&os->body);
	buffer_reset(&os->path);
	buffer_str(&os->path, before);
	for (; *name != '\0'; name++)
		if (strchr(plain, *name) != NULL)
			buffer_char(&os->path, *name);
		else
			buffer_printf(&os->path, "%%%02X",
			    (unsigned char)*name);
	buffer_str(&os->path, after);
}

static int
take_json(const char *data, size_t len, void *body)
{
	buffer_add(body, data, len);
	return 0;
}

void
opensearch_body(struct opensearch *os, json_t *value)
{
	if (json_dump_callback(value, take_json, &os->body, JSON_COMPACT) != 0)
		abort();	/* out of memory, as in memory.h */
	json_decref(value);
}

/* Sends it; os->json is the answer. */
static enum result
send(struct opensearch *os, const char *method, const char *type, long *status)
{
	const struct config *config = os->upkeep.config;
	const struct search_http_request request = {
		.method = method,
		.path = os->path.data,
		.type = type,
		.body = os->body.len > 0 ? os->body.data : NULL,
		.len = os->body.len,
		.timeout_ms = config->search_timeout_ms * SLOW,
	};

	json_decref(os->json);
	os->json = NULL;
	if (search_http_send(os->http, &request, status, &os->answer))
		return upkeep_fail(&os->upkeep, RESULT_UNAVAILABLE,
		    "no answer from %s", config->search_url);
	os->json = json_loadb(os->answer.data, os->answer.len, 0, NULL);
	return RESULT_OK;
}

static enum result
refused(struct opensearch *os, long status)
{
	struct search_reason reason;

	search_json_reason(os->answer.data, os->answer.len, &reason);
	return upkeep_fail(&os->upkeep, status == 404 ? RESULT_NOT_FOUND :
	    RESULT_UNAVAILABLE, "%s: status %ld %s: %s", os->path.data, status,
	    reason.type, reason.text);
}

enum result
opensearch_demand(struct opensearch *os, const char *method)
{
	long status;
	enum result result = send(os, method, SEARCH_HTTP_JSON, &status);

	if (result == RESULT_OK && status != 200)
		result = refused(os, status);
	return result;
}

static enum result
opensearch_version(struct upkeep *upkeep, char *out, size_t size)
{
	struct opensearch *os = (struct opensearch *)upkeep;
	enum result result;
	const json_t *version;
	const char *kind, *number;

	opensearch_path(os, "/", "", "");
	result = opensearch_demand(os, "GET");
	version = json_object_get(os->json, "version");
	kind = json_string_value(json_object_get(version, "distribution"));
	number = json_string_value(json_object_get(version, "number"));
	snprintf(out, size, "%s %s", kind ? kind : "elasticsearch",
	    number ? number : "?");
	return result;
}

const struct upkeep_methods upkeep_opensearch = {
	.open = opensearch_open,
	.close = opensearch_close,
	.version = opensearch_version,
	.versions = opensearch_versions,
	.walk = opensearch_walk,
	.remove = opensearch_remove,
	.forget = opensearch_forget,
	.begin = opensearch_begin,
	.look = opensearch_look,
	.index = opensearch_index,
	.swap = opensearch_swap,
	.remove_index = opensearch_remove_index,
};
