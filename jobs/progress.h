/* progress.h: how far a long piece of work is, for who waits for it. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_PROGRESS_H
#define PARLEY_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * On standard error: a bar if that is a terminal, else a line now and then.
 */
struct progress {
	const char *what;	/* "messages copied" */
	uint64_t first;		/* were done before we began */
	uint64_t total;		/* may turn out to be too low */
	bool quiet;
	int64_t began_at, shown_at;
};

/* first: so many are done already. quiet: nothing will be shown. */
void progress_begin(struct progress *, const char *what, uint64_t first,
    uint64_t total, bool quiet);

/* So many of the total are done. Draws only when it is time to. */
void progress_show(struct progress *, uint64_t done);

/* The last word. */
void progress_end(struct progress *, uint64_t done);

#endif
