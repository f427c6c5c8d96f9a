/* db_script.h: taking a file of SQL apart into its statements. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DB_SCRIPT_H
#define PARLEY_DB_SCRIPT_H

#include "buffer.h"
#include "result.h"

/*
 * Reads the next statement at *cursor and moves the cursor behind it. A
 * statement ends with a semicolon or with the text; comments (two dashes
 * and a space, a hash, slash and star) are left out, and white space at both
 * ends; what is quoted is left alone. There is no DELIMITER: bodies of
 * triggers and procedures cannot be written. *statement is overwritten.
 * RESULT_NOT_FOUND: there is none left. RESULT_INVALID: a quote or a comment
 * has no end.
 */
MUST_CHECK enum result db_script_next(const char **cursor,
    struct buffer *statement);

#endif
