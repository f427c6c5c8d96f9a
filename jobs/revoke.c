/* revoke.c: sees to it that Redis refuses tokens that were taken out of use. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "revoke.h"

#include "cache_upkeep.h"
#include "clock.h"
#include "db_lives.h"
#include "db_rotations.h"
#include "log.h"

#define PAGE 100

/*
 * In no known life Redis need not be told: what it has is of a life that is
 * over, and in the next one it is told only what MySQL says after it began.
 * One whose epoch has a successor that was in force is not where the others
 * work: then nobody has been told. (An epoch that is only recorded is none:
 * when two processes meet a new life at once, both record one.)
 */
static enum result
tell(struct cache *cache, struct db *db, const char *token)
{
	struct life life;
	bool over = false;
	enum result result = cache_life(cache, &life);

	if (result != RESULT_OK || life.epoch == 0)
		return result;
	result = db_epoch_passed(db, life.epoch + 1, &over);
	if (result == RESULT_OK)
		result = cache_token_revoke(cache, life.epoch, token);
	return result == RESULT_OK && over ? RESULT_CONFLICT : result;
}

enum result
revoke_untold(struct cache *cache, struct db *db)
{
	struct rotation rotations[PAGE];
	char name[IDENT_SHORT_SIZE];
	size_t count = 0;
	enum result result;

	result = db_rotations_untold(db, PAGE, rotations, &count);
	for (size_t i = 0; i < count && result == RESULT_OK; i++) {
		result = tell(cache, db, rotations[i].retired);
		if (result != RESULT_OK)
			break;
		ident_short(rotations[i].retired, name);
		log_info(NULL, "token %s is refused everywhere from now on",
		    name);
		result = db_rotation_told(db, rotations[i].retired,
		    clock_wall_ms());
	}
	return result;
}
