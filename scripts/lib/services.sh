# The services a stack runs for itself: MariaDB, Redis, RabbitMQ, OpenSearch; sourced.
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# start_X launches and returns at once, await_X returns when X answers: all
# services start together, and the slowest decides how long it takes.

: "${dir:=}" "${short:=}" "${tree:=}" # set by the caller
: "${redis_port:=}" "${amqp_port:=}" "${epmd_port:=}" "${dist_port:=}"
: "${search_port:=}" "${node_home:=}"
: "${tls:=}" "${db_port:=}" "${amqps_port:=}"

# --- accounts of Parley's programs, in each service --------------------------

# Made once and kept. Beside these, the services let the stack's user in: he is
# the one who can read the directory, or reach the ports on loopback.
make_accounts() {
	[ ! -e "$dir/accounts/web.conf" ] || return 0
	rm -rf "$dir/accounts"
	mkdir "$dir/accounts"
	"$tree/scripts/accounts" --include ../parley.conf --include ../tls.conf \
		"$dir/accounts"
}

as_root_of_mariadb() {
	mariadb --no-defaults -u root -S "$(mariadb_socket)" "$@"
}

# --- MariaDB: on its socket only; no port, no password, a private directory --

mariadb_socket() {
	echo "$short/sockets/mariadb.sock"
}

# Made beside its place and moved there when complete, so that an interrupted
# installation is simply done again.
install_mariadb() {
	local new=$dir/mariadb.new
	[ ! -d "$dir/mariadb" ] || return 0
	rm -rf "$new"
	mkdir -p "$new"
	TMPDIR=$dir/tmp mariadb-install-db --no-defaults --datadir="$new" --user="$(id -un)" \
		--auth-root-authentication-method=normal --skip-test-db \
		>"$dir/mariadb.log" 2>&1 ||
		part_failed mariadb "could not make its data directory"
	mv "$new" "$dir/mariadb"
}

# A server that starts removes what looks left over in its directory for
# temporary tables; in a shared one that would be another stack's tables.
start_mariadb() {
	local network=(--skip-networking)
	[ "$tls" = no ] || network=(--bind-address=127.0.0.1
		--port="$db_port" --require-secure-transport
		--ssl-ca="$dir/tls/ca.pem" --ssl-cert="$dir/tls/server.pem"
		--ssl-key="$dir/tls/server.key")
	mkdir -p "$dir/tmp"
	install_mariadb
	launch mariadb mariadbd --defaults-file="$tree/conf/mariadb/parley.cnf" \
		--user="$(id -un)" --datadir="$dir/mariadb" \
		--tmpdir="$dir/tmp" "${network[@]}" \
		--socket="$(mariadb_socket)" --pid-file="$dir/mariadb/own.pid"
}

# The database, a user of Parley's for work by hand, the person at the
# keyboard, and the programs' accounts.
prepare_database() {
	local me
	me=$(id -un)
	as_root_of_mariadb <<-END
		CREATE DATABASE IF NOT EXISTS parley
		CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
		CREATE USER IF NOT EXISTS parley@localhost;
		GRANT ALL ON parley.* TO parley@localhost;
		CREATE USER IF NOT EXISTS \`$me\`@localhost;
		GRANT ALL ON *.* TO \`$me\`@localhost WITH GRANT OPTION;
	END
	cat "$tree/conf/mariadb/accounts.sql" "$dir/accounts/passwords.sql" |
		as_root_of_mariadb parley
}

grant() {
	as_root_of_mariadb parley <"$tree/conf/mariadb/grants.sql"
}

await_mariadb() {
	wait_ready mariadb 60 timeout 5 mariadb-admin --no-defaults -u root \
		-S "$(mariadb_socket)" ping
	prepare_database
}

# --- Redis -------------------------------------------------------------------

# Parley's way; the port is for people and tests.
redis_socket() {
	echo "$short/sockets/redis.sock"
}

start_redis() {
	mkdir -p "$dir/redis"
	sed 's/^user default off$/user default on nopass ~* \&* +@all/' \
		"$dir/accounts/users.acl" >"$dir/redis/users.acl"
	launch redis redis-server "$tree/conf/redis/parley.conf" \
		--bind 127.0.0.1 --port "$redis_port" --dir "$dir/redis" \
		--aclfile "$dir/redis/users.acl" \
		--unixsocket "$(redis_socket)" --unixsocketperm 700
}

redis_answers() {
	[ "$(timeout 5 redis-cli -p "$redis_port" ping)" = PONG ]
}

await_redis() {
	wait_ready redis 30 redis_answers
}

# --- RabbitMQ, with a port mapper (epmd) of its own ---------------------------

# Debian's own start script insists on root or its user; this one does not.
rabbitmq_server() {
	local candidate
	for candidate in /usr/lib/rabbitmq/bin/rabbitmq-server \
		/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server; do
		[ ! -x "$candidate" ] || break
	done
	echo "$candidate"
}

start_epmd() {
	launch epmd epmd -port "$epmd_port" -address 127.0.0.1
}

await_epmd() {
	wait_ready epmd 10 epmd -port "$epmd_port" -names
}

# What the broker has beside the shipped settings: all accounts, whose names
# come from files because then it makes no guest by itself, and TLS.
write_rabbitmq_conf() {
	local home=$dir/rabbitmq name
	mkdir -p "$home/definitions"
	cp "$dir/accounts/definitions.json" "$home/definitions/accounts.json"
	cat >"$home/definitions/guest.json" <<-END
		{"users": [{"name": "guest", "password": "guest",
			"tags": "administrator"}],
		 "permissions": [{"user": "guest", "vhost": "/",
			"configure": ".*", "write": ".*", "read": ".*"}]}
	END
	cat "$tree/conf/rabbitmq/parley.conf"
	echo "load_definitions = $home/definitions"
	[ "$tls" != no ] || return 0
	echo "listeners.ssl.1 = 127.0.0.1:$amqps_port"
	for name in cacertfile:ca.pem certfile:server.pem keyfile:server.key; do
		echo "ssl_options.${name%:*} = $dir/tls/${name#*:}"
	done
	echo "ssl_options.verify = verify_peer"
	echo "ssl_options.fail_if_no_peer_cert = true"
}

# ALLOW_INPUT makes the script become the broker instead of its parent, so
# that the pid is the broker's; -noinput then takes the input away again.
# A fixed node name, because the name is part of the data directory.
start_rabbitmq() {
	local home=$dir/rabbitmq
	mkdir -p "$home"
	printf '[].\n' >"$home/plugins"
	write_rabbitmq_conf >"$home/rabbitmq.conf"
	launch rabbitmq env HOME="$home" ERL_EPMD_PORT="$epmd_port" \
		ERL_EPMD_ADDRESS=127.0.0.1 \
		RABBITMQ_CONF_ENV_FILE=/dev/null \
		RABBITMQ_CONFIG_FILE="$home/rabbitmq.conf" \
		RABBITMQ_ADVANCED_CONFIG_FILE="$home/advanced.config" \
		RABBITMQ_GENERATED_CONFIG_DIR="$home/config" \
		RABBITMQ_SCHEMA_DIR="$home/schema" \
		RABBITMQ_ENABLED_PLUGINS_FILE="$home/plugins" \
		RABBITMQ_MNESIA_BASE="$home/data" RABBITMQ_LOG_BASE="$home" \
		RABBITMQ_LOGS=- RABBITMQ_NODENAME=parley@localhost \
		RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 \
		RABBITMQ_NODE_PORT="$amqp_port" RABBITMQ_DIST_PORT="$dist_port" \
		RABBITMQ_ALLOW_INPUT=1 \
		RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-noinput \
			-kernel inet_dist_use_interface {127,0,0,1}" \
		"$(rabbitmq_server)"
}

# A broker that is up answers the protocol's header with a method frame (1).
rabbitmq_answers() {
	local frame
	exec 3<>"/dev/tcp/127.0.0.1/$amqp_port" || return 1
	printf 'AMQP\0\0\11\1' >&3
	IFS= read -r -t 2 -N 1 -u 3 frame
	exec 3>&-
	[ "$frame" = $'\1' ]
}

await_rabbitmq() {
	wait_ready rabbitmq 90 rabbitmq_answers
}

# --- OpenSearch --------------------------------------------------------------

start_opensearch() {
	"$tree/tests/opensearch/node" fetch "$node_home" ||
		die "the search node cannot be fetched (needs mvn and java)"
	launch opensearch "$tree/tests/opensearch/node" run \
		"$node_home" "$dir/opensearch" "$search_port"
}

opensearch_answers() {
	curl -fs -m 5 -o /dev/null "http://127.0.0.1:$search_port/_cluster/health?wait_for_status=yellow&timeout=2s"
}

await_opensearch() {
	wait_ready opensearch 120 opensearch_answers
}
