-- schema.sql: the tables of Parley, why they are so, and who writes them.
-- SPDX-License-Identifier: BSD-2-Clause
--
-- Applied by `parley-admin migrate` to an empty database of MySQL 8 or
-- MariaDB 10.6 and later. Once a version is released this file stays as it
-- is, and what changes comes as NNN-<change>.sql beside it. Each statement
-- ends with a semicolon and may be run again after a failure half way.
--
-- HOW TO CHANGE IT. During an upgrade the programs of the version before go on
-- with the new schema: `migrate` comes first, the programs after it, one by
-- one. So a release only adds (expand): tables; columns that are NULL or have
-- a DEFAULT, for the version before inserts without them; indexes. What is
-- not used any more is taken away by the release after the one that stopped
-- using it (contract), in a file with a line "-- CONTRACTS: " that says since
-- when nobody does. A column that changes its meaning is a new column: one
-- release writes both and reads the old one, the next reads the new one. The
-- programs name the columns that they read and write, all of them.
-- tests/consistency/migrations.sh looks at all this; that today's programs
-- work after an expansion, tests/rolling/test_versions.py.
--
-- Keys are natural: application, chat, number, which is also how rows lie on
-- disk (InnoDB clusters by the primary key), so a page of a list is a page
-- or two of the tablespace, and the same key means the same thing in queue
-- messages, Redis, index documents and here. The application's id is the
-- only made-up one; outside, its token stands for it.
--
-- There are no foreign keys between chats and messages: they would make the
-- persister's batches lock and look up parents for what the web side has
-- checked already, and would tie the order of two kinds of events together.
--
-- Times are DATETIME(3) in UTC: people look at these tables, eight bytes are
-- what a number of milliseconds takes too, and unlike TIMESTAMP it is not
-- converted to anybody's time zone and does not end in 2038. The programs
-- exchange them in binary form.
--
-- Texts are utf8mb4_bin: what was written comes back byte for byte, and no
-- collation decides that two texts are the same.
--
-- WHO: web = fcgi/applications, life = whoever meets a new life of Redis or
-- needs numbers (web side), persister and indexer = parley-jobs, counter =
-- parley-count, admin = parley-admin. One writer for each column.

-- Applications. All is written by web, chats_count by the counter; admin
-- replaces the token (002-token-rotations.sql).
-- PRIMARY: first part of every other key; in order of creation, for lists.
-- token: a request names its application by it; unique is the last line.
CREATE TABLE IF NOT EXISTS applications (
	id INT UNSIGNED NOT NULL AUTO_INCREMENT,
	token CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	name VARCHAR(255) NOT NULL,
	chats_count BIGINT UNSIGNED NOT NULL DEFAULT 0,
	created_at DATETIME(3) NOT NULL,
	updated_at DATETIME(3) NOT NULL,
	PRIMARY KEY (id),
	UNIQUE KEY token (token)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Chats. All is written by the persister, messages_count by the counter.
-- version decides which of two writes is newer; origin is the UUID of the
-- event that created the row, by which a redelivery is known from a clash.
-- PRIMARY: one chat, and an application's chats by number.
CREATE TABLE IF NOT EXISTS chats (
	application_id INT UNSIGNED NOT NULL,
	number BIGINT UNSIGNED NOT NULL,
	name VARCHAR(255) NULL,
	version BIGINT UNSIGNED NOT NULL,
	origin BINARY(16) NOT NULL,
	messages_count BIGINT UNSIGNED NOT NULL DEFAULT 0,
	created_at DATETIME(3) NOT NULL,
	updated_at DATETIME(3) NOT NULL,
	PRIMARY KEY (application_id, number)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Messages. All is written by the persister.
-- PRIMARY: one message, a chat's messages by number, and counting them.
-- There is no other index, so that a batch of a busy chat is an append.
CREATE TABLE IF NOT EXISTS messages (
	application_id INT UNSIGNED NOT NULL,
	chat_number BIGINT UNSIGNED NOT NULL,
	number BIGINT UNSIGNED NOT NULL,
	version BIGINT UNSIGNED NOT NULL,
	origin BINARY(16) NOT NULL,
	created_at DATETIME(3) NOT NULL,
	updated_at DATETIME(3) NOT NULL,
	body TEXT NOT NULL,
	PRIMARY KEY (application_id, chat_number, number)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Messages still to be indexed. Appended by the persister in the transaction
-- that stored the message; attempts and not_before are changed by the
-- indexer, which deletes what is done. A message may stand here twice.
-- PRIMARY: the order of writing, so the persister only ever appends and the
-- indexer takes from the front; entries put off are few and passed over.
CREATE TABLE IF NOT EXISTS index_pending (
	sequence BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	application_id INT UNSIGNED NOT NULL,
	chat_number BIGINT UNSIGNED NOT NULL,
	number BIGINT UNSIGNED NOT NULL,
	attempts INT UNSIGNED NOT NULL DEFAULT 0,
	since DATETIME(3) NOT NULL,
	not_before DATETIME(3) NOT NULL,
	PRIMARY KEY (sequence)
) ENGINE = InnoDB;

-- What is to be counted again: the messages of a chat, or, with chat_number
-- 0, the chats of an application. marks is raised by the persister in the
-- transaction that stored something new; the counter deletes the row if
-- marks is what it was before counting.
-- PRIMARY: one row for each chat however often it is marked.
CREATE TABLE IF NOT EXISTS count_pending (
	application_id INT UNSIGNED NOT NULL,
	chat_number BIGINT UNSIGNED NOT NULL,
	marks BIGINT UNSIGNED NOT NULL DEFAULT 1,
	PRIMARY KEY (application_id, chat_number)
) ENGINE = InnoDB;

-- Lives of Redis. A row is inserted by life; passed_at is set by the
-- persister when it meets the marker that the new life sent down the queue:
-- then all that was written in earlier lives is stored.
-- PRIMARY: the compare-and-set: two cannot insert the same next epoch.
CREATE TABLE IF NOT EXISTS epochs (
	epoch INT UNSIGNED NOT NULL,
	life VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	started_at DATETIME(3) NOT NULL,
	passed_at DATETIME(3) NULL,
	PRIMARY KEY (epoch)
) ENGINE = InnoDB;

-- Up to which number numbers may have been handed out: of a chat's messages
-- or, with chat_number 0, of an application's chats. Written by life, by
-- compare-and-set on (upto, epoch). A chat without a row counts inside the
-- first 32 that came with its birth. taken_at and size tell how busy it is.
-- PRIMARY: one row for each counter.
CREATE TABLE IF NOT EXISTS leases (
	application_id INT UNSIGNED NOT NULL,
	chat_number BIGINT UNSIGNED NOT NULL,
	upto BIGINT UNSIGNED NOT NULL,
	size INT UNSIGNED NOT NULL,
	epoch INT UNSIGNED NOT NULL,
	taken_at DATETIME(3) NOT NULL,
	PRIMARY KEY (application_id, chat_number)
) ENGINE = InnoDB;

-- What is searched when search_backend is mysql; else empty. Written by the
-- indexer alone. folded is the body as text_fold makes it, words as
-- text_words does; both grow when characters are decomposed. They are UTF-8,
-- but compared as bytes: no collation has a say in what matches.
-- PRIMARY: the messages of the one chat that is searched, newest last.
CREATE TABLE IF NOT EXISTS search_texts (
	application_id INT UNSIGNED NOT NULL,
	chat_number BIGINT UNSIGNED NOT NULL,
	number BIGINT UNSIGNED NOT NULL,
	version BIGINT UNSIGNED NOT NULL,
	folded MEDIUMBLOB NOT NULL,
	words MEDIUMBLOB NOT NULL,
	PRIMARY KEY (application_id, chat_number, number)
) ENGINE = InnoDB;

-- Which of these files have been applied. Written by admin.
-- PRIMARY: each once. checksum (SHA-256, comments left out) shows when a
-- file was changed afterwards.
CREATE TABLE IF NOT EXISTS schema_migrations (
	name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	checksum CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	applied_at DATETIME(3) NOT NULL,
	PRIMARY KEY (name)
) ENGINE = InnoDB;
