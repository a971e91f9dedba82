-- Queues a message of a former owner for the current owner of the session.
-- A response is dropped if its request is settled or has another runner.
-- Another message with a number is queued only if its number is greater than the one from which the
-- next owner continued; otherwise the message was in the log, or the client had received it.
-- The queue is limited in bytes; messages that are not essential can use half of it. If the queue is
-- full, the message is dropped. A response is replaced by an empty one instead, which marks it as lost.
-- keys: as in write.lua
-- arguments: request that the message answers or '', the former owner as runner, kind, payload, expiry of the queue in ms,
-- limit of the queue in bytes, number or 0, fence of the former owner, running request that caused the message or ''
-- returns: the owner; '' if the message was not queued; 'missing' if Redis does not have the session yet
local owner, ended, bytes = unpack(redis.call('HMGET', KEYS[1], 'node', 'ended', 'arriving'))
if not owner then
  return 'missing'
end
if ended then
  return ''
end
if ARGV[1] ~= '' then
  local runner = redis.call('HGET', KEYS[3], ARGV[1])
  if runner and runner ~= ARGV[2] then
    return ''
  end
  if not runner and redis.call('ZSCORE', KEYS[4], ARGV[1]) then
    return ''
  end
end
if ARGV[1] == '' and ARGV[7] ~= '0' then
  local before = redis.call('HGET', KEYS[1], 'before' .. ARGV[8] + 1)
  if before and tonumber(ARGV[7]) <= tonumber(before) then
    return ''
  end
end
local payload, limit, waiting = ARGV[4], tonumber(ARGV[6]), tonumber(bytes or 0)
if redis.call('EXISTS', KEYS[5]) == 0 then
  waiting = 0
end
if ARGV[3] ~= 'ESSENTIAL' then
  limit = limit / 2
end
if waiting > 0 and waiting + #payload + #ARGV[9] + 64 > limit then
  if ARGV[1] == '' then
    return ''
  end
  payload = ''
end
redis.call('XADD', KEYS[5], '*', 'a', ARGV[1], 'k', ARGV[3], 'p', payload, 'b', ARGV[9])
redis.call('HSET', KEYS[1], 'arriving', waiting + #payload + #ARGV[9] + 64)
redis.call('PEXPIRE', KEYS[5], ARGV[5])
return owner
