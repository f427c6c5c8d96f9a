/* admin_look.h: how every part is, and what waits, as parley-admin finds it. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_ADMIN_LOOK_H
#define PARLEY_ADMIN_LOOK_H

#include <jansson.h>

#include "config.h"

/*
 * Asks every part, each for no longer than its timeout. A new object, as
 * `parley-admin status --json` prints it: "well", an object for each part
 * with "status" ("ok" or "down"), "version" and numbers, and "problems".
 */
json_t *look_at_all(const struct config *);

#endif
