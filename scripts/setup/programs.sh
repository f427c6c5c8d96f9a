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

pid_of() { # NAME
	local pid comm
	{ read -r pid <"$run/$1.pid" && read -r comm <"/proc/$pid/comm"; } \
		2>/dev/null || return 1
	case $comm in
	parley-* | setpriv | setsid | spawn-fcgi) echo "$pid" ;;
	*) return 1 ;;
	esac
}

# A daemon of its own, as a user who owns nothing but its socket.
by_hand() { # NAME CONFIGURATION COMMAND...
	local name=$1 conf=$2
	shift 2
	! pid_of "$name" >/dev/null || return 0
	PARLEY_CONFIG=$confdir/$conf setsid "$@" </dev/null \
		>>"$logs/parley.log" 2>&1 9>&- &
	echo $! >"$run/$name.pid"
}

start_redis_by_hand() {
	! redis_answers || return 0
	install -d -o redis -g redis -m 2755 "$redis"
	setpriv --reuid=redis --regid=redis --init-groups --reset-env \
		redis-server /etc/redis/redis-parley.conf --daemonize yes \
		9>&- >/dev/null
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
	local name pid tries
	for name; do
		! pid=$(pid_of "$name") || kill "$pid"
	done
	for name; do
		tries=300
		while pid_of "$name" >/dev/null; do
			[ $tries -gt 0 ] || die "$name does not end"
			tries=$((tries - 1))
			sleep 0.1
		done
		rm -f "$run/$name.pid"
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
			'parley@*.socket' 'parley@*.service' redis-server@parley
	else
		# shellcheck disable=SC2046
		stop_by_hand $(responders) parley-jobs
		[ ! -e "$redis/redis-server.pid" ] ||
			kill "$(cat "$redis/redis-server.pid")" || :
	fi
}

disable() {
	! has_systemd || systemctl -q disable parley.target redis-server@parley
}

# What runs, one after the other. systemd holds the sockets meanwhile.
restart() {
	local name
	doing='restart all programs'
	if has_systemd; then
		systemctl try-restart parley-jobs
		for name in $(systemctl list-units --plain --no-legend \
			--state=active 'parley@*.service' | cut -d ' ' -f 1)
		do
			systemctl try-restart "$name"
		done
		return
	fi
	for name in parley-jobs $(responders); do
		pid_of "$name" >/dev/null || continue
		stop_by_hand "$name"
		start_by_hand
	done
}
