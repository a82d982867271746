-- name: record_accesses
-- Accesses out of a JSON list; one that is there already stays as it is.
INSERT INTO spoedplein.access_log (
    id, at, region, cases, subject, on_behalf_of, organisation, role, action, what, outcome, emergency, event_id
)
SELECT id, at, region, cases, subject, on_behalf_of, organisation, role, action, what, outcome, emergency, event_id
FROM jsonb_to_recordset($1::jsonb) AS told (
    id text, at timestamptz, region text, cases text[], subject text, on_behalf_of text, organisation text, role text,
    action text, what text, outcome text, emergency text, event_id text
)
ON CONFLICT DO NOTHING;

-- name: accesses
-- Of these regions within a period, in order, after a place in that order; of one case when it is named.
SELECT to_jsonb(found) - 'written_at' FROM spoedplein.access_log AS found
WHERE region = ANY ($1::text[]) AND at >= $2 AND at < $3
    AND ($4::text IS NULL OR cases @> ARRAY[$4])
    AND (at, id) > ($5, $6)
ORDER BY at, id
LIMIT $7;
