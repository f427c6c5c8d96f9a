-- cache_application.lua: remembers whose token it is, unless it is known.
-- SPDX-License-Identifier: BSD-2-Clause
-- ARGV: life, epoch, token, application, seconds to remember.
if redis.call('GET', 'p:life') ~= ARGV[1] then
	return redis.error_reply('LIFE not the life the caller knows')
end
redis.call('SET', 'p:a:' .. ARGV[2] .. ':' .. ARGV[3], ARGV[4],
    'EX', ARGV[5], 'NX')
return 1
