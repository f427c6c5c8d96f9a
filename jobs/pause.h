/* pause.h: waiting a little longer each time that something fails. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_PAUSE_H
#define PARLEY_PAUSE_H

#include <stdatomic.h>

/* All zero is one that has not failed yet; so it is made after a success. */
struct pause {
	long ms;
};

/*
 * Sleeps: about 100 ms the first time, then twice as long each time, up to
 * ten seconds, give or take so that several do not keep in step. Less when
 * *stop is set.
 */
void pause_grow(struct pause *, const atomic_bool *stop);

#endif
