/* broker_inspect.h: what the operator is told of RabbitMQ. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_BROKER_INSPECT_H
#define PARLEY_BROKER_INSPECT_H

#include "broker.h"

/* What failed last, for people. */
const char *broker_error(const struct broker *);

/* Whether an alarm of the broker keeps this connection from publishing. */
bool broker_is_blocked(const struct broker *);

/*
 * Both make a connection of their own, and change nothing.
 *
 * Compares a queue with what it should be. RESULT_NOT_FOUND: there is none;
 * RESULT_CONFLICT: it differs, *why says how, in the broker's words;
 * RESULT_REFUSED: this account may not declare it, and so not compare.
 */
#define BROKER_WHY_SIZE 768
MUST_CHECK enum result broker_compare(const struct config *,
    const char *queue, char why[BROKER_WHY_SIZE]);

/*
 * Logs in; with a user in the place of the configured one if it is not NULL.
 * RESULT_REFUSED: the broker does not let this one in.
 */
MUST_CHECK enum result broker_try_login(const struct config *,
    const char *user, const char *password, char why[BROKER_WHY_SIZE]);

#endif
