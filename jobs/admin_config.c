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

/* ---- show ---- */

/* The later one of a key takes the place of the earlier. */
static void
note(void *settings, const char *key, const char *value, const char *from)
{
	json_object_set_new(settings, key, json_pack("{s:s,s:s,s:s}",
	    "key", key, "value", value, "from", from));
}

static const char *
text(const json_t *setting, const char *name)
{
	return json_string_value(json_object_get(setting, name));
}

static void
print_settings(json_t *settings)
{
	static const struct column columns[] = {
		{ "KEY", -26 }, { "VALUE", -24 }, { "FROM", 0 },
	};
	const char *key;
	json_t *setting;

	table_heads(columns, 3);
	json_object_foreach(settings, key, setting) {
		const char *cells[] = { key, text(setting, "value"),
			text(setting, "from") };

		table_row(columns, cells, 3);
	}
}

static void
print_json(json_t *settings)
{
	json_t *array = json_array(), *setting;
	const char *key;

	json_object_foreach(settings, key, setting)
		json_array_append(array, setting);
	output_json(array);
}

int
admin_config_show(const struct call *call)
{
	char error[512] = "";
	json_t *settings = json_object();
	int status = EXIT_OK;

	if (config_explain(call->config_path, note, settings, error,
	    sizeof(error)) != RESULT_OK)
		status = admin_fail(EXIT_USAGE, "%s", error);
	else if (admin_wants_json(call))
		print_json(settings);
	else
		print_settings(settings);
	json_decref(settings);
	return status;
}
