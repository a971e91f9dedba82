-- Writes a whole session. The owner calls it if Redis has lost the session or missed writes.
-- keys: as in write.lua
-- arguments: fence, expiry of the keys in ms, node, principal, endpoint, epoch, tokens, state, number
-- of acknowledged messages, number of sent messages, number of messages before this owner, format, and
-- three lists, each preceded by its length: running requests (request, runner); settled requests; logged
-- messages (number, request that the message answers, payload, running request that caused it)
-- returns: 'ok', or 'lost' if the session has another owner or has ended
local fence, ended, arriving = unpack(redis.call('HMGET', KEYS[1], 'fence', 'ended', 'arriving'))
if fence and (tonumber(fence) > tonumber(ARGV[1]) or fence == ARGV[1] and ended) then
  return 'lost'
end
local at = 3
local function take()
  at = at + 1
  return ARGV[at - 1]
end
redis.call('HDEL', KEYS[1], 'ended', 'clock')
redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
redis.call('HSET', KEYS[1], 'fence', ARGV[1], 'node', take(), 'principal', take(),
  'endpoint', take(), 'epoch', take(), 'tokens', take(), 'state', take(),
  'acknowledged', take(), 'sent', take(), 'before' .. ARGV[1], take(), 'format', take(), 'arriving', arriving or 0)
for _ = 1, tonumber(take()) do
  redis.call('HSET', KEYS[3], take(), take())
end
for _ = 1, tonumber(take()) do
  redis.call('ZADD', KEYS[4], redis.call('HINCRBY', KEYS[1], 'clock', 1), take())
end
for _ = 1, tonumber(take()) do
  redis.call('XADD', KEYS[2], take() .. '-0', 'a', take(), 'p', take(), 'b', take())
end
for _, key in ipairs(KEYS) do
  redis.call('PEXPIRE', key, ARGV[2])
end
return 'ok'
