# What every script needs: the tree, messages, the help text; sourced, not run.
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash

tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# Debian keeps daemons in sbin, which an ordinary user's PATH does not have.
PATH=$PATH:/usr/sbin:/sbin:/usr/games

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# A wrong use of a script; the same exit code as in the C programs.
die_usage() {
	printf '%s: %s (--help tells more)\n' "${0##*/}" "$*" >&2
	exit 100
}

note() {
	printf '%s\n' "$*" >&2
}

# The comment at the head of the script, without its licence line.
show_help() {
	sed -n '2,/^$/{/^# SPDX/d;s/^# \{0,1\}//p;}' "$0"
}
