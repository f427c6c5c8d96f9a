/* admin_completion.c: parley-admin completion: what a shell completes. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "admin_command.h"

/*
 * For bash. Words are collected up to the cursor: those that are neither
 * options nor what belongs to them name the command.
 */
static const char head[] =
"# parley-admin: what bash completes; made by `parley-admin completion bash`.\n"
"# SPDX-License-Identifier: BSD-2-Clause\n"
"# shellcheck shell=bash\n"
"_parley_admin()\n"
"{\n"
"	local word=${COMP_WORDS[COMP_CWORD]}\n"
"	local last=${COMP_WORDS[COMP_CWORD - 1]}\n"
"	local command='' words='' options='' i\n"
"\n"
"	COMPREPLY=()\n"
"	# Of --sql=DIR bash makes three words.\n"
"	[ \"$last\" != = ] || last=${COMP_WORDS[COMP_CWORD - 2]}\n"
"	[ \"$word\" != = ] || { last=${COMP_WORDS[COMP_CWORD - 1]} word=''; }\n"
"	case $last in\n";
static const char middle[] =
"	esac\n"
"	for ((i = 1; i < COMP_CWORD; i++)); do\n"
"		case ${COMP_WORDS[i]} in\n";
static const char tail[] =
"	esac\n"
"	[ -n \"$words\" ] || words=$options\n"
"	[[ $word != -* ]] || words=$options\n"
"	mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
"}\n"
"complete -F _parley_admin " PROGRAM "\n";

/* "-c | --config", for a case. */
static void
print_pattern(const struct option_row *option)
{
	if (option->letter != '\0')
		printf("-%c | ", option->letter);
	printf("--%s", option->name);
}

/* What is offered as the value of an option. */
static void
print_value(const struct option_row *option)
{
	static const char letters[] = {		/* for compgen */
		[COMPLETES_FILE] = 'f', [COMPLETES_DIRECTORY] = 'd',
	};

	printf("\t");
	print_pattern(option);
	printf(")\n");
	if (option->completes != COMPLETES_NOTHING)
		printf("\t\tcompopt -o filenames 2>/dev/null\n"
		    "\t\tmapfile -t COMPREPLY < <(compgen -%c -- \"$word\")\n",
		    letters[option->completes]);
	printf("\t\treturn\n"
	    "\t\t;;\n");
}

static void
print_values(void)
{
	for (size_t i = 0; i < admin_options_count; i++)
		if (admin_options[i].value != NULL)
			print_value(&admin_options[i]);
}

static void
print_words(void)
{
	printf("\t\t=) ((i++)) ;;\n");
	for (size_t i = 0; i < admin_options_count; i++) {
		if (admin_options[i].value == NULL)
			continue;
		printf("\t\t");
		print_pattern(&admin_options[i]);
		printf(")\n\t\t\t[ \"${COMP_WORDS[i + 1]}\" = = ] || ((i++))\n"
		    "\t\t\t;;\n");
	}
	printf("\t\t-*) ;;\n"
	    "\t\t*) command+=\" ${COMP_WORDS[i]}\" ;;\n"
	    "\t\tesac\n"
	    "\tdone\n");
}

static void
print_options(unsigned bits)
{
	for (size_t i = 0; i < admin_options_count; i++)
		if (bits & admin_options[i].bit)
			printf("%s--%s", bits & (admin_options[i].bit - 1) ?
			    " " : "", admin_options[i].name);
}

/* Whether it is the first with this first word. */
static bool
begins_group(size_t i)
{
	return i == 0 || strcmp(admin_commands[i].words[0],
	    admin_commands[i - 1].words[0]) != 0;
}

/* What may follow a first word: "check sample". */
static void
print_group(size_t first)
{
	const struct command *command = &admin_commands[first];

	printf("\t' %s') words='", command->words[0]);
	for (size_t i = first; i < admin_commands_count &&
	    (i == first || !begins_group(i)); i++)
		printf("%s%s", i > first ? " " : "",
		    admin_commands[i].words[1]);
	printf("' ;;\n");
}

static void
print_commands(void)
{
	printf("\toptions='");
	print_options(GIVEN_WITH_ALL);
	printf("'\n\tcase $command in\n\t'') words='");
	for (size_t i = 0; i < admin_commands_count; i++)
		if (begins_group(i))
			printf("%s%s", i > 0 ? " " : "",
			    admin_commands[i].words[0]);
	printf("' ;;\n");
	for (size_t i = 0; i < admin_commands_count; i++) {
		const struct command *command = &admin_commands[i];

		if (begins_group(i) && command->words[1] != NULL)
			print_group(i);
		printf("\t' ");
		command_print_name(command, stdout);
		printf("'*) options='");
		print_options(command->takes | GIVEN_WITH_ALL);
		printf("' ;;\n");
	}
}

int
admin_completion_bash(const struct call *call)
{
	(void)call;
	fputs(head, stdout);
	print_values();
	fputs(middle, stdout);
	print_words();
	print_commands();
	fputs(tail, stdout);
	return EXIT_OK;
}
