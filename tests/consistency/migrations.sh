#!/bin/sh
# Checks that the version before can go on with the schema of this one.
# SPDX-License-Identifier: BSD-2-Clause
set -eu
cd "${srcdir:-.}"
failed=0

complain() {
	echo "migrations: $*"
	failed=1
}

# The statements of a file, a line each, without comments.
statements() {
	sed 's/--.*//' "$1" | tr '\t\n' '  ' | tr ';' '\n' |
		sed 's/^ *//; s/  */ /g' | grep .
}

# A file only adds, or says since when nobody uses what it takes away.
allowed='^(CREATE TABLE IF NOT EXISTS|CREATE INDEX|ALTER TABLE [a-z_]* ADD (COLUMN|INDEX|KEY)) '
for file in sql/[0-9]*.sql; do
	grep -q '^-- CONTRACTS: ' "$file" && continue
	statements "$file" | grep -vE "$allowed" &&
		complain "$file: does more than to add (see sql/schema.sql)"
	statements "$file" | grep -E '^ALTER TABLE ' |
		grep -E '\b(DROP|MODIFY|CHANGE|RENAME)\b' &&
		complain "$file: changes what the version before uses"
	statements "$file" | grep -E '^ALTER TABLE .* ADD COLUMN ' |
		sed 's/NOT NULL//' | grep -vE '\b(DEFAULT|NULL)\b' &&
		complain "$file: a new column is NULL or has a DEFAULT"
done

# A column more must make no difference to whoever does not know it.
grep -nE 'SELECT( DISTINCT)? \*|INSERT( IGNORE)? INTO [a-z_]+ (VALUES|SELECT)' \
	lib/db*.c && complain "name the columns"

exit $failed
