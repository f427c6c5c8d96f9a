/* admin_doctor_search.c: parley-admin doctor: OpenSearch, its index. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "admin_doctor.h"
#include "buffer.h"
#include "search_http.h"
#include "search_json.h"

/* A node under load may take longer to tell of itself than to search. */
#define TIMEOUT_MS 5000

struct node {
	struct doctor *doctor;
	struct search_http *http;
	struct buffer path, answer;
	json_t *json;		/* of the last answer, or NULL */
	long status;
};

/* Asks for before, the alias and after. False: no answer. */
static bool
ask(struct node *node, const char *before, const char *alias,
    const char *after)
{
	struct search_http_request request = {
		.method = "GET",
		.timeout_ms = TIMEOUT_MS,
	};
	enum result result;

	buffer_reset(&node->path);
	buffer_printf(&node->path, "%s%s%s", before, alias, after);
	request.path = node->path.data;
	json_decref(node->json);
	node->json = NULL;
	result = search_http_send(node->http, &request, &node->status,
	    &node->answer);
	if (result != RESULT_OK)
		return false;
	node->json = json_loadb(node->answer.data, node->answer.len, 0, NULL);
	return true;
}

static const char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

/* ---- the node ---- */

static bool
look_at_version(struct node *node)
{
	static const struct versions kinds[] = {
		{ "Elasticsearch", { 7, 10 }, "OpenSearch 2.19", {
		    "search version", "the index needs what came with it",
		    "upgrade to Elasticsearch 7.10 or later", NULL } },
		{ "OpenSearch", { 1, 0 }, "2.19", {
		    "search version", "the index needs what came with it",
		    "upgrade to OpenSearch 1.0 or later", NULL } },
	};
	static const struct advice down = {
	    "search answers",
	    "searches are 503; what is written meanwhile is indexed later",
	    "start it, or mend search_url, search_user, search_password",
	    NULL };
	bool up = ask(node, "/", "", "") && node->status == 200;
	const json_t *version = json_object_get(node->json, "version");

	if (!up) {
		doctor_find(node->doctor, FOUND_ERROR, &down, NULL,
		    "%s does not answer, or not as it should",
		    node->doctor->config->search_url);
		return false;
	}
	doctor_find(node->doctor, FOUND_OK, &down, NULL, "it answers");
	doctor_version(node->doctor, &kinds[strcmp(text_of(version,
	    "distribution"), "opensearch") == 0], text_of(version, "number"));
	return true;
}

static void
look_at_cluster(struct node *node)
{
	static const struct advice red = {
	    "search health",
	    "a part of the index is nowhere: searches miss it",
	    "see which shard has no node, and why",
	    "curl -fsS '@search/_recovery?active_only=true'" }, yellow = {
	    "search health",
	    "a copy of the index has no node: if the other one is lost, it "
	    "must be built anew",
	    "start the missing node, or have fewer copies",
	    "curl -fsS '@search/_settings?flat_settings=true'" };
	const char *alias = node->doctor->config->search_index;
	const char *health;

	if (!ask(node, "/_cluster/health/", alias, "") || node->status != 200)
		return;		/* an account may not be allowed to ask */
	health = text_of(node->json, "status");
	if (strcmp(health, "red") == 0)
		doctor_find(node->doctor, FOUND_ERROR, &red, NULL,
		    "the index is red");
	else
		doctor_find(node->doctor, strcmp(health, "yellow") == 0 ?
		    FOUND_WARNING : FOUND_OK, &yellow, NULL,
		    "the index is %s", health);
}

/* ---- the index ---- */

static const struct advice alias_advice = {
    "search alias",
    "without it nothing is found; and only an alias can be moved to an "
    "index that was built anew",
    "build it from the database, while writes go on", "@admin reindex" };

static bool
look_at_alias(struct node *node)
{
	const char *alias = node->doctor->config->search_index;

	if (!ask(node, "/_alias/", alias, ""))
		return false;
	if (node->status == 200 && json_object_size(node->json) > 0) {
		doctor_find(node->doctor, FOUND_OK, &alias_advice, NULL,
		    "there is an index behind %s", alias);
		return true;
	}
	doctor_find(node->doctor, FOUND_ERROR, &alias_advice, NULL,
	    "there is no index behind the alias %s", alias);
	return false;
}

/*
 * Whether have holds all that want does, and no other property; where it
 * does not is left in path.
 */
static bool
covers(const json_t *have, json_t *want, struct buffer *path)
{
	const size_t len = path->len;
	const char *name;
	json_t *value;

	if (!json_is_object(want))
		return json_equal(have, want);
	json_object_foreach(want, name, value) {
		buffer_printf(path, ".%s", name);
		if (!covers(json_object_get(have, name), value, path))
			return false;
		path->len = len;
		path->data[len] = '\0';
	}
	return true;
}

static void
look_at_mapping(struct node *node)
{
	static const struct advice advice = {
	    "search mapping",
	    "searches then find too little or too much, or the index refuses "
	    "documents",
	    "build it anew from the database, while writes go on",
	    "@admin reindex" };
	const char *alias = node->doctor->config->search_index, *index;
	struct buffer text = BUFFER_EMPTY, path = BUFFER_EMPTY;
	json_t *template, *want, *one;

	search_json_template(&text, alias);
	template = json_loadb(text.data, text.len, 0, NULL);
	want = json_object_get(json_object_get(template, "template"),
	    "mappings");
	if (ask(node, "/", alias, "/_mapping") && node->status == 200)
		json_object_foreach(node->json, index, one) {
			const json_t *have = json_object_get(one, "mappings");
			size_t fields = json_object_size(json_object_get(want,
			    "properties"));
			bool same;

			buffer_reset(&path);
			buffer_str(&path, "");
			same = covers(have, want, &path) &&
			    json_object_size(json_object_get(have,
			    "properties")) == fields;
			doctor_find(node->doctor, same ? FOUND_OK :
			    FOUND_ERROR, &advice, NULL, "the mapping of %s "
			    "is %sthe template's%s%s", index, same ? "" :
			    "not ", same ? "" : ": ", same ? "" :
			    path.len > 0 ? path.data + 1 : "more fields");
		}
	json_decref(template);
	buffer_free(&text);
	buffer_free(&path);
}

static void
look_at_settings_of(struct node *node, const char *index,
    const json_t *settings)
{
	static const struct advice blocked = {
	    "search block",
	    "nothing can be indexed; OpenSearch sets it by itself when its "
	    "disk is nearly full (flood_stage), and may not take it away",
	    "make room on its disk, then take the block away",
	    "curl -fsS -X PUT '@search/_settings' -H 'Content-Type: "
	    "application/json' -d '{\"@it\": null}'" }, refresh = {
	    "search refresh",
	    "what is indexed is found only after a refresh: within a second "
	    "is what is promised",
	    "take the setting away: by itself an index that is searched is "
	    "refreshed each second",
	    "curl -fsS -X PUT '@search/_settings' -H 'Content-Type: "
	    "application/json' -d '{\"index.refresh_interval\": null}'" };
	static const char *const blocks[] = {
		"index.blocks.read_only", "index.blocks.write",
		"index.blocks.read_only_allow_delete",
	};
	const char *block = "", *interval;

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		if (strcmp(text_of(settings, blocks[i]), "true") == 0)
			block = blocks[i];
	doctor_find(node->doctor, *block ? FOUND_ERROR : FOUND_OK, &blocked,
	    block, "%s %s%s", index, *block ? "is blocked: " : "can be written",
	    block);
	interval = text_of(settings, "index.refresh_interval");
	doctor_find(node->doctor, strcmp(interval, "1s") == 0 ||
	    *interval == '\0' ? FOUND_OK : FOUND_WARNING, &refresh, NULL,
	    "the refresh_interval of %s is %s", index,
	    *interval ? interval : "that of the node");
}

static void
look_at_settings(struct node *node)
{
	const char *index;
	json_t *one;

	if (!ask(node, "/", node->doctor->config->search_index,
	    "/_settings?flat_settings=true") || node->status != 200)
		return;
	json_object_foreach(node->json, index, one)
		look_at_settings_of(node, index, json_object_get(one,
		    "settings"));
}

void
doctor_search(struct doctor *d)
{
	struct node node = { .doctor = d };

	/* The texts that MySQL searches are a table like the others. */
	if (d->config->search_backend != SEARCH_BACKEND_OPENSEARCH)
		return;
	node.http = search_http_new(d->config);
	if (look_at_version(&node)) {
		look_at_cluster(&node);
		if (look_at_alias(&node)) {
			look_at_mapping(&node);
			look_at_settings(&node);
		}
	}
	json_decref(node.json);
	buffer_free(&node.path);
	buffer_free(&node.answer);
	search_http_free(node.http);
}
