-- Makes a node the owner, if the client has proved who it is; else says why not.
-- keys: as in write.lua    arguments: digest, next digest, principal, endpoint, epoch, received,
-- node, life in ms
local tokens, principal, endpoint, epoch, ended, acknowledged, former, state = unpack(redis.call(
  'HMGET', KEYS[1], 'tokens', 'principal', 'endpoint', 'epoch', 'ended', 'acknowledged', 'node', 'state'))
local good = false
for token in string.gmatch(tokens or '', '%S+') do
  good = good or token == ARGV[1]
end
if not good then
  return {'unknown'}
end
if principal ~= ARGV[3] then
  return {'not-yours'}
end
if endpoint ~= ARGV[4] or epoch ~= ARGV[5] then
  return {'unknown'}
end
if ended then
  return {ended}
end
if tonumber(ARGV[6]) < tonumber(acknowledged) then
  return {'overflow'}
end
local fence = redis.call('HINCRBY', KEYS[1], 'fence', 1)
redis.call('HSET', KEYS[1], 'node', ARGV[7], 'tokens', ARGV[2] .. ' ' .. ARGV[1])
for _, key in ipairs(KEYS) do
  redis.call('PEXPIRE', key, ARGV[8])
end
return {'ok', tostring(fence), former, state, acknowledged,
  redis.call('HGETALL', KEYS[3]), redis.call('ZRANGE', KEYS[4], 0, -1),
  redis.call('XRANGE', KEYS[2], '-', '+'), redis.call('XRANGE', KEYS[5], '-', '+')}
