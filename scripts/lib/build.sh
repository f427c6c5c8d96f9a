# Builds Parley in a directory of its own, apart from the sources, and the tools of tests; sourced.
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash

: "${tree:=}"

# configure is made again when what it is made of is newer.
prepare_tree() {
	if [ -e "$tree/config.status" ]; then
		note "$tree was configured in place, which builds elsewhere do not" \
			"stand: cleaning that (make distclean)"
		make -C "$tree" -s distclean >&2
	fi
	if [ ! -e "$tree/configure" ] ||
		[ "$tree/configure.ac" -nt "$tree/configure" ] ||
		[ "$tree/Makefile.am" -nt "$tree/Makefile.in" ]; then
		(cd "$tree" && ./autogen.sh) >&2
	fi
}

# The options decide whether a directory is configured anew.
configure_in() { # DIRECTORY OPTION...
	local where=$1
	shift
	mkdir -p "$where"
	[ -e "$where/Makefile" ] &&
		[ "$(cat "$where/options" 2>/dev/null)" = "$*" ] && return
	(cd "$where" && "$tree/configure" -q --prefix=/usr/local "$@") >&2 ||
		return
	printf '%s' "$*" >"$where/options"
}

build_in() { # DIRECTORY OPTION...
	prepare_tree && configure_in "$@" &&
		make -C "$1" -s -j"$(nproc)" >&2
}

# A virtual environment of exactly what requirements.txt says.
python_tools() {
	local venv=$tree/build/venv wanted
	wanted=$(cksum <"$tree/tests/requirements.txt")
	[ "$(cat "$venv/made-for" 2>/dev/null)" != "$wanted" ] || return 0
	rm -rf "$venv"
	python3 -m venv "$venv" &&
		"$venv/bin/pip" install -q --disable-pip-version-check \
			-r "$tree/tests/requirements.txt" &&
		echo "$wanted" >"$venv/made-for"
}
