/* admin_help.c: what parley-admin --help says. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "admin_command.h"

#define NAME_WIDTH 24		/* of a command with its arguments */
#define OPTION_WIDTH 12

static void
print_option(const struct option_row *option, FILE *out)
{
	char dashes[5] = "    ";

	if (option->letter != '\0')
		snprintf(dashes, sizeof(dashes), "-%c, ", option->letter);
	fprintf(out, "  %s--%s %-*s %s\n", dashes, option->name,
	    OPTION_WIDTH - (int)strlen(option->name),
	    option->value ? option->value : "", option->meaning);
}

static void
print_options(unsigned bits, FILE *out)
{
	for (size_t i = 0; i < admin_options_count; i++)
		if (bits & admin_options[i].bit)
			print_option(&admin_options[i], out);
}

/* "dead show ID", and what it is for. */
static void
print_line(const struct command *command, FILE *out)
{
	const char *second = command->words[1], *rest = command->arguments;
	int width = fprintf(out, "  %s%s%s%s%s", command->words[0],
	    second ? " " : "", second ? second : "", rest ? " " : "",
	    rest ? rest : "");

	fprintf(out, "%*s  %s\n", NAME_WIDTH - width, "", command->meaning);
}

static void
print_all(FILE *out)
{
	fputs("usage: " PROGRAM " [-c FILE] COMMAND [OPTION...]\n\n"
	    "What an operator of Parley does by hand.\n\nCommands:\n", out);
	for (size_t i = 0; i < admin_commands_count; i++)
		print_line(&admin_commands[i], out);
	fputs("\nOptions of all commands:\n", out);
	print_options(GIVEN_WITH_ALL, out);
	fputs("\nThe others: " PROGRAM " COMMAND --help, and the manual: "
	    "man " PROGRAM "\n", out);
}

static void
print_command(const struct command *command, FILE *out)
{
	fputs("usage: " PROGRAM " [-c FILE] ", out);
	command_print_synopsis(command, out);
	fprintf(out, "\n  %s\n\n", command->meaning);
	print_options(command->takes | GIVEN_WITH_ALL, out);
	fprintf(out, "\nMore: man " PROGRAM "-%s\n", command->words[0]);
}

void
help_print(size_t count, char *const words[], FILE *out)
{
	bool any = false;

	for (size_t i = 0; i < admin_commands_count; i++)
		if (command_begins(&admin_commands[i], count, words)) {
			if (any)
				fputc('\n', out);
			print_command(&admin_commands[i], out);
			any = true;
		}
	if (!any)
		print_all(out);
}
