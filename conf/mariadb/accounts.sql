-- accounts.sql: the database's accounts, one for each kind of program.
-- SPDX-License-Identifier: BSD-2-Clause
--
-- Run by an administrator, with Parley's database as the default one, before
-- `parley-admin migrate`; what they may do to the tables stands in
-- grants.sql, to be run after it:
--
--	mariadb parley <conf/mariadb/accounts.sql
--
-- The accounts are locked: nobody can log in before each has a password
-- (ALTER USER … IDENTIFIED BY … ACCOUNT UNLOCK; scripts/accounts makes that).
-- May be run again. They may come from any host that can reach the server;
-- put an address in the place of % where they have one.

CREATE USER IF NOT EXISTS parley_web@'%' ACCOUNT LOCK;
CREATE USER IF NOT EXISTS parley_jobs@'%' ACCOUNT LOCK;
CREATE USER IF NOT EXISTS parley_count@'%' ACCOUNT LOCK;
CREATE USER IF NOT EXISTS parley_admin@'%' ACCOUNT LOCK;
CREATE USER IF NOT EXISTS parley_migrate@'%' ACCOUNT LOCK;

-- Migrations make and change tables, and may change what is in them. Only
-- `parley-admin migrate` uses this account.
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX
	ON * TO parley_migrate@'%';
