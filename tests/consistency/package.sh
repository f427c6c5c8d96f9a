#!/bin/sh
# Checks that the package has the tree's version, and the archive all of debian/.
# SPDX-License-Identifier: BSD-2-Clause
set -eu
cd "${srcdir:-.}"
failed=0

complain() {
	echo "package: $*"
	failed=1
}

ours=$(sed -n 's/^AC_INIT(\[parley\], \[\(.*\)\])$/\1/p' configure.ac)
theirs=$(sed -n '1s/^parley (\([^-)]*\).*/\1/p' debian/changelog)
[ "${ours:-none}" = "$theirs" ] ||
	complain "configure.ac has version $ours, debian/changelog $theirs"

# What dpkg-buildpackage makes in debian/ is none of it.
for file in debian/changelog debian/co* debian/rules debian/source/* \
	debian/parley.*; do
	case $file in
	*.debhelper | *.substvars) continue ;;
	esac
	grep -qwF -- "$file" Makefile.am ||
		complain "Makefile.am does not name $file"
done

# What units, cron and snippets are made of knows no fixed place of programs.
for file in conf/*/site.conf.in conf/systemd/* scripts/parley-setup.in \
	scripts/setup/*; do
	! grep -Hn '/usr/local/\(etc\|libexec\|share\)\|/usr/libexec\|/etc/parley' \
		"$file" || complain "$file names a place that configure sets"
done

exit $failed
