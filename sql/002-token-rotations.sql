-- 002-token-rotations.sql: tokens that were taken out of use.
-- SPDX-License-Identifier: BSD-2-Clause

-- Inserted by admin in the transaction that gives the application its new
-- token, so that whatever is killed afterwards, it is written down what Redis
-- is still to be told: that it must refuse the old one, which it may remember
-- for an hour. told_at is set by admin or by parley-jobs, whoever told it.
-- Rows stay: they say what became of a token that a client still sends.
-- PRIMARY: a token is retired once, and never used again.
-- told_at: those that Redis is still to be told of, looked for each second.
CREATE TABLE IF NOT EXISTS token_rotations (
	retired CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	application_id INT UNSIGNED NOT NULL,
	rotated_at DATETIME(3) NOT NULL,
	told_at DATETIME(3) NULL,
	PRIMARY KEY (retired),
	KEY told_at (told_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
