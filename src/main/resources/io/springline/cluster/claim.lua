-- Makes a node the owner of a session, if the client presents a valid token for it.
-- keys: as in write.lua
-- arguments: digest of the token, digest of the next token, principal, endpoint, epoch, number of
-- messages that the client has received, node, expiry of the keys in ms, deadline in ms by the clock
-- of Redis, number of messages that the client has certainly received, fence of the owner that counted
-- them or 0, highest format that this node knows, which the session has from then on
-- returns: 'ok' or the reason of the refusal, the time in ms by the clock of Redis, and the session;
-- 'newer', the time and the format if this node does not know the format of the session
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
if tonumber(now) > tonumber(ARGV[9]) then
  return {'late', now}
end
local format = redis.call('HGET', KEYS[1], 'format')
if format and tonumber(format) > tonumber(ARGV[12]) then
  return {'newer', now, format}
end
local tokens, principal, endpoint, epoch, ended, acknowledged, sent, former, state, owner = unpack(redis.call(
  'HMGET', KEYS[1], 'tokens', 'principal', 'endpoint', 'epoch', 'ended', 'acknowledged', 'sent', 'node', 'state',
  'fence'))
local good, kept, count = false, ARGV[2] .. ' ' .. ARGV[1], 2
for token in string.gmatch(tokens or '', '%S+') do
  if token == ARGV[1] then
    good = true
  elseif count < 16 then -- as in ResumeTokens: the client may use this token in a later attempt
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
-- An earlier owner that could not reach Redis has gone on counting, and the client has no message of
-- a later owner: these messages are numbered again, after those that the client has.
local granter, received, before = tonumber(ARGV[11]), tonumber(ARGV[6]), nil
local common = granter > 0 and granter < tonumber(owner) and redis.call('HGET', KEYS[1], 'before' .. granter + 1)
if common and received > tonumber(common) then
  local unknown = {}
  for _, entry in ipairs(redis.call('XRANGE', KEYS[2], '-', '+')) do
    local number, request = tonumber(string.match(entry[1], '^%d+')), entry[2][2]
    if number > tonumber(common) then
      table.insert(unknown, entry[2])
    elseif request ~= '' then
      redis.call('HDEL', KEYS[3], request)
      redis.call('ZADD', KEYS[4], redis.call('HINCRBY', KEYS[1], 'clock', 1), request)
    end
  end
  redis.call('DEL', KEYS[2])
  for i, fields in ipairs(unknown) do
    redis.call('XADD', KEYS[2], (received + i) .. '-0', unpack(fields))
  end
  before, acknowledged, sent = sent, ARGV[6], received + #unknown
  redis.call('HSET', KEYS[1], 'acknowledged', acknowledged, 'sent', sent, 'before' .. granter + 1, received)
end
if received < tonumber(acknowledged) then
  return {'overflow', now}
end
local fence = redis.call('HINCRBY', KEYS[1], 'fence', 1)
-- Messages of the former owner up to this number are in the log, or the client has received them: see forward.lua.
before = before or tonumber(ARGV[10]) > tonumber(sent) and ARGV[10] or sent
redis.call('HSET', KEYS[1], 'format', ARGV[12], 'node', ARGV[7], 'tokens', kept, 'before' .. fence, before)
redis.call('HDEL', KEYS[1], 'before' .. fence - 8)
for _, key in ipairs(KEYS) do
  redis.call('PEXPIRE', key, ARGV[8])
end
return {'ok', now, tostring(fence), former, state, acknowledged,
  redis.call('HGETALL', KEYS[3]), redis.call('ZRANGE', KEYS[4], 0, -1),
  redis.call('XRANGE', KEYS[2], '-', '+'), kept, before}
