#!/bin/sh
# Checks that doc/metrics.md has each metric of lib/metrics_table.c as it is there.
# SPDX-License-Identifier: BSD-2-Clause
set -eu
cd "${srcdir:-.}"
exec python3 tests/consistency/metrics.py
