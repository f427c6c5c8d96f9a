/* admin_status.c: parley-admin status: how every part is, and what waits. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "admin.h"
#include "admin_look.h"
#include "admin_output.h"
#include "clock.h"
#include "human.h"
#include "thread.h"

#define WATCH_PAUSE_MS 2000
#define WATCH_STEP_MS 50
#define CLEAR_SCREEN "\033[H\033[2J"

/* ---- saying it ---- */

/* What people read behind a number. */
static const struct {
	const char *part, *field, *label;
} labels[] = {
	{ "rabbitmq", "writes", "events to be stored" },
	{ "rabbitmq", "consumers", "processes that store them, or stand by" },
	{ "rabbitmq", "retry", "events to be tried again" },
	{ "rabbitmq", "dead", "dead letters" },
	{ "redis", "epoch", "is its epoch" },
	{ "redis", "fresh", "writes that are not stored yet" },
	{ "redis", "fresh_limit", "is the most there may be" },
	{ "redis", "fresh_oldest_ms", "for which the oldest has waited" },
	{ "mysql", "epoch", "is the newest epoch" },
	{ "mysql", "epoch_passed", "all of the epochs before is stored" },
	{ "mysql", "index_backlog", "messages to be indexed" },
	{ "mysql", "index_oldest_ms", "for which the oldest has waited" },
	{ "mysql", "count_marks", "chats and applications to be counted" },
	{ "mysql", "leases", "leases of numbers" },
	{ "mysql", "lease_largest", "numbers in the largest" },
	{ "mysql", "reindexing", "a new index is being built" },
};

static const char *
label_of(const char *part, const char *field)
{
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (strcmp(labels[i].part, part) == 0 &&
		    strcmp(labels[i].field, field) == 0)
			return labels[i].label;
	return field;
}

static bool
ends_in_ms(const char *field)
{
	size_t len = strlen(field);

	return len > 3 && strcmp(field + len - 3, "_ms") == 0;
}

static void
print_value(const char *part, const char *field, const json_t *value)
{
	char text[HUMAN_SIZE] = "";

	if (json_is_string(value)) {
		printf("  %s: %s\n", field, json_string_value(value));
		return;
	}
	if (json_is_boolean(value))
		snprintf(text, sizeof(text), "%s",
		    json_is_true(value) ? "yes" : "no");
	else if (ends_in_ms(field))
		human_span(json_integer_value(value), text);
	else
		human_number((uint64_t)json_integer_value(value), text);
	printf("%14s  %s\n", text, label_of(part, field));
}

static void
print_part(const char *name, json_t *part)
{
	const char *version = json_string_value(json_object_get(part,
	    "version"));
	const char *field;
	json_t *value;

	printf("%-9s %-4s  %s\n", name, json_string_value(
	    json_object_get(part, "status")), version ? version : "");
	json_object_foreach(part, field, value)
		if (strcmp(field, "status") != 0 &&
		    strcmp(field, "version") != 0)
			print_value(name, field, value);
}

static void
print_text(json_t *all)
{
	json_t *part, *value, *problems = json_object_get(all, "problems");
	const char *name;
	char now[HUMAN_SIZE];
	size_t i;

	human_time(clock_wall_ms(), now);
	printf("%-9s %s, at %s UTC\n", "parley", PACKAGE_VERSION, now);
	json_object_foreach(all, name, part)
		if (json_object_get(part, "status") != NULL)
			print_part(name, part);
	json_array_foreach(problems, i, value)
		printf("! %s\n", json_string_value(value));
	if (json_array_size(problems) == 0)
		printf("all is well\n");
}

/* ---- once, or again and again ---- */

/* Returns what to exit with. */
static int
look_and_say(const struct call *call)
{
	json_t *all = look_at_all(call->config);
	bool well = json_is_true(json_object_get(all, "well"));

	if (call->given & GIVEN_WATCH && isatty(STDOUT_FILENO))
		fputs(CLEAR_SCREEN, stdout);
	if (admin_wants_json(call))
		output_json(json_incref(all));
	else
		print_text(all);
	fflush(stdout);
	json_decref(all);
	return well ? EXIT_OK : EXIT_NO;
}

/* Until the next look, or a signal. */
static void
pause_between(const struct call *call)
{
	int64_t until = clock_mono_ms() + WATCH_PAUSE_MS;

	while (!*call->stop && clock_mono_ms() < until)
		thread_pause(WATCH_STEP_MS);
}

int
admin_status(const struct call *call)
{
	int status = look_and_say(call);

	while (call->given & GIVEN_WATCH && !*call->stop && !ferror(stdout)) {
		pause_between(call);
		if (!*call->stop)
			status = look_and_say(call);
	}
	return status;
}
