-- Replace the event to book should the gateway die; nothing if the reservation has ended.
-- KEYS  the hold      ARGV  the event
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'event', ARGV[1])
return 1
