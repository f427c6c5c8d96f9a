/* search_upkeep_opensearch_compare.c: what an index in OpenSearch holds. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "search_upkeep_opensearch_internal.h"
#include "thread.h"

#define TICKS_MS 600		/* three of the node's clock */
#define SCROLL "5m"		/* how long the node keeps a walk for us */

static void
add_key(struct buffer *out, const struct key *key)
{
	buffer_printf(out, "\"_id\":\"%" PRIu32 ":%" PRIu64 ":%" PRIu64
	    "\",\"routing\":\"%" PRIu32 ":%" PRIu64 "\"", key->application,
	    key->chat, key->message, key->application, key->chat);
}

/* Nothing but whole answers about each of them counts. */
static enum result
read_versions(struct opensearch *os, size_t count, uint64_t *versions)
{
	const json_t *docs = json_object_get(os->json, "docs");

	if (json_array_size(docs) != count)
		return RESULT_INVALID;
	for (size_t i = 0; i < count; i++) {
		const json_t *doc = json_array_get(docs, i);
		const json_t *found = json_object_get(doc, "found");
		const json_t *version = json_object_get(doc, "_version");

		if (!json_is_boolean(found) ||
		    (json_is_true(found) && !json_is_integer(version)))
			return RESULT_INVALID;
		versions[i] = json_is_true(found) ?
		    (uint64_t)json_integer_value(version) : 0;
	}
	return RESULT_OK;
}

enum result
opensearch_versions(struct upkeep *upkeep, const struct edition *wanted,
    size_t count, uint64_t *versions)
{
	struct opensearch *os = (struct opensearch *)upkeep;
	enum result result;

	opensearch_path(os, "/", upkeep->config->search_index,
	    "/_mget?_source=false");
	for (size_t i = 0; i < count; i++) {
		buffer_str(&os->body, i == 0 ? "{\"docs\":[{" : "},{");
		add_key(&os->body, &wanted[i].key);
	}
	buffer_str(&os->body, "}]}");
	result = opensearch_demand(os, "POST");
	if (result == RESULT_OK && read_versions(os, count, versions))
		result = upkeep_fail(upkeep, RESULT_UNAVAILABLE,
		    "%s: it does not tell of every document", os->path.data);
	return result;
}

/* Reads "<application>:<chat>:<number>"; all 0 if it is not ours. */
static struct key
key_of(const char *id)
{
	struct key key = {0};
	int end = 0;

	if (id == NULL || sscanf(id, "%" SCNu32 ":%" SCNu64 ":%" SCNu64 "%n",
	    &key.application, &key.chat, &key.message, &end) != 3 ||
	    id[end] != '\0')
		return (struct key){0};
	return key;
}

static enum result
read_page(struct opensearch *os, struct edition *out, size_t limit,
    size_t *count, uint64_t *total)
{
	const json_t *hits = json_object_get(os->json, "hits");
	const json_t *list = json_object_get(hits, "hits");
	const char *scroll =
	    json_string_value(json_object_get(os->json, "_scroll_id"));

	*count = json_array_size(list);
	if (!json_is_array(list) || *count > limit || scroll == NULL ||
	    json_integer_value(json_object_get(json_object_get(os->json,
	    "_shards"), "failed")) != 0)
		return upkeep_fail(&os->upkeep, RESULT_UNAVAILABLE,
		    "%s: not a whole page of documents", os->path.data);
	*total = (uint64_t)json_integer_value(json_object_get(
	    json_object_get(hits, "total"), "value"));
	for (size_t i = 0; i < *count; i++) {
		const json_t *hit = json_array_get(list, i);

		out[i].key = key_of(json_string_value(
		    json_object_get(hit, "_id")));
		out[i].version = (uint64_t)json_integer_value(
		    json_object_get(hit, "_version"));
	}
	free(os->scroll);
	os->scroll = xstrdup(scroll);
	return RESULT_OK;
}

/* What was stored until now is to be in the walk. */
static enum result
begin_walk(struct opensearch *os, size_t limit)
{
	const char *index = os->upkeep.config->search_index;
	enum result result;

	opensearch_path(os, "/", index, "/_refresh");
	result = opensearch_demand(os, "POST");
	if (result != RESULT_OK)
		return result;
	opensearch_path(os, "/", index, "/_search?scroll=" SCROLL);
	opensearch_body(os, json_pack("{s:i,s:[s],s:b,s:b,s:b}",
	    "size", (int)limit, "sort", "_doc", "_source", 0, "version", 1,
	    "track_total_hits", 1));
	return opensearch_demand(os, "POST");
}

static void
end_walk(struct opensearch *os)
{
	opensearch_path(os, "/_search/scroll", "", "");
	opensearch_body(os, json_pack("{s:[s]}", "scroll_id", os->scroll));
	if (opensearch_demand(os, "DELETE") != RESULT_OK)
		os->upkeep.error[0] = '\0';	/* it ends by itself */
	free(os->scroll);
	os->scroll = NULL;
}

enum result
opensearch_walk(struct upkeep *upkeep, struct edition *out, size_t limit,
    size_t *count, uint64_t *total)
{
	struct opensearch *os = (struct opensearch *)upkeep;
	enum result result;

	if (os->scroll == NULL) {
		result = begin_walk(os, limit);
	} else {
		opensearch_path(os, "/_search/scroll", "", "");
		opensearch_body(os, json_pack("{s:s,s:s}", "scroll", SCROLL,
		    "scroll_id", os->scroll));
		result = opensearch_demand(os, "POST");
	}
	if (result == RESULT_OK)
		result = read_page(os, out, limit, count, total);
	if (result == RESULT_OK && *count == 0)
		end_walk(os);
	return result;
}

/* Not found, or newer by now: there is nothing left to remove. */
static bool
is_removed(const json_t *item)
{
	json_int_t status = json_integer_value(json_object_get(
	    json_object_get(item, "delete"), "status"));

	return status == 200 || status == 404 || status == 409;
}

enum result
opensearch_remove(struct upkeep *upkeep, const struct edition *editions,
    size_t count)
{
	struct opensearch *os = (struct opensearch *)upkeep;
	const json_t *items;
	enum result result;

	opensearch_path(os, "/", upkeep->config->search_index, "/_bulk");
	for (size_t i = 0; i < count; i++) {
		buffer_str(&os->body, "{\"delete\":{");
		add_key(&os->body, &editions[i].key);
		buffer_printf(&os->body, ",\"version\":%" PRIu64
		    ",\"version_type\":\"external_gte\"}}\n",
		    editions[i].version);
	}
	result = opensearch_demand(os, "POST");
	if (result != RESULT_OK)
		return result;
	items = json_object_get(os->json, "items");
	for (size_t i = 0; i < count; i++)
		if (!is_removed(json_array_get(items, i)))
			return upkeep_fail(upkeep, RESULT_UNAVAILABLE,
			    "%s: not all was removed", os->path.data);
	return RESULT_OK;
}

/*
 * With gc_deletes at 0, as the template has it, a refresh forgets them, but
 * for those of the same tick of the node's clock, which is 200 ms long.
 */
enum result
opensearch_forget(struct upkeep *upkeep)
{
	struct opensearch *os = (struct opensearch *)upkeep;

	thread_pause(TICKS_MS);
	opensearch_path(os, "/", upkeep->config->search_index, "/_refresh");
	return opensearch_demand(os, "POST");
}
