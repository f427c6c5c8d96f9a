# Certificates of a stack's services, and TLS in front of its search node; sourced.
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash

: "${dir:=}" "${tls:=}" "${search:=}" # set by the caller
: "${db_port:=}" "${amqps_port:=}" "${search_port:=}" "${https_port:=}"

# --- certificates -----------------------------------------------------------------

# openssl explains much, and only its failures are of interest.
quietly() {
	"$@" >"$dir/tls/openssl.log" 2>&1 || {
		cat "$dir/tls/openssl.log" >&2
		die "$1 $2 failed"
	}
}

new_authority() { # NAME
	quietly openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
		-nodes -days 30 -subj "/CN=Parley's $1" \
		-keyout "$dir/tls/$1.key" -out "$dir/tls/$1.pem"
}

new_certificate() { # NAME AUTHORITY HOST [X509-OPTION...]
	local name=$dir/tls/$1 authority=$dir/tls/$2 host=$3
	shift 3
	quietly openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-subj "/CN=$host" -keyout "$name.key" -out "$name.csr"
	quietly openssl x509 -req -in "$name.csr" -CA "$authority.pem" \
		-CAkey "$authority.key" -CAcreateserial "$@" \
		-extfile <(echo "subjectAltName = DNS:$host") -out "$name.pem"
}

# The services are localhost, and want to know who comes. The others are for
# tests: an authority that nobody trusts, and what a server should not show.
make_certificates() {
	[ "$tls" = yes ] && [ ! -e "$dir/tls/made" ] || return 0
	(
		umask 077
		mkdir -p "$dir/tls"
		new_authority ca
		new_authority strangers
		new_certificate server ca localhost -days 30
		new_certificate client ca parley -days 30
		new_certificate elsewhere ca elsewhere.example -days 30
		new_certificate unknown strangers localhost -days 30
		new_certificate expired ca localhost -days -1
		: >"$dir/tls/made"
	)
}

# --- OpenSearch --------------------------------------------------------------------

# Its own TLS is in a plugin that the node does not have; so nginx ends it, and
# asks for a certificate and a password, as that would.
write_search_tls_conf() {
	printf 'parley_web:%s\n' "$(openssl passwd -5 -stdin <"$dir/tls/password")" \
		>"$dir/tls/htpasswd"
	cat <<-END
		# Written by scripts/stack.
		$([ "$(id -u)" != 0 ] || echo "user root;")
		daemon off;
		pid "$dir/tmp/search-tls.pid";
		error_log "$dir/search-tls.log";
		events { }
		http {
		access_log off;
		client_max_body_size 64m;
	END
	nginx_directories
	cat <<-END
		server {
			listen 127.0.0.1:$https_port ssl;
			ssl_certificate "$dir/tls/server.pem";
			ssl_certificate_key "$dir/tls/server.key";
			ssl_client_certificate "$dir/tls/ca.pem";
			ssl_verify_client on;
			auth_basic search;
			auth_basic_user_file "$dir/tls/htpasswd";
			location / {
				proxy_pass http://127.0.0.1:$search_port;
				proxy_http_version 1.1;
				proxy_set_header Connection "";
				proxy_set_header Authorization "";
			}
		}
		}
	END
}

start_search_tls() {
	[ "$tls-$search" = yes-opensearch ] || return 0
	! running search-tls || return 0
	write_search_tls_conf >"$dir/search-tls.conf"
	launch search-tls env -C "$dir" nginx -p "$dir/" -c "$dir/search-tls.conf"
	wait_ready search-tls 10 port_listens "$https_port"
}

port_listens() { # PORT
	! port_free "$1"
}

# --- Parley --------------------------------------------------------------------------

# What programs with accounts of their own include after parley.conf, which
# stays a way in by the socket for whoever works by hand.
write_tls_conf() {
	echo "# Written by scripts/stack: how the services are reached with TLS."
	[ "$tls" = yes ] || return 0
	[ -e "$dir/tls/password" ] ||
		(umask 077 && random_key >"$dir/tls/password")
	cat <<-END
		amqp_url = amqps://localhost:$amqps_port/%2f
		db_host = localhost
		db_port = $db_port
		db_tls = yes
		tls_ca = $dir/tls/ca.pem
		tls_cert = $dir/tls/client.pem
		tls_key = $dir/tls/client.key
	END
	[ "$search" != opensearch ] || cat <<-END
		search_password = $(cat "$dir/tls/password")
		search_url = https://localhost:$https_port
		search_user = parley_web
	END
}
