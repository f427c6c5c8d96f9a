/* log_path.h: the path of a request, as a log may have it. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_LOG_PATH_H
#define PARLEY_LOG_PATH_H

#include "request.h"

/*
 * The path, unescaped ("?" if that cannot be), with what ident_short makes of
 * each token in the token's place: whoever reads a log is not to get into an
 * application by it. A new string.
 */
char *log_path(const struct request *);

/* Says that storage refused what had been checked: a fault of ours. */
void log_refusal(const struct request *);

#endif
