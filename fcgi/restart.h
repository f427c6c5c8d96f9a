/* restart.h: a responder is replaced by what is installed now, in its place. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_RESTART_H
#define PARLEY_RESTART_H

#include <stdbool.h>

/*
 * Whether what argv names now would start: it is run with --test, which reads
 * the configuration and exits. If not, says so in the log, and what is
 * running should rather go on.
 */
bool restart_possible(char *const argv[]);

/*
 * Becomes what argv names now. The process stays the same one, and so does
 * its listening socket: whoever waits there goes on waiting, nobody is
 * refused, and whoever started the process sees nothing of it. Returns only
 * if that failed, which it has logged.
 */
void restart_now(char *const argv[]);

#endif
