/* fuzz_dialect.c: requests in the words of four older systems. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "ask.h"
#include "families.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct exchange x = {0};
	struct ask a;

	ask_read(&a, data, size);
	ask(&a, ask_family(dialects_main), &x);
	exchange_free(&x);
	ask_clear(&a);
	return 0;
}
