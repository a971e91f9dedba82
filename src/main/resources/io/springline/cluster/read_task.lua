-- Reads a task.
-- keys: the task
-- returns: the task as JSON, or '' if it does not exist
return redis.call('HGET', KEYS[1], 'task') or ''
