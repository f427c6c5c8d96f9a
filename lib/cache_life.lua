-- cache_life.lua: installs a newly won epoch, the first one for a life.
-- SPDX-License-Identifier: BSD-2-Clause
-- ARGV: epoch, description of the life ("<run_id>:<replid>"). Answers the
-- life that is in force now.
local life = redis.call('GET', 'p:life')
if life and string.gsub(life, '^%d+:', '') == ARGV[2] then
	return life
end
redis.call('SET', 'p:life', ARGV[1] .. ':' .. ARGV[2])
return ARGV[1] .. ':' .. ARGV[2]
