-- Lists the records of a set.
-- keys: the records of the set
-- returns: each name, and its record after it
return redis.call('HGETALL', KEYS[1])
