#!/bin/sh
# Makes ./configure out of configure.ac and Makefile.am, after a clone.
# SPDX-License-Identifier: BSD-2-Clause
set -eu
cd "$(dirname "$0")"
exec autoreconf --install --force --warnings=all
