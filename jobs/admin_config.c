/* admin_config.c: parley-admin config: what can be set, and whether it is. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "admin.h"
#include "admin_output.h"

int
admin_config_sample(const struct call *call)
{
	(void)call;
	config_print_sample(stdout);
	return EXIT_OK;
}

/* It is read here, not before, so that what is wrong can be said in JSON. */
int
admin_config_check(const struct call *call)
{
	struct config config;
	char error[512] = "";
	bool good = config_load(&config, call->config_path, environ, error,
	    sizeof(error)) == RESULT_OK;

	if (good)
		config_free(&config);
	if (admin_wants_json(call))
		output_json(json_pack("{s:b,s:s?}", "good", good, "error",
		    good ? NULL : error));
	else if (good)
		printf("the configuration is good\n");
	else
		admin_fail(EXIT_USAGE, "%s", error);
	return good ? EXIT_OK : EXIT_USAGE;
}
