-- Take the computation of one key, or join those who wait for it; learn the generations under which it begins.
-- KEYS: lock, value, then barrier and generations… (none in a cluster: they have slots of their own)
-- ARGV: token, lock ms, fresh generation, generation ms, mode (wait, try or force)
-- Returns {1, value or '', barrier, generation…} to the one who computes, else {0, ms until the lock expires}.
-- The value is there where another computed it between the caller's look and this claim.
-- A computation records the generations from before it began: an invalidation in between makes its result unreadable.
-- The barrier is made where it is missing: one that an eviction took must not look like one that never was.
local held = redis.call('HMGET', KEYS[1], 'token', 'void')
if held[1] and not held[2] and ARGV[5] ~= 'force' then
  if ARGV[5] == 'wait' then redis.call('HINCRBY', KEYS[1], 'waiters', 1) end
  return {0, redis.call('PTTL', KEYS[1])}
end
local present = redis.pcall('GET', KEYS[2])
local answer = {1, type(present) == 'string' and present or ''}
for i = 3, #KEYS do
  local generation = redis.call('GET', KEYS[i])
  if not generation then
    generation = ARGV[3]
    redis.call('SET', KEYS[i], generation, 'PX', ARGV[4])
  end
  answer[i] = generation
end
-- Last: where a step above fails, nobody may be made to wait for a computation that never began.
redis.call('HSET', KEYS[1], 'token', ARGV[1])
redis.call('HDEL', KEYS[1], 'void')
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return answer
