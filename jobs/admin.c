/* admin.c: parley-admin, what an operator does by hand: the command line. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "admin.h"

#include <assert.h>
#include <getopt.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "admin_command.h"
#include "log.h"

#define OPTIONS_MOST 32		/* in the table of options */
#define LONG_ONLY 256		/* getopt's name of a row without a letter */

int
admin_fail(int status, const char *format, ...)
{
	va_list args;

	/* There may be a progress bar in this line. */
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	fputs(PROGRAM ": ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}

bool
admin_wants_json(const struct call *call)
{
	return (call->given & GIVEN_JSON) != 0;
}

bool
admin_is_quiet(const struct call *call)
{
	return (call->given & (GIVEN_JSON | GIVEN_QUIET)) != 0;
}

/* ---- the command line ---- */

/* What getopt is to know of the table, in the two forms that it wants. */
static void
list_options(char *letters, struct option *options)
{
	for (size_t i = 0; i < admin_options_count; i++) {
		const struct option_row *row = &admin_options[i];

		options[i] = (struct option){ row->name,
			row->value ? required_argument : no_argument, NULL,
			row->letter ? row->letter : LONG_ONLY + (int)i };
		if (row->letter == '\0')
			continue;
		*letters++ = row->letter;
		if (row->value != NULL)
			*letters++ = ':';
	}
	*letters = '\0';
	options[admin_options_count] = (struct option){0};
}

static const struct option_row *
find_option(int name)
{
	for (size_t i = 0; i < admin_options_count; i++)
		if (name == admin_options[i].letter ||
		    name == LONG_ONLY + (int)i)
			return &admin_options[i];
	return NULL;	/* '?' */
}

/* Returns EXIT_OK or, when getopt has said why, EXIT_USAGE. */
static int
read_options(int argc, char *argv[], struct call *call)
{
	struct option options[OPTIONS_MOST + 1];
	char letters[2 * OPTIONS_MOST + 1];
	const struct option_row *row;
	int name;

	assert(admin_options_count <= OPTIONS_MOST);
	list_options(letters, options);
	while ((name = getopt_long(argc, argv, letters, options, NULL)) !=
	    -1) {
		row = find_option(name);
		if (row == NULL)
			return EXIT_USAGE;
		call->given |= row->bit;
		if (row->bit == GIVEN_CONFIG)
			call->config_path = optarg;
		else if (row->bit == GIVEN_SQL)
			call->sql_directory = optarg;
		else if (row->bit == GIVEN_URL)
			call->url = optarg;
	}
	call->args = argv + optind;
	call->args_count = (size_t)(argc - optind);
	return EXIT_OK;
}

/* Says what is wrong, and how the command is meant. */
static int __attribute__((format(printf, 2, 3)))
fail_usage(const struct command *command, const char *format, ...)
{
	va_list args;

	fputs(PROGRAM ": ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("\nusage: " PROGRAM " [-c FILE] ", stderr);
	command_print_synopsis(command, stderr);
	fputc('\n', stderr);
	return EXIT_USAGE;
}

static int
check_usage(const struct command *command, const struct call *call)
{
	for (size_t i = 0; i < admin_options_count; i++)
		if (call->given & admin_options[i].bit &
		    ~(command->takes | GIVEN_WITH_ALL))
			return fail_usage(command, "--%s is not for this "
			    "command", admin_options[i].name);
	if (call->args_count < command->args_least)
		return fail_usage(command, "%s is missing",
		    command->arguments);
	if (call->args_count > command->args_most)
		return fail_usage(command, "too much: %s",
		    call->args[command->args_most]);
	return EXIT_OK;
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
	status = open_log(&config) == RESULT_OK ? command->run(call) :
	    EXIT_AGAIN;
	call->config = NULL;
	config_free(&config);
	return status;
}

static int
run(const struct command *command, struct call *call)
{
	size_t own = command->words[1] != NULL ? 2 : 1;
	int status;

	call->args += own;
	call->args_count -= own;
	status = check_usage(command, call);
	if (status != EXIT_OK)
		return status;
	return command->needs_config ? run_configured(command, call) :
	    command->run(call);
}

/* No command, half of one, or one that does not exist. */
static int
fail_command(const struct call *call)
{
	if (call->args_count == 0)
		return admin_fail(EXIT_USAGE, "which command? See " PROGRAM
		    " --help");
	for (size_t i = 0; i < admin_commands_count; i++)
		if (command_begins(&admin_commands[i], call->args_count,
		    call->args))
			return admin_fail(EXIT_USAGE, "%s is half a command; "
			    "see " PROGRAM " %s --help", call->args[0],
			    call->args[0]);
	return admin_fail(EXIT_USAGE, "there is no command %s%s%s; see "
	    PROGRAM " --help", call->args[0],
	    call->args_count > 1 ? " " : "",
	    call->args_count > 1 ? call->args[1] : "");
}

static int
act(struct call *call)
{
	const struct command *command;

	if (call->given & GIVEN_HELP) {
		help_print(call->args_count, call->args, stdout);
		return EXIT_OK;
	}
	if (call->given & GIVEN_VERSION) {
		printf(PROGRAM " " PACKAGE_VERSION "\n");
		return EXIT_OK;
	}
	command = command_find(call->args_count, call->args);
	return command != NULL ? run(command, call) : fail_command(call);
}

static bool
nobody_reads(int fd)
{
	struct pollfd end = { .fd = fd };

	return poll(&end, 1, 0) == 1 && end.revents & POLLERR;
}

/*
 * What was said must have been written. That nobody reads on ("| head") is
 * nobody's fault.
 */
static int
finish(int status)
{
	if ((fflush(stdout) == 0 && !ferror(stdout)) ||
	    nobody_reads(STDOUT_FILENO))
		return status;
	return admin_fail(EXIT_AGAIN, "what was to be said could not be "
	    "written to standard output");
}

int
main(int argc, char *argv[])
{
	struct call call = { .sql_directory = PARLEY_DATADIR "/sql",
		.stop = &stop };
	int status = read_options(argc, argv, &call);

	if (status != EXIT_OK)
		return status;
	catch_signals();
	return finish(act(&call));
}
