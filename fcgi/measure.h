/* measure.h: counts requests and their answers. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_MEASURE_H
#define PARLEY_MEASURE_H

#include "exchange.h"

/*
 * What the requests of a family are counted by: the paths of its routes, or
 * its dialects; "none", where nothing fits, is the last. NULL ends them. The
 * caller frees the array, not the strings.
 */
const char **measure_routes(const struct family *);

/*
 * Around the work on a request. It is counted when its answer is made, before
 * a byte of it is sent: a client never has an answer that is not counted.
 * Its time is worker->spent, which has been switched to its end, without what
 * the web server took to hand it over.
 */
void measure_begins(struct worker *);
void measure_ends(struct worker *, const struct exchange *);

#endif
