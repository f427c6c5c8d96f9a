/* combine.c: what many threads ask for at once, asked by one of them. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "combine.h"

#include <sched.h>
#include <stdint.h>

void
combiner_init(struct combiner *c, int most_asking, size_t most)
{
	*c = (struct combiner){ .most_asking = most_asking, .most = most };
	c->last = &c->first;
	pthread_mutex_init(&c->mutex, NULL);
}

void
combiner_clear(struct combiner *c)
{
	pthread_mutex_destroy(&c->mutex);
}

/* Takes the first ones that have room out of who waits. With the mutex held. */
static struct combined *
take(struct combiner *c, size_t room)
{
	struct combined *group = c->first, **end = &group;

	for (; *end != NULL && (*end)->size <= room; end = &(*end)->next) {
		room -= (*end)->size;
		c->waiting -= (*end)->size;
	}
	c->first = *end;
	if (c->first == NULL)
		c->last = &c->first;
	*end = NULL;
	return group;
}

/* Tells a group how it went. One that is told is gone. */
static void
tell(struct combined *group, enum result result)
{
	struct combined *ask, *next;

	for (ask = group; ask != NULL; ask = next) {
		next = ask->next;
		ask->result = result;
		sem_post(&ask->turn);
	}
}

/* Asks, also for who waits, and leaves the next turn to the next of them. */
static void
lead(struct combiner *c, struct combined *mine, combine_ask *how, void *context)
{
	struct combined *late = NULL, *next;
	enum result result;

	/* Who is ready to ask may do so first; if nobody is, we go on. */
	sched_yield();
	pthread_mutex_lock(&c->mutex);
	mine->next = mine->size < c->most ? take(c, c->most - mine->size) :
	    NULL;
	pthread_mutex_unlock(&c->mutex);
	result = how(context, mine);
	pthread_mutex_lock(&c->mutex);
	if (result != RESULT_OK)
		late = take(c, SIZE_MAX);
	next = c->first != NULL ? take(c, c->first->size) : NULL;
	if (next == NULL)
		c->asking--;
	pthread_mutex_unlock(&c->mutex);
	if (next != NULL) {
		next->leads = true;
		sem_post(&next->turn);
	}
	tell(mine->next, result);
	tell(late, result);
	mine->result = result;
}

/* Whether who comes now asks at once. With the mutex held. */
static bool
may_lead(const struct combiner *c, size_t size)
{
	return c->asking == 0 ||
	    (c->asking < c->most_asking && c->waiting + size >= c->most);
}

enum result
combine(struct combiner *c, struct combined *mine, combine_ask *how,
    void *context)
{
	bool leads;

	mine->next = NULL;
	mine->leads = false;
	pthread_mutex_lock(&c->mutex);
	leads = may_lead(c, mine->size);
	if (leads) {
		c->asking++;
	} else {
		sem_init(&mine->turn, 0, 0);
		*c->last = mine;
		c->last = &mine->next;
		c->waiting += mine->size;
	}
	pthread_mutex_unlock(&c->mutex);
	if (!leads) {
		while (sem_wait(&mine->turn) != 0)
			;		/* a signal */
		sem_destroy(&mine->turn);
		leads = mine->leads;
	}
	if (leads)
		lead(c, mine, how, context);
	return mine->result;
}
