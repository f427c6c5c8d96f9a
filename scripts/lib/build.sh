# Builds Parley in a directory of its own, apart from the sources; sourced.
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
