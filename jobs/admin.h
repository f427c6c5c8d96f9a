/* admin.h: what the commands of parley-admin have in common. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_ADMIN_H
#define PARLEY_ADMIN_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "program.h"

#define PROGRAM "parley-admin"
#define EXIT_NO 1		/* done, and the answer is: not all is well */

#ifndef PARLEY_DATADIR
#define PARLEY_DATADIR "/usr/share/parley"
#endif

/* The options, a bit for each; admin_command.c says what they mean. */
#define GIVEN_ALL (1u << 0)
#define GIVEN_CANCEL (1u << 1)
#define GIVEN_CONFIG (1u << 2)
#define GIVEN_DRY_RUN (1u << 3)
#define GIVEN_HELP (1u << 4)
#define GIVEN_JSON (1u << 5)
#define GIVEN_KEEP (1u << 6)
#define GIVEN_QUIET (1u << 7)
#define GIVEN_SQL (1u << 8)
#define GIVEN_URL (1u << 9)
#define GIVEN_VERSION (1u << 10)
#define GIVEN_WATCH (1u << 11)
#define GIVEN_YES (1u << 12)
#define GIVEN_WITH_ALL (GIVEN_CONFIG | GIVEN_HELP | GIVEN_VERSION)

/* What the command line says, for the command that it names. */
struct call {
	const char *config_path;	/* NULL: as config_load finds it */
	const char *sql_directory;
	char *url;			/* of the web server; NULL: none */
	unsigned given;			/* GIVEN_* */
	char *const *args;		/* words after the command's own */
	size_t args_count;
	const struct config *config;	/* for commands that need it */
	const volatile sig_atomic_t *stop;	/* SIGINT or SIGTERM came */
};

/* The commands: each returns what to exit with, having said why on stderr. */
int admin_completion_bash(const struct call *);
int admin_config_check(const struct call *);
int admin_config_sample(const struct call *);
int admin_config_show(const struct call *);
int admin_dead_drop(const struct call *);
int admin_dead_list(const struct call *);
int admin_dead_replay(const struct call *);
int admin_dead_show(const struct call *);
int admin_doctor(const struct call *);
int admin_migrate(const struct call *);
int admin_reconcile(const struct call *);
int admin_reindex(const struct call *);
int admin_restart(const struct call *);
int admin_restored(const struct call *);
int admin_status(const struct call *);
int admin_token_list(const struct call *);
int admin_token_rotate(const struct call *);
int admin_token_show(const struct call *);

bool admin_wants_json(const struct call *);

/* Whether, on stderr, nothing is to be said but what goes wrong. */
bool admin_is_quiet(const struct call *);

/* Says "parley-admin: …" on stderr, and returns status. */
int admin_fail(int status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
