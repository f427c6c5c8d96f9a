/* sweep.c: mends what Redis was not told about what is stored. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "sweep.h"

#include <stdbool.h>

#include "clock.h"
#include "db_items.h"

#define PAGE 500
#define AGE_MS 30000		/* younger ones are on their way */
#define SPEND_MS 50		/* no page is begun after that */

/* Sweeps one page. *last: there was no more. */
static enum result
sweep_page(struct sweeper *s, struct cache *cache, struct db *db, bool *last)
{
	struct key keys[PAGE];
	uint64_t versions[PAGE];
	struct mark marks[PAGE];
	size_t count = 0, stored = 0;
	struct pending_at at = s->at;
	enum result result;

	result = cache_pending_next(cache, &at, clock_wall_ms() - AGE_MS,
	    PAGE, keys, &count);
	*last = count == 0;
	if (result != RESULT_OK || count == 0)
		return result;
	result = db_item_versions(db, keys, count, versions);
	if (result != RESULT_OK)
		return result;
	for (size_t i = 0; i < count; i++)
		if (versions[i] != 0)
			marks[stored++] = (struct mark){
				.key = keys[i], .version = versions[i] };
	if (stored > 0)
		result = cache_mark(cache, marks, stored);
	if (result == RESULT_OK)
		s->at = at;
	return result;
}

enum result
sweep(struct sweeper *s, struct cache *cache, struct db *db)
{
	int64_t end = clock_mono_ms() + SPEND_MS;
	bool last = false;
	enum result result;

	do {
		result = sweep_page(s, cache, db, &last);
	} while (result == RESULT_OK && !last && clock_mono_ms() < end);
	if (last)
		*s = (struct sweeper){0};
	return result;
}
