/* fields.c: the named values of a body, and the rules they must follow. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "fields.h"

#include <stdlib.h>
#include <string.h>

#include "json_text.h"
#include "memory.h"
#include "text.h"

void
parts_add(struct parts *parts, const char *name, enum part_type type,
    const char *data, size_t len)
{
	struct part *part;

	if (parts->count == parts->size) {
		parts->size = parts->size > 0 ? 2 * parts->size : 4;
		parts->part = xrealloc(parts->part, parts->size,
		    sizeof(*parts->part));
	}
	part = &parts->part[parts->count++];
	*part = (struct part){.type = type, .name = xstrdup(name)};
	if (type != PART_TEXT && type != PART_INTEGER)
		return;
	/* Not xstrndup: the bytes may hold NULs, to be refused by name. */
	part->data = xmalloc(len + 1);
	if (len > 0)
		memcpy(part->data, data, len);
	part->data[len] = '\0';
	part->len = len;
}

void
parts_free(struct parts *parts)
{
	size_t i;

	for (i = 0; i < parts->count; i++) {
		free(parts->part[i].name);
		free(parts->part[i].data);
	}
	free(parts->part);
	*parts = (struct parts){0};
}

const struct part *
parts_find(const struct parts *parts, const char *name, bool *repeated)
{
	const struct part *found = NULL;
	size_t i;

	for (i = 0; i < parts->count; i++) {
		if (strcmp(parts->part[i].name, name) != 0)
			continue;
		if (found != NULL)
			*repeated = true;
		found = &parts->part[i];
	}
	return found;
}

const char *
field_fault(const struct field *rule, const char *text, size_t len)
{
	if (memchr(text, '\0', len) != NULL)
		return "must not hold the character NUL";
	if (!text_valid(text, len))
		return "must be UTF-8";
	if (!rule->blank && text_blank(text, len))
		return "must not be blank";
	if (text_length(text, len) > rule->max)
		return "is too long";
	return NULL;
}

static const char *
value_fault(const struct field *rule, const struct part *part,
    struct value *value)
{
	const char *fault = NULL;

	if (part == NULL)
		return rule->required ? "is missing" : NULL;
	value->given = true;
	value->null = part->type == PART_NULL;
	if (value->null && rule->nullable)
		return NULL;
	if (part->type != PART_TEXT)
		return "must be a string";
	fault = field_fault(rule, part->data, part->len);
	value->data = part->data;
	value->len = part->len;
	return fault;
}

void
fields_error(struct buffer *errors, struct buffer *summary, const char *name,
    const char *fault)
{
	if (errors->len > 0)
		buffer_char(errors, ',');
	else
		buffer_printf(summary, "%s: %s", name, fault);
	buffer_str(errors, "{\"field\":");
	json_text(errors, name, strlen(name));
	buffer_str(errors, ",\"detail\":");
	json_text(errors, fault, strlen(fault));
	buffer_char(errors, '}');
}

const char *
field_check(const struct field *rule, const struct parts *parts,
    struct value *value, const char **name)
{
	const struct part *part;
	const char *fault;
	bool repeated = false;

	*value = (struct value){0};
	*name = rule->name;
	part = parts_find(parts, rule->name, &repeated);
	if (part == NULL && rule->alias != NULL) {
		part = parts_find(parts, rule->alias, &repeated);
		if (part != NULL)
			*name = rule->alias;
	}
	fault = value_fault(rule, part, value);
	return repeated ? "is given more than once" : fault;
}

void
fields_check(const struct field *rules, const struct parts *parts,
    struct value values[FIELDS_MAX], struct buffer *errors,
    struct buffer *summary)
{
	const struct field *rule;
	const char *name, *fault;

	for (rule = rules; rule->name != NULL; rule++, values++) {
		fault = field_check(rule, parts, values, &name);
		if (fault != NULL)
			fields_error(errors, summary, name, fault);
	}
}
