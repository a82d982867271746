-- name: insert_decisions
-- One array per column. A decision that is there already stays as it is: the same id has the same content.
INSERT INTO spoedplein.decisions
    (id, region, log_offset, log_index, decided_at, kind, subject, request_id, case_id, unit_id, site_id,
     causation_id, agreements, decision)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::bigint[], $4::integer[], $5::timestamptz[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::jsonb[]
)
ON CONFLICT DO NOTHING;

-- name: missing_decisions
-- The first of these decisions that is not archived, by id and time; no row when all are.
SELECT told.id
FROM unnest($1::text[], $2::timestamptz[]) AS told (id, decided_at)
LEFT JOIN spoedplein.decisions AS kept USING (id, decided_at)
WHERE kept.id IS NULL
LIMIT 1;

-- name: decision
-- One decision by its id.
SELECT decision FROM spoedplein.decisions WHERE id = $1;

-- name: decisions
-- A region's decisions from `$2` up to but not including `$3`, in order; of one request when `$4` names it.
SELECT decision
FROM spoedplein.decisions
WHERE region = $1
    AND decided_at >= $2
    AND decided_at < $3
    AND ($4::text IS NULL OR request_id = $4)
ORDER BY log_offset, log_index
LIMIT $5;

-- name: decisions_before
-- A region's decisions before time `$2`, log offset `$3` and index `$4`, the newest first. Each further argument narrows
-- when it is given: kinds, request, unit, site; and units and requests of which either will do, with requests of which
-- only what names no unit (a round names several).
SELECT decision
FROM spoedplein.decisions
WHERE region = $1
    AND decided_at <= $2
    AND (decided_at, log_offset, log_index) < ($2, $3, $4)
    AND ($5::text[] IS NULL OR kind = ANY ($5))
    AND ($6::text IS NULL OR request_id = $6)
    AND ($7::text IS NULL OR unit_id = $7)
    AND ($8::text IS NULL OR site_id = $8)
    AND (
        $9::text[] IS NULL
        OR unit_id = ANY ($9)
        OR request_id = ANY ($10::text[])
        OR (request_id = ANY ($11::text[]) AND unit_id IS NULL AND kind <> 'round-opened')
    )
ORDER BY decided_at DESC, log_offset DESC, log_index DESC
LIMIT $12;
