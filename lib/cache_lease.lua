-- cache_lease.lua: installs a lease of numbers that was won in MySQL.
-- SPDX-License-Identifier: BSD-2-Clause
-- ARGV: life, epoch, application, chat (0: the application's chats), from, to.
-- A lease that follows the installed one directly extends it; one further
-- on makes the counter jump to it; one that lies behind is dropped (0).
local epoch, from, to = ARGV[2], ARGV[5], ARGV[6]

if redis.call('GET', 'p:life') ~= ARGV[1] then
	return redis.error_reply('LIFE not the life the caller knows')
end
local key = 'p:n:' .. ARGV[3] .. ':' .. ARGV[4]
local counter = redis.call('HMGET', key, 't', 'e')
if counter[2] == epoch then
	local limit = tonumber(counter[1])
	if tonumber(from) < limit then
		return 0
	elseif tonumber(from) == limit then
		redis.call('HSET', key, 'f', from, 't', to)
		return 1
	end
end
redis.call('HSET', key, 'n', from, 'f', from, 't', to, 'e', epoch)
return 1
