# What each web server answers by itself, before Parley is asked; the tests say so where they meet it.
# SPDX-License-Identifier: BSD-2-Clause
import re

BAD_ESCAPE = "%(?![0-9A-Fa-f]{2})"
ABOVE_ROOT = r"^/\.\."

# (pattern of the target, status)
TARGETS = {
    "lighttpd": [],
    "apache": [(f"{BAD_ESCAPE}|{ABOVE_ROOT}", 400)],
    "apache-fcgid": [(f"{BAD_ESCAPE}|{ABOVE_ROOT}", 400), ("%00", 404)],
    "nginx": [(f"{BAD_ESCAPE}|{ABOVE_ROOT}|%00", 400)],
}
# Who refuses TRACE before Parley can (405 all the same).
OWN_TRACE = ("apache-fcgid", "nginx")
# Who answers methods that nobody has heard of with 501.
KNOWS_ITS_METHODS = ("lighttpd",)
# To headers of 9,000 bytes.
LARGE_HEADERS = {"lighttpd": 431, "apache": 400, "apache-fcgid": 400,
                 "nginx": 431}
# To a POST with neither Content-Length nor chunks. RFC 9112, 6.3: such a
# request has no body, so Parley answers what is missing in it.
NO_LENGTH = {"lighttpd": 411}


def own_status(server, method, target):
    """The status that the server answers by itself, or None."""
    for pattern, status in TARGETS[server]:
        if re.search(pattern, target.split("?")[0]):
            return status
    return 405 if method == "TRACE" and server in OWN_TRACE else None
