# Installs Debian packages that are missing, without starting services; sourced.
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash

# To build and run Parley.
packages_run=(
	autoconf automake build-essential pkg-config
	libcurl4-openssl-dev libfcgi-dev libhiredis-dev libinih-dev
	libjansson-dev libmariadb-dev librabbitmq-dev libssl-dev
	libutf8proc-dev
	lighttpd mariadb-client mariadb-server rabbitmq-server
	redis-server redis-tools
	ca-certificates curl python3 util-linux
)

# Real texts in several scripts, for the import.
packages_fortunes=(
	fortunes fortunes-bg fortunes-de fortunes-es fortunes-ru fortunes-zh
)

# To run every test; besides, java and Maven are for the search node, node and
# npm for the Postman collection, and a browser for the API tests.
packages_test=(
	"${packages_run[@]}" "${packages_fortunes[@]}"
	apache2 cron faketime jq libapache2-mod-fcgid libcmocka-dev libfcgi-bin
	multiwatch nginx-light openssl prometheus python3-venv spawn-fcgi
)

packages_fuzz=("${packages_run[@]}" clang libclang-rt-dev llvm)

packages_lint=(
	"${packages_run[@]}" clang-tidy cppcheck libcmocka-dev lua-check man-db
	mandoc shellcheck
)

# The rest of what debian/control wants is in packages_run.
packages_package=(
	"${packages_run[@]}" debhelper dpkg-dev fakeroot libcmocka-dev lintian
	mmdebstrap systemd systemd-container
)

packages_bench=("${packages_run[@]}" python3-venv wrk)

# NYTProf has flamegraph.pl, the other the names in the C library.
packages_flame=(libc6-dbg libdevel-nytprof-perl linux-perf)

packages_missing() { # PACKAGE...
	local p
	for p in "$@"; do
		dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null |
			grep -qx installed || echo "$p"
	done
}

# java and mvn may be there without Debian's packages.
packages_missing_java() {
	command -v java >/dev/null || echo default-jre-headless
	command -v mvn >/dev/null || echo maven
}

# The same; Debian's npm brings some 400 small packages, 55 MB.
packages_missing_node() {
	command -v node >/dev/null || echo nodejs
	command -v npm >/dev/null || echo npm
}

# A browser for the tests of what pages may do: Debian's, 65 MB. Ubuntu has none
# in a package; without one those tests say that they are skipped.
packages_missing_browser() {
	local name
	for name in chromium-headless-shell chromium google-chrome; do
		! command -v $name >/dev/null || return 0
	done
	apt-cache show chromium-headless-shell 2>/dev/null |
		sed -n 's/^Package: //p' | head -n 1
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

# Debian starts a service as soon as its package is installed, unless
# policy-rc.d says no. One that is there already is the machine owner's and
# stays; ours goes again, whatever happens in between.
install_quietly() ( # PACKAGE...
	guard=/usr/sbin/policy-rc.d
	if [ ! -e $guard ]; then
		printf '#!/bin/sh\nexit 101\n' | as_root tee $guard >/dev/null
		trap 'as_root rm -f $guard' EXIT
		as_root chmod 755 $guard
	fi
	as_root apt-get -q update
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		install --no-install-recommends "$@"
)

require_packages() { # PACKAGE...
	local missing
	mapfile -t missing < <(packages_missing "$@")
	[ ${#missing[@]} -gt 0 ] || return 0
	[ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
		die "missing packages, and no sudo to install them: ${missing[*]}"
	note "installing: ${missing[*]}"
	install_quietly "${missing[@]}" >&2
}

require_java() {
	local missing
	mapfile -t missing < <(packages_missing_java)
	[ ${#missing[@]} -eq 0 ] || require_packages "${missing[@]}"
}

require_browser() {
	local missing
	mapfile -t missing < <(packages_missing_browser)
	[ ${#missing[@]} -eq 0 ] || require_packages "${missing[@]}"
}

require_node() {
	local missing
	mapfile -t missing < <(packages_missing_node)
	[ ${#missing[@]} -eq 0 ] || require_packages "${missing[@]}"
}
