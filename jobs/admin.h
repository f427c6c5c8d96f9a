/* admin.h: what the commands of parley-admin have in common. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_ADMIN_H
#define PARLEY_ADMIN_H

#include <signal.h>
#include <stddef.h>

#include "program.h"

#define PROGRAM "parley-admin"
#define EXIT_NO 1		/* done, and the answer is: not all is well */

/* Options that only some commands take; a bit for each. */
#define GIVEN_ALL 1u
#define GIVEN_CANCEL 2u
#define GIVEN_DRY_RUN 4u
#define GIVEN_JSON 8u
#define GIVEN_KEEP 16u
#define GIVEN_SQL 32u
#define GIVEN_YES 64u

/* What the command line says, for the command that it names. */
struct call {
	const char *config_path;	/* NULL: as config_load finds it */
	const char *sql_directory;
	unsigned given;			/* GIVEN_* */
	char *const *args;		/* words after the command's own */
	size_t args_count;
	const struct config *config;	/* for commands that need it */
	const volatile sig_atomic_t *stop;	/* SIGINT or SIGTERM came */
};

/* The commands: each returns what to exit with, having said why on stderr. */
int admin_dead_drop(const struct call *);
int admin_dead_list(const struct call *);
int admin_dead_replay(const struct call *);
int admin_dead_show(const struct call *);
int admin_migrate(const struct call *);
int admin_reconcile(const struct call *);
int admin_reindex(const struct call *);
int admin_status(const struct call *);
int admin_token_list(const struct call *);
int admin_token_rotate(const struct call *);
int admin_token_show(const struct call *);

/* Says "parley-admin: …" on stderr, and returns status. */
int admin_fail(int status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
