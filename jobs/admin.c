/* admin.c: parley-admin, what an operator does by hand. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "db.h"
#include "db_migrate.h"
#include "log.h"
#include "result.h"

#define PROGRAM "parley-admin"
#define EXIT_OK 0
#define EXIT_USAGE 100		/* usage or configuration */
#define EXIT_AGAIN 111		/* a temporary failure: try again */

#ifndef PARLEY_DATADIR
#define PARLEY_DATADIR "/usr/share/parley"
#endif

/* One migration statement may rebuild a big table: an hour, in ms. */
#define MIGRATE_TIMEOUT_MS 3600000

/* Options that only some commands take; a bit for each. */
#define GIVEN_DRY_RUN 1u
#define GIVEN_SQL 2u

/* What the command line says. */
struct call {
	const char *config_path;	/* NULL: as config_load finds it */
	const char *sql_directory;
	unsigned given;			/* GIVEN_* */
	const struct config *config;	/* for commands that need it */
};

struct command {
	const char *words[2];	/* the second may be NULL */
	unsigned takes;		/* GIVEN_* */
	bool needs_config;
	int (*run)(const struct call *);
	const char *usage, *meaning;
};

/* ---- the commands ---- */

static void
report_migration(const char *name)
{
	printf("%s\n", name);
	fflush(stdout);
}

static int
migrate(const struct call *call)
{
	struct migration migration = {
		.directory = call->sql_directory,
		.dry_run = (call->given & GIVEN_DRY_RUN) != 0,
		.report = report_migration,
	};
	struct db *db = db_new(call->config);
	enum result result;

	db_set_timeout(db, MIGRATE_TIMEOUT_MS);
	result = db_migrate(db, &migration);
	db_free(db);
	if (result == RESULT_OK)
		return EXIT_OK;
	fprintf(stderr, PROGRAM ": migrate: %s\n", migration.error);
	return result == RESULT_INVALID || result == RESULT_REFUSED ?
	    EXIT_USAGE : EXIT_AGAIN;
}

static int
config_sample(const struct call *call)
{
	(void)call;
	config_print_sample(stdout);
	return EXIT_OK;
}

/* What is to be checked has been checked when it was read. */
static int
config_check(const struct call *call)
{
	(void)call;
	printf("the configuration is good\n");
	return EXIT_OK;
}

/* In order of their names; a new command is a row and a function. */
static const struct command commands[] = {
	{ { "config", "check" }, .needs_config = true, .run = config_check,
	    .usage = "config check",
	    .meaning = "says whether the configuration is good" },
	{ { "config", "sample" }, .run = config_sample,
	    .usage = "config sample",
	    .meaning = "prints a file with every key and its default" },
	{ { "migrate" }, .takes = GIVEN_DRY_RUN | GIVEN_SQL,
	    .needs_config = true, .run = migrate,
	    .usage = "migrate [--dry-run] [--sql DIR]",
	    .meaning = "brings the database's schema up to date" },
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* ---- the command line ---- */

static void
usage(FILE *out)
{
	fprintf(out, "usage: " PROGRAM " [-c FILE] COMMAND\n\n"
	    "Commands:\n");
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-34s %s\n", commands[i].usage,
		    commands[i].meaning);
	fprintf(out, "\nOptions:\n"
	    "  -c, --config FILE  read this configuration file\n"
	    "      --dry-run      only say what would be applied\n"
	    "      --sql DIR      where the schema is, not "
	    PARLEY_DATADIR "/sql\n"
	    "  -h, --help         show this\n"
	    "  -V, --version      show the version\n\n");
	config_usage(out);
}

static int
fail_usage(const char *what, const char *which)
{
	fprintf(stderr, PROGRAM ": %s%s; see " PROGRAM " --help\n", what,
	    which);
	return EXIT_USAGE;
}

/* Reads the options; returns -1 to go on, or what to exit with. */
static int
read_options(int argc, char *argv[], struct call *call)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ "sql", required_argument, NULL, 's' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:hV", options, NULL)) !=
	    -1) {
		switch (option) {
		case 'c':
			call->config_path = optarg;
			break;
		case 'h':
			usage(stdout);
			return EXIT_OK;
		case 'n':
			call->given |= GIVEN_DRY_RUN;
			break;
		case 's':
			call->given |= GIVEN_SQL;
			call->sql_directory = optarg;
			break;
		case 'V':
			printf(PROGRAM " " PACKAGE_VERSION "\n");
			return EXIT_OK;
		default:
			return EXIT_USAGE;	/* getopt has said why */
		}
	}
	return -1;
}

/* The command that all the words name, or NULL. */
static const struct command *
find_command(int count, char *const words[])
{
	for (size_t i = 0; i < COMMANDS; i++) {
		const char *const *name = commands[i].words;
		int length = name[1] != NULL ? 2 : 1;

		if (count == length && strcmp(words[0], name[0]) == 0 &&
		    (length == 1 || strcmp(words[1], name[1]) == 0))
			return &commands[i];
	}
	return NULL;
}

static int
run_configured(const struct command *command, struct call *call)
{
	struct config config;
	char error[512];
	int status;

	if (config_load(&config, call->config_path, environ, error,
	    sizeof(error)) != RESULT_OK) {
		fprintf(stderr, PROGRAM ": %s\n", error);
		return EXIT_USAGE;
	}
	/* Whoever sits at the terminal gets one line from us, not JSON. */
	log_open(PROGRAM, config.log_target == TARGET_STDERR ? LEVEL_ERROR :
	    config.log_level, config.log_target);
	call->config = &config;
	status = command->run(call);
	config_free(&config);
	return status;
}

int
main(int argc, char *argv[])
{
	struct call call = { .sql_directory = PARLEY_DATADIR "/sql" };
	const struct command *command;
	int status = read_options(argc, argv, &call);

	if (status >= 0)
		return status;
	if (optind == argc)
		return fail_usage("which command?", "");
	command = find_command(argc - optind, argv + optind);
	if (command == NULL)
		return fail_usage("no such command: ", argv[optind]);
	if (call.given & ~command->takes)
		return fail_usage("an option that is not for this command: ",
		    command->usage);
	return command->needs_config ? run_configured(command, &call) :
	    command->run(&call);
}
