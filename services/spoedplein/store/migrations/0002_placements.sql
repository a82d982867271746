-- One row per request for a place: what reports need, folded from its first event and its decisions.
-- All times are the log's. Counts are over the request's whole life; unit, owner and state are the newest.

CREATE TABLE spoedplein.placements (
    region text NOT NULL,
    request_id text NOT NULL,
    state text NOT NULL CHECK (state IN ('requested', 'offered', 'accepted', 'exhausted', 'admitted', 'cancelled')),
    case_id text,
    requester text,
    from_region text,
    origin text,
    owner text,
    care_types text[] NOT NULL,
    urgency_system text,
    urgency_code text,
    unit_id text,
    care_type text,
    label text,
    requested_at timestamptz,
    first_offered_at timestamptz,
    offered_at timestamptz,
    accepted_at timestamptz,
    admit_by timestamptz,
    admitted_at timestamptz,
    to_place_seconds integer,
    overdue_since timestamptz,
    cancelled_at timestamptz,
    cancel_reason text,
    override_ground text,
    attempts integer NOT NULL,
    expired integer NOT NULL,
    reopened integer NOT NULL,
    exhausted_rounds integer NOT NULL,
    refusals jsonb NOT NULL,
    requested_offset bigint,
    decided_offset bigint NOT NULL,
    decided_index integer NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (region, request_id)
);
CREATE INDEX placements_requested ON spoedplein.placements (region, requested_at);
CREATE INDEX placements_changed ON spoedplein.placements (changed_at);

-- Whole rows, long untouched. As its owner: a writer may not delete.
CREATE FUNCTION spoedplein.drop_placements(before date) RETURNS bigint
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET lock_timeout = '2s'
AS $$
    WITH gone AS (DELETE FROM spoedplein.placements WHERE changed_at < before::timestamptz RETURNING 1)
    SELECT count(*) FROM gone
$$;

REVOKE ALL ON FUNCTION spoedplein.drop_placements FROM PUBLIC;
