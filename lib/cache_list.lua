-- cache_list.lua: the chats or messages not yet known to be stored.
-- SPDX-License-Identifier: BSD-2-Clause
-- ARGV: token, chat (0: the application's chats), lowest, highest (as
-- ZRANGEBYSCORE takes them), limit, "1" for highest first. Answers life,
-- application, then number and version and tail of each.
local life = redis.call('GET', 'p:life')
if not life then
	return { false, false }
end
local epoch = string.match(life, '^%d+')
local app = redis.call('GET', 'p:a:' .. epoch .. ':' .. ARGV[1])
if not app or app == '0' then
	return { life, app }
end
local chat, list = ARGV[2], 'p:i:' .. app .. ':' .. ARGV[2]
local numbers
if ARGV[6] == '1' then
	numbers = redis.call('ZREVRANGEBYSCORE', list, ARGV[4], ARGV[3],
	    'LIMIT', 0, ARGV[5])
else
	numbers = redis.call('ZRANGEBYSCORE', list, ARGV[3], ARGV[4],
	    'LIMIT', 0, ARGV[5])
end
local out = { life, app }
for _, number in ipairs(numbers) do
	local thing = app .. ':' .. chat .. ':' .. number
	if chat == '0' then
		thing = app .. ':' .. number .. ':0'
	end
	local value = redis.call('GET', 'p:v:' .. thing)
	if value then
		out[#out + 1] = number
		out[#out + 1] = value
	end
end
return out
