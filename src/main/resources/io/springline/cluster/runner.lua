-- Says whether a former owner of a session runs a request, as its successor believes. Only the direct
-- successor, on another node, has certainly read the entry that the former owner wrote.
-- keys: as in write.lua
-- arguments: request, fence of the former owner, node of the former owner
-- returns: 'yes' or 'no'
local fence, owner = unpack(redis.call('HMGET', KEYS[1], 'fence', 'node'))
if tonumber(fence) == ARGV[2] + 1 and owner ~= ARGV[3] and redis.call('HGET', KEYS[3], ARGV[1]) == ARGV[3] then
  return 'yes'
end
return 'no'
