#!/bin/sh
# Checks that doc/logging.md has the members that lines of the log have, in their order.
# SPDX-License-Identifier: BSD-2-Clause
set -eu
cd "${srcdir:-.}"
failed=0

complain() {
	echo "logging: $*"
	failed=1
}

# The first column of the table under a heading.
in_document() { # HEADING
	sed -n "/^## $1/,/^## /s/^| \`\([a-z_]*\)\` |.*/\1/p" doc/logging.md
}

# What log.c writes: "name\": as a text, or by log_string.
in_every_line() {
	sed -n '/^log_begin(/,$p' lib/log.c | grep -oE \
		'[{,]\\"[a-z_]+\\":|log_string\(&?line, "[a-z_]+"' |
		grep -oE '[a-z_]+(\\":|")$' | tr -d '\\":'
}

in_request_line() {
	sed -n 's/^	{ NAME("\([a-z_]*\)"), .*/\1/p' fcgi/request_log.c
	sed -n 's/.*log_string(line, "\([a-z_]*\)".*/\1/p' fcgi/request_log.c
}

[ -n "$(in_request_line)" ] || complain "no members in fcgi/request_log.c"
[ "$(in_every_line)" = "$(in_document 'Every line')" ] ||
	complain "lib/log.c writes $(in_every_line)"
[ "$(in_request_line)" = "$(in_document 'A request')" ] ||
	complain "fcgi/request_log.c writes $(in_request_line)"

# The names of what a slow request may have waited for.
parts=$(sed -n 's/^	\[SPENT_[A-Z]*\] = "\([a-z]*\)".*/\1/p' lib/spent.c)
for part in $parts; do
	grep -q "^| \`${part}_us\` |" doc/logging.md ||
		complain "doc/logging.md lacks ${part}_us"
done

exit $failed
