#!/bin/sh
# Checks that accounts were thought of: every table has grants, every Redis command an account.
# SPDX-License-Identifier: BSD-2-Clause
#
# None of the words that are looped over holds a space.
# shellcheck disable=SC2013
set -eu
cd "${srcdir:-.}"
failed=0

complain() {
	echo "accounts: $*"
	failed=1
}

tables=$(sed -n 's/^CREATE TABLE IF NOT EXISTS \([a-z_]*\) .*/\1/p' sql/*.sql)
[ -n "$tables" ] || complain "no tables found in sql/"
for table in $tables; do
	grep -qw "ON $table TO" conf/mariadb/grants.sql ||
		complain "conf/mariadb/grants.sql does not name $table"
done
for table in $(sed -n 's/.*\bON \([a-z_]*\) TO .*/\1/p' conf/mariadb/grants.sql); do
	echo "$tables" | grep -qx "$table" || complain "there is no table $table"
done

# Scripts that responders do not run; all the others they do.
runs() { # SCRIPT: the accounts that run it
	case $1 in
	change) echo web jobs admin ;; # it is a part of others
	mark) echo jobs ;;
	forget) echo admin ;;
	revoke) echo jobs admin ;;
	*) echo web ;;
	esac
}

may() { # ACCOUNT COMMAND
	grep "^user parley_$1 " conf/redis/users.acl | grep -qiF -- " +$2 " ||
		grep "^user parley_$1 " conf/redis/users.acl | grep -qi -- " +$2\$"
}

for script in lib/cache_*.lua; do
	name=${script#lib/cache_}
	for account in $(runs "${name%.lua}"); do
		for command in $(grep -o "call('[A-Z]*'" "$script" |
			cut -d "'" -f 2 | sort -u); do
			may "$account" "$command" ||
				complain "$script: parley_$account may not $command"
		done
	done
done
for command in $(sed -n 's/.*cache_arg_string(c, "\([A-Z]*\)").*/\1/p' \
	lib/cache*.c | sort -u); do
	case $command in
	LIMIT | WITHSCORES) continue ;;
	esac
	may web "$command" || may jobs "$command" || may admin "$command" ||
		complain "no account in conf/redis/users.acl may $command"
done

exit $failed
