/* late.h: how long the work behind the answers may wait before it is late. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_LATE_H
#define PARLEY_LATE_H

/*
 * Milliseconds. Stored and indexed is within a second as long as all goes
 * well; parley-count runs every five minutes, so three runs were missed.
 */
#define LATE_STORE_MS 60000
#define LATE_INDEX_MS 60000
#define LATE_COUNT_MS 900000

#endif
