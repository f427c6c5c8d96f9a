/* program.c: how every program begins: its options, its configuration. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "program.h"

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define COMMON 3		/* options that every program has */
#define COMMON_LETTERS "c:hV"
#define GOES_ON (-1)

static void
usage(const struct program *program)
{
	const struct program_flag *flag;

	printf("usage: %s [-c FILE]", program->name);
	for (flag = program->flags; flag->name != NULL; flag++)
		printf(" [-%c]", flag->name[0]);
	printf("\n\n%s\n  -c, --config FILE  read this configuration file\n",
	    program->about);
	for (flag = program->flags; flag->name != NULL; flag++)
		printf("  -%c, --%-13s%s\n", flag->name[0], flag->name,
		    flag->meaning);
	printf("  -h, --help         show this\n"
	    "  -V, --version      show the version\n\n");
	config_usage(stdout);
}

static void
note_flag(const struct program *program, int letter)
{
	const struct program_flag *flag;

	for (flag = program->flags; flag->name != NULL; flag++)
		if (flag->name[0] == letter)
			*flag->given = true;
}

/* What getopt is to know, in the two forms that it wants. */
static void
list_options(const struct program *program, char *letters,
    struct option *options)
{
	static const struct option common[COMMON] = {
		{ "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
	};
	const struct program_flag *flag;

	memcpy(options, common, sizeof(common));
	options += COMMON;
	memcpy(letters, COMMON_LETTERS, sizeof(COMMON_LETTERS));
	letters += strlen(letters);
	for (flag = program->flags; flag->name != NULL; flag++) {
		*letters++ = flag->name[0];
		*options++ = (struct option){ flag->name, no_argument, NULL,
			flag->name[0] };
	}
	*letters = '\0';
	*options = (struct option){0};
}

/* Returns GOES_ON, or what to exit with. */
static int
read_options(const struct program *program, int argc, char **argv,
    const char **config_path)
{
	struct option options[COMMON + PROGRAM_FLAGS_MOST + 1];
	char letters[sizeof(COMMON_LETTERS) + PROGRAM_FLAGS_MOST];
	int option;

	list_options(program, letters, options);
	while ((option = getopt_long(argc, argv, letters, options, NULL)) !=
	    -1) {
		switch (option) {
		case 'c':
			*config_path = optarg;
			break;
		case 'h':
			usage(program);
			return EXIT_OK;
		case 'V':
			printf("%s " PACKAGE_VERSION "\n", program->name);
			return EXIT_OK;
		case '?':	/* getopt has said why */
			fprintf(stderr, "Try '%s --help'.\n", program->name);
			return EXIT_USAGE;
		default:
			note_flag(program, option);
		}
	}
	if (optind == argc)
		return GOES_ON;
	fprintf(stderr, "%s: takes no arguments; see --help\n", program->name);
	return EXIT_USAGE;
}

int
program_configure(const char *name, const char *path, struct config *config)
{
	char error[512];

	if (config_load(config, path, environ, error, sizeof(error)) ==
	    RESULT_OK)
		return EXIT_OK;
	fprintf(stderr, "%s: %s\n", name, error);
	return EXIT_USAGE;
}

int
program_begin(const struct program *program, int argc, char **argv,
    struct config *config)
{
	const char *config_path = NULL;
	int status = read_options(program, argc, argv, &config_path);

	if (status != GOES_ON)
		return status;
	if (program->config_path != NULL)
		*program->config_path = config_path;
	status = program_configure(program->name, config_path, config);
	return status == EXIT_OK ? GOES_ON : status;
}
