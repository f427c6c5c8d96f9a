/* request_log.h: the line that a request leaves in the log. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_REQUEST_LOG_H
#define PARLEY_REQUEST_LOG_H

#include "buffer.h"
#include "request.h"
#include "response.h"
#include "worker.h"

/*
 * Writes the line, if the log has lines of such requests: what was asked, of
 * whom, how it was answered, where the time went (worker->spent, which has
 * been switched to its end) and, of a refusal, why. doc/logging.md says what
 * each member means. The buffer is empty, and is so again: it is kept from
 * one request to the next for its memory.
 */
void request_log(struct buffer *line, const struct request *,
    const struct response *, const struct worker *);

#endif
