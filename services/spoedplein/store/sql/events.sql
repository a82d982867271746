-- name: insert_events
-- One array per column. What is there already stays as it is.
INSERT INTO spoedplein.events
    (region, partition, log_offset, appended_at, event_id, type, source, subject, event)
SELECT * FROM unnest(
    $1::text[], $2::integer[], $3::bigint[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::jsonb[]
)
ON CONFLICT DO NOTHING;

-- name: missing_events
-- The first of these log records that is not archived, by partition, offset and time; no row when all are.
SELECT told.log_offset
FROM unnest($1::integer[], $2::bigint[], $3::timestamptz[], $4::text[])
    AS told (partition, log_offset, appended_at, event_id)
LEFT JOIN spoedplein.events AS kept USING (partition, log_offset, appended_at, event_id)
WHERE kept.partition IS NULL
ORDER BY told.log_offset
LIMIT 1;

-- name: event_by_prefix
-- The newest event of a region since `$3` whose id begins with `$2`; of these types, which the index is for.
SELECT event_id, log_offset, appended_at
FROM spoedplein.events
WHERE region = $1 AND starts_with(event_id, $2) AND appended_at >= $3 AND type = ANY ($4::text[])
ORDER BY appended_at DESC, log_offset DESC
LIMIT 1;
