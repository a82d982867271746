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
