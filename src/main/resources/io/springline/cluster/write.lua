-- Applies operations of the owner to a session, in order. Applies none if the session has another owner.
-- Each operation is idempotent: it may be repeated after a lost connection, or after push.lua.
-- keys: session, log, running, settled, arrivals
-- arguments: fence, expiry of the keys in ms, operations with their arguments
local fence, ended = unpack(redis.call('HMGET', KEYS[1], 'fence', 'ended'))
-- A lower fence means that a former owner has pushed the session after a restart of Redis.
if not fence or tonumber(fence) < tonumber(ARGV[1]) then
  return 'missing'
end
if fence ~= ARGV[1] or ended then
  return 'lost'
end
local sent = tonumber(redis.call('HGET', KEYS[1], 'sent'))
local at = 3
local function take()
  at = at + 1
  return ARGV[at - 1]
end
while at <= #ARGV do
  local operation = take()
  if operation == 'sent' then
    local number, answers, payload, caused = tonumber(take()), take(), take(), take()
    if number > sent + 1 then
      return 'missing'
    end
    if answers ~= '' then
      redis.call('HDEL', KEYS[3], answers)
    end
    if number == sent + 1 then
      sent = number
      redis.call('XADD', KEYS[2], number .. '-0', 'a', answers, 'p', payload, 'b', caused)
      redis.call('HSET', KEYS[1], 'sent', sent)
    end
  elseif operation == 'acknowledged' then
    local number = tonumber(take())
    if number > tonumber(redis.call('HGET', KEYS[1], 'acknowledged')) then
      redis.call('XTRIM', KEYS[2], 'MINID', (number + 1) .. '-0')
      redis.call('HSET', KEYS[1], 'acknowledged', number)
    end
    if number > sent then
      sent = number
      redis.call('HSET', KEYS[1], 'sent', sent)
    end
  elseif operation == 'running' then
    local request, runner = take(), take()
    if not redis.call('ZSCORE', KEYS[4], request) then
      redis.call('HSETNX', KEYS[3], request, runner)
    end
  elseif operation == 'settled' then
    local request, remembered = take(), tonumber(take())
    redis.call('HDEL', KEYS[3], request)
    redis.call('ZADD', KEYS[4], redis.call('HINCRBY', KEYS[1], 'clock', 1), request)
    redis.call('ZREMRANGEBYRANK', KEYS[4], 0, -remembered - 1)
  elseif operation == 'tokens' then
    redis.call('HSET', KEYS[1], 'tokens', take())
  elseif operation == 'state' then
    redis.call('HSET', KEYS[1], 'state', take())
  elseif operation == 'taken' then
    local entry = take()
    local taken = redis.call('XRANGE', KEYS[5], entry, entry)[1]
    if taken then
      redis.call('XDEL', KEYS[5], entry)
      redis.call('HINCRBY', KEYS[1], 'arriving', -(#taken[2][6] + #taken[2][8] + 64))
    end
  elseif operation == 'end' then
    redis.call('HSET', KEYS[1], 'ended', take())
    redis.call('HDEL', KEYS[1], 'state')
    redis.call('DEL', KEYS[2], KEYS[3], KEYS[4], KEYS[5])
  else
    return redis.error_reply('no operation ' .. operation)
  end
end
for _, key in ipairs(KEYS) do
  redis.call('PEXPIRE', key, ARGV[2])
end
return 'ok'
