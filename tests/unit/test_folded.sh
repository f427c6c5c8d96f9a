#!/bin/sh
# Checks that samples of perf are folded and added up as they should be.
# SPDX-License-Identifier: BSD-2-Clause
exec python3 -B "${srcdir:-.}/tests/bench/test_folded.py"
