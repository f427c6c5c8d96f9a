#!/bin/sh
# Checks that the Postman collection is what scripts/postman makes now.
# SPDX-License-Identifier: BSD-2-Clause
set -eu
cd "${srcdir:-.}"

# It reads YAML: with the tests' own Python, or one that has PyYAML.
for python in build/venv/bin/python python3; do
	"$python" -c 'import yaml' 2>/dev/null || continue
	"$python" -B scripts/postman --check
	exit
done
echo "postman: no PyYAML"
exit 77
