/* search_upkeep_opensearch_rebuild.c: a new index behind the same alias. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "search_json.h"
#include "search_upkeep_opensearch_internal.h"

static bool
has_alias(const json_t *index, const char *alias)
{
	return json_object_get(json_object_get(index, "aliases"), alias) !=
	    NULL;
}

/* Asks for all indices of ours (and some others) and their aliases. */
static enum result
list_indices(struct opensearch *os)
{
	const char *alias = os->upkeep.config->search_index;

	opensearch_path(os, "/", alias, "*/_alias");
	return opensearch_demand(os, "GET");
}

/* The N of an index that is called <alias>-N; else 0. */
static unsigned long
index_number(const struct opensearch *os, const char *name)
{
	const char *alias = os->upkeep.config->search_index;
	size_t len = strlen(alias);
	unsigned long number;
	char *end;

	if (strncmp(name, alias, len) != 0 || name[len] != '-' ||
	    name[len + 1] < '1' || name[len + 1] > '9')
		return 0;
	number = strtoul(name + len + 1, &end, 10);
	return *end == '\0' ? number : 0;
}

/*
 * Finds what is searched now and how the next index is to be called. A
 * leftover of one that died before it was noted down is named in *stray.
 */
static enum result
choose_names(struct opensearch *os, struct rebuild *out, char **stray)
{
	const char *alias = os->upkeep.config->search_index, *name;
	unsigned long highest = 0;
	json_t *index;

	json_object_foreach(os->json, name, index) {
		if (index_number(os, name) > highest)
			highest = index_number(os, name);
		if (has_alias(index, os->next_alias) &&
		    !has_alias(index, alias) && *stray == NULL)
			*stray = xstrdup(name);
		if (!has_alias(index, alias))
			continue;
		if (out->retired[0] != '\0')
			return upkeep_fail(&os->upkeep, RESULT_INVALID,
			    "behind the alias %s are several indices, %s and "
			    "%s: take it away from all but one", alias, name,
			    out->retired);
		snprintf(out->retired, sizeof(out->retired), "%s", name);
	}
	snprintf(out->target, sizeof(out->target), "%s-%lu", alias,
	    highest + 1);
	return RESULT_OK;
}

enum result
opensearch_remove_index(struct upkeep *upkeep, const char *index)
{
	struct opensearch *os = (struct opensearch *)upkeep;
	enum result result;

	if (index[0] == '\0' || strpbrk(index, "*,") != NULL)
		return RESULT_INVALID;	/* it would mean more than one */
	opensearch_path(os, "/", index, "");
	result = opensearch_demand(os, "DELETE");
	return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

static enum result
make_index(struct opensearch *os, const struct rebuild *rebuild)
{
	const char *alias = os->upkeep.config->search_index;
	enum result result;

	opensearch_path(os, "/_index_template/", alias, "");
	search_json_template(&os->body, alias);
	result = opensearch_demand(os, "PUT");
	if (result != RESULT_OK)
		return result;
	opensearch_path(os, "/", rebuild->target, "");
	search_json_first_index(&os->body, os->next_alias);
	return opensearch_demand(os, "PUT");
}

enum result
opensearch_begin(struct upkeep *upkeep, struct rebuild *out)
{
	struct opensearch *os = (struct opensearch *)upkeep;
	char *stray = NULL;
	enum result result = list_indices(os);

	if (result == RESULT_OK)
		result = choose_names(os, out, &stray);
	if (result == RESULT_OK && stray != NULL)
		result = opensearch_remove_index(upkeep, stray);
	if (result == RESULT_OK)
		result = make_index(os, out);
	free(stray);
	return result;
}

enum result
opensearch_look(struct upkeep *upkeep, const struct rebuild *rebuild,
    bool *swapped)
{
	struct opensearch *os = (struct opensearch *)upkeep;
	const json_t *index;
	enum result result;

	opensearch_path(os, "/", rebuild->target, "/_alias");
	result = opensearch_demand(os, "GET");
	if (result != RESULT_OK)
		return result;
	index = json_object_get(os->json, rebuild->target);
	*swapped = has_alias(index, upkeep->config->search_index);
	if (*swapped || has_alias(index, os->next_alias))
		return RESULT_OK;
	return upkeep_fail(upkeep, RESULT_NOT_FOUND,
	    "%s has lost its alias %s", rebuild->target, os->next_alias);
}

enum result
opensearch_index(struct upkeep *upkeep, const struct item *const *items,
    size_t count, enum indexed *outcome)
{
	struct opensearch *os = (struct opensearch *)upkeep;
	enum result result = search_index(os->next, items, count, outcome);

	return result == RESULT_OK ? RESULT_OK : upkeep_fail(upkeep, result,
	    result == RESULT_NOT_FOUND ? "the new index is gone" :
	    "%s does not take documents", upkeep->config->search_url);
}

/* All that was copied is to be findable at once. */
enum result
opensearch_swap(struct upkeep *upkeep, const struct rebuild *rebuild)
{
	struct opensearch *os = (struct opensearch *)upkeep;
	const char *alias = upkeep->config->search_index;
	json_t *actions = json_array();
	enum result result;

	if (rebuild->retired[0] != '\0')
		json_array_append_new(actions, json_pack("{s:{s:s,s:s}}",
		    "remove", "index", rebuild->retired, "alias", alias));
	json_array_append_new(actions, json_pack("{s:{s:s,s:s}}", "remove",
	    "index", rebuild->target, "alias", os->next_alias));
	json_array_append_new(actions, json_pack("{s:{s:s,s:s,s:b}}", "add",
	    "index", rebuild->target, "alias", alias, "is_write_index", 1));
	opensearch_path(os, "/", rebuild->target, "/_refresh");
	result = opensearch_demand(os, "POST");
	opensearch_path(os, "/_aliases", "", "");
	opensearch_body(os, json_pack("{s:o}", "actions", actions));
	return result == RESULT_OK ? opensearch_demand(os, "POST") : result;
}
