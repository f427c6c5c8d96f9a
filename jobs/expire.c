/* expire.c: forgets the Idempotency-Keys whose time is over. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "expire.h"

#include "clock.h"
#include "db_once.h"
#include "log.h"

#define PAGE 1000
#define SPEND_MS 50		/* no page is begun after that */
#define EVERY_MS 10000
#define MORE_MS 500		/* when there are more of them */

void
expire_when_due(struct expirer *e, struct db *db, const struct config *config)
{
	int64_t start = clock_mono_ms();
	enum result result;
	unsigned deleted;

	if (start < e->next)
		return;
	do {
		result = db_once_expire(db, clock_wall_ms(),
		    config->idempotency_hours, PAGE, &deleted);
	} while (result == RESULT_OK && deleted == PAGE &&
	    clock_mono_ms() < start + SPEND_MS);
	if (result != RESULT_OK)
		log_debug(NULL, "could not delete what is expired");
	e->next = clock_mono_ms() + (deleted == PAGE ? MORE_MS : EVERY_MS);
}
