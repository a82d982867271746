-- name: insert_availability
-- One array per column. A sample that is there already stays as it is.
INSERT INTO spoedplein.availability
    (region, unit_id, care_type, status, reason, staffed, reported_free, free, held, promised, conflict, observed_at,
     valid_until, as_of, version)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::integer[], $8::integer[],
    $9::integer[], $10::integer[], $11::boolean[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[],
    $15::bigint[]
)
ON CONFLICT DO NOTHING;

-- name: availability_of
-- Samples of one unit from `$3` up to but not including `$4` and after `$5`, in order.
SELECT status, reason, staffed, reported_free, free, held, promised, observed_at, valid_until, as_of, version
FROM spoedplein.availability
WHERE region = $1 AND unit_id = $2 AND as_of >= $3 AND as_of < $4 AND version > $5
ORDER BY as_of, version
LIMIT $6;

-- name: newest_availability_of
-- The newest `$5` samples of one unit from `$3` up to but not including `$4`, in order.
SELECT status, reason, staffed, reported_free, free, held, promised, observed_at, valid_until, as_of, version
FROM (
    SELECT *
    FROM spoedplein.availability
    WHERE region = $1 AND unit_id = $2 AND as_of >= $3 AND as_of < $4
    ORDER BY as_of DESC, version DESC
    LIMIT $5
) AS newest
ORDER BY as_of, version;
