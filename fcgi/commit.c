/* commit.c: the queue of waiting writes, and the lanes that take them. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "commit.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "commit_group.h"
#include "memory.h"
#include "thread.h"

#define PAUSE_FIRST_MS 50	/* of a lane that is down; doubles */
#define PAUSE_MOST_MS 800
#define WAIT_MOST_MS 20		/* a confirm rarely takes as long */

struct committer {
	const struct config *config;

	pthread_mutex_t mutex;		/* of what follows */
	pthread_cond_t change;		/* a write came, or time to stop */
	pthread_cond_t tried;		/* a lane has tried to come up */
	struct write *first, **last;	/* writes that wait */
	size_t waiting;			/* how many */
	size_t wanted;			/* so many are news to a lane */
	size_t expected;		/* writers: in the last group or
					 * waiting when it ended */
	int64_t took_us;		/* that group, from its numbering on */
	int up;				/* lanes that are up */
	int untried;			/* lanes that have not tried yet */
	bool stop;

	pthread_mutex_t turn;		/* held while numbering a group */

	struct lane *lanes;
	int count;
};

struct lane {
	struct committer *committer;
	pthread_t thread;
	struct group *group;
};

/* ---- the workers' side ---- */

enum result
commit_write(struct committer *c, struct write *w)
{
	bool due;

	w->next = NULL;
	sem_init(&w->done, 0, 0);
	pthread_mutex_lock(&c->mutex);
	if (c->up == 0 || c->stop) {
		pthread_mutex_unlock(&c->mutex);
		sem_destroy(&w->done);
		return RESULT_UNAVAILABLE;
	}
	*c->last = w;
	c->last = &w->next;
	due = ++c->waiting == c->wanted;
	pthread_mutex_unlock(&c->mutex);
	if (due)
		pthread_cond_signal(&c->change);

	while (sem_wait(&w->done) != 0)
		;			/* a signal; the write goes on */
	sem_destroy(&w->done);
	return w->result;
}

/* ---- the lanes' side ---- */

/* With no lane up nobody would take them: they are told so. */
static void
turn_away_waiting(struct committer *c)
{
	struct write *w, *next;

	for (w = c->first; w != NULL; w = next) {
		next = w->next;
		w->result = RESULT_UNAVAILABLE;
		sem_post(&w->done);
	}
	c->first = NULL;
	c->last = &c->first;
	c->waiting = 0;
}

static void
set_up(struct committer *c, bool up)
{
	pthread_mutex_lock(&c->mutex);
	c->up += up ? 1 : -1;
	if (c->up == 0)
		turn_away_waiting(c);
	pthread_mutex_unlock(&c->mutex);
}

static bool
is_complete(const struct committer *c)
{
	return c->stop || c->waiting >= c->expected;
}

/*
 * A message costs the broker much, and what it carries little; and who was
 * just answered is likely to write again. So as many as there were when the
 * last group ended are waited for, as long as writes keep coming: a quarter
 * of the time that the group took for the next one, and no longer than all of
 * it. Who is alone waits for nobody.
 */
static void
gather(struct committer *c)
{
	const int64_t most_us = c->took_us < WAIT_MOST_MS * 1000 ?
	    c->took_us : WAIT_MOST_MS * 1000;
	const int64_t end = clock_mono_us() + most_us;
	struct timespec until;
	size_t seen;

	c->wanted = c->expected;
	do {
		seen = c->waiting;
		until = thread_deadline_us(most_us / 4);
		while (!is_complete(c) && pthread_cond_timedwait(&c->change,
		    &c->mutex, &until) == 0)
			;
	} while (!is_complete(c) && c->waiting > seen &&
	    clock_mono_us() < end);
	c->wanted = 1;
}

static void
await_writes(struct committer *c)
{
	while (c->first == NULL && !c->stop)
		pthread_cond_wait(&c->change, &c->mutex);
	if (c->expected > 1)
		gather(c);
}

/* Moves as many waiting writes as the bounds allow into the group. */
static void
collect(struct committer *c, struct group *group)
{
	struct write *w;

	pthread_mutex_lock(&c->mutex);
	await_writes(c);
	while ((w = c->first) != NULL && group_has_room(group, w)) {
		c->first = w->next;
		if (c->first == NULL)
			c->last = &c->first;
		group_add(group, w);
		c->waiting--;
	}
	pthread_mutex_unlock(&c->mutex);
}

/* Wakes the group's workers. */
static void
finish(struct committer *c, struct group *group, int64_t since)
{
	pthread_mutex_lock(&c->mutex);
	c->expected = group_count(group) + c->waiting;
	c->took_us = clock_mono_us() - since;
	pthread_mutex_unlock(&c->mutex);
	group_finish(group);
}

static bool
stopping(struct committer *c)
{
	bool stop;

	pthread_mutex_lock(&c->mutex);
	stop = c->stop && c->first == NULL;
	pthread_mutex_unlock(&c->mutex);
	return stop;
}

/* Takes and commits groups until it is time to stop or the lane fails. */
static void
serve(struct lane *lane)
{
	struct committer *c = lane->committer;
	int64_t since;
	bool fit = true;

	while (fit && !stopping(c)) {
		pthread_mutex_lock(&c->turn);
		collect(c, lane->group);
		since = clock_mono_us();
		fit = group_admit(lane->group);
		pthread_mutex_unlock(&c->turn);
		if (fit)
			fit = group_publish(lane->group);
		finish(c, lane->group, since);
	}
}

static void
note_tried(struct committer *c)
{
	pthread_mutex_lock(&c->mutex);
	c->untried--;
	pthread_cond_broadcast(&c->tried);
	pthread_mutex_unlock(&c->mutex);
}

/* Waits a while, unless it is time to stop; true: it is. */
static bool
pause_or_stop(struct committer *c, long ms)
{
	const struct timespec until = thread_deadline(ms);
	bool stop;

	pthread_mutex_lock(&c->mutex);
	while (!c->stop && pthread_cond_timedwait(&c->tried, &c->mutex,
	    &until) == 0)
		;
	stop = c->stop;
	pthread_mutex_unlock(&c->mutex);
	return stop;
}

static void *
lane_run(void *argument)
{
	struct lane *lane = argument;
	struct committer *c = lane->committer;
	long pause = PAUSE_FIRST_MS;
	bool tried = false, up;

	do {
		up = group_come_up(lane->group);
		if (up) {
			set_up(c, true);
			pause = PAUSE_FIRST_MS;
		}
		if (!tried)
			note_tried(c);
		tried = true;
		if (up) {
			serve(lane);
			set_up(c, false);
		} else if (pause < PAUSE_MOST_MS) {
			pause *= 2;
		}
	} while (!pause_or_stop(c, pause));
	return NULL;
}

/* ---- making and ending ---- */

struct committer *
committer_new(const struct config *config, struct db_pool *pool,
    struct life_keeper *life, struct metrics *metrics)
{
	struct committer *c = xcalloc(1, sizeof *c);
	int i;

	c->config = config;
	c->wanted = 1;
	c->last = &c->first;
	c->count = c->untried = config->commit_lanes;
	c->lanes = xcalloc((size_t)c->count, sizeof *c->lanes);
	pthread_mutex_init(&c->mutex, NULL);
	pthread_mutex_init(&c->turn, NULL);
	thread_cond_init(&c->change);
	thread_cond_init(&c->tried);
	for (i = 0; i < c->count; i++) {
		c->lanes[i].committer = c;
		c->lanes[i].group = group_new(config, pool, life,
		    metrics);
		thread_start(&c->lanes[i].thread, lane_run, &c->lanes[i]);
	}
	pthread_mutex_lock(&c->mutex);
	while (c->untried > 0)
		pthread_cond_wait(&c->tried, &c->mutex);
	pthread_mutex_unlock(&c->mutex);
	return c;
}

void
committer_free(struct committer *c)
{
	int i;

	if (c == NULL)
		return;
	pthread_mutex_lock(&c->mutex);
	c->stop = true;
	pthread_cond_broadcast(&c->change);
	pthread_cond_broadcast(&c->tried);
	pthread_mutex_unlock(&c->mutex);
	for (i = 0; i < c->count; i++) {
		pthread_join(c->lanes[i].thread, NULL);
		group_free(c->lanes[i].group);
	}
	pthread_cond_destroy(&c->change);
	pthread_cond_destroy(&c->tried);
	pthread_mutex_destroy(&c->turn);
	pthread_mutex_destroy(&c->mutex);
	free(c->lanes);
	free(c);
}
