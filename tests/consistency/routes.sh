#!/bin/sh
# Checks that programs, doc/openapi.yaml and web servers have the same routes.
# SPDX-License-Identifier: BSD-2-Clause
set -eu
cd "${srcdir:-.}"
python=$(command -v python3) || {
	echo "routes: no python3"
	exit 77
}
exec "$python" -B tests/consistency/routes.py
