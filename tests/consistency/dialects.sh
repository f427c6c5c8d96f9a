#!/bin/sh
# Checks that the dialects' tables, their requests, document and ports agree.
# SPDX-License-Identifier: BSD-2-Clause
set -eu
cd "${srcdir:-.}"
python=$(command -v python3) || {
	echo "dialects: no python3"
	exit 77
}
exec "$python" -B tests/consistency/dialects.py "$@"
