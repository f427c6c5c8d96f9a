/* fuzz.h: what the fuzz targets share. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_FUZZ_H
#define PARLEY_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "../../fcgi/fields.h"
#include "buffer.h"

/* The entries that libFuzzer calls: once, and for each input. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process, as a crash does, when what must be so is not. */
#define CHECK(what) \
	((what) ? (void)0 : fuzz_failed(__FILE__, __LINE__, #what))
void fuzz_failed(const char *file, int line, const char *what)
    __attribute__((noreturn));

/* As programs begin; but only errors are logged. */
void fuzz_begin(void);

/* Asked by LeakSanitizer: what it does not report. */
const char *__lsan_default_suppressions(void);

/* The input as a string, without its NULs; free(3). */
char *fuzz_string(const uint8_t *data, size_t size);

/*
 * Whether both hold the same parts in the same order; of those that are
 * text, the same bytes.
 */
void fuzz_check_same(const struct parts *, const struct parts *);

/*
 * Sees to it that a whole answer, as CGI has it, is one that may be sent:
 * lines, length, UTF-8 and JSON, and no status that says that something
 * broke, but for `refused`, which is the web server's own. Returns the status.
 */
int fuzz_check_answer(const char *answer, size_t len, int refused);

#endif
