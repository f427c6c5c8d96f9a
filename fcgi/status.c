/* status.c: the responder for /livez and so on, and every unknown path. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "status.h"

#include "responder.h"
#include "route.h"

static const struct route routes[] = {
	{ METHOD_GET, "/livez",	status_live,	.limit = LIMIT_NONE },
	{ METHOD_GET, "/readyz", status_ready,	.limit = LIMIT_NONE },
	{ METHOD_GET, "/metrics", status_metrics, .limit = LIMIT_NONE },
	/* Whether it is limited, the last one sees to itself. */
	{ METHOD_GET, "/status", status_page_html, .limit = LIMIT_NONE },
	{ METHOD_GET, "/status/page.css", status_page_css,
	    .limit = LIMIT_NONE },
	{ METHOD_GET, "/status/page.js", status_page_js,
	    .limit = LIMIT_NONE },
	{ METHOD_GET, "/status/data", status_page_data,
	    .limit = LIMIT_NONE },
	{ .path = NULL },
};

int
main(int argc, char **argv)
{
	static const struct family family = {
		.name = "parley-status",
		.about = "the state of the service",
		.routes = routes,
	};

	return responder_main(&family, argc, argv);
}
