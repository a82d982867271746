-- name: open_placements
-- Rows as JSON for requests that have none yet, in the order of their keys, so that writers wait and never deadlock.
INSERT INTO spoedplein.placements
SELECT fresh.*
FROM jsonb_populate_recordset(NULL::spoedplein.placements, $1::jsonb) AS fresh
ORDER BY fresh.region, fresh.request_id
ON CONFLICT DO NOTHING;

-- name: lock_placements
-- These requests' rows as JSON, locked in the order of their keys.
SELECT to_jsonb(held)
FROM spoedplein.placements AS held
WHERE (held.region, held.request_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
ORDER BY held.region, held.request_id
FOR UPDATE;

-- name: save_placements
-- Locked rows, as they are now.
UPDATE spoedplein.placements AS held
SET (
    state, case_id, requester, from_region, origin, owner, care_types, urgency_system, urgency_code, unit_id,
    care_type, label, requested_at, first_offered_at, offered_at, accepted_at, admit_by, admitted_at,
    to_place_seconds, overdue_since, cancelled_at, cancel_reason, override_ground, attempts, expired, reopened,
    exhausted_rounds, refusals, requested_offset, decided_offset, decided_index, changed_at
) = ROW (
    now.state, now.case_id, now.requester, now.from_region, now.origin, now.owner, now.care_types,
    now.urgency_system, now.urgency_code, now.unit_id, now.care_type, now.label, now.requested_at,
    now.first_offered_at, now.offered_at, now.accepted_at, now.admit_by, now.admitted_at, now.to_place_seconds,
    now.overdue_since, now.cancelled_at, now.cancel_reason, now.override_ground, now.attempts, now.expired,
    now.reopened, now.exhausted_rounds, now.refusals, now.requested_offset, now.decided_offset, now.decided_index,
    now.changed_at
)
FROM jsonb_populate_recordset(NULL::spoedplein.placements, $1::jsonb) AS now
WHERE held.region = now.region AND held.request_id = now.request_id;

-- name: placement
-- One request's row as JSON.
SELECT to_jsonb(held) FROM spoedplein.placements AS held WHERE region = $1 AND request_id = $2;
