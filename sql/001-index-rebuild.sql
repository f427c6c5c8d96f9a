-- 001-index-rebuild.sql: how far a new search index has been built.
-- SPDX-License-Identifier: BSD-2-Clause

-- One row while `parley-admin reindex` builds a new index, or was interrupted
-- in that; none else. Written by admin, read by the indexer: while the row is
-- there it writes to the new index too, so that what is stored after the row
-- was committed needs no copying. target is the new index, retired the one
-- that it replaces; all messages up to the key have been copied.
-- PRIMARY: there can be only one; id is 1.
CREATE TABLE IF NOT EXISTS index_rebuild (
	id TINYINT UNSIGNED NOT NULL,
	target VARCHAR(255) NOT NULL,
	retired VARCHAR(255) NOT NULL,
	application_id INT UNSIGNED NOT NULL DEFAULT 0,
	chat_number BIGINT UNSIGNED NOT NULL DEFAULT 0,
	number BIGINT UNSIGNED NOT NULL DEFAULT 0,
	copied BIGINT UNSIGNED NOT NULL DEFAULT 0,
	refused BIGINT UNSIGNED NOT NULL DEFAULT 0,
	started_at DATETIME(3) NOT NULL,
	PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
