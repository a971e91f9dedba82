-- A former owner's message for the owner; an answer only if its request is still waiting for it.
-- Other messages that the former owner has numbered are taken only if the next owner began below
-- their number; else they were in its log, or the client had them.
-- What waits is bounded in bytes: beyond, half of it for progress, nothing is taken, except that
-- the answer to a request is replaced by an empty one, which means that it is lost.
-- keys: as in write.lua    arguments: answered request or '', node, kind, payload, life in ms,
-- most bytes that wait, number or 0, fence of the former owner
-- returns: the owner, '' when nothing was taken, or 'missing' when the owner has yet to push it
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
if waiting > 0 and waiting + #payload + 64 > limit then
  if ARGV[1] == '' then
    return ''
  end
  payload = ''
end
redis.call('XADD', KEYS[5], '*', 'a', ARGV[1], 'k', ARGV[3], 'p', payload)
redis.call('HSET', KEYS[1], 'arriving', waiting + #payload + 64)
redis.call('PEXPIRE', KEYS[5], ARGV[5])
return owner
