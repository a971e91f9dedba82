-- Says whether the owners of a session believe that a former owner runs a request.
-- keys: as in write.lua
-- arguments: request, the former owner as runner
-- returns: 'yes' or 'no', or 'missing' if Redis does not have the session, or not yet again: a former owner
-- asks, so there has been a higher fence, which Redis may have lost
local fence, ended = unpack(redis.call('HMGET', KEYS[1], 'fence', 'ended'))
if not fence or not ended and tonumber(fence) <= tonumber(string.match(ARGV[2], '^%d+')) then
  return 'missing'
end
if redis.call('HGET', KEYS[3], ARGV[1]) == ARGV[2] then
  return 'yes'
end
return 'no'
