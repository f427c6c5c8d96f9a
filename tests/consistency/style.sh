#!/bin/sh
# Checks what the house style says and a program can see.
# SPDX-License-Identifier: BSD-2-Clause
set -eu
cd "${srcdir:-.}"
failed=0

complain() {
	echo "style: $*"
	failed=1
}

# Of generated headers nothing is asked.
sources=$(find lib fcgi jobs tests \
	-name '*.[ch]' -o -name '*.lua' -o -name '*.css' -o -name '*.js' |
	sort | grep -vE 'lib/(cache_lua|search_template)\.h|status_page_text\.h')
code=$(echo "$sources" | grep '\.[ch]$')

# First line: what the file is for. Second: the licence.
for file in $sources; do
	name=${file##*/}
	case $(sed -n 1p "$file") in
	"/* $name: "*" */" | "-- $name: "*) ;;
	*) complain "$file:1: must say what $name is for" ;;
	esac
	case $(sed -n 2p "$file") in
	*"SPDX-License-Identifier: BSD-2-Clause"*) ;;
	*) complain "$file:2: must be the SPDX line" ;;
	esac
done
for file in configure.ac Makefile.am autogen.sh .clang-format .editorconfig \
	sql/*.sql tests/consistency/*.sh conf/parley.conf.sample; do
	[ ! -f "$file" ] || sed -n 1,3p "$file" | grep -q SPDX-License ||
		complain "$file: lacks its SPDX line"
done

# 80 columns, a tab being 8 of them, a code point being one.
for file in $sources; do
	expand "$file" | LC_ALL=C awk -v file="$file" '{
		gsub(/[\200-\277]/, "")
		if (length($0) > 80) {
			print "style: " file ":" NR ": over 80 columns"
			bad = 1
		}
	} END { exit bad }' || failed=1
done

# A pattern that must not occur in the C sources, and why.
forbid() {
	# shellcheck disable=SC2086
	if grep -nE "$1" $code /dev/null; then
		complain "$2"
	fi
}
forbid '[[:space:]]$' 'white space at the end of these lines'
forbid '^	*        ' 'indented by spaces, not tabs'
forbid '^[[:space:]]*//' 'comments are /* like this */'
forbid '\b(if|for|while|switch)\(' 'a keyword is followed by a space'
forbid '^[a-z].*\) ?\{$' 'the brace of a function stands alone'
forbid '^typedef struct' 'structs have tags, not typedefs'

# A file that is longer has two purposes; a function, several.
for file in $(echo "$code" | grep -v '^tests/'); do
	lines=$(wc -l <"$file")
	[ "$lines" -le 400 ] || complain "$file: $lines lines, over 400"
	awk -v file="$file" '
		/^{/ { start = NR }
		/^}/ && start {
			if (NR - start - 1 > 60) {
				print "style: " file ":" start \
					": function of " NR - start - 1 \
					" lines, over 60"
				bad = 1
			}
			start = 0
		}
		END { exit bad }' "$file" || failed=1
done

# Headers: guard named after the file.
for file in $(echo "$code" | grep '\.h$'); do
	guard=PARLEY_$(basename "$file" .h | tr '[:lower:]' '[:upper:]')_H
	grep -q "^#define $guard\$" "$file" ||
		complain "$file: guard is not $guard"
done

exit $failed
