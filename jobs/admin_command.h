/* admin_command.h: the commands and options of parley-admin, as tables. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_ADMIN_COMMAND_H
#define PARLEY_ADMIN_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "admin.h"

/* What the shell can complete. */
enum completes {
	COMPLETES_NOTHING,
	COMPLETES_FILE,
	COMPLETES_DIRECTORY,
};

struct option_row {
	unsigned bit;		/* GIVEN_* */
	char letter;		/* its short form; '\0': none */
	const char *name;	/* "sql" */
	const char *value;	/* what must follow, "DIR"; NULL: nothing */
	enum completes completes;	/* the value */
	const char *meaning;
};

#define ARGS_ANY SIZE_MAX

struct command {
	const char *words[2];	/* the second may be NULL */
	unsigned takes;		/* GIVEN_*, besides GIVEN_WITH_ALL */
	const char *arguments;	/* words that follow, "[ID...]"; or NULL */
	size_t args_least, args_most;
	bool needs_config;
	int (*run)(const struct call *);
	const char *meaning;	/* in a line */
};

/* In order of their names. The help and the completion are made of these. */
extern const struct command admin_commands[];
extern const size_t admin_commands_count;
extern const struct option_row admin_options[];
extern const size_t admin_options_count;

/* Whether there are `count` words, and the command's begin with them. */
bool command_begins(const struct command *, size_t count,
    char *const words[]);

/* The command that the first of the words name whole; else NULL. */
const struct command *command_find(size_t count, char *const words[]);

/* Its words: "dead drop". */
void command_print_name(const struct command *, FILE *);

/* All of it: "dead drop [--all] [--yes] [ID...]". */
void command_print_synopsis(const struct command *, FILE *);

/*
 * What --help says: of the commands that begin with the words, or of all
 * if there are none.
 */
void help_print(size_t count, char *const words[], FILE *);

#endif
