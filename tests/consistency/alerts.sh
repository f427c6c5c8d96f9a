#!/bin/sh
# Checks that alerts, dashboard, metrics, their documents and tests speak of the same.
# SPDX-License-Identifier: BSD-2-Clause
set -eu
cd "${srcdir:-.}"
python=$(command -v python3) || {
	echo "alerts: no python3"
	exit 77
}
exec "$python" -B tests/consistency/alerts.py
