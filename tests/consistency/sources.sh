#!/bin/sh
# Checks that Makefile.am names every source file, so that none is left out.
# SPDX-License-Identifier: BSD-2-Clause
set -eu
cd "${srcdir:-.}"
failed=0

# shellcheck disable=SC2044
for file in $(find lib fcgi jobs tests \
	-name '*.[ch]' -o -name '*.lua' -o -name '*.sh' \
	-o -name '*.css' -o -name '*.html' -o -name '*.js'); do
	case $file in
	lib/cache_lua.h | lib/search_template.h | \
		fcgi/status_page_text.h) continue ;; # generated
	tests/bench/*) continue ;; # the whole folder is distributed
	tests/*/test_*.c) name=${file%.c} ;; # automake adds the .c
	*) name=$file ;;
	esac
	grep -qwF -- "$name" Makefile.am || {
		echo "sources: Makefile.am does not name $file"
		failed=1
	}
done

exit $failed
