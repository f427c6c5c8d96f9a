/* search_json_write.c: what is said to OpenSearch. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "search_json.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "search_template.h"
#include "text.h"

#define WORD_GAP 1000	/* position_increment_gap of folded */

static int
take_json(const char *data, size_t len, void *argument)
{
	buffer_add(argument, data, len);
	return 0;
}

/* Appends the value and gives it back. It fails only for lack of memory. */
static void
add_json(struct buffer *out, json_t *value)
{
	if (json_dump_callback(value, take_json, out,
	    JSON_COMPACT | JSON_ENCODE_ANY) != 0)
		abort();
	json_decref(value);
}

static void
add_text(struct buffer *out, const char *name, const char *text)
{
	buffer_printf(out, ",\"%s\":", name);
	add_json(out, json_string_nocheck(text));
}

/* Each word by itself, so that what is near stands in the same one. */
static void
add_words(struct buffer *out, const char *name, const char *text)
{
	json_t *words = json_array();

	for (size_t len; *text != '\0'; text += len + (text[len] == ' ')) {
		len = strcspn(text, " ");
		json_array_append_new(words,
		    json_stringn_nocheck(text, len));
	}
	buffer_printf(out, ",\"%s\":", name);
	add_json(out, words);
}

static void
add_chat(struct buffer *out, const struct key *key)
{
	buffer_printf(out, "%" PRIu32 ":%" PRIu64, key->application,
	    key->chat);
}

void
search_json_document(struct buffer *out, const struct item *item)
{
	char *folded = text_fold(item->text, strlen(item->text));
	char *words = text_words(folded);

	buffer_str(out, "{\"index\":{\"_id\":\"");
	add_chat(out, &item->key);
	buffer_printf(out, ":%" PRIu64 "\",\"routing\":\"", item->key.message);
	add_chat(out, &item->key);
	buffer_printf(out, "\",\"version\":%" PRIu64
	    ",\"version_type\":\"external\"}}\n{\"chat\":\"", item->version);
	add_chat(out, &item->key);
	buffer_printf(out, "\",\"number\":%" PRIu64, item->key.message);
	buffer_printf(out, ",\"created_at\":%" PRId64
	    ",\"updated_at\":%" PRId64, item->created_at, item->updated_at);
	add_text(out, "body", item->text);
	add_words(out, "folded", folded);
	add_text(out, "words", words);
	buffer_str(out, "}\n");
	free(folded);
	free(words);
}

/* {kind: {field: text}} */
static json_t *
leaf(const char *kind, const char *field, const char *text)
{
	return json_pack("{s:{s:s}}", kind, field, text);
}

/* The term stands somewhere in the folded text. */
static json_t *
contains(const char *term)
{
	if (text_length(term, strlen(term)) == 1)
		return leaf("term", "folded.points", term);
	return leaf("match_phrase", "folded", term);
}

/*
 * All pairs of the term stand in one word, in any order: words are values of
 * their own, WORD_GAP positions apart, and no two are nearer than that.
 */
static json_t *
alike(char pairs[][TEXT_PAIR_SIZE], size_t count)
{
	json_t *clauses = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(clauses,
		    leaf("span_term", "folded", pairs[i]));
	return json_pack("{s:{s:o,s:i,s:b}}", "span_near", "clauses", clauses,
	    "slop", WORD_GAP - TEXT_PAIRS_MAX, "in_order", 0);
}

/* The term matches, if only as alike. */
static json_t *
matches(const char *term)
{
	char pairs[TEXT_PAIRS_MAX][TEXT_PAIR_SIZE];
	size_t count = text_pairs(term, pairs);

	if (count == 0)
		return contains(term);
	return json_pack("{s:{s:[o,o]}}", "bool", "should", contains(term),
	    alike(pairs, count));
}

/* What raises the rank by one: all of these. */
static json_t *
raise_if(json_t *filters)
{
	return json_pack("{s:{s:{s:{s:o}},s:i}}", "constant_score", "filter",
	    "bool", "filter", filters, "boost", 1);
}

/* All terms are in the text. */
static json_t *
all_parts(char *const *terms, size_t count)
{
	json_t *parts = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(parts, contains(terms[i]));
	return parts;
}

/* All terms stand as whole words; those without any word do so anywhere. */
static json_t *
whole_words(char *const *terms, size_t count)
{
	json_t *phrases = all_parts(terms, count);

	for (size_t i = 0; i < count; i++) {
		char *words = text_words(terms[i]);

		if (strcmp(words, " ") != 0)
			json_array_append_new(phrases,
			    leaf("match_phrase", "words", words));
		free(words);
	}
	return phrases;
}

static json_t *
condition(const struct search_query *query)
{
	struct buffer chat = BUFFER_EMPTY;
	json_t *filters = json_array();

	add_chat(&chat, &query->chat);
	json_array_append_new(filters, leaf("term", "chat", chat.data));
	for (size_t i = 0; i < query->terms_count; i++)
		json_array_append_new(filters, matches(query->terms[i]));
	buffer_free(&chat);
	return json_pack("{s:{s:o,s:[o,o],s:i}}", "bool", "filter", filters,
	    "should",
	    raise_if(all_parts(query->terms, query->terms_count)),
	    raise_if(whole_words(query->terms, query->terms_count)),
	    "minimum_should_match", 0);
}

void
search_json_query(struct buffer *out, const struct search_query *query)
{
	json_t *body = json_pack("{s:i,s:b,s:b,s:[s,s,s,s],s:[{s:s},{s:s}],"
	    "s:o}", "size", (int)query->limit + 1, "track_total_hits", 0,
	    "version", 1, "_source", "number", "body", "created_at",
	    "updated_at", "sort", "_score", "desc", "number", "desc",
	    "query", condition(query));

	if (query->after.rank != 0)
		json_object_set_new(body, "search_after", json_pack("[i,I]",
		    (int)query->after.rank - 1,
		    (json_int_t)query->after.number));
	add_json(out, body);
}

void
search_json_template(struct buffer *out, const char *alias)
{
	json_t *template = json_loads(search_template, 0, NULL);
	struct buffer pattern = BUFFER_EMPTY;

	buffer_printf(&pattern, "%s-*", alias);
	add_json(out, json_pack("{s:[s],s:i,s:o}", "index_patterns",
	    pattern.data, "priority", 500, "template", template));
	buffer_free(&pattern);
}

void
search_json_first_index(struct buffer *out, const char *alias)
{
	add_json(out, json_pack("{s:{s:{s:b}}}", "aliases", alias,
	    "is_write_index", 1));
}

void
search_json_add_alias(struct buffer *out, const char *alias)
{
	struct buffer index = BUFFER_EMPTY;

	buffer_printf(&index, "%s-1", alias);
	add_json(out, json_pack("{s:[{s:{s:s,s:s,s:b}}]}", "actions", "add",
	    "index", index.data, "alias", alias, "is_write_index", 1));
	buffer_free(&index);
}
