-- 004-count-pending-since.sql: since when a count has been behind.
-- SPDX-License-Identifier: BSD-2-Clause

-- Shows whether parley-count runs. The persister's INSERT leaves it to the
-- default (sessions are in UTC), its later marks leave it alone; the counter
-- sets it where it has counted and was marked again meanwhile.
ALTER TABLE count_pending ADD COLUMN
	since DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3);
