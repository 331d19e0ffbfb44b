-- End a reservation, exactly once: give the hold back, charge what was used, append the event.
-- KEYS  epoch, wallet, counters of the key, the hold, holds of the gateway, the usage stream
-- ARGV  member of the gateway's set, amount charged, the event (empty: release without a trace), the epoch
--       that the reservation was made in (empty: whatever it is now)
-- Returns {1, id in the stream}; {0} where there is nothing (any more) to settle; {0, 'cold'} while Redis is
-- being rebuilt, when nothing may move: what billing is about to publish would count it twice or not at all.
local function negative(amount) return amount == '0' and '0' or '-' .. amount end

local epoch = redis.call('GET', KEYS[1])
if not epoch then return {0, 'cold'} end
local charged, event = ARGV[2], ARGV[3]
local hold = redis.call('HGET', KEYS[4], 'hold')
if not hold then
  -- In the same epoch somebody has settled it: the sweep, or we ourselves. In another one Redis has
  -- forgotten it with all else, and we were not there when the others restored theirs.
  if event == '' or ARGV[4] == '' or ARGV[4] == epoch then return {0} end
  hold = '0'
else
  redis.call('HINCRBY', KEYS[2], 'held', negative(hold))
  redis.call('HINCRBY', KEYS[2], 'avail', hold)
  redis.call('HINCRBY', KEYS[3], 'held', negative(hold))
  redis.call('HINCRBY', KEYS[3], 'live', -1)
  redis.call('DEL', KEYS[4])
  redis.call('SREM', KEYS[5], ARGV[1])
end
redis.call('HINCRBY', KEYS[2], 'avail', negative(charged))
redis.call('HINCRBY', KEYS[2], 'spent', charged)
redis.call('HINCRBY', KEYS[3], 'used', charged)
if event == '' then return {1, ''} end
return {1, redis.call('XADD', KEYS[6], '*', 'e', event)}
