-- Says whether the owners of a session believe that a former owner runs a request.
-- keys: as in write.lua
-- arguments: request, the former owner as runner
-- returns: 'yes' or 'no', or 'missing' if Redis does not have the session, or not yet again
if redis.call('EXISTS', KEYS[1]) == 0 then
  return 'missing'
end
if redis.call('HGET', KEYS[3], ARGV[1]) == ARGV[2] then
  return 'yes'
end
return 'no'
