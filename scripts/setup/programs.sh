# Starting and stopping Parley's programs, by systemd where it runs, else by hand; sourced.
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash

: "${confdir:=}" "${libexec:=}" "${sbin:=}" "${units:=}" # set by the caller
: "${run:=}" "${logs:=}" "${redis:=}" "${web_group:=}"

# --- programs -------------------------------------------------------------------------------

# The responders that parley.target names.
responders() {
	sed -n '/^Wants=/s/parley@\([a-z]*-[0-9]*\)\.socket/\n\1\n/gp' \
		"$units/parley.target" | grep -- '-[0-9]'
}

# They write these files themselves.
pid_of() { # NAME
	local pid comm
	{ read -r pid <"$run/pid/$1.pid" && read -r comm <"/proc/$pid/comm"; } \
		2>/dev/null && [[ $comm = parley-* ]] && echo "$pid"
}

# A daemon of its own, as a user who owns nothing but its socket.
by_hand() { # NAME CONFIGURATION COMMAND...
	local name=$1 conf=$2 tries=100
	shift 2
	! pid_of "$name" >/dev/null || return 0
	PARLEY_CONFIG=$confdir/$conf setsid "$@" </dev/null \
		>>"$logs/parley.log" 2>&1 &
	until pid_of "$name" >/dev/null; do
		[ $tries -gt 0 ] ||
			die "$name does not start: see $logs/parley.log"
		tries=$((tries - 1))
		sleep 0.1
	done
}

start_redis_by_hand() {
	! redis_answers || return 0
	install -d -o redis -g redis -m 2755 "$redis"
	setpriv --reuid=redis --regid=redis --init-groups --reset-env \
		redis-server /etc/redis/redis-parley.conf --daemonize yes \
		>/dev/null
}

stop_redis_by_hand() {
	local pid
	pid=$(cat "$redis/redis-server.pid" 2>/dev/null) || return 0
	! kill "$pid" 2>/dev/null || wait_for_end "$pid" redis-server
}

restart_redis() {
	if has_systemd; then
		systemctl restart redis-server@parley
	else
		stop_redis_by_hand
		start_redis_by_hand
	fi
}

# Nobody without a password gets further than this.
redis_answers() {
	redis-cli -s "$redis/redis.sock" ping 2>/dev/null | grep -q NOAUTH
}

start_by_hand() {
	local name
	need_command spawn-fcgi spawn-fcgi
	make_directories
	start_redis_by_hand
	by_hand parley-jobs jobs.conf setpriv --reuid=parley --regid=parley \
		--init-groups "$sbin/parley-jobs"
	for name in $(responders); do
		by_hand "$name" web.conf spawn-fcgi -n -s "$run/$name.sock" \
			-M 0660 -b 1024 -U parley -G "$web_group" -u parley \
			-g parley -- "$libexec/parley-${name%-*}"
	done
}

stop_by_hand() { # NAME...
	local name pid pids=()
	for name; do
		! pid=$(pid_of "$name") || { kill "$pid" && pids+=("$pid"); }
	done
	for pid in "${pids[@]}"; do
		wait_for_end "$pid" parley-
	done
}

wait_for_end() { # PID NAME: how the process's name begins
	local tries=300 comm
	while read -r comm 2>/dev/null <"/proc/$1/comm" && [[ $comm = "$2"* ]]
	do
		[ $tries -gt 0 ] || die "process $1 ($comm) does not end"
		tries=$((tries - 1))
		sleep 0.1
	done
}

start() {
	doing='start all programs'
	if has_systemd; then
		systemctl -q enable --now redis-server@parley parley.target
	else
		start_by_hand
	fi
}

stop() {
	doing='stop all programs'
	if has_systemd; then
		systemctl stop parley.target parley-jobs.service \
			'parley@*.socket' 'parley@*.service'
		[ ! -e /etc/redis/redis-parley.conf ] ||
			systemctl stop redis-server@parley
	else
		# shellcheck disable=SC2046
		stop_by_hand $(responders) parley-jobs
		stop_redis_by_hand
	fi
}

disable() {
	has_systemd || return 0
	systemctl -q disable parley.target
	[ ! -e /etc/redis/redis-parley.conf ] ||
		systemctl -q disable redis-server@parley
}

# What runs, one after the other: no request fails (parley-admin(8), restart).
restart() {
	local name
	doing='restart all programs'
	if has_systemd; then
		systemctl try-restart parley-jobs
	elif pid_of parley-jobs >/dev/null; then
		stop_by_hand parley-jobs
		start_by_hand
	fi
	for name in $(responders); do
		pid_of "$name" >/dev/null || continue
		parley-admin -c "$confdir/admin.conf" restart >/dev/null
		break # that was all of them
	done
}
