-- cache_life.lua: installs a newly won epoch, the first one for a life.
-- SPDX-License-Identifier: BSD-2-Clause
-- ARGV: epoch, description of the life ("<run_id>:<replid>"), the epoch that
-- is over if Redis holds that one (0 none). Answers the life in force now.
local life = redis.call('GET', 'p:life')
if life and string.gsub(life, '^%d+:', '') == ARGV[2]
    and tonumber(string.match(life, '^%d+')) > tonumber(ARGV[3]) then
	return life
end
redis.call('SET', 'p:life', ARGV[1] .. ':' .. ARGV[2])
return ARGV[1] .. ':' .. ARGV[2]
