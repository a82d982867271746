-- The whole schema as it is after every migration, to be read in one piece. Nothing applies this file: a test holds it
-- against the migrations.

CREATE SCHEMA spoedplein;

-- What was applied, by content.
CREATE TABLE spoedplein.migrations (
    number integer PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- The log and the decisions as archived, where the archive is in each topic, and months as partitions.

CREATE TABLE spoedplein.positions (
    consumer text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL CHECK (next_offset >= 0),
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, topic, partition)
);

CREATE TABLE spoedplein.events (
    region text NOT NULL,
    partition integer NOT NULL,
    log_offset bigint NOT NULL,
    appended_at timestamptz NOT NULL,
    event_id text NOT NULL,
    type text NOT NULL,
    source text NOT NULL,
    subject text,
    event jsonb NOT NULL,
    PRIMARY KEY (partition, log_offset, appended_at)
) PARTITION BY RANGE (appended_at);
CREATE INDEX events_region ON spoedplein.events (region, log_offset);
CREATE INDEX events_event_id ON spoedplein.events (event_id);
CREATE INDEX events_type ON spoedplein.events (region, type, appended_at);

CREATE TABLE spoedplein.decisions (
    id text NOT NULL,
    region text NOT NULL,
    log_offset bigint NOT NULL,
    log_index integer NOT NULL,
    decided_at timestamptz NOT NULL,
    kind text NOT NULL,
    subject text,
    request_id text,
    case_id text,
    unit_id text,
    site_id text,
    causation_id text NOT NULL,
    agreements text NOT NULL,
    decision jsonb NOT NULL,
    PRIMARY KEY (id, decided_at)
) PARTITION BY RANGE (decided_at);
CREATE INDEX decisions_region ON spoedplein.decisions (region, decided_at);
CREATE INDEX decisions_kind ON spoedplein.decisions (region, kind, decided_at);
CREATE INDEX decisions_request ON spoedplein.decisions (region, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX decisions_case ON spoedplein.decisions (region, case_id) WHERE case_id IS NOT NULL;
CREATE INDEX decisions_unit ON spoedplein.decisions (region, unit_id, decided_at) WHERE unit_id IS NOT NULL;
CREATE INDEX decisions_site ON spoedplein.decisions (region, site_id, decided_at) WHERE site_id IS NOT NULL;
CREATE INDEX decisions_status ON spoedplein.decisions (region, decided_at) WHERE kind = 'unit-status-changed';

-- As its owner, so that a writer needs no right to make tables. Made beside its parent and attached: CREATE TABLE ...
-- PARTITION OF would lock out readers and writers of the other months.
CREATE FUNCTION spoedplein.ensure_months(parent text, months date[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE
    month date;
    child text;
    made integer := 0;
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_partitioned_table JOIN pg_class ON pg_class.oid = partrelid
        WHERE relname = parent AND relnamespace = 'spoedplein'::regnamespace
    ) THEN
        RAISE EXCEPTION 'spoedplein.% is not kept by month', parent;
    END IF;
    FOREACH month IN ARRAY months LOOP
        month := date_trunc('month', month::timestamp)::date;
        child := parent || to_char(month, '_YYYY_MM');
        CONTINUE WHEN EXISTS (SELECT FROM pg_class WHERE relname = child AND relnamespace = 'spoedplein'::regnamespace);
        PERFORM pg_advisory_xact_lock(hashtextextended('spoedplein.months', 0));
        -- Once more: somebody else may have made it while we waited. (to_regclass would answer from its cache.)
        CONTINUE WHEN EXISTS (SELECT FROM pg_class WHERE relname = child AND relnamespace = 'spoedplein'::regnamespace);
        EXECUTE format('CREATE TABLE spoedplein.%I (LIKE spoedplein.%I INCLUDING ALL)', child, parent);
        EXECUTE format(
            'ALTER TABLE spoedplein.%I ATTACH PARTITION spoedplein.%I FOR VALUES FROM (%L) TO (%L)',
            parent, child, month::timestamptz, (month + interval '1 month')::timestamptz
        );
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;

-- Drops what lies wholly before a day, and names it; of the access log nothing within five years. The timeout: a long
-- query keeps its month, and must not make writers queue behind us; the next round tries again.
CREATE FUNCTION spoedplein.drop_months(parent text, before date) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s'
AS $$
DECLARE
    child text;
BEGIN
    IF parent = 'access_log' AND before > date_trunc('month', now()) - interval '60 months' THEN
        RAISE EXCEPTION 'spoedplein.access_log is kept for 60 months at least; asked to drop before %', before;
    END IF;
    FOR child IN
        SELECT months.relname
        FROM pg_inherits
        JOIN pg_class AS months ON months.oid = inhrelid
        JOIN pg_class AS whole ON whole.oid = inhparent
        WHERE whole.relname = parent
            AND whole.relnamespace = 'spoedplein'::regnamespace
            AND to_date(right(months.relname, 7), 'YYYY_MM') + interval '1 month' <= before
        ORDER BY months.relname
    LOOP
        EXECUTE format('DROP TABLE spoedplein.%I', child);
        RETURN NEXT child;
    END LOOP;
END $$;

REVOKE ALL ON FUNCTION spoedplein.ensure_months, spoedplein.drop_months FROM PUBLIC;

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

-- Samples of what each unit had. The topic is compacted: what came and went between two reads of it is only in events.

CREATE TABLE spoedplein.availability (
    region text NOT NULL,
    unit_id text NOT NULL,
    care_type text NOT NULL,
    status text NOT NULL,
    reason text,
    staffed integer,
    reported_free integer,
    free integer,
    held integer NOT NULL,
    promised integer NOT NULL,
    conflict boolean NOT NULL,
    observed_at timestamptz,
    valid_until timestamptz,
    as_of timestamptz NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (region, unit_id, as_of, version)
) PARTITION BY RANGE (as_of);
CREATE INDEX availability_care_type ON spoedplein.availability (region, care_type, as_of);

-- Who looked at which case or acted on it, after NEN 7513. Only added to; whole months go when they are old enough.

CREATE TABLE spoedplein.access_log (
    id text NOT NULL,
    at timestamptz NOT NULL,
    region text NOT NULL,
    cases text[] NOT NULL,
    subject text NOT NULL,
    on_behalf_of text,
    organisation text,
    role text NOT NULL,
    action text NOT NULL,
    what text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('permitted', 'refused')),
    emergency text,
    event_id text,
    written_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX access_log_cases ON spoedplein.access_log USING gin (cases);
CREATE INDEX access_log_region ON spoedplein.access_log (region, at);
CREATE INDEX access_log_subject ON spoedplein.access_log (subject, at);

-- Not even its owner changes a row by mistake.
CREATE FUNCTION spoedplein.refuse_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'spoedplein.% is only added to', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER access_log_only_added_to BEFORE UPDATE OR DELETE ON spoedplein.access_log
FOR EACH ROW EXECUTE FUNCTION spoedplein.refuse_change();
CREATE TRIGGER access_log_never_emptied BEFORE TRUNCATE ON spoedplein.access_log
FOR EACH STATEMENT EXECUTE FUNCTION spoedplein.refuse_change();
