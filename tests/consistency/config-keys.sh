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

awk -f doc/manual.awk doc/parley.conf.5.in conf/parley.conf.sample |
	diff - doc/parley.conf.5 ||
	complain "doc/parley.conf.5 is out of date: make update-man"

exit $failed
