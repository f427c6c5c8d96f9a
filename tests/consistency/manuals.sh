#!/bin/sh
# Checks manual pages and completion against what parley-admin itself says.
# SPDX-License-Identifier: BSD-2-Clause
set -eu
builddir=$PWD
admin=$builddir/parley-admin
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "${srcdir:-.}"
failed=0

complain() {
	echo "manuals: $*"
	failed=1
}

# same TEXT: what the files `said` and `written` hold is the same, or TEXT.
same() {
	diff "$scratch/said" "$scratch/written" || complain "$@"
}

# "dead drop [--all] ... [ID...]", a line for each command of a page.
synopses() {
	awk '
	/^\.Sh/ { within = $2 == "SYNOPSIS"; next }
	!within { next }
	/^\.Nm/ { if (text != "") print text; text = "" }
	/^\.Op Fl c/ { text = "[-c FILE]" }
	/^\.Cm/ { sub(/^\.Cm /, ""); text = text " " $0 }
	/^\.Op Fl -/ {
		text = text " [-" $3 ($4 == "Ar" ? " " toupper($5) : "") "]"
	}
	/^\.Op Ar/ { text = text " [" toupper($3) $4 "]" }
	/^\.Ar/ { text = text " " toupper($2) ($3 == "|" ? "|-" : "") }
	END { print text }' "$1"
}

# The first words of all commands; each has a page.
"$admin" --help | awk '/^Commands:/ { within = 1; next }
	/^$/ { within = 0 }
	within' >"$scratch/commands"
groups=$(awk '{ print $1 }' "$scratch/commands" | sort -u)
[ -n "$groups" ] || complain "parley-admin --help names no commands"
echo "$groups" >"$scratch/said"
find doc -name 'parley-admin-*.8' |
	sed 's/^doc\/parley-admin-\(.*\)\.8$/\1/' | sort >"$scratch/written"
same "commands, and pages doc/parley-admin-*.8"

for group in $groups; do
	page=doc/parley-admin-$group.8
	[ -f "$page" ] || continue
	"$admin" "$group" --help >"$scratch/help"

	sed -n 's/^usage: parley-admin //p' "$scratch/help" >"$scratch/said"
	synopses "$page" >"$scratch/written"
	same "$page: SYNOPSIS"

	sed -n 's/^  .*--\([a-z-]*\) .*/\1/p' "$scratch/help" |
		grep -vxE 'config|help|version' | sort -u >"$scratch/said" || :
	sed -n 's/^\.It Fl -\([a-z-]*\).*/\1/p' "$page" |
		sort -u >"$scratch/written"
	same "$page: options"
done

# The overview: "dead drop: give dead letters up for good".
sed 's/^  \([a-z]*\( [a-z][a-z]*\)\{0,1\}\)\( [^ ]*\)\{0,1\}   */\1: /' \
	"$scratch/commands" >"$scratch/said"
awk '/^\.It Cm/ {
	sub(/^\.It Cm /, "")
	name = $0
	getline
	sub(/[.:]$/, "")
	print name ": " tolower(substr($0, 1, 1)) substr($0, 2)
}' doc/parley-admin.8 >"$scratch/written"
same "doc/parley-admin.8: the commands"

"$admin" completion bash | diff - conf/bash-completion/parley-admin ||
	complain "conf/bash-completion is out of date: make update-completion"

# The options of the other programs; one responder stands for all.
for pair in count:count jobs:jobs messages:responders; do
	page=doc/parley-${pair#*:}.8
	"$builddir/parley-${pair%:*}" --help |
		sed -n 's/^  -\(.\), --\([a-z]*\).*/\1 \2/p' | sort \
			>"$scratch/said"
	sed -n 's/^\.It Fl \(.\)[ A-Za-z]* , Fl -\([a-z]*\).*/\1 \2/p' "$page" |
		sort >"$scratch/written"
	same "$page: options"
done

# The members of an event, as they are read.
members=$(sed -n 's/.*reading, "\([a-z_]*\)".*/\1/p' lib/event.c | sort -u)
[ -n "$members" ] || complain "lib/event.c reads no members"
for member in $members; do
	grep -qE "^\.(It )?Li (.* , )?$member( |\$)" doc/parley-event.5 ||
		complain "doc/parley-event.5 lacks $member"
done

# Each program has a page; what pages refer to and are links to is there.
programs=$(sed -n 's/^\(parley_[a-z]*\)_SOURCES = .*/\1/p' Makefile.am |
	tr _ -)
[ -n "$programs" ] || complain "Makefile.am names no programs"
for program in $programs; do
	[ -f "doc/$program.8" ] || complain "$program has no page"
done
sed -n 's/^\.\(Xr\|Pq Xr\) \(parley[a-z.-]*\) \([58]\).*/\2.\3/p
	s/^\.so man[58]\///p' doc/*.[58] | sort -u | while read -r name; do
	[ -f "doc/$name" ] || echo "$name"
done >"$scratch/missing"
[ ! -s "$scratch/missing" ] ||
	complain "no such page: $(xargs <"$scratch/missing")"
for page in doc/*.[58]; do
	grep -qF "$page" Makefile.am || complain "$page is not installed"
done

exit $failed
