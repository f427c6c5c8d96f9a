# The services a stack runs for itself: MariaDB, Redis, RabbitMQ, OpenSearch; sourced.
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# start_X launches and returns at once, await_X returns when X answers: all
# services start together, and the slowest decides how long it takes.

: "${dir:=}" "${short:=}" "${tree:=}" # set by the caller
: "${redis_port:=}" "${amqp_port:=}" "${epmd_port:=}" "${dist_port:=}"
: "${search_port:=}" "${node_home:=}"

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
	mkdir -p "$dir/tmp"
	install_mariadb
	launch mariadb mariadbd --defaults-file="$tree/conf/mariadb/parley.cnf" \
		--user="$(id -un)" --datadir="$dir/mariadb" \
		--tmpdir="$dir/tmp" --skip-networking \
		--socket="$(mariadb_socket)" --pid-file="$dir/mariadb/own.pid"
}

# The database, Parley's user, and the person at the keyboard.
prepare_database() {
	local me
	me=$(id -un)
	mariadb --no-defaults -u root -S "$(mariadb_socket)" <<-END
		CREATE DATABASE IF NOT EXISTS parley
		CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
		CREATE USER IF NOT EXISTS parley@localhost;
		GRANT ALL ON parley.* TO parley@localhost;
		CREATE USER IF NOT EXISTS \`$me\`@localhost;
		GRANT ALL ON *.* TO \`$me\`@localhost WITH GRANT OPTION;
	END
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
	launch redis redis-server "$tree/conf/redis/parley.conf" \
		--bind 127.0.0.1 --port "$redis_port" --dir "$dir/redis" \
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

# ALLOW_INPUT makes the script become the broker instead of its parent, so
# that the pid is the broker's; -noinput then takes the input away again.
# A fixed node name, because the name is part of the data directory.
start_rabbitmq() {
	local home=$dir/rabbitmq
	mkdir -p "$home"
	printf '[].\n' >"$home/plugins"
	launch rabbitmq env HOME="$home" ERL_EPMD_PORT="$epmd_port" \
		ERL_EPMD_ADDRESS=127.0.0.1 \
		RABBITMQ_CONF_ENV_FILE=/dev/null \
		RABBITMQ_CONFIG_FILE="$tree/conf/rabbitmq/parley.conf" \
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
