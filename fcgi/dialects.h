/* dialects.h: the dialects that there are. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DIALECTS_H
#define PARLEY_DIALECTS_H

#include "dialect.h"

/* Each stands in the file of its system, and in the list of dialects.c. */
extern const struct dialect dialect_deeb;
extern const struct dialect dialect_mosaad;
extern const struct dialect dialect_shady_go;
extern const struct dialect dialect_shady_rails;
extern const struct dialect dialect_shetewi;
extern const struct dialect dialect_shetewi_go;

#endif
