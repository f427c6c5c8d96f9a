/* config_sample.c: prints what conf/parley.conf.sample must hold. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

int
main(void)
{
	config_print_sample(stdout);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 111;
}
