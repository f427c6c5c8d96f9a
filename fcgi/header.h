/* header.h: reading what stands in the value of a header. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_HEADER_H
#define PARLEY_HEADER_H

/*
 * The parameter of that name in a value like "type; a=token; b="quoted"",
 * unquoted, as a new string; NULL if it is not there or not well formed.
 */
char *header_parameter(const char *value, const char *name);

#endif
