-- name: lock_position
-- Where the consumer is; nobody else moves it until the transaction ends. Made at 0 when it is new.
INSERT INTO spoedplein.positions AS held (consumer, topic, partition, next_offset) VALUES ($1, $2, $3, 0)
ON CONFLICT (consumer, topic, partition) DO UPDATE SET next_offset = held.next_offset
RETURNING next_offset;

-- name: set_position
-- In the transaction of what it covers. Never back: a batch that was covered whole moves nothing.
UPDATE spoedplein.positions SET next_offset = $4, changed_at = now()
WHERE consumer = $1 AND topic = $2 AND partition = $3 AND next_offset < $4;

-- name: get_position
-- No row when nothing was ever archived from there.
SELECT next_offset FROM spoedplein.positions WHERE consumer = $1 AND topic = $2 AND partition = $3;
