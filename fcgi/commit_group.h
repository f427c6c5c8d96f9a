/* commit_group.h: one group of writes, from number to reveal. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_COMMIT_GROUP_H
#define PARLEY_COMMIT_GROUP_H

#include <stdbool.h>

#include "commit.h"

/*
 * The connections of one lane and the group it has in hand, if any. One
 * thread at a time. The steps come in this order: come_up (once, and after
 * a failure), then for each group: add, admit, publish, finish.
 */
struct group;
struct group *group_new(const struct config *, struct db_pool *,
    struct life_keeper *, struct metrics *);
void group_free(struct group *);

/*
 * Connects to Redis and the broker, learns the epoch, and has the broker
 * confirm a probe. True: writes can be taken.
 */
MUST_CHECK bool group_come_up(struct group *);

/* Whether the bounds let one more write in; an empty group takes any. */
bool group_has_room(const struct group *, const struct write *);
void group_add(struct group *, struct write *);
size_t group_count(const struct group *);

/*
 * Numbers and hides the group. False: the lane has failed, and so have the
 * group's writes; so it is with group_publish, which also reveals them.
 */
MUST_CHECK bool group_admit(struct group *);
MUST_CHECK bool group_publish(struct group *);

/* Wakes the workers whose writes these are; the group is empty again. */
void group_finish(struct group *);

#endif
