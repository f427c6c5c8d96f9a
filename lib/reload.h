/* reload.h: takes what may change while a program runs anew at SIGHUP. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_RELOAD_H
#define PARLEY_RELOAD_H

#include <pthread.h>
#include <stdatomic.h>

#include "config.h"
#include "result.h"

/*
 * A thread that waits for SIGHUP and then reads the configuration again. The
 * rows that config_table calls live are put into force, all of them the
 * log's; a file as log_target is opened anew, whatever has changed. What else
 * has changed is named in a line as waiting for a restart. A configuration
 * that is not right changes nothing, which is logged.
 */
struct reload {
	const struct config *running;
	const char *path;
	pthread_t thread;
	atomic_bool stop;
};

/*
 * Opens the log as the configuration says: at the start of every program
 * that runs by itself.
 */
MUST_CHECK enum result reload_log_open(const char *program,
    const struct config *);

/*
 * From here on SIGHUP ends nothing. Before any other thread is started; path
 * as program_begin gave it. Both must last until reload_stop.
 */
void reload_start(struct reload *, const struct config *running,
    const char *path);
void reload_stop(struct reload *);

/* What SIGHUP does, once: for reload_start and for tests. */
void reload(const struct config *running, const char *path,
    char *const envp[]);

#endif
