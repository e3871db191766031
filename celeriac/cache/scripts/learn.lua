-- Learn a generation, making it where it is missing (in a cluster, where each has a slot of its own).
-- KEYS: generation | ARGV: fresh generation, generation ms | Returns the generation.
local generation = redis.call('GET', KEYS[1])
if not generation then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return ARGV[1]
end
if redis.call('PTTL', KEYS[1]) < ARGV[2] / 2 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return generation
