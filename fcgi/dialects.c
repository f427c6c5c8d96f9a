/* dialects.c: the responder for the clients of four older systems. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "dialects.h"

#include <stddef.h>

#include "responder.h"

/*
 * On the main port the first of these that has path and method speaks; so
 * the order matters where two have them.
 */
static const struct dialect *const dialects[] = {
	&dialect_shady_rails,
	&dialect_shady_go,
	&dialect_shetewi,
	&dialect_shetewi_go,
	&dialect_mosaad,
	&dialect_deeb,
	NULL,
};

/* Their names, as requests are counted by. */
static const char *const names[] = { "shady-rails", "shady-go", "shetewi",
	"shetewi-go", "mosaad", "deeb", NULL };

static void
dispatch(struct worker *worker, struct request *req, struct response *resp)
{
	dialect_dispatch(dialects, worker, req, resp);
}

int
main(int argc, char **argv)
{
	static const struct family family = {
		.name = "parley-dialects",
		.about = "what older systems know",
		.writes = true,
		.bodies_of_get = true,
		.dispatch = dispatch,
		.dialects = names,
	};

	return responder_main(&family, argc, argv);
}
