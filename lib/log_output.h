/* log_output.h: where the log's lines go, and how many with one write. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_LOG_OUTPUT_H
#define PARLEY_LOG_OUTPUT_H

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>

#include "buffer.h"

#define LOG_OUTPUT_SYSLOG (-1)	/* in the place of a file's number */

/*
 * Lines wait in it to be written together, in the order in which they came:
 * up to PIPE_BUF bytes, which a pipe takes whole, so that the lines of
 * processes that share one never mix. Nothing waits for syslog.
 */
struct log_output {
	pthread_mutex_t mutex;	/* of what follows */
	int file;		/* its number, or LOG_OUTPUT_SYSLOG */
	size_t len;
	char waiting[PIPE_BUF];
};

/* One that writes to stderr. */
#define LOG_OUTPUT_INITIALIZER { .mutex = PTHREAD_MUTEX_INITIALIZER, \
	.file = STDERR_FILENO }

/*
 * Takes a line, which ends with a newline; the priority is syslog's. Unless
 * it may wait it is written before this returns, and all that waits before
 * it. One that is longer than PIPE_BUF is written alone.
 */
void log_output_line(struct log_output *, const struct buffer *line,
    int priority, bool may_wait);

/* Writes what waits, if anything does. */
void log_output_flush(struct log_output *);

/*
 * What comes from here on goes elsewhere, what waits where it was to go. The
 * old file, unless it is stderr, is closed; the new one is taken over.
 */
void log_output_change(struct log_output *, int file);

#endif
