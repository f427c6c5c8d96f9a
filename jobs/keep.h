/* keep.h: Idempotency-Keys, written down with what was stored for them. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_KEEP_H
#define PARLEY_KEEP_H

#include "batch.h"
#include "db.h"
#include "db_persist.h"

/* What became of the things of some entries: of work's items, in order. */
struct outcome {
	const struct work *work;
	const enum stored *stored;
};

/*
 * Inside the transaction that stores the entries: writes down what was
 * answered to those with a key, whether they are the newest of their thing or
 * not. RESULT_INVALID: some were condemned, because their keys are other
 * events'; roll back, and store the rest.
 */
MUST_CHECK enum result keep_keys(struct db *, struct entry *, size_t count,
    const struct outcome *chats, const struct outcome *messages, int hours);

#endif
