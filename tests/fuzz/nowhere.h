/* nowhere.h: a configuration in which no service is there. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_NOWHERE_H
#define PARLEY_NOWHERE_H

/*
 * Sets the environment so, unless it names a configuration. What asks for a
 * service is refused at once, as when it is down.
 */
void nowhere(void);

#endif
