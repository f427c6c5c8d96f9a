/* admin_command.c: the commands and options of parley-admin, as tables. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "admin_command.h"

#include <string.h>

/*
 * A new command: a row here, a function in a file of its own, and a section
 * in doc/parley-admin-<first word>.8; `make update-completion`.
 */
const struct command admin_commands[] = {
	{ { "completion", "bash" }, .run = admin_completion_bash,
	    .meaning = "print what bash needs to complete these commands" },
	{ { "config", "check" }, .takes = GIVEN_JSON,
	    .run = admin_config_check,
	    .meaning = "say whether the configuration is good" },
	{ { "config", "sample" }, .run = admin_config_sample,
	    .meaning = "print a file with every key and its default" },
	{ { "config", "show" }, .takes = GIVEN_JSON,
	    .run = admin_config_show,
	    .meaning = "list what is in force, and what has set it" },
	{ { "dead", "drop" },
	    .takes = GIVEN_ALL | GIVEN_JSON | GIVEN_QUIET | GIVEN_YES,
	    .arguments = "[ID...]", .args_most = ARGS_ANY,
	    .needs_config = true, .run = admin_dead_drop,
	    .meaning = "give dead letters up for good" },
	{ { "dead", "list" }, .takes = GIVEN_JSON, .needs_config = true,
	    .run = admin_dead_list,
	    .meaning = "list the events that could not be stored" },
	{ { "dead", "replay" }, .takes = GIVEN_ALL | GIVEN_JSON | GIVEN_QUIET,
	    .arguments = "[ID...]", .args_most = ARGS_ANY,
	    .needs_config = true, .run = admin_dead_replay,
	    .meaning = "send dead letters to be stored again" },
	{ { "dead", "show" }, .takes = GIVEN_JSON, .arguments = "ID",
	    .args_least = 1, .args_most = 1, .needs_config = true,
	    .run = admin_dead_show,
	    .meaning = "show all of a dead letter" },
	{ { "doctor" },
	    .takes = GIVEN_ALL | GIVEN_JSON | GIVEN_SQL | GIVEN_URL,
	    .needs_config = true, .run = admin_doctor,
	    .meaning = "look at a whole installation, say what to do" },
	{ { "migrate" }, .takes = GIVEN_DRY_RUN | GIVEN_JSON | GIVEN_SQL,
	    .needs_config = true, .run = admin_migrate,
	    .meaning = "bring the database's schema up to date" },
	{ { "reconcile" }, .takes = GIVEN_DRY_RUN | GIVEN_JSON | GIVEN_QUIET,
	    .needs_config = true, .run = admin_reconcile,
	    .meaning = "compare the index with the database, and mend it" },
	{ { "reindex" },
	    .takes = GIVEN_CANCEL | GIVEN_JSON | GIVEN_KEEP | GIVEN_QUIET,
	    .needs_config = true, .run = admin_reindex,
	    .meaning = "build the search index anew while writes go on" },
	{ { "restart" }, .takes = GIVEN_DRY_RUN | GIVEN_JSON,
	    .arguments = "[NAME...]", .args_most = ARGS_ANY,
	    .needs_config = true, .run = admin_restart,
	    .meaning = "restart this host's responders, one by one" },
	{ { "restored" }, .takes = GIVEN_JSON, .arguments = "[NUMBERS]",
	    .args_most = 1, .needs_config = true, .run = admin_restored,
	    .meaning = "let numbers go on after a dump was put back" },
	{ { "status" }, .takes = GIVEN_JSON | GIVEN_WATCH,
	    .needs_config = true, .run = admin_status,
	    .meaning = "say how every part is, and what waits" },
	{ { "token", "list" }, .takes = GIVEN_JSON, .needs_config = true,
	    .run = admin_token_list,
	    .meaning = "list all applications with their tokens" },
	{ { "token", "rotate" }, .takes = GIVEN_JSON, .arguments = "TOKEN|-",
	    .args_least = 1, .args_most = 1, .needs_config = true,
	    .run = admin_token_rotate,
	    .meaning = "give a new token, and end the old one at once" },
	{ { "token", "show" }, .takes = GIVEN_JSON, .arguments = "TOKEN|-",
	    .args_least = 1, .args_most = 1, .needs_config = true,
	    .run = admin_token_show,
	    .meaning = "say whose a token is, or what became of it" },
};
const size_t admin_commands_count = sizeof(admin_commands) /
    sizeof(admin_commands[0]);

const struct option_row admin_options[] = {
	{ GIVEN_ALL, .name = "all",
	    .meaning = "all there are, not only IDs or what is not well" },
	{ GIVEN_CANCEL, .name = "cancel",
	    .meaning = "give up one that was begun, remove what it made" },
	{ GIVEN_CONFIG, 'c', "config", "FILE", COMPLETES_FILE,
	    "read this configuration file" },
	{ GIVEN_DRY_RUN, .name = "dry-run",
	    .meaning = "only say what would be done" },
	{ GIVEN_HELP, 'h', "help",
	    .meaning = "show this, or what there is to a command" },
	{ GIVEN_JSON, .name = "json", .meaning = "say it in JSON" },
	{ GIVEN_KEEP, .name = "keep",
	    .meaning = "do not remove the old index" },
	{ GIVEN_QUIET, .name = "quiet",
	    .meaning = "say nothing but what goes wrong" },
	{ GIVEN_SQL, .name = "sql", .value = "DIR", COMPLETES_DIRECTORY,
	    "where the schema is, not " PARLEY_DATADIR "/sql" },
	{ GIVEN_URL, .name = "url", .value = "URL",
	    .meaning = "where the web server is" },
	{ GIVEN_VERSION, 'V', "version", .meaning = "show the version" },
	{ GIVEN_WATCH, .name = "watch",
	    .meaning = "say it again every two seconds" },
	{ GIVEN_YES, .name = "yes", .meaning = "do not ask" },
};
const size_t admin_options_count = sizeof(admin_options) /
    sizeof(admin_options[0]);

bool
command_begins(const struct command *command, size_t count,
    char *const words[])
{
	for (size_t i = 0; i < 2 && i < count; i++)
		if (command->words[i] != NULL &&
		    strcmp(words[i], command->words[i]) != 0)
			return false;
	return count > 0;
}

const struct command *
command_find(size_t count, char *const words[])
{
	for (size_t i = 0; i < admin_commands_count; i++) {
		const struct command *command = &admin_commands[i];

		if (command_begins(command, count, words) &&
		    (command->words[1] == NULL || count > 1))
			return command;
	}
	return NULL;
}

void
command_print_name(const struct command *command, FILE *out)
{
	fputs(command->words[0], out);
	if (command->words[1] != NULL)
		fprintf(out, " %s", command->words[1]);
}

void
command_print_synopsis(const struct command *command, FILE *out)
{
	command_print_name(command, out);
	for (size_t i = 0; i < admin_options_count; i++) {
		const struct option_row *option = &admin_options[i];

		if (command->takes & option->bit)
			fprintf(out, " [--%s%s%s]", option->name,
			    option->value ? " " : "",
			    option->value ? option->value : "");
	}
	if (command->arguments != NULL)
		fprintf(out, " %s", command->arguments);
}
