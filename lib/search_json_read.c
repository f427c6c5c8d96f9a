/* search_json_read.c: what OpenSearch answers; nothing is believed. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "search_json.h"
#include "text.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "memory.h"
#include "search_backend.h"
#include "search_template.h"

/* NULL if it is no JSON object. */
static json_t *
load(const char *answer, size_t len)
{
	json_t *root = json_loadb(answer, len, 0, NULL);

	if (json_is_object(root))
		return root;
	json_decref(root);
	return NULL;
}

/* ---- errors ---- */

/*
 * The reason of a parsing failure ends with what could not be parsed: that
 * may be somebody's message, and does not belong in a log.
 */
static void
read_reason(const json_t *error, struct search_reason *reason)
{
	const char *type = json_string_value(json_object_get(error, "type"));
	const char *text = json_string_value(json_object_get(error, "reason"));
	char *quote;

	if (json_is_string(error))
		text = json_string_value(error);
	snprintf(reason->type, sizeof(reason->type), "%s", type ? type : "");
	snprintf(reason->text, sizeof(reason->text), "%s", text ? text : "");
	quote = strstr(reason->text, "Preview of");
	if (quote != NULL)
		*quote = '\0';
}

void
search_json_reason(const char *answer, size_t len,
    struct search_reason *reason)
{
	json_t *root = load(answer, len);

	read_reason(json_object_get(root, "error"), reason);
	json_decref(root);
}

/* ---- hits ---- */

/* A whole number above 0; else 0. */
static uint64_t
positive(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);
	json_int_t number = json_integer_value(value);

	return number > 0 ? (uint64_t)number : 0;
}

/* The rank that the first sort value, the score, stands for; else 0. */
static unsigned
rank_of(const json_t *hit)
{
	const json_t *score = json_array_get(json_object_get(hit, "sort"), 0);

	double value = json_number_value(score);

	for (unsigned rank = 1; rank <= TEXT_RANKS; rank++)
		if (json_is_number(score) && value == rank - 1.0)
			return rank;
	return 0;
}

static enum result
add_hit(const json_t *hit, const struct key *chat, struct search_hits *out)
{
	const json_t *source = json_object_get(hit, "_source");
	const json_t *body = json_object_get(source, "body");
	const json_t *created = json_object_get(source, "created_at");
	const json_t *updated = json_object_get(source, "updated_at");
	uint64_t number = positive(source, "number");
	uint64_t version = positive(hit, "_version");
	unsigned rank = rank_of(hit);
	struct item *item;

	if (number == 0 || version == 0 || rank == 0 ||
	    !json_is_string(body) || !json_is_integer(created) ||
	    !json_is_integer(updated))
		return RESULT_INVALID;
	item = search_hits_add(out, rank);
	item->key = *chat;
	item->key.message = number;
	item->version = version;
	item->text = xstrdup(json_string_value(body));
	item->created_at = json_integer_value(created);
	item->updated_at = json_integer_value(updated);
	return RESULT_OK;
}

/* Neither a shard that failed nor one that ran out of time. */
static bool
is_whole(const json_t *root)
{
	const json_t *failed = json_object_get(
	    json_object_get(root, "_shards"), "failed");

	return json_is_false(json_object_get(root, "timed_out")) &&
	    json_is_integer(failed) && json_integer_value(failed) == 0;
}

enum result
search_json_hits(const char *answer, size_t len,
    const struct search_query *query, struct search_hits *out)
{
	json_t *root = load(answer, len);
	const json_t *hits = json_object_get(json_object_get(root, "hits"),
	    "hits");
	size_t count = json_array_size(hits);
	enum result result = RESULT_OK;

	if (!json_is_array(hits) || !is_whole(root) ||
	    count > (size_t)query->limit + 1)
		result = RESULT_INVALID;
	out->more = count > query->limit;
	if (out->more)
		count = query->limit;
	for (size_t i = 0; i < count && result == RESULT_OK; i++)
		result = add_hit(json_array_get(hits, i), &query->chat, out);
	json_decref(root);
	return result;
}

/* ---- _bulk ---- */

/*
 * A conflict of versions means that this version or a newer one is in. What
 * has to do with rights or blocks (a full disk) is not the document's fault.
 */
static enum indexed
meaning_of(json_int_t status)
{
	if ((status >= 200 && status < 300) || status == 409)
		return INDEXED;
	if (status >= 500 || status == 401 || status == 403 ||
	    status == 404 || status == 408 || status == 429)
		return INDEX_LATER;
	return INDEX_REFUSED;
}

static enum result
read_outcome(const json_t *item, enum indexed *outcome,
    struct search_reason *first)
{
	const json_t *done = json_object_get(item, "index");
	const json_t *status = json_object_get(done, "status");

	if (!json_is_integer(status) || json_integer_value(status) < 200)
		return RESULT_INVALID;
	*outcome = meaning_of(json_integer_value(status));
	if (*outcome != INDEXED && first->type[0] == '\0')
		read_reason(json_object_get(done, "error"), first);
	if (json_integer_value(status) == 404)
		return RESULT_NOT_FOUND;
	return RESULT_OK;
}

enum result
search_json_outcomes(const char *answer, size_t len, size_t count,
    enum indexed *outcome, struct search_reason *first)
{
	json_t *root = load(answer, len);
	const json_t *items = json_object_get(root, "items");
	enum result result = RESULT_OK;

	*first = (struct search_reason){0};
	if (json_array_size(items) != count)
		result = RESULT_INVALID;
	for (size_t i = 0; i < count && result == RESULT_OK; i++)
		result = read_outcome(json_array_get(items, i), &outcome[i],
		    first);
	json_decref(root);
	return result;
}

/* ---- the mapping ---- */

static json_int_t
format_of(const json_t *mappings)
{
	return json_integer_value(json_object_get(
	    json_object_get(mappings, "_meta"), "parley_format"));
}

enum result
search_json_check_mapping(const char *answer, size_t len)
{
	json_t *template = json_loads(search_template, 0, NULL);
	json_int_t wanted = format_of(json_object_get(template, "mappings"));
	json_t *root = load(answer, len), *index;
	const char *name;
	enum result result = root ? RESULT_OK : RESULT_INVALID;

	json_object_foreach(root, name, index)
		if (format_of(json_object_get(index, "mappings")) != wanted)
			result = RESULT_INVALID;
	json_decref(root);
	json_decref(template);
	return result;
}
