/* thread.h: threads and waiting on the monotonic clock. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_THREAD_H
#define PARLEY_THREAD_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

#define THREAD_STACK (512 * 1024)	/* bytes; resident is what is used */

/*
 * Starts a thread with all signals blocked, so that the main thread gets
 * them. A system without room for one more thread is treated like one
 * without memory: it is logged and the program aborts.
 */
void thread_start(pthread_t *, void *(*body)(void *), void *argument);

/* A condition variable whose timed waits use the monotonic clock. */
void thread_cond_init(pthread_cond_t *);

/* The time that lies ms after now on the monotonic clock, for such a wait. */
struct timespec thread_deadline(long ms);
struct timespec thread_deadline_us(int64_t us);

/* Sleeps for ms milliseconds, or less when a signal comes. */
void thread_pause(long ms);

#endif
