/* nowhere.c: a configuration in which no service is there. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "nowhere.h"

#include <stddef.h>
#include <stdlib.h>

void
nowhere(void)
{
	static const char *const rows[][2] = {
		{ "PARLEY_CONFIG", "/dev/null" },
		{ "PARLEY_ADMIN_KEY", "a key" },
		{ "PARLEY_AMQP_URL", "amqp://u:p@127.0.0.1:1/%2f" },
		{ "PARLEY_BODY_LIMIT", "4096" },
		{ "PARLEY_CORS_ORIGINS", "http://a https://b:1" },
		{ "PARLEY_DB_SOCKET", "/nowhere" },
		{ "PARLEY_LOG_LEVEL", "error" },
		{ "PARLEY_REDIS_SOCKET", "/nowhere" },
		{ "PARLEY_SEARCH_BACKEND", "opensearch" },
		{ "PARLEY_SEARCH_URL", "http://127.0.0.1:1" },
		{ "PARLEY_THREADS", "1" },
		{ "PARLEY_TRUSTED_PROXIES", "127.0.0.0/8 ::1" },
	};

	if (getenv("PARLEY_CONFIG") != NULL)
		return;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		setenv(rows[i][0], rows[i][1], 1);
}
