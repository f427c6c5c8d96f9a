# Parley's own part of a stack: configuration, responders, jobs; sourced.
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash

: "${dir:=}" "${short:=}" "${tree:=}" "${build:=}" # set by the caller
: "${http_port:=}" "${redis_port:=}" "${amqp_port:=}" "${search_port:=}"
: "${dialects:=}" "${limits:=}" "${search:=}" "${pools:=}" "${server:=}" "${web:=}" "${responders:=}"

families=(applications chats dialects messages search status)

# A build directory, or a place where Parley is installed.
find_program() { # NAME
	local place
	for place in . fcgi jobs libexec/parley sbin; do
		[ ! -x "$build/$place/$1" ] || {
			echo "$build/$place/$1"
			return
		}
	done
	die "no $1 under $build: build first (./configure && make)"
}

# --- configuration -------------------------------------------------------------

random_key() {
	od -An -N24 -tx1 /dev/urandom | tr -d ' \n'
}

# The operator's key is made once and kept.
admin_key() {
	sed -n 's/^admin_key = //p' "$dir/parley.conf" 2>/dev/null | grep . ||
		random_key
}

write_parley_conf() { # FILE
	(
		umask 077
		cat >"$1" <<-END
			# Written by scripts/stack for this stack alone; an edit is lost at the next start.
			admin_key = $(admin_key)
			amqp_url = amqp://guest:guest@127.0.0.1:$amqp_port/%2f
			db_name = parley
			db_socket = $(mariadb_socket)
			db_user = parley
			limits = $limits
			metrics_dir = $dir/metrics
			pid_dir = $dir
			redis_host = 127.0.0.1
			redis_port = $redis_port
			redis_socket = $(redis_socket)
			search_backend = $search
			search_url = http://127.0.0.1:$search_port
		END
		[ "$dialects" = no ] || echo "dialect_open_list = yes" >>"$1"
	)
}

# What a test wants otherwise: a line of override.conf takes the place of ours.
override_parley_conf() { # FILE
	[ -e "$dir/override.conf" ] || return 0
	awk -F ' = ' 'NR == FNR { theirs[$1] = 1 } NR == FNR || !($1 in theirs)' \
		"$dir/override.conf" "$1" >"$1.with"
	chmod 600 "$1.with"
	mv "$1.with" "$1"
}

# A responder's own log file, by way of a program in between.
write_wrapper() { # PROGRAM
	cat >"$dir/libexec/$1" <<-END
		#!/bin/sh
		$(wrapper_environment)
		exec "$tree/scripts/lib/logged" "$dir" "$(find_program "$1")" "\$@"
	END
	chmod 755 "$dir/libexec/$1"
}

link_programs() {
	local name program
	mkdir -p "$dir"/{bin,libexec}
	for name in "${families[@]}"; do
		write_wrapper "parley-$name"
	done
	for name in parley-jobs parley-count parley-admin; do
		program=$(find_program "$name")
		ln -sfn "$program" "$dir/bin/$name"
	done
}

# A stack that runs with another configuration gets its own part restarted;
# the services keep running.
configure() {
	local f changed=no
	mkdir -p "$dir"/{htdocs,metrics,tmp}
	write_parley_conf "$dir/parley.conf.new"
	override_parley_conf "$dir/parley.conf.new"
	(umask 077 && write_tls_conf >"$dir/tls.conf.new")
	"write_${web}_conf" >"$dir/web.conf.new"
	for f in parley.conf tls.conf web.conf; do
		cmp -s "$dir/$f.new" "$dir/$f" || changed=yes
	done
	[ $changed = no ] || stop_web
	for f in parley.conf tls.conf web.conf; do
		mv "$dir/$f.new" "$dir/$f"
	done
	link_programs
}

# --- starting and ending ---------------------------------------------------------

migrate() {
	"$dir/bin/parley-admin" -c "$dir/accounts/migrate.conf" migrate --sql "$tree/sql" >>"$dir/migrate.log" 2>&1 8>&- 9>&- || {
		tail -n 15 "$dir/migrate.log" >&2
		die "parley-admin migrate failed"
	}
	grant
}

start_jobs() {
	running parley-jobs || launch parley-jobs \
		"$dir/bin/parley-jobs" -c "$dir/accounts/jobs.conf"
}

ready() {
	curl -fs -m 5 -o /dev/null "http://127.0.0.1:$http_port/readyz"
}

# lighttpd starts a dead responder again, within a second or so.
await_web() {
	local r
	for r in "${responders[@]}"; do
		wait_ready "$web" 30 running "$r"
	done
	wait_ready "$web" 60 ready && return
}

# From the outside in, so that nothing new comes while the rest finishes: the
# web server answers what it has, then the responders, then the jobs. All kinds
# of servers, because this may be on the way from one to another.
stop_web() {
	stop lighttpd 10 INT
	stop apache 10 WINCH
	stop nginx 10 QUIT
	stop_programs lighttpd apache2 nginx
	stop_responders
	stop parley-jobs 20
}
