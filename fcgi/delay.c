/* delay.c: things that are to be done a little later, by a thread for that. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "delay.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "clock.h"
#include "memory.h"
#include "thread.h"

struct delayed {
	void *thing;
	int64_t due;		/* clock_mono_ms */
};

struct delayer {
	void (*finish)(void *);
	long ms;
	pthread_t thread;

	pthread_mutex_t mutex;	/* of what follows */
	pthread_cond_t change;	/* something came, or it is time to stop */
	bool stop;
	int64_t free_at;	/* nothing is finished before, clock_mono_ms */
	struct delayed *ring;	/* in the order in which they are due */
	size_t size, first, count;
};

/* ms until the first one may be finished, 0 or less: now. */
static int64_t
wait_ms(const struct delayer *d)
{
	const int64_t due = d->ring[d->first].due;

	return (due > d->free_at ? due : d->free_at) - clock_mono_ms();
}

/* Waits until the first one is due. NULL: none is left, and none will come. */
static void *
next(struct delayer *d)
{
	struct timespec until;
	void *thing = NULL;
	int64_t left = 0;

	pthread_mutex_lock(&d->mutex);
	while (!d->stop) {
		if (d->count > 0)
			left = wait_ms(d);
		if (d->count > 0 && left <= 0)
			break;
		until = thread_deadline((long)left);
		if (d->count > 0)
			pthread_cond_timedwait(&d->change, &d->mutex, &until);
		else
			pthread_cond_wait(&d->change, &d->mutex);
	}
	if (d->count > 0) {
		thing = d->ring[d->first].thing;
		d->first = (d->first + 1) % d->size;
		d->count--;
		d->free_at = clock_mono_ms() + d->ms / (long)d->size;
	}
	pthread_mutex_unlock(&d->mutex);
	return thing;
}

static void *
run(void *argument)
{
	struct delayer *const d = argument;
	void *thing;

	while ((thing = next(d)) != NULL)
		d->finish(thing);
	return NULL;
}

struct delayer *
delayer_new(void (*finish)(void *), size_t most, long ms)
{
	struct delayer *const d = xcalloc(1, sizeof(*d));

	d->finish = finish;
	d->ms = ms;
	d->size = most;
	d->ring = xcalloc(most, sizeof(*d->ring));
	pthread_mutex_init(&d->mutex, NULL);
	thread_cond_init(&d->change);
	thread_start(&d->thread, run, d);
	return d;
}

bool
delayer_take(struct delayer *d, void *thing)
{
	bool room;

	pthread_mutex_lock(&d->mutex);
	room = d->count < d->size;
	if (room) {
		d->ring[(d->first + d->count++) % d->size] = (struct delayed){
			.thing = thing,
			.due = clock_mono_ms() + d->ms,
		};
		pthread_cond_signal(&d->change);
	}
	pthread_mutex_unlock(&d->mutex);
	return room;
}

void
delayer_free(struct delayer *d)
{
	if (d == NULL)
		return;
	pthread_mutex_lock(&d->mutex);
	d->stop = true;
	pthread_cond_signal(&d->change);
	pthread_mutex_unlock(&d->mutex);
	pthread_join(d->thread, NULL);
	pthread_cond_destroy(&d->change);
	pthread_mutex_destroy(&d->mutex);
	free(d->ring);
	free(d);
}
