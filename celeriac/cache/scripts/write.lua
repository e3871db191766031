-- Store values as of now under the generations of now; a computation that is under way may no longer store its older one.
-- KEYS: generations…, then value, lock for each item
-- ARGV: count of generations, fresh generation, generation ms, then envelope head, envelope rest, ttl ms for each item
-- A generation is a random token: one that was evicted or expired is replaced, and what was under it stays unreadable.
local count = tonumber(ARGV[1])
local tokens = ''
for i = 1, count do
  local generation = redis.call('GET', KEYS[i])
  if not generation then
    generation = ARGV[2]
    redis.call('SET', KEYS[i], generation, 'PX', ARGV[3])
  elseif redis.call('PTTL', KEYS[i]) < ARGV[3] / 2 then
    redis.call('PEXPIRE', KEYS[i], ARGV[3])
  end
  tokens = tokens .. generation
end
local written = 0
local argument = 4
for i = count + 1, #KEYS, 2 do
  redis.call('SET', KEYS[i], ARGV[argument] .. tokens .. ARGV[argument + 1], 'PX', ARGV[argument + 2])
  if redis.call('EXISTS', KEYS[i + 1]) == 1 then redis.call('HSET', KEYS[i + 1], 'void', 1) end
  written = written + 1
  argument = argument + 3
end
return written
