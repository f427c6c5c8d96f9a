/* admin.c: parley-admin, what an operator does by hand: the command line. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "admin.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "result.h"

#ifndef PARLEY_DATADIR
#define PARLEY_DATADIR "/usr/share/parley"
#endif

#define ARGS_ANY SIZE_MAX

struct command {
	const char *words[2];	/* the second may be NULL */
	unsigned takes;		/* GIVEN_* */
	size_t args_most;	/* words that may follow */
	bool needs_config;
	int (*run)(const struct call *);
	const char *usage, *meaning;
};

/* ---- the smallest commands ---- */

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

/* ---- the tables ---- */

/* In order of their names; a new command is a row and a function. */
static const struct command commands[] = {
	{ { "config", "check" }, .needs_config = true, .run = config_check,
	    .usage = "config check",
	    .meaning = "says whether the configuration is good" },
	{ { "config", "sample" }, .run = config_sample,
	    .usage = "config sample",
	    .meaning = "prints a file with every key and its default" },
	{ { "dead", "drop" }, .takes = GIVEN_ALL | GIVEN_YES,
	    .args_most = ARGS_ANY, .needs_config = true,
	    .run = admin_dead_drop,
	    .usage = "dead drop [--yes] ID...|--all",
	    .meaning = "gives dead letters up for good" },
	{ { "dead", "list" }, .needs_config = true, .run = admin_dead_list,
	    .usage = "dead list",
	    .meaning = "lists the events that could not be stored" },
	{ { "dead", "replay" }, .takes = GIVEN_ALL, .args_most = ARGS_ANY,
	    .needs_config = true, .run = admin_dead_replay,
	    .usage = "dead replay ID...|--all",
	    .meaning = "sends dead letters to be stored again" },
	{ { "dead", "show" }, .args_most = 1, .needs_config = true,
	    .run = admin_dead_show,
	    .usage = "dead show ID",
	    .meaning = "shows all of a dead letter" },
	{ { "migrate" }, .takes = GIVEN_DRY_RUN | GIVEN_SQL,
	    .needs_config = true, .run = admin_migrate,
	    .usage = "migrate [--dry-run] [--sql DIR]",
	    .meaning = "brings the database's schema up to date" },
	{ { "reconcile" }, .takes = GIVEN_DRY_RUN, .needs_config = true,
	    .run = admin_reconcile,
	    .usage = "reconcile [--dry-run]",
	    .meaning = "compares the index with the database, mends it" },
	{ { "reindex" }, .takes = GIVEN_CANCEL | GIVEN_KEEP,
	    .needs_config = true, .run = admin_reindex,
	    .usage = "reindex [--keep] [--cancel]",
	    .meaning = "builds the search index anew while writes go on" },
	{ { "status" }, .takes = GIVEN_JSON, .needs_config = true,
	    .run = admin_status,
	    .usage = "status [--json]",
	    .meaning = "says how every part is, and what waits" },
	{ { "token", "list" }, .takes = GIVEN_JSON, .needs_config = true,
	    .run = admin_token_list,
	    .usage = "token list [--json]",
	    .meaning = "lists all applications with their tokens" },
	{ { "token", "rotate" }, .takes = GIVEN_JSON, .args_most = 1,
	    .needs_config = true, .run = admin_token_rotate,
	    .usage = "token rotate [--json] TOKEN|-",
	    .meaning = "gives a new token, and ends the old one at once" },
	{ { "token", "show" }, .takes = GIVEN_JSON, .args_most = 1,
	    .needs_config = true, .run = admin_token_show,
	    .usage = "token show [--json] TOKEN|-",
	    .meaning = "says whose a token is, or what became of it" },
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* The options of only some commands; short is what getopt calls them. */
static const struct {
	unsigned bit;
	int letter;
	const char *usage, *meaning;
} choices[] = {
	{ GIVEN_ALL, 'a', "--all", "all that are there when it begins" },
	{ GIVEN_CANCEL, 'x', "--cancel",
	    "give up one that was begun, remove what it made" },
	{ GIVEN_DRY_RUN, 'n', "--dry-run",
	    "only say what would be done" },
	{ GIVEN_JSON, 'j', "--json", "for programs" },
	{ GIVEN_KEEP, 'k', "--keep", "do not remove the old index" },
	{ GIVEN_SQL, 's', "--sql DIR",
	    "where the schema is, not " PARLEY_DATADIR "/sql" },
	{ GIVEN_YES, 'y', "--yes", "do not ask" },
};
#define CHOICES (sizeof(choices) / sizeof(choices[0]))

/* ---- the command line ---- */

int
admin_fail(int status, const char *format, ...)
{
	va_list args;

	fputs(PROGRAM ": ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}

static void
usage(void)
{
	printf("usage: " PROGRAM " [-c FILE] COMMAND\n\n"
	    "Commands:\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-30s %s\n", commands[i].usage,
		    commands[i].meaning);
	printf("\nOptions:\n");
	for (size_t i = 0; i < CHOICES; i++)
		printf("      %-14s %s\n", choices[i].usage,
		    choices[i].meaning);
	printf("  -c, --config FILE  read this configuration file\n"
	    "  -h, --help         show this, or what there is to a command\n"
	    "  -V, --version      show the version\n\n");
	config_usage(stdout);
}

static void
command_usage(const struct command *command)
{
	printf("usage: " PROGRAM " [-c FILE] %s\n  %s\n", command->usage,
	    command->meaning);
	for (size_t i = 0; i < CHOICES; i++)
		if (command->takes & choices[i].bit)
			printf("      %-14s %s\n", choices[i].usage,
			    choices[i].meaning);
}

/* Whether the command's words begin with those given, or those with them. */
static bool
names(const struct command *command, size_t count, char *const given[])
{
	size_t length = command->words[1] != NULL ? 2 : 1;

	for (size_t i = 0; i < length && i < count; i++)
		if (strcmp(given[i], command->words[i]) != 0)
			return false;
	return count > 0;
}

/* --help: of all, or of the commands that the words begin to name. */
static int
help(size_t count, char *const words[])
{
	bool any = false;

	for (size_t i = 0; i < COMMANDS; i++)
		if (names(&commands[i], count, words)) {
			command_usage(&commands[i]);
			any = true;
		}
	if (!any)
		usage();
	return EXIT_OK;
}

static void
note_choice(struct call *call, int letter)
{
	for (size_t i = 0; i < CHOICES; i++)
		if (choices[i].letter == letter)
			call->given |= choices[i].bit;
}

/* Reads the options; returns -1 to go on, or what to exit with. */
static int
read_options(int argc, char *argv[], struct call *call, bool *wants_help)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "cancel", no_argument, NULL, 'x' },
		{ "config", required_argument, NULL, 'c' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ "keep", no_argument, NULL, 'k' },
		{ "sql", required_argument, NULL, 's' },
		{ "version", no_argument, NULL, 'V' },
		{ "yes", no_argument, NULL, 'y' },
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
			*wants_help = true;
			break;
		case 's':
			call->sql_directory = optarg;
			note_choice(call, option);
			break;
		case 'V':
			printf(PROGRAM " " PACKAGE_VERSION "\n");
			return EXIT_OK;
		case '?':
			return EXIT_USAGE;	/* getopt has said why */
		default:
			note_choice(call, option);
			break;
		}
	}
	return -1;
}

/* The command that the first words name whole, or NULL. */
static const struct command *
find_command(size_t count, char *const words[])
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (names(&commands[i], count, words) &&
		    (commands[i].words[1] == NULL || count > 1))
			return &commands[i];
	return NULL;
}

/* ---- running it ---- */

static volatile sig_atomic_t stop;

static void
on_stop(int signal)
{
	(void)signal;
	stop = 1;
}

/* A step that is under way is finished; a second signal ends it at once. */
static void
catch_signals(void)
{
	struct sigaction action = {
		.sa_handler = on_stop,
		.sa_flags = SA_RESTART | (int)SA_RESETHAND,
	};

	sigemptyset(&action.sa_mask);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/*
 * Whoever sits at the terminal gets one line from us, not JSON. A file is for
 * those who run by themselves: made by this one it could be root's alone.
 */
static enum result
open_log(const struct config *config)
{
	if (strcmp(config->log_target, LOG_TO_SYSLOG) == 0)
		return log_open(PROGRAM, config->log_level, LOG_TO_SYSLOG);
	return log_open(PROGRAM, LEVEL_ERROR, LOG_TO_STDERR);
}

static int
run_configured(const struct command *command, struct call *call)
{
	struct config config;
	int status = program_configure(PROGRAM, call->config_path, &config);

	if (status != EXIT_OK)
		return status;
	call->config = &config;
	call->stop = &stop;
	catch_signals();
	status = open_log(&config) == RESULT_OK ? command->run(call) :
	    EXIT_AGAIN;
	config_free(&config);
	return status;
}

static int
run(const struct command *command, struct call *call)
{
	size_t own = command->words[1] != NULL ? 2 : 1;

	call->args += own;
	call->args_count -= own;
	if (call->args_count > command->args_most)
		return admin_fail(EXIT_USAGE, "%s: too much; usage: %s",
		    call->args[command->args_most], command->usage);
	if (call->given & ~command->takes)
		return admin_fail(EXIT_USAGE,
		    "an option that is not for this command; usage: %s",
		    command->usage);
	return command->needs_config ? run_configured(command, call) :
	    command->run(call);
}

int
main(int argc, char *argv[])
{
	struct call call = { .sql_directory = PARLEY_DATADIR "/sql" };
	const struct command *command;
	bool wants_help = false;
	int status = read_options(argc, argv, &call, &wants_help);

	if (status >= 0)
		return status;
	call.args = argv + optind;
	call.args_count = (size_t)(argc - optind);
	if (wants_help)
		return help(call.args_count, call.args);
	if (call.args_count == 0)
		return admin_fail(EXIT_USAGE, "which command? See " PROGRAM
		    " --help");
	command = find_command(call.args_count, call.args);
	if (command == NULL)
		return admin_fail(EXIT_USAGE, "no such command: %s; see "
		    PROGRAM " --help", argv[optind]);
	return run(command, &call);
}
