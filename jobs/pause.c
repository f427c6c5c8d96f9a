/* pause.c: waiting a little longer each time that something fails. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "pause.h"

#include <stdlib.h>

#include "clock.h"
#include "thread.h"

#define FIRST_MS 100
#define MOST_MS 10000
#define STEP_MS 50		/* how long a stop may go unnoticed */

void
pause_grow(struct pause *pause, const atomic_bool *stop)
{
	pause->ms = pause->ms == 0 ? FIRST_MS : pause->ms * 2;
	if (pause->ms > MOST_MS)
		pause->ms = MOST_MS;
	int64_t end = clock_mono_ms() + pause->ms / 2 +
	    random() % pause->ms / 2;
	while (!*stop && clock_mono_ms() < end)
		thread_pause(STEP_MS);
}
