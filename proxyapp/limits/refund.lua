-- Give back what was charged, exactly once, and append the event that says so.
-- KEYS  epoch, wallet, counters of the key, the mark of this refund, the usage stream
-- ARGV  amount, the event, seconds for which the mark is kept
-- Returns 1; 0 where it was done before; -1 while Redis is being rebuilt, when nothing may move.
local function negative(amount) return amount == '0' and '0' or '-' .. amount end

if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
if not redis.call('SET', KEYS[4], '1', 'NX', 'EX', ARGV[3]) then return 0 end
redis.call('HINCRBY', KEYS[2], 'avail', ARGV[1])
redis.call('HINCRBY', KEYS[2], 'spent', negative(ARGV[1]))
redis.call('HINCRBY', KEYS[3], 'used', negative(ARGV[1]))
redis.call('XADD', KEYS[5], '*', 'e', ARGV[2])
return 1
