/* operator.c: whether it is the operator who asks. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "operator.h"

#include <string.h>
#include <strings.h>

#include "ident.h"

/* The key behind "Bearer " (RFC 6750, 2.1), or NULL. */
static const char *
bearer_key(const struct request *req)
{
	const char *s = req->authorization;

	if (s == NULL || strncasecmp(s, "Bearer ", 7) != 0)
		return NULL;
	return s + 7 + strspn(s + 7, " ");
}

bool
operator_asks(const struct config *config, const struct request *req)
{
	const char *const given = bearer_key(req);

	return *config->admin_key != '\0' && given != NULL &&
	    ident_equal_secret(given, config->admin_key);
}

bool
operator_or_respond(const struct config *config, const struct request *req,
    struct response *resp)
{
	if (operator_asks(config, req))
		return true;
	if (*config->admin_key == '\0') {
		respond_problem(resp, req, PROBLEM_OPERATOR_KEY_WRONG,
		    "No operator's key is configured, so nobody has it.");
	} else if (bearer_key(req) == NULL) {
		response_header(resp, "WWW-Authenticate", "Bearer");
		respond_problem(resp, req, PROBLEM_OPERATOR_KEY_REQUIRED,
		    "Send the operator's key as Authorization: Bearer.");
	} else {
		respond_problem(resp, req, PROBLEM_OPERATOR_KEY_WRONG,
		    "This is not the operator's key.");
	}
	return false;
}
