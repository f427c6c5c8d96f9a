/* program.h: how every program begins: its options, its configuration. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_PROGRAM_H
#define PARLEY_PROGRAM_H

#include <stdbool.h>

#include "config.h"

/* What all programs exit with. */
#define EXIT_OK 0
#define EXIT_USAGE 100		/* usage or configuration: it fails again */
#define EXIT_AGAIN 111		/* a temporary failure: try again */

/* An option without a value; its first letter is its short form. */
struct program_flag {
	const char *name;	/* "verbose" */
	const char *meaning;
	bool *given;		/* set to true */
};

#define PROGRAM_FLAGS_MOST 4

struct program {
	const char *name;	/* must outlive the logging */
	const char *about;	/* what it does; lines for --help */
	const char **config_path;	/* where to put the path that -c
					 * gave, or NULL; may be NULL */
	/* Besides -c, -h and -V; behind the last one, one without a name. */
	struct program_flag flags[PROGRAM_FLAGS_MOST + 1];
};

/*
 * Reads the command line, of which nothing but options is taken, and loads
 * *config. Returns -1 to go on; else what to exit with, when all has been
 * said and *config needs no config_free.
 */
MUST_CHECK int program_begin(const struct program *, int argc, char **argv,
    struct config *);

/*
 * Loads *config from path, or from where config_load finds it, in the name of
 * the program. Returns EXIT_OK; or EXIT_USAGE, having said why.
 */
MUST_CHECK int program_configure(const char *name, const char *path,
    struct config *);

#endif
