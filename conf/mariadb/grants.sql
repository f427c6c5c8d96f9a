-- grants.sql: what each of the accounts of accounts.sql may do, table by table.
-- SPDX-License-Identifier: BSD-2-Clause
--
-- Run by an administrator, with Parley's database as the default one, after
-- every `parley-admin migrate` that has made something:
--
--	mariadb parley <conf/mariadb/grants.sql
--
-- One writer for each column, as schema.sql says: here the server holds them
-- to it. May be run again.
--
-- For INSERT … ON DUPLICATE KEY UPDATE MariaDB wants UPDATE of every column
-- that is inserted; what is really updated is less.

-- Responders read what the jobs store. They write the applications, and what
-- numbering needs: the lives of Redis, and leases.
GRANT SELECT, INSERT (token, name, created_at, updated_at),
	UPDATE (name, updated_at) ON applications TO parley_web@'%';
GRANT SELECT ON chats TO parley_web@'%';
GRANT SELECT ON messages TO parley_web@'%';
GRANT SELECT ON search_texts TO parley_web@'%';
GRANT SELECT, INSERT (epoch, life, started_at) ON epochs TO parley_web@'%';
GRANT SELECT, INSERT, UPDATE (upto, size, epoch, taken_at)
	ON leases TO parley_web@'%';
GRANT SELECT, INSERT, DELETE ON idempotency_keys TO parley_web@'%';
-- For /readyz and /metrics: how much waits, since when what waits has waited.
GRANT SELECT (sequence, since) ON index_pending TO parley_web@'%';
GRANT SELECT (since) ON count_pending TO parley_web@'%';

-- parley-jobs stores chats and messages, but no count, and never deletes one.
-- It does not know the applications, nor their tokens.
GRANT SELECT, INSERT (application_id, number, name, version, origin,
	created_at, updated_at), UPDATE (application_id, number, name, version,
	origin, created_at, updated_at) ON chats TO parley_jobs@'%';
GRANT SELECT, INSERT, UPDATE ON messages TO parley_jobs@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON index_pending TO parley_jobs@'%';
GRANT SELECT, INSERT, UPDATE ON count_pending TO parley_jobs@'%';
GRANT SELECT, INSERT, DELETE ON idempotency_keys TO parley_jobs@'%';
GRANT SELECT, UPDATE (passed_at) ON epochs TO parley_jobs@'%';
GRANT SELECT, INSERT, UPDATE ON search_texts TO parley_jobs@'%';
GRANT SELECT ON index_rebuild TO parley_jobs@'%';
GRANT SELECT, UPDATE (told_at) ON token_rotations TO parley_jobs@'%';

-- parley-count counts: it sees keys, no token, name or text, and writes the
-- counts.
GRANT SELECT (id), UPDATE (chats_count) ON applications TO parley_count@'%';
GRANT SELECT (application_id, number), UPDATE (messages_count)
	ON chats TO parley_count@'%';
GRANT SELECT (application_id, chat_number, number)
	ON messages TO parley_count@'%';
GRANT SELECT, UPDATE (since), DELETE
	ON count_pending TO parley_count@'%';

-- parley-admin looks at everything, rotates tokens and mends the search index.
GRANT SELECT, UPDATE (token) ON applications TO parley_admin@'%';
GRANT SELECT ON chats TO parley_admin@'%';
GRANT SELECT ON messages TO parley_admin@'%';
GRANT SELECT ON count_pending TO parley_admin@'%';
GRANT SELECT ON epochs TO parley_admin@'%';
GRANT SELECT ON leases TO parley_admin@'%';
GRANT SELECT ON schema_migrations TO parley_admin@'%';
GRANT SELECT, INSERT ON index_pending TO parley_admin@'%';
GRANT SELECT, INSERT, UPDATE (told_at)
	ON token_rotations TO parley_admin@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON index_rebuild TO parley_admin@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON search_texts TO parley_admin@'%';
