-- Make the credit of an organization known: what it was ever given, as an absolute figure.
-- KEYS  wallet      ARGV  credited, spent (only believed where there is no wallet yet)
local function negative(amount) return amount == '0' and '0' or '-' .. amount end

if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], 'credited', ARGV[1], 'spent', ARGV[2], 'held', '0', 'avail', ARGV[1])
  redis.call('HINCRBY', KEYS[1], 'avail', negative(ARGV[2]))
  return 1
end
local before = redis.call('HGET', KEYS[1], 'credited')
redis.call('HINCRBY', KEYS[1], 'avail', negative(before))
redis.call('HINCRBY', KEYS[1], 'avail', ARGV[1])
redis.call('HSET', KEYS[1], 'credited', ARGV[1])
return 0
