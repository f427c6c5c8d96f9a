/* sweep.c: mends what Redis was not told about what is stored. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "sweep.h"

#include "clock.h"
#include "db_items.h"

#define SWEEP_MOST 500
#define SWEEP_AGE_MS 30000	/* younger ones are on their way */

enum result
sweep(struct cache *cache, struct db *db)
{
	struct key keys[SWEEP_MOST];
	uint64_t versions[SWEEP_MOST];
	struct mark marks[SWEEP_MOST];
	size_t count = 0, stored = 0;
	enum result result;

	result = cache_pending(cache, clock_wall_ms() - SWEEP_AGE_MS,
	    SWEEP_MOST, keys, &count);
	if (result != RESULT_OK || count == 0)
		return result;
	result = db_item_versions(db, keys, count, versions);
	if (result != RESULT_OK)
		return result;
	for (size_t i = 0; i < count; i++)
		if (versions[i] != 0)
			marks[stored++] = (struct mark){
				.key = keys[i], .version = versions[i] };
	return cache_mark(cache, marks, stored);
}
