# Putting Parley into the configuration of lighttpd or Apache, and taking it out; sourced.
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash

: "${web:=}" # set by the caller: the server's package, or none

apache_modules=(buffer headers lbmethod_bybusyness proxy_balancer proxy_fcgi)

# The one that was asked for, or has Parley already, or is the only one.
choose_web() {
	local name found=()
	[ -z "$web" ] || return 0
	for name in lighttpd apache2; do
		! noted $name || web=$name
		[ ! -d /etc/$name/conf-available ] ||
			! command -v $name >/dev/null || found+=("$name")
	done
	[ -z "$web" ] || return 0
	[ ${#found[@]} -lt 2 ] ||
		die_usage 'lighttpd and Apache are installed: say --web'
	web=${found[0]:-none}
}

web_has_parley() {
	case $web in
	lighttpd) [ -e /etc/lighttpd/conf-enabled/50-parley.conf ] ;;
	apache2) [ -e /etc/apache2/conf-enabled/parley.conf ] ;;
	esac
}

# With what was written by hand it may not fit; then all is as it was.
give_web_parley() {
	note "$web"
	"give_$web" && return
	take_from_web
	die "$web does not take the configuration: see above"
}

# (These run where bash looks away from failures, so they do not.)
give_lighttpd() {
	lighttpd-enable-mod parley >/dev/null &&
		lighttpd -tt -f /etc/lighttpd/lighttpd.conf &&
		reload_web
}

give_apache2() {
	local before module
	before=$(apache_modules_on)
	a2enmod -q "${apache_modules[@]}" >/dev/null || return
	for module in $(comm -13 <(echo "$before") <(apache_modules_on)); do
		note "apache-module $module"
	done
	a2enconf -q parley >/dev/null && apache_takes_it && reload_web
}

apache_modules_on() {
	find /etc/apache2/mods-enabled -name '*.load' -printf '%f\n' |
		sed 's/\.load$//' | sort
}

# It says "Syntax OK" on standard error, too.
apache_takes_it() {
	local said
	said=$(apache2ctl configtest 2>&1) && return
	printf '%s\n' "$said" >&2
	return 1
}

take_from_web() {
	"take_from_$web"
	forget "$web"
	! web_runs || reload_web
}

take_from_lighttpd() {
	lighttpd-disable-mod parley >/dev/null
}

# Modules that were off before go off again, unless somebody has come to need
# them. (Some need others, so several rounds.)
take_from_apache2() {
	local module round modules
	a2disconf -q parley >/dev/null
	mapfile -t modules < <(sed -n 's/^apache-module //p' "$state")
	for round in 1 2 3; do
		for module in "${modules[@]}"; do
			a2dismod -q "$module" >/dev/null 2>&1 || :
		done
	done
	apache_takes_it 2>/dev/null ||
		a2enmod -q "${modules[@]}" >/dev/null
	for module in "${modules[@]}"; do
		forget "apache-module $module"
	done
}

# One that does not run is started, because Parley is to be reached.
reload_web() {
	if has_systemd; then
		systemctl reload-or-restart "$web"
	else
		service "$web" restart >/dev/null
	fi
}

web_runs() {
	if has_systemd; then
		systemctl -q is-active "$web"
	else
		service "$web" status >/dev/null 2>&1
	fi
}

# --- does it answer? -----------------------------------------------------------------

http_status() { # PATH: of this host's port 80
	local status=
	exec 8<>/dev/tcp/127.0.0.1/80 || return
	printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$1" >&8
	read -r -t 5 -u 8 _ status _ || :
	exec 8>&-
	echo "$status"
}

check_answers() {
	local tries=60 status
	[ "$web" != none ] || return 0
	until status=$(http_status /readyz 2>/dev/null) && [ "$status" = 200 ]
	do
		if [ $tries = 0 ]; then
			say note "http://localhost/readyz answers ${status:-not}:" \
				'see what parley-admin status says'
			return
		fi
		tries=$((tries - 1))
		sleep 0.5
	done
	say ready http://localhost/
}
