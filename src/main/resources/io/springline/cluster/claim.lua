-- Makes a node the owner, if the client has proved who it is; else says why not.
-- keys: as in write.lua    arguments: digest, next digest, principal, endpoint, epoch, received,
-- node, life in ms, deadline in ms of this clock, number of messages that the client has for certain
-- returns: what became of it, the time of this clock in ms, and the session
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
if tonumber(now) > tonumber(ARGV[9]) then
  return {'late', now}
end
local tokens, principal, endpoint, epoch, ended, acknowledged, sent, former, state = unpack(redis.call(
  'HMGET', KEYS[1], 'tokens', 'principal', 'endpoint', 'epoch', 'ended', 'acknowledged', 'sent', 'node', 'state'))
local good, kept, count = false, ARGV[2] .. ' ' .. ARGV[1], 2
for token in string.gmatch(tokens or '', '%S+') do
  if token == ARGV[1] then
    good = true
  elseif count < 4 then -- as in ResumeTokens: the client may have this one from a later attempt
    kept, count = kept .. ' ' .. token, count + 1
  end
end
if not good then
  return {'unknown', now}
end
if principal ~= ARGV[3] then
  return {'not-yours', now}
end
if endpoint ~= ARGV[4] or epoch ~= ARGV[5] then
  return {'unknown', now}
end
if ended then
  return {ended, now}
end
if tonumber(ARGV[6]) < tonumber(acknowledged) then
  return {'overflow', now}
end
local fence = redis.call('HINCRBY', KEYS[1], 'fence', 1)
-- Up to here the messages of the former owner are in the log, or the client has them: see forward.lua.
local before = tonumber(ARGV[10]) > tonumber(sent) and ARGV[10] or sent
redis.call('HSET', KEYS[1], 'node', ARGV[7], 'tokens', kept, 'before' .. fence, before)
redis.call('HDEL', KEYS[1], 'before' .. fence - 8)
for _, key in ipairs(KEYS) do
  redis.call('PEXPIRE', key, ARGV[8])
end
return {'ok', now, tostring(fence), former, state, acknowledged,
  redis.call('HGETALL', KEYS[3]), redis.call('ZRANGE', KEYS[4], 0, -1),
  redis.call('XRANGE', KEYS[2], '-', '+'), kept}
