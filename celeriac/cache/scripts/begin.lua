-- Take the computation of one key, or join those who wait for it; learn the generations under which it begins.
-- KEYS: lock, barrier, value, generation… | ARGV: token, lock ms, fresh generation, generation ms, mode (wait, try or force)
-- Returns {1, barrier, value or '', generation…} to the one who computes, else {0, ms until the lock expires}.
-- The value is there where another computed it between the caller's look and this claim.
-- A computation records the generations from before it began: an invalidation in between makes its result unreadable.
local held = redis.call('HMGET', KEYS[1], 'token', 'void')
if held[1] and not held[2] and ARGV[5] ~= 'force' then
  if ARGV[5] == 'wait' then redis.call('HINCRBY', KEYS[1], 'waiters', 1) end
  return {0, redis.call('PTTL', KEYS[1])}
end
redis.call('HSET', KEYS[1], 'token', ARGV[1])
redis.call('HDEL', KEYS[1], 'void')
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local answer = {1, redis.call('GET', KEYS[2]) or '', redis.call('GET', KEYS[3]) or ''}
for i = 4, #KEYS do
  local generation = redis.call('GET', KEYS[i])
  if not generation then
    generation = ARGV[3]
    redis.call('SET', KEYS[i], generation, 'PX', ARGV[4])
  end
  answer[i] = generation
end
return answer
