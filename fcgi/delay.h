/* delay.h: things that are to be done a little later, by a thread for that. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DELAY_H
#define PARLEY_DELAY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Keeps up to `most` things for ms milliseconds each, then hands them to
 * finish, one after the other, ms / most apart: what came all at once shall
 * not come back all at once.
 */
struct delayer;
struct delayer *delayer_new(void (*finish)(void *), size_t most, long ms);

/* Takes a thing over. False: it keeps as many as it may. */
bool delayer_take(struct delayer *, void *thing);

/* Finishes at once what is still there. NULL is fine. */
void delayer_free(struct delayer *);

#endif
