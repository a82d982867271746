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

-- As it was, and of the access log nothing within five years, whoever asks.
CREATE OR REPLACE FUNCTION spoedplein.drop_months(parent text, before date) RETURNS SETOF text
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
