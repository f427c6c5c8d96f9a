#!/bin/sh
# Checks who includes whom: fcgi and jobs only lib, vendor headers one file.
# SPDX-License-Identifier: BSD-2-Clause
set -eu
cd "${srcdir:-.}"
failed=0

complain() {
	echo "layering: $*"
	failed=1
}

# Every "header" included in a folder stands in that folder or in lib.
for folder in lib fcgi jobs; do
	grep -Hn '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' \
		"$folder"/*.[ch] /dev/null | {
		bad=0
		while IFS= read -r found; do
			header=${found#*\"}
			header=${header%%\"*}
			[ "$header" != cache_lua.h ] || continue # generated
			if [ -f "$folder/$header" ] || [ -f "lib/$header" ]
			then
				case $header in
				*/*) ;;
				*) continue ;;
				esac
			fi
			echo "layering: $folder may not include: $found"
			bad=1
		done
		exit $bad
	} || failed=1
done

# only HEADER FILE: just this one file includes the vendor's header.
only() {
	users=$(grep -ls "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]$1" \
		lib/*.[ch] fcgi/*.[ch] jobs/*.[ch] || :)
	[ "$users" = "$2" ] ||
		complain "<$1> belongs in $2 alone; is in: ${users:-none}"
}
broker=lib/broker.c
[ ! -f lib/broker_internal.h ] || broker=lib/broker_internal.h
only 'mysql' lib/db_internal.h
only 'amqp' "$broker"
only 'hiredis' lib/cache.c
only 'curl/' lib/search_http.c
only 'fcgi[a-z_]*\.h' fcgi/responder.c
only 'ini\.h' lib/config.c
only 'utf8proc\.h' lib/text.c

exit $failed
