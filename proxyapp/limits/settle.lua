-- End a reservation, exactly once: give the hold back, charge what was used, append the event.
-- KEYS  epoch, wallet, counters of the key, the hold, holds of the gateway, the usage stream
-- ARGV  member of the gateway's set, amount charged, the event (empty: release without a trace)
-- Returns {1, id in the stream}; {0} where there is nothing (any more) to settle; {0, 'cold'} while Redis is
-- being rebuilt, when nothing may move: what billing is about to publish would count it twice or not at all.
local function negative(amount) return amount == '0' and '0' or '-' .. amount end

if redis.call('EXISTS', KEYS[1]) == 0 then return {0, 'cold'} end
local charged, event = ARGV[2], ARGV[3]
local hold = redis.call('HGET', KEYS[4], 'hold')
if not hold then return {0} end
redis.call('HINCRBY', KEYS[2], 'held', negative(hold))
redis.call('HINCRBY', KEYS[2], 'avail', hold)
redis.call('HINCRBY', KEYS[3], 'held', negative(hold))
redis.call('HINCRBY', KEYS[3], 'live', -1)
redis.call('DEL', KEYS[4])
redis.call('SREM', KEYS[5], ARGV[1])
redis.call('HINCRBY', KEYS[2], 'avail', negative(charged))
redis.call('HINCRBY', KEYS[2], 'spent', charged)
redis.call('HINCRBY', KEYS[3], 'used', charged)
if event == '' then return {1, ''} end
return {1, redis.call('XADD', KEYS[6], '*', 'e', event)}
