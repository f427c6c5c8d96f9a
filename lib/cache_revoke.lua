-- cache_revoke.lua: a token is nobody's any more, whoever remembers it.
-- SPDX-License-Identifier: BSD-2-Clause
-- ARGV: life, epoch, token. It never expires: a process that looked the token
-- up before, and was stopped since, would else make it known again.
if redis.call('GET', 'p:life') ~= ARGV[1] then
	return redis.error_reply('LIFE not the life the caller knows')
end
redis.call('SET', 'p:a:' .. ARGV[2] .. ':' .. ARGV[3], '0')
return 1
