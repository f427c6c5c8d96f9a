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
			case $header in
			cache_lua.h | search_template.h | \
				status_page_text.h) continue ;; # made
			esac
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

# only HEADER FILE...: just these include the vendor's headers.
only() {
	header=$1
	shift
	users=$(grep -ls "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]$header" \
		lib/*.[ch] fcgi/*.[ch] jobs/*.[ch] | xargs || :)
	[ "$users" = "$*" ] ||
		complain "<$header> belongs in $*; is in: ${users:-none}"
}
only 'mysql' lib/db_internal.h
only 'amqp' lib/broker_internal.h lib/broker_socket.c # one connection
only 'openssl/' lib/broker_socket.c
only 'hiredis' lib/cache.c
only 'curl/' lib/search_http.c
only 'fcgi[a-z_]*\.h' fcgi/connection.c
only 'ini\.h' lib/config.c
only 'utf8proc\.h' lib/text.c

# What a module's parts share is nobody else's.
for header in lib/*_internal.h fcgi/*_internal.h; do
	module=${header%_internal.h}
	# shellcheck disable=SC2013
	for user in $(grep -ls "\"${header##*/}\"" lib/*.[ch] fcgi/*.[ch] \
		jobs/*.[ch]); do
		case $user in
		"$module".[ch] | "$module"_*.[ch]) ;;
		*) complain "$header is for $module* only, not for $user" ;;
		esac
	done
done

exit $failed
