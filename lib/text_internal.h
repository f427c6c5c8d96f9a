/* text_internal.h: what text.c lends to text_match.c. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_TEXT_INTERNAL_H
#define PARLEY_TEXT_INTERNAL_H

#include <stdbool.h>

#include "buffer.h"

/* A folded text and, for each of its bytes, the character it comes from. */
struct folding {
	struct buffer out;
	size_t *source;		/* offsets into the original text */
	size_t size;		/* room in source */
	bool space;		/* white space was met, not yet written */
};

/* Folds as text_fold does, and keeps where each byte comes from. */
void text_fold_map(struct folding *, const char *text, size_t len);
void text_fold_map_clear(struct folding *);

/* The end of the character, as readers see it, that begins at from. */
size_t text_cluster_end(const char *text, size_t len, size_t from);

#endif
