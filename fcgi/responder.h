/* responder.h: the main of every program of the web side. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_RESPONDER_H
#define PARLEY_RESPONDER_H

#include "route.h"

/*
 * Reads the command line and the configuration, then serves the family's
 * routes: as a FastCGI responder if standard input is a listening socket,
 * until SIGTERM; else one request out of the environment and standard input,
 * answered on standard output as a CGI program would. Returns the exit code:
 * 0, 100 (usage or configuration) or 111 (try again).
 */
int responder_main(const struct family *, int argc, char **argv);

#endif
