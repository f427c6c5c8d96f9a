/* admin_letter.c: a dead letter, as far as it can be read. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "admin_letter.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"

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

static void
read_key(const json_t *object, struct letter *letter)
{
	uint64_t application = number(object, "app");
	bool is_chat = strcmp(letter->type, "chat") == 0;
	bool is_message = strcmp(letter->type, "message") == 0;

	if (application <= UINT32_MAX)
		letter->key.application = (uint32_t)application;
	letter->key.chat = number(object, is_chat ? "number" : "chat");
	if (!is_chat)
		letter->key.message = number(object, "number");
	letter->version = number(object, "version");
	letter->names = (is_chat || (is_message && letter->key.message)) &&
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

	return value != NULL ? value : "?";
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
	    type != NULL && is_plain(type) ? type : "?");
	if (id != NULL && ident_is_uuid(id))
		memcpy(out->id, id, IDENT_SIZE);
	else
		name_by_hash(delivery, out->id);
	read_key(json, out);
	json_decref(json);
}

/* ---- printing ---- */

/*
 * What may have come from a stranger must not command the terminal. Bytes
 * from `most` on are written as numbers, too.
 */
static void
print_tame(const char *text, size_t len, unsigned most, FILE *out)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < ' ' || c == 0x7f || c >= most)
			fprintf(out, "\\x%02x", c);
		else
			fputc(c, out);
	}
}

static void
print_text(const char *text, FILE *out)
{
	print_tame(text, strlen(text), 0x100, out);
	fputc('\n', out);
}

static void
print_number(uint64_t value, int width, FILE *out)
{
	if (value != 0)
		fprintf(out, " %*" PRIu64, width, value);
	else
		fprintf(out, " %*s", width, "-");
}

void
letter_print_heads(FILE *out)
{
	fprintf(out, "%-36s %-8s %5s %8s %8s %5s %-24s %s\n", "ID", "TYPE",
	    "APP", "CHAT", "NUMBER", "TRIES", "WHEN", "REASON");
}

void
letter_print(const struct letter *letter, FILE *out)
{
	bool is_chat = strcmp(letter->type, "chat") == 0;

	fprintf(out, "%-36s %-8s", letter->id, letter->type);
	print_number(letter->key.application, 5, out);
	print_number(is_chat ? 0 : letter->key.chat, 8, out);
	print_number(is_chat ? letter->key.chat : letter->key.message, 8, out);
	fprintf(out, " %5.20s %-24.40s ", letter->tries, letter->time);
	print_text(letter->reason, out);
}

void
letter_print_whole(const struct delivery *delivery, FILE *out)
{
	json_t *json = json_loadb(delivery->body, delivery->len, 0, NULL);
	char **at = delivery->headers;

	for (; at != NULL && at[0] != NULL; at += 2) {
		fprintf(out, "%s: ", at[0]);
		print_text(at[1], out);
	}
	fputc('\n', out);
	if (json == NULL)
		print_tame(delivery->body, delivery->len, 0x80, out);
	else
		json_dumpf(json, out, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	fputc('\n', out);
	json_decref(json);
}
