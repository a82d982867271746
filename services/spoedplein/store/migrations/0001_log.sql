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
CREATE INDEX decisions_request ON spoedplein.decisions (region, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX decisions_case ON spoedplein.decisions (region, case_id) WHERE case_id IS NOT NULL;

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

-- Drops what lies wholly before a day, and names it. The timeout: a long query keeps its month, and must not make
-- writers queue behind us; the next round tries again.
CREATE FUNCTION spoedplein.drop_months(parent text, before date) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s'
AS $$
DECLARE
    child text;
BEGIN
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
