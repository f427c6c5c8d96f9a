# The web servers a stack can have: lighttpd, Apache, nginx; sourced.
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# For each, the shipped configuration does the work; write_X_conf prints what
# an operator's own file would say around it, start_X launches it.

: "${dir:=}" "${short:=}" "${tree:=}" "${build:=}" # set by the caller
: "${http_port:=}" "${pools:=}" "${server:=}"
: "${dialects:=}" "${dialect_port_base:=}"

# Sets web, the name of the server's part; responders, as its configuration in
# conf/ has them; and pooled, whether it needs them to be started.
choose_server() {
	case $server in
	lighttpd) pooled=$pools ;;
	apache | nginx) pooled=yes ;;
	apache-fcgid) pooled=no ;;
	*) die_usage "--server is lighttpd, apache, apache-fcgid or nginx" ;;
	esac
	web=${server%-fcgid}
	responders=(applications-1 chats-1 chats-2 messages-1 messages-2
		search-1 status-1)
	[ "$pooled" = no ] || responders+=(messages-3)
	[ "$dialects" = no ] || responders+=(dialects-1 dialects-2)
	[ "$server" != apache-fcgid ] || responders=()
	case $dialects-$server in
	no-* | yes-apache | yes-lighttpd) ;;
	*) die_usage "--dialects needs --server lighttpd or apache" ;;
	esac
}

start_pool() { # RESPONDER
	running "$1" || launch "$1" env PARLEY_CONFIG="$dir/accounts/web.conf" \
		LIBFCGI_OS_CLOSE_POLL_TIMEOUT=100 PARLEY_OWN_SOCKET=yes \
		spawn-fcgi -n -s "$short/sockets/$1.sock" -M 0660 -b 1024 \
		-- "$dir/libexec/parley-${1%-*}"
}

# A server that was killed leaves its own processes, which may still listen,
# and the responders that it started: a new lighttpd would use them, but never
# start them again. So they go first.
start_web() {
	local r
	if [ "$pooled" = yes ]; then
		for r in "${responders[@]}"; do
			start_pool "$r"
		done
	fi
	! running "$web" || return 0
	stop_programs "$(program_of "$web")"
	[ "$pooled" = yes ] || stop_responders
	"start_$web"
}

# --- lighttpd --------------------------------------------------------------------

write_lighttpd_conf() {
	local pooled_as=
	[ "$pooled" = no ] || pooled_as=-pools
	mkdir -p "$dir/lighttpd.d"
	cat <<-END
		# Written by scripts/stack; programs from $build.
		server.bind = "127.0.0.1"
		server.port = $http_port
		server.document-root = "$dir/htdocs"
		server.upload-dirs = ( "$dir/tmp" )
		server.feature-flags = ( "server.graceful-shutdown-timeout" => 5 )
		var.parley_libexec = "$dir/libexec"
		var.parley_share = "$tree"
		var.parley_sockets = "$short/sockets"
		var.parley_config = "$dir/accounts/web.conf"
		include "$tree/conf/lighttpd/parley$pooled_as.conf"
		include "$dir/lighttpd.d/*.conf"
	END
	[ "$dialects" = no ] || cat <<-END
		var.parley_dialects_address = "127.0.0.1"
		var.parley_dialects_shift = $((dialect_port_base - 3000))
		include "$tree/conf/lighttpd/dialects$pooled_as.conf"
	END
}

start_lighttpd() {
	launch lighttpd lighttpd -D -f "$dir/web.conf"
}

# --- Apache ----------------------------------------------------------------------

apache_modules=(mpm_event alias authz_core buffer env headers lbmethod_bybusyness
	proxy proxy_balancer proxy_fcgi reqtimeout setenvif slotmem_shm)
apache_modules_fcgid=(mpm_event alias authz_core env fcgid headers reqtimeout
	setenvif)

write_apache_conf() {
	local module shipped=parley.conf modules=("${apache_modules[@]}")
	if [ "$server" = apache-fcgid ]; then
		shipped=parley-fcgid.conf
		modules=("${apache_modules_fcgid[@]}")
	fi
	cat <<-END
		# Written by scripts/stack; programs from $build.
		ServerRoot /usr/lib/apache2
		ServerName localhost
		DefaultRuntimeDir "$dir/tmp"
		PidFile "$dir/tmp/apache.pid"
		ErrorLog "$dir/apache.log"
		Listen 127.0.0.1:$http_port
		GracefulShutdownTimeout 5
	END
	for module in "${modules[@]}"; do
		echo "LoadModule ${module}_module modules/mod_$module.so"
	done
	cat <<-END
		Define parley_libexec "$dir/libexec"
		Define parley_share "$tree"
		Define parley_sockets "$short/sockets"
		Define parley_config "$dir/accounts/web.conf"
		Define parley_log "$dir/apache-parley.log"
	END
	[ "$server" != apache-fcgid ] || write_fcgid_directories
	cat <<-END
		<VirtualHost 127.0.0.1:$http_port>
			$([ "$dialects" = no ] ||
				echo "Include $tree/conf/apache/dialects-main.inc")
			Include "$tree/conf/apache/$shipped"
		</VirtualHost>
	END
	[ "$dialects" = no ] || write_apache_dialects
}

write_fcgid_directories() {
	printf '%s "%s"\n' FcgidIPCDir "$short/sockets" \
		FcgidProcessTableFile "$dir/tmp/fcgid"
}

# mod_fcgid gives its processes no environment but what it is told, and of
# that 127 characters; so they get from their wrapper the stack's mark, and
# where reports of the sanitizers go.
wrapper_environment() {
	local name
	[ "$server" = apache-fcgid ] || return 0
	printf 'export PARLEY_RUN="%s"\n' "$dir"
	for name in ASAN_OPTIONS UBSAN_OPTIONS; do
		[ -z "${!name:-}" ] || printf 'export %s="%s"\n' $name "${!name}"
	done
}

write_apache_dialects() {
	local port
	echo "Define parley_dialects_address 127.0.0.1"
	for port in 3000 3001 4000 8000 8080; do
		echo "Define parley_port_$port $((port - 3000 + dialect_port_base))"
	done
	echo "Include \"$tree/conf/apache/dialects.conf\""
}

# Apache refuses to serve as root, and as anybody else it could not reach into
# this directory. In a user namespace root has another number and the same
# files.
start_apache() {
	local as_other=()
	[ "$(id -u)" != 0 ] ||
		as_other=(unshare --user --map-user=65534 --map-group=65534)
	launch apache "${as_other[@]}" apache2 -D FOREGROUND \
		-f "$dir/web.conf"
}

# --- nginx -----------------------------------------------------------------------

nginx_directories() {
	local kind
	for kind in client_body proxy fastcgi uwsgi scgi; do
		echo "${kind}_temp_path \"$dir/tmp/$kind\";"
	done
}

# Its configuration cannot say where sockets are with a variable.
write_nginx_conf() {
	cat <<-END
		# Written by scripts/stack; programs from $build.
		$([ "$(id -u)" != 0 ] || echo "user root;")
		daemon off;
		worker_processes 2;
		worker_shutdown_timeout 5s;
		pid "$dir/tmp/nginx.pid";
		error_log "$dir/nginx.log";
		events {
			worker_connections 4096;
		}
		http {
		access_log off;
	END
	nginx_directories
	sed "s#/run/parley/#$short/sockets/#" "$tree/conf/nginx/upstreams.conf"
	cat <<-END
		server {
			listen 127.0.0.1:$http_port;
			set \$parley_share "$tree";
	END
	sed "s#/var/log/nginx/#$dir/nginx-#" "$tree/conf/nginx/parley.conf"
	printf '}\n}\n'
}

start_nginx() {
	launch nginx env -C "$dir" nginx -p "$dir/" -c "$dir/web.conf"
}
