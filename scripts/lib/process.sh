# Starting, finding and ending the processes of one stack; sourced.
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Every process of a stack has PARLEY_RUN=<the stack's directory> in its
# environment. So a pid in a pid file is believed only if that process has the
# right name and carries the mark: a pid that the system gave to somebody else
# since is never signalled, and a responder that its web server left behind is
# found without any pid file. (nginx writes over its own environment: its mark
# is that it works in that directory.)

: "${dir:=}" # the stack's directory, set by the caller

# The name the kernel knows a part's program by (15 characters at most).
program_of() { # NAME
	local program
	case $1 in
	mariadb) program=mariadbd ;;
	apache) program=apache2 ;;
	redis) program=redis-server ;;
	rabbitmq) program=beam.smp ;;
	opensearch) program=java ;;
	search-tls) program=nginx ;;
	epmd | lighttpd | nginx | parley-*) program=$1 ;;
	*) program=parley-${1%-*} ;;
	esac
	printf '%s\n' "${program:0:15}"
}

# A zombie has a name but no environment any more, so it does not count.
is_process() { # PID PROGRAM
	local comm=
	read -r comm 2>/dev/null <"/proc/$1/comm" || return 1
	[ "$comm" = "$2" ] || return
	if [ "$comm" = nginx ]; then
		[ "$(readlink "/proc/$1/cwd")" = "$dir" ]
	else
		grep -qzxF "PARLEY_RUN=$dir" "/proc/$1/environ" 2>/dev/null
	fi
}

# Prints the pid of a part that runs; fails if it does not.
pid_of() { # NAME
	local pid=
	read -r pid 2>/dev/null <"$dir/$1.pid" || [ -n "$pid" ] || return 1
	is_process "$pid" "$(program_of "$1")" && echo "$pid"
}

running() { # NAME
	pid_of "$1" >/dev/null
}

# A session of its own, so that a Ctrl-C at the terminal does not end it, and
# the stack's lock (9) and the port's (8) stay with the script.
launch() { # NAME COMMAND...
	local name=$1
	shift
	setsid env PARLEY_RUN="$dir" "$@" \
		</dev/null >>"$dir/$name.log" 2>&1 8>&- 9>&- &
	echo $! >"$dir/$name.pid"
}

part_failed() { # NAME WHAT
	note "$1 $2; the end of $dir/$1.log:"
	tail -n 15 "$dir/$1.log" >&2 || :
	die "$1 $2"
}

# Polls, because a part says that it is ready by answering, not by a time.
wait_ready() { # NAME SECONDS COMMAND...
	local name=$1 end=$((SECONDS + $2)) pid
	shift 2
	until "$@" >/dev/null 2>&1; do
		# shellcheck disable=SC2015 # either one failing is the end
		pid=$(cat "$dir/$name.pid" 2>/dev/null) &&
			kill -0 "$pid" 2>/dev/null ||
			part_failed "$name" "ended while starting"
		[ $SECONDS -lt "$end" ] ||
			part_failed "$name" "is not ready in time"
		sleep 0.1
	done
}

wait_gone() { # PID PROGRAM SECONDS
	local tries=$(($3 * 20))
	while is_process "$1" "$2"; do
		[ $tries -gt 0 ] || return 1
		tries=$((tries - 1))
		sleep 0.05
	done
}

# SIGTERM (or another first signal), time to leave, SIGKILL. A process that is
# paused must be woken to notice the first.
end_process() { # PID PROGRAM SECONDS [SIGNAL]
	is_process "$1" "$2" || return 0
	kill -"${4:-TERM}" "$1" 2>/dev/null || :
	kill -CONT "$1" 2>/dev/null || :
	wait_gone "$1" "$2" "$3" && return
	kill -KILL "$1" 2>/dev/null || :
	wait_gone "$1" "$2" 5
}

stop() { # NAME SECONDS [SIGNAL]
	local pid
	if pid=$(pid_of "$1"); then
		end_process "$pid" "$(program_of "$1")" "$2" "${3:-TERM}"
	fi
	rm -f "$dir/$1.pid"
}

# Ends every process of this stack with one of the names, whoever started it.
# Together, because each may take a while to finish what it has in hand. (A
# bare wait would wait for the services too.)
stop_programs() { # PROGRAM...
	local p comm enders=()
	for p in /proc/[0-9]*; do
		read -r comm 2>/dev/null <"$p/comm" || continue
		case " $* " in
		*" $comm "*)
			end_process "${p#/proc/}" "$comm" 10 &
			enders+=($!)
			;;
		esac
	done
	[ ${#enders[@]} -eq 0 ] || wait "${enders[@]}"
}

stop_responders() {
	stop_programs parley-applicat parley-chats parley-dialects \
		parley-messages parley-search parley-status
	rm -f "$dir"/{applications,chats,dialects,messages,search,status}-[0-9]*.pid
}
