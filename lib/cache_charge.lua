-- cache_charge.lua: takes one from each bucket, or none if one is empty.
-- SPDX-License-Identifier: BSD-2-Clause
-- Needs cache_bucket.lua.
-- ARGV: a charge, see cache_bucket.lua. Answers 1, or 0 if none was taken,
-- then of each bucket how many are left and µs until one more.
local out = { 0 }
if bucket_take(ARGV[1], out) then
	out[1] = 1
	bucket_keep()
end
return out
