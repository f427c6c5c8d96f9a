/* thread.c: threads and waiting on the monotonic clock. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "thread.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

#define NANOSECONDS 1000000000L

void
thread_start(pthread_t *thread, void *(*body)(void *), void *argument)
{
	pthread_attr_t attr;
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, THREAD_STACK);
	error = pthread_create(thread, &attr, body, argument);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0) {
		log_error(NULL, "cannot start a thread: %s", strerror(error));
		abort();
	}
}

void
thread_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

struct timespec
thread_deadline(long ms)
{
	return thread_deadline_us((int64_t)ms * 1000);
}

struct timespec
thread_deadline_us(int64_t us)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += us / 1000000;
	t.tv_nsec += us % 1000000 * 1000;
	if (t.tv_nsec >= NANOSECONDS) {
		t.tv_sec++;
		t.tv_nsec -= NANOSECONDS;
	}
	return t;
}

void
thread_pause(long ms)
{
	const struct timespec t = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000L,
	};

	nanosleep(&t, NULL);
}
