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

# "key default" of each key, as the sample and as the manual have it.
in_sample() {
	sed -n 's/^#\([a-z_]*\) = *\(.*\)$/\1 \2/p; s/^#\([a-z_]*\) =$/\1 /p' \
		conf/parley.conf.sample
}
in_manual() {
	sed -n 's/^\.It Cm \([a-z_]*\)$/\1/p; s/^.*; default: \(.*\)\.$/\1/p' \
		doc/parley.conf.5 | sed 's/^empty$//' | paste -d ' ' - -
}
same_in_manual() {
	in_sample >"$builddir/config-keys.sample"
	in_manual | diff "$builddir/config-keys.sample" -
}
same_in_manual || complain "doc/parley.conf.5 has other keys or defaults"
rm -f "$builddir/config-keys.sample"

exit $failed
