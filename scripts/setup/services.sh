# What parley-setup makes in the host's MariaDB, Redis and RabbitMQ; sourced.
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash

: "${confdir:=}" "${share:=}" "${state:=}" "${redis:=}" # set by the caller
: "${dry:=}" "${take_over:=}" "${run:=}" "${logs:=}"

# --- services of the host ----------------------------------------------------------

has_systemd() {
	[ -d /run/systemd/system ]
}

service_do() { # ACTION NAME
	if has_systemd; then
		systemctl "$1" "$2"
	else
		service "$2" "$1" >/dev/null
	fi
}

# It may stop in a container, where nobody has started it.
need_running() { # NAME COMMAND...
	local name=$1 tries=120
	shift
	! "$@" || return 0
	if [ "$dry" = yes ]; then
		say 'would' "start $name, and do the rest"
		exit 0
	fi
	doing="start $name"
	service_do start "$name"
	until "$@"; do
		[ $tries -gt 0 ] || die "$name does not answer: see its log"
		tries=$((tries - 1))
		sleep 0.5
	done
	say started "$name"
}

need_command() { # COMMAND PACKAGE
	command -v "$1" >/dev/null ||
		die "there is no $1: install $2, then run this again"
}

# As its administrator: root, whom MariaDB knows by the socket.
sql() { # ARGUMENT...
	mariadb --batch --skip-column-names "$@"
}

mariadb_answers() {
	sql -e 'SELECT 1' >/dev/null 2>&1
}

rabbitmq_answers() {
	(: <>/dev/tcp/127.0.0.1/5672) 2>/dev/null &&
		rabbitmqctl -q list_vhosts >/dev/null 2>&1
}

need_services() {
	need_command mariadb mariadb-server
	need_command redis-server redis-server
	need_command rabbitmqctl rabbitmq-server
	need_running mariadb mariadb_answers
	need_running rabbitmq-server rabbitmq_answers
}

# --- user, directories -----------------------------------------------------------------

has_user() {
	getent passwd parley >/dev/null
}

make_user() {
	useradd --system --user-group --home-dir /nonexistent --no-create-home \
		--shell /usr/sbin/nologin --comment Parley parley
}

has_directories() {
	[ -d "$run/pid" ] && [ -d "$logs" ] && [ -d "${state%/*}" ]
}

# What systemd-tmpfiles does at boot where there is one.
make_directories() {
	install -d -m 755 "$run" "$confdir"
	install -d -m 750 -o parley -g parley "$run/metrics"
	install -d -m 755 -o parley -g parley "$run/pid"
	install -d -m 750 -o parley -g adm "$logs"
	[ -e "$logs/parley.log" ] || install -m 640 -o parley -g adm \
		/dev/null "$logs/parley.log"
	install -d -m 700 "${state%/*}"
	touch "$state"
}

# --- MariaDB ---------------------------------------------------------------------------

has_database() {
	local tables
	[ -n "$(sql -e "SHOW DATABASES LIKE 'parley'")" ] || return 1
	tables=$(sql -e 'SHOW TABLES' parley)
	[ -z "$tables" ] || grep -qx schema_migrations <<<"$tables" ||
		die 'MariaDB has a database parley that is not ours'
}

make_database() {
	sql -e 'CREATE DATABASE parley
		CHARACTER SET utf8mb4 COLLATE utf8mb4_bin'
}

migrated() {
	local missing
	[ -e "$confdir/web.conf" ] && missing=$(migrate --dry-run) &&
		[ -z "$missing" ]
}

# Grants are for the tables that there are now.
migrate() { # [--dry-run]
	parley-admin -c "$confdir/migrate.conf" migrate "$@"
}

make_tables() {
	migrate >/dev/null
}

# --- Redis: an instance of its own --------------------------------------------------------
# Parley's must not evict and keeps a log of all writes, and all that is in it
# is secret; the host's own may serve others in other ways.

redis_conf() {
	cat <<-END
		# Made by parley-setup: Parley's own Redis, redis-server@parley.
		include $share/conf/redis/parley.conf
		port 0
		unixsocket $redis/redis.sock
		# Every local user may connect: accounts have passwords.
		unixsocketperm 777
		aclfile /etc/redis/parley.acl
		dir /var/lib/redis/parley
		pidfile $redis/redis-server.pid
		logfile /var/log/redis/redis-server-parley.log
	END
}

has_redis() {
	redis_conf | cmp -s - /etc/redis/redis-parley.conf
}

make_redis() {
	install -d -o redis -g redis -m 750 /var/lib/redis/parley
	redis_conf >/etc/redis/redis-parley.conf
}

# --- accounts -----------------------------------------------------------------------------

has_accounts() {
	[ -e "$confdir/web.conf" ] && return
	[ "$take_over" = yes ] || noted accounts || ! strangers_accounts ||
		die 'MariaDB has accounts parley_* that were not made here;' \
			'--take-over gives them new passwords'
	return 1
}

strangers_accounts() {
	[ -n "$(sql -e "SELECT User FROM mysql.user
		WHERE User LIKE 'parley\\_%'")" ]
}

# Of an interrupted run web.conf is what is missing: all is done again.
make_accounts() {
	local new=$confdir/new name
	note accounts
	rm -rf "$new"
	mkdir -m 700 "$new"
	"$share/scripts/accounts" --vhost parley --include services.conf \
		--include parley.conf "$new"
	cat "$share/conf/mariadb/accounts.sql" "$new/passwords.sql" | sql parley
	rabbitmqctl -q import_definitions <"$new/definitions.json" >/dev/null
	install -o root -g redis -m 640 "$new/users.acl" /etc/redis/parley.acl
	echo "admin_key = $(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')" \
		>>"$new/web.conf"
	services_conf >"$confdir/services.conf"
	chmod 644 "$confdir/services.conf"
	for name in web jobs count; do
		chown root:parley "$new/$name.conf"
		chmod 640 "$new/$name.conf"
	done
	mv "$new"/{jobs,count,admin,migrate}.conf "$confdir"
	mv "$new/web.conf" "$confdir"
	rm -r "$new"
}

# Every program's file includes this, and then the operator's parley.conf.
services_conf() {
	cat <<-END
		# Made by parley-setup: where this host's services are; parley.conf wins over it.
		amqp_url = amqp://127.0.0.1:5672/parley
		db_socket = $(sql -e 'SELECT @@socket')
		metrics_dir = $run/metrics
		pid_dir = $run/pid
		redis_socket = $redis/redis.sock
	END
}

# What accounts may do changes with the programs; passwords stay.
renew_rights() {
	doing='renew what accounts may do'
	sql parley <"$share/conf/mariadb/grants.sql"
	python3 - "$share/conf/rabbitmq/definitions.json" <<-'END' |
		import json, sys
		permissions = json.load(open(sys.argv[1]))["permissions"]
		print(json.dumps({"permissions": [
		    dict(permission, vhost="parley") for permission in permissions]}))
	END
		rabbitmqctl -q import_definitions >/dev/null
	redis_rights >"$confdir/redis.new"
	cmp -s "$confdir/redis.new" /etc/redis/parley.acl ||
		renew_redis_rights
	rm "$confdir/redis.new"
	say renewed 'what accounts may do'
}

# The shipped list, with the hashes of passwords that the one in use has.
redis_rights() {
	local word1 word2 user rest hash
	grep '^user' "$share/conf/redis/users.acl" |
		while read -r word1 user word2 rest; do
			hash=$(sed -n "s/^user $user on \(#[0-9a-f]*\) .*/ \1/p" \
				/etc/redis/parley.acl)
			echo "$word1 $user $word2$hash${rest:+ $rest}"
		done
}

renew_redis_rights() {
	cat "$confdir/redis.new" >/etc/redis/parley.acl
	! redis_answers || restart_redis
}

has_own_accounts() {
	noted accounts
}

remove_accounts() {
	local name
	for name in web jobs count admin migrate; do
		sql -e "DROP USER IF EXISTS parley_$name@'%'"
	done
	for name in web jobs admin; do
		rabbitmqctl -q delete_user "parley_$name" || :
	done
	forget accounts
}

# --- the data, when that is asked for ------------------------------------------------------

remove_data() {
	undo 'the database parley, with all messages' has_database \
		remove_database
	undo 'the writes that wait in RabbitMQ (virtual host parley)' \
		has_queues remove_queues
	undo 'what Redis keeps of Parley' has_redis_data remove_redis_data
}

remove_database() {
	sql -e 'DROP DATABASE parley'
}

has_queues() {
	rabbitmqctl -q list_vhosts | grep -qx parley
}

remove_queues() {
	rabbitmqctl -q delete_vhost parley
}

has_redis_data() {
	[ -d /var/lib/redis/parley ]
}

remove_redis_data() {
	rm -rf /var/lib/redis/parley
	rm -f /var/log/redis/redis-server-parley.log
}
