-- 003-idempotency-keys.sql: which requests had an Idempotency-Key, answered how.
-- SPDX-License-Identifier: BSD-2-Clause

-- What the answer to such a write was made of, but for its text, which the
-- same request brings again. Written by the persister in the transaction that
-- stored the write, by web in the one that stored an application's; deleted
-- by the persister when idempotency_hours are over. application_id 0: the
-- creation of applications, whose token was the answer. key_id and print are
-- of the SHA-256 of scope and key, and of the payload; event is the UUID of
-- the event: another one with the same key is never stored.
-- PRIMARY: a key is asked for by itself, and there can be only one.
-- updated_at: the time of the write, for what is to be deleted.
CREATE TABLE IF NOT EXISTS idempotency_keys (
	application_id INT UNSIGNED NOT NULL,
	key_id BINARY(16) NOT NULL,
	print BINARY(16) NOT NULL,
	event BINARY(16) NOT NULL,
	token CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
	chat_number BIGINT UNSIGNED NOT NULL,
	number BIGINT UNSIGNED NOT NULL,
	counted BIGINT UNSIGNED NOT NULL,
	created_at DATETIME(3) NOT NULL,
	updated_at DATETIME(3) NOT NULL,
	PRIMARY KEY (application_id, key_id),
	KEY updated_at (updated_at)
) ENGINE = InnoDB;
