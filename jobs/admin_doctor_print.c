/* admin_doctor_print.c: parley-admin doctor: saying what was found. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "admin_doctor.h"
#include "admin_output.h"

#define WIDTH 78
#define INDENT 9

static const char *const names[FOUNDS] = {
	[FOUND_OK] = "ok",
	[FOUND_NOTE] = "note",
	[FOUND_UNKNOWN] = "unknown",
	[FOUND_WARNING] = "warning",
	[FOUND_ERROR] = "error",
};

/* ---- for people ---- */

/* Goes on behind what stands in the line already, and indents what follows. */
static void
print_wrapped(const char *text, size_t column)
{
	while (*text != '\0') {
		size_t word = strcspn(text, " ");

		if (column + word > WIDTH && column > INDENT) {
			printf("\n%*s", INDENT, "");
			column = INDENT;
		}
		printf("%.*s", (int)word, text);
		column += word;
		text += word;
		for (; *text == ' '; text++, column++)
			if (text[1] != '\0' &&
			    column + 1 + strcspn(text + 1, " ") <= WIDTH)
				putchar(' ');
	}
	putchar('\n');
}

static void
print_finding(const struct finding *finding)
{
	const struct advice *advice = finding->advice;

	printf("%-*s", INDENT, names[finding->level]);
	printf("%s: ", advice->check);
	print_wrapped(finding->what, INDENT + strlen(advice->check) + 2);
	if (finding->level == FOUND_OK)
		return;
	printf("%-*s", INDENT, "  why");
	print_wrapped(advice->why, INDENT);
	printf("%-*s", INDENT, "  do");
	print_wrapped(finding->remedy, INDENT);
	if (finding->command != NULL)
		printf("%-*s%s\n", INDENT, "  $", finding->command);
}

void
doctor_print(const struct doctor *d, bool all)
{
	size_t of[FOUNDS] = {0};

	for (int level = FOUND_ERROR; level >= FOUND_OK; level--)
		for (size_t i = 0; i < d->count; i++) {
			const struct finding *finding = &d->findings[i];

			if (finding->level != (enum found)level)
				continue;
			of[level]++;
			if (level != FOUND_OK || all)
				print_finding(finding);
		}
	printf("%zu checked: %zu errors, %zu warnings, %zu not to be looked "
	    "at, %zu notes\n", d->count, of[FOUND_ERROR], of[FOUND_WARNING],
	    of[FOUND_UNKNOWN], of[FOUND_NOTE]);
}

/* ---- for programs ---- */

static json_t *
describe(const struct finding *finding)
{
	const struct advice *advice = finding->advice;
	const char *name = strchr(advice->check, ' ') + 1;
	json_t *object = json_pack("{s:s,s:s%,s:s,s:s}", "level",
	    names[finding->level], "where", advice->check,
	    (size_t)(name - advice->check - 1), "check", name, "what",
	    finding->what);

	if (finding->level == FOUND_OK)
		return object;
	json_object_set_new(object, "why", json_string(advice->why));
	json_object_set_new(object, "remedy", json_string(finding->remedy));
	json_object_set_new(object, "command", finding->command != NULL ?
	    json_string(finding->command) : json_null());
	return object;
}

void
doctor_print_json(const struct doctor *d)
{
	json_t *array = json_array();

	for (size_t i = 0; i < d->count; i++)
		json_array_append_new(array, describe(&d->findings[i]));
	output_json(array);
}
