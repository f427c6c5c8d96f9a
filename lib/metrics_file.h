/* metrics_file.h: a process's file of counts; for metrics*.c only. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_METRICS_FILE_H
#define PARLEY_METRICS_FILE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "metrics_layout.h"
#include "result.h"

#define METRICS_SUFFIX ".metrics"
#define METRICS_NAME 32		/* of a program, and of a version */

typedef atomic_uint_least64_t metric_cell;
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && sizeof(metric_cell) == 8,
    "cells are shared by processes, and by versions");

/*
 * What a file begins with, in the byte order of the host. Behind it stand the
 * layout, padded with NULs to a multiple of 8, at least one; then the cells.
 */
struct metrics_head {
	char magic[8];		/* another format: other magic */
	uint64_t layout_hash;
	uint32_t layout_size;	/* with its NULs */
	uint32_t cells;
	int64_t started;	/* of who has it now, clock_wall_ms */
	char program[METRICS_NAME];
	char version[METRICS_NAME];
};

/* A new one, all of whose cells are 0, as it stands in a file. */
void metrics_image(struct buffer *out, const char *program,
    const struct layout *);

const char *metrics_layout_of(const struct metrics_head *);
metric_cell *metrics_cells_of(struct metrics_head *);

/*
 * Claims the first file of the program that no living process has, making it
 * if need be; what it has counted so far is in it, also if that was counted by
 * another version. Maps it, and returns the descriptor that holds it. The
 * head is the caller's to fill in. Every failure is logged.
 */
MUST_CHECK enum result metrics_file_claim(const char *dir,
    const char *program, const struct layout *, struct metrics_head **head,
    int *fd);

/*
 * Reads a whole file, whatever its owner does meanwhile; *living: some
 * process has it. RESULT_NOT_FOUND: it is empty, for it is only being
 * made; RESULT_INVALID: not ours, which is logged. Without a mapping, so that
 * a file which somebody cuts off ends nobody who only looks.
 */
MUST_CHECK enum result metrics_file_read(const char *path,
    struct buffer *out, bool *living);

#endif
