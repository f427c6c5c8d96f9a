/* admin_letter.c: a dead letter, as far as it can be read. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "admin_letter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin_output.h"
#include "human.h"

#define UNKNOWN "?"		/* what it does not tell */

/* ---- reading ---- */

/* Two bodies with the same name are the same body, for all we care (FNV). */
static void
name_by_hash(const struct delivery *delivery, char out[IDENT_SIZE])
{
	uint64_t hash = 14695981039346656037u;

	for (size_t i = 0; i < delivery->len; i++) {
		hash ^= (unsigned char)delivery->body[i];
		hash *= 1099511628211u;
	}
	snprintf(out, IDENT_SIZE, "hash-%016" PRIx64, hash);
}

static uint64_t
number(const json_t *object, const char *name)
{
	json_int_t value = json_integer_value(json_object_get(object, name));

	return value > 0 ? (uint64_t)value : 0;
}

static bool
is_chat(const struct letter *letter)
{
	return strcmp(letter->type, "chat") == 0;
}

static void
read_key(const json_t *object, struct letter *letter)
{
	uint64_t application = number(object, "app");
	bool is_message = strcmp(letter->type, "message") == 0;

	if (application <= UINT32_MAX)
		letter->key.application = (uint32_t)application;
	letter->key.chat = number(object, is_chat(letter) ? "number" : "chat");
	if (!is_chat(letter))
		letter->key.message = number(object, "number");
	letter->version = number(object, "version");
	letter->names = (is_chat(letter) ||
	    (is_message && letter->key.message)) &&
	    letter->key.application && letter->key.chat && letter->version;
}

/* Whether it can stand in a column. */
static bool
is_plain(const char *word)
{
	return word[strspn(word, "abcdefghijklmnopqrstuvwxyz_-")] == '\0' &&
	    strlen(word) < sizeof(((struct letter *)NULL)->type);
}

static const char *
header(const struct delivery *delivery, const char *name)
{
	const char *value = delivery_header(delivery, name);

	return value != NULL ? value : UNKNOWN;
}

void
letter_read(const struct delivery *delivery, struct letter *out)
{
	json_t *json = json_loadb(delivery->body, delivery->len, 0, NULL);
	const char *id = json_string_value(json_object_get(json, "id"));
	const char *type = json_string_value(json_object_get(json, "type"));

	*out = (struct letter){
		.reason = header(delivery, "x-parley-reason"),
		.time = header(delivery, "x-parley-time"),
		.tries = header(delivery, "x-parley-count"),
	};
	snprintf(out->type, sizeof(out->type), "%s",
	    type != NULL && is_plain(type) ? type : UNKNOWN);
	if (id != NULL && ident_is_uuid(id))
		memcpy(out->id, id, IDENT_SIZE);
	else
		name_by_hash(delivery, out->id);
	read_key(json, out);
	json_decref(json);
}

/* ---- for people ---- */

static const struct column columns[] = {
	{ "ID", -36 }, { "TYPE", -7 }, { "APP", 5 }, { "CHAT", 7 },
	{ "NUMBER", 7 }, { "TRIES", 5 }, { "WHEN", -19 }, { "REASON", 0 },
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

void
letter_print_heads(void)
{
	table_heads(columns, COLUMNS);
}

/* The number of the chat or message itself. */
static uint64_t
own_number(const struct letter *letter)
{
	return is_chat(letter) ? letter->key.chat : letter->key.message;
}

static const char *
number_text(uint64_t value, char out[HUMAN_SIZE])
{
	snprintf(out, HUMAN_SIZE, "%" PRIu64, value);
	return value != 0 ? out : "-";
}

void
letter_print(const struct letter *letter)
{
	char application[HUMAN_SIZE], chat[HUMAN_SIZE], own[HUMAN_SIZE];
	char when[20];		/* to the second */
	const char *cells[COLUMNS] = {
		letter->id,
		letter->type,
		number_text(letter->key.application, application),
		number_text(is_chat(letter) ? 0 : letter->key.chat, chat),
		number_text(own_number(letter), own),
		letter->tries,
		when,
		letter->reason,
	};

	snprintf(when, sizeof(when), "%s", letter->time);
	if (when[0] != '\0' && strlen(when) > 10 && when[10] == 'T')
		when[10] = ' ';
	table_row(columns, cells, COLUMNS);
}

static void
print_text(const char *name, const char *text, size_t len)
{
	char *tame = tame_new(text, len);

	printf("%s%s%s\n", name, *name ? ": " : "", tame);
	free(tame);
}

void
letter_print_whole(const struct letter *letter,
    const struct delivery *delivery)
{
	json_t *event = json_loadb(delivery->body, delivery->len, 0, NULL);
	char **at = delivery->headers;

	print_text("id", letter->id, strlen(letter->id));
	for (; at != NULL && at[0] != NULL; at += 2)
		print_text(at[0], at[1], strlen(at[1]));
	putchar('\n');
	if (event == NULL)
		print_text("", delivery->body, delivery->len);
	else
		output_json(event);
}

/* ---- for programs ---- */

static json_t *
integer_or_null(uint64_t value)
{
	return value != 0 ? json_integer((json_int_t)value) : json_null();
}

/* What was not told is null. */
static json_t *
text_or_null(const char *text)
{
	char *tame;
	json_t *string;

	if (strcmp(text, UNKNOWN) == 0)
		return json_null();
	tame = tame_new(text, strlen(text));
	string = json_string(tame);
	free(tame);
	return string;
}

json_t *
letter_describe(const struct letter *letter)
{
	return json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o}",
	    "id", letter->id,
	    "type", text_or_null(letter->type),
	    "application", integer_or_null(letter->key.application),
	    "chat", integer_or_null(is_chat(letter) ? 0 : letter->key.chat),
	    "number", integer_or_null(own_number(letter)),
	    "tries", integer_or_null(strtoull(letter->tries, NULL, 10)),
	    "parked_at", text_or_null(letter->time),
	    "reason", text_or_null(letter->reason));
}

json_t *
letter_describe_whole(const struct letter *letter,
    const struct delivery *delivery)
{
	json_t *all = letter_describe(letter), *headers = json_object();
	json_t *event = json_loadb(delivery->body, delivery->len, 0, NULL);
	char **at = delivery->headers;
	char *body = tame_new(delivery->body, delivery->len);

	for (; at != NULL && at[0] != NULL; at += 2)
		json_object_set_new(headers, at[0], text_or_null(at[1]));
	json_object_set_new(all, "headers", headers);
	json_object_set_new(all, "body",
	    event == NULL ? json_string(body) : json_null());
	json_object_set_new(all, "event", event ? event : json_null());
	free(body);
	return all;
}
