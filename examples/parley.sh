#!/usr/bin/env bash
# A client of Parley in the shell, with curl and jq, to copy from.
# SPDX-License-Identifier: BSD-2-Clause
#
# Usage: examples/parley.sh [URL]
#
# Makes an application with a chat, talks in it, reads it page by page, corrects
# a message and searches. URL is where Parley answers: PARLEY_URL in the
# environment, unless it is given here.
set -euo pipefail
shopt -s inherit_errexit

url=${1:-${PARLEY_URL:-}}
patience=30 # seconds to try again what is refused
token=      # of the application that we speak for
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# --- what one can do -------------------------------------------------------------

create_application() { # NAME: from then on we speak for it
	local made
	made=$(post /api/v1/applications name "$1")
	token=$(jq -r .token <<<"$made")
}

create_chat() { # [NAME]: prints its number
	post "$(path chats)" ${1+name "$1"} | jq .number
}

write() { # CHAT TEXT: prints its number
	post "$(path chats "$1" messages)" body "$2" | jq .number
}

rewrite() { # CHAT NUMBER TEXT
	request PUT "$(path chats "$1" messages "$2")" "$(json body "$3")" |
		jq empty
}

messages() { # CHAT LIMIT: prints all messages, one a line
	pages "$(path chats "$1" messages)?limit=$2"
}

search() { # CHAT WORDS: prints the messages that they are in, the best first
	pages "$(path chats "$1" messages search)?q=$(jq -rn --arg q "$2" '$q|@uri')"
}

# --- how it is done --------------------------------------------------------------

path() { # PART...
	local IFS=/
	printf '/api/v1/applications/%s/%s\n' "$token" "$*"
}

json() { # [NAME VALUE]
	if [ $# -eq 0 ]; then
		echo '{}'
	else
		jq -nc --arg name "$1" --arg value "$2" '{($name): $value}'
	fi
}

post() { # PATH [NAME VALUE]
	local where=$1
	shift
	request POST "$where" "$(json "$@")"
}

# Walks a list by its Link headers, whatever is in them.
pages() { # TARGET
	local target=$1
	while [ -n "$target" ]; do
		request GET "$target" | jq -c '.[]'
		target=$(header Link | sed -n 's/^<\(.*\)>; rel="next"$/\1/p')
	done
}

# Prints the answer, or says what the problem is and fails. Tries again what
# will pass, as long as patience lasts; a POST with its key, so that it is done
# once.
request() { # METHOD TARGET [JSON]
	local end=$((SECONDS + patience)) status pause key
	key=$(cat /proc/sys/kernel/random/uuid)
	while :; do
		status=$(send "$key" "$@")
		case $status in
		2*)
			cat "$dir/body"
			return
			;;
		esac
		if ! passes "$status" || [ $SECONDS -gt $end ]; then
			complain "$status"
			return 1
		fi
		pause=$(header Retry-After) # the web server's own 503 has none
		echo "$(problem title); trying again in ${pause:-1} s" >&2
		sleep "${pause:-1}"
	done
}

send() { # KEY METHOD TARGET [JSON]: prints the status
	local key=$1 method=$2 target=$3
	shift 3
	[ $# -eq 0 ] ||
		set -- -H 'Content-Type: application/json' --data-binary "$1"
	[ "$method" != POST ] || set -- -H "Idempotency-Key: \"$key\"" "$@"
	curl -sS --max-time 10 -X "$method" -D "$dir/headers" -o "$dir/body" \
		-w '%{http_code}' "$@" "$url$target"
}

# 409: an earlier try is still under way; 429: others are to be let through;
# 503: a part of the service is away.
passes() { # STATUS
	case $1 in
	409 | 429 | 503) ;;
	*) return 1 ;;
	esac
}

header() { # NAME: what the last answer says; nothing if it does not
	tr -d '\r' <"$dir/headers" | sed -n "s/^$1: //Ip"
}

# A member of the problem document; nothing if there is none, because
# something in between has answered.
problem() { # NAME
	jq -r --arg name "$1" '.[$name] // empty' "$dir/body" 2>/dev/null || :
}

complain() { # STATUS
	local title
	title=$(problem title)
	echo "${title:-No answer of Parley} ($1): $(problem detail)" >&2
}

# --- a tour ----------------------------------------------------------------------

lines=('Guess what? Alhamdulilah' 'Two coffees, please' 'Grüße aus Köln'
	'Coming!' 'Anything else?')

# Reads see a write at once; search follows, mostly within a second.
search_until_found() { # CHAT WORDS
	local end=$((SECONDS + 10)) hits
	while :; do
		hits=$(search "$@")
		if [ -n "$hits" ] || [ $SECONDS -gt $end ]; then
			echo "$hits"
			return
		fi
		sleep 0.2
	done
}

tour() {
	local chat line numbers=()
	create_application 'Example in the shell'
	echo "Application: Example in the shell"
	chat=$(create_chat Orders)
	echo "Chat $chat: Orders"
	for line in "${lines[@]}"; do
		numbers+=("$(write "$chat" "$line")")
	done
	rewrite "$chat" "${numbers[1]}" 'Three coffees, please'
	messages "$chat" 2 | jq -r '"  \(.number). \(.body)"'
	search_until_found "$chat" kol |
		jq -r '"Found: \(.number). \(.highlight)"'
	if ! write "$chat" '   ' 2>"$dir/refused"; then
		echo "Refused: $(cat "$dir/refused")"
	fi
}

case $url in
'' | -*)
	sed -n '2,/^set/{/^# SPDX/d;s/^# \{0,1\}//p;}' "$0" >&2
	[ "$url" = --help ] || [ "$url" = -h ] || exit 100
	;;
*) tour ;;
esac
