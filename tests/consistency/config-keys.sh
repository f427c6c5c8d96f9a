#!/bin/sh
# Checks that every key of the table is a member, in the sample, in the manual.
# SPDX-License-Identifier: BSD-2-Clause
set -eu
builddir=$PWD
cd "${srcdir:-.}"
failed=0

complain() {
	echo "config-keys: $*"
	failed=1
}

keys=$(sed -n 's/^{ AT(\([a-z_]*\)).*/\1/p' lib/config_table.c)
members=$(sed -n '/^struct config {/,/^};/s/.*[ *]\([a-z_]*\);$/\1/p' \
	lib/config.h)

[ -n "$keys" ] || complain "no keys found in lib/config_table.c"
[ "$keys" = "$members" ] ||
	complain "struct config and the table differ: members or their order"
[ "$keys" = "$(echo "$keys" | LC_ALL=C sort -u)" ] ||
	complain "the table is not in alphabetical order"

"$builddir/tests/consistency/config_sample" |
	diff - conf/parley.conf.sample ||
	complain "conf/parley.conf.sample is out of date: make update-sample"

if [ -f doc/parley.conf.5 ]; then
	for key in $keys; do
		grep -q "^\.It Cm $key\$\|^\.It Cm $key " doc/parley.conf.5 ||
			complain "$key is missing in doc/parley.conf.5"
	done
	described=$(sed -n 's/^\.It Cm \([a-z_]*\).*/\1/p' doc/parley.conf.5)
	for key in $described; do
		echo "$keys" | grep -qx "$key" ||
			complain "doc/parley.conf.5 has no longer known $key"
	done
fi

exit $failed
