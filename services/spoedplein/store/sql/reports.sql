-- name: report_demand
-- Requests of a region asked from `$2` up to but not including `$3`, by the care asked first; care type null: all.
SELECT
    care_types[1] AS care_type,
    count(*) AS requested,
    count(*) FILTER (WHERE from_region IS NOT NULL) AS from_neighbours,
    count(*) FILTER (WHERE state IN ('accepted', 'admitted')) AS placed,
    count(*) FILTER (WHERE state = 'cancelled' AND cancel_reason = 'found-elsewhere') AS found_elsewhere,
    count(*) FILTER (WHERE state = 'cancelled' AND cancel_reason = 'hospitalised') AS hospitalised,
    count(*) FILTER (
        WHERE state = 'cancelled' AND cancel_reason NOT IN ('found-elsewhere', 'hospitalised')
    ) AS no_longer_needed,
    count(*) FILTER (WHERE state IN ('requested', 'offered', 'exhausted')) AS still_open,
    count(*) FILTER (
        WHERE state NOT IN ('requested', 'offered', 'exhausted', 'accepted', 'admitted', 'cancelled')
    ) AS otherwise,
    count(*) FILTER (WHERE exhausted_rounds > 0) AS nothing_fitted,
    count(*) FILTER (WHERE reopened > 0) AS taken_back,
    count(*) FILTER (WHERE override_ground IS NOT NULL) AS overridden,
    count(*) FILTER (
        WHERE state IN ('accepted', 'admitted') AND origin IS NULL AND from_region IS NULL
    ) AS placed_from_home,
    count(*) FILTER (WHERE state IN ('accepted', 'admitted') AND origin IS NOT NULL) AS placed_from_site,
    count(accepted_at) AS promises,
    percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (
        ORDER BY floor(extract(epoch FROM accepted_at - requested_at))::integer
    ) FILTER (WHERE accepted_at IS NOT NULL) AS to_promise,
    count(to_place_seconds) AS admissions,
    percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY to_place_seconds)
        FILTER (WHERE to_place_seconds IS NOT NULL) AS to_place
FROM spoedplein.placements
WHERE region = $1
    AND requested_at >= $2
    AND requested_at < $3
    AND ($4::text[] IS NULL OR care_types[1] = ANY ($4))
GROUP BY GROUPING SETS ((care_types[1]), ())
ORDER BY care_type NULLS LAST;

-- name: report_refusals
-- Why providers said no, or took a yes back, and how often they said nothing, by the care asked first.
SELECT care_type, reason, sum(times) AS times
FROM (
    SELECT care_types[1] AS care_type, told.reason, told.times::integer AS times
    FROM spoedplein.placements, jsonb_each_text(refusals) AS told (reason, times)
    WHERE region = $1 AND requested_at >= $2 AND requested_at < $3
    UNION ALL
    SELECT care_types[1], 'no-answer', expired
    FROM spoedplein.placements
    WHERE region = $1 AND requested_at >= $2 AND requested_at < $3 AND expired > 0
) AS found
WHERE $4::text[] IS NULL OR care_type = ANY ($4)
GROUP BY care_type, reason
ORDER BY care_type, reason;

-- name: report_exclusions
-- How many requests met each exclusion code when nothing fitted, by the care asked first. One may meet several.
-- Bridging care looks for a place by a request that nobody asked: not counted here, nor elsewhere but as bridging.
SELECT asked.care_types[1] AS care_type, excluded ->> 'code' AS code, count(DISTINCT made.request_id) AS requests
FROM spoedplein.decisions AS made
JOIN spoedplein.placements AS asked USING (region, request_id)
CROSS JOIN jsonb_array_elements(made.decision -> 'data' -> 'excluded') AS excluded
WHERE made.region = $1
    AND made.kind = 'placement-exhausted'
    AND asked.requested_at IS NOT NULL
    AND made.decided_at >= $2
    AND made.decided_at < $3
    AND ($4::text[] IS NULL OR asked.care_types[1] = ANY ($4))
GROUP BY asked.care_types[1], code
ORDER BY care_type, code;

-- name: report_statuses
-- Changes of status per unit, in order; also of the month before, for what lasted into the period.
SELECT
    unit_id,
    decision -> 'data' ->> 'care_type' AS care_type,
    decision -> 'data' ->> 'status' AS status,
    decision -> 'data' ->> 'reason' AS reason,
    decided_at
FROM spoedplein.decisions
WHERE region = $1
    AND kind = 'unit-status-changed'
    AND decided_at >= $2::timestamptz - interval '31 days'
    AND decided_at < $3
    AND ($4::text[] IS NULL OR decision -> 'data' ->> 'care_type' = ANY ($4))
ORDER BY unit_id, log_offset, log_index;

-- name: report_looks
-- What was known of each unit with places at moments `$5` apart: its last sample before, up to two weeks old.
WITH units AS (
    SELECT DISTINCT unit_id, care_type
    FROM spoedplein.availability
    WHERE region = $1
        AND as_of >= $2::timestamptz - interval '14 days'
        AND as_of < $3
        AND care_type NOT IN ('hap', 'seh')
        AND ($4::text[] IS NULL OR care_type = ANY ($4))
)
SELECT
    units.care_type,
    units.unit_id,
    moment,
    seen.free IS NOT NULL AND seen.valid_until >= moment AS known,
    seen.status IN ('open', 'warning') AND seen.free > 0 AND seen.valid_until >= moment AS has_place
FROM units
CROSS JOIN generate_series($2::timestamptz, $3::timestamptz - $5::interval, $5::interval) AS moment
LEFT JOIN LATERAL (
    SELECT sample.free, sample.status, sample.valid_until
    FROM spoedplein.availability AS sample
    WHERE sample.region = $1
        AND sample.unit_id = units.unit_id
        AND sample.as_of <= moment
        AND sample.as_of >= $2::timestamptz - interval '14 days'
    ORDER BY sample.as_of DESC, sample.version DESC
    LIMIT 1
) AS seen ON TRUE
ORDER BY units.care_type, moment, units.unit_id;

-- name: report_needed_by
-- Requests that named a moment before `$5` and still stood then, and those of them that were in no place by then.
SELECT
    asked.care_types[1] AS care_type,
    count(*) AS named,
    count(*) FILTER (WHERE coalesce(asked.admitted_at, 'infinity') > wanted.needed_by) AS missed
FROM spoedplein.placements AS asked
JOIN spoedplein.events AS said
    ON said.region = asked.region
    AND said.log_offset = asked.requested_offset
    AND said.appended_at = asked.requested_at
CROSS JOIN LATERAL (
    SELECT (said.event -> 'data' -> 'profile' ->> 'needed_by')::timestamptz AS needed_by
) AS wanted
WHERE asked.region = $1
    AND asked.requested_at >= $2
    AND asked.requested_at < $3
    AND wanted.needed_by < $5
    AND (asked.cancelled_at IS NULL OR asked.cancelled_at > wanted.needed_by)
    AND ($4::text[] IS NULL OR asked.care_types[1] = ANY ($4))
GROUP BY asked.care_types[1]
ORDER BY care_type;

-- name: report_elsewhere
-- Decisions about transfers and bridging, by kind, with the requests that they are about. What a neighbour asked us has
-- no request of ours: its subject is his name for it.
SELECT kind, count(*) AS decisions, count(DISTINCT coalesce(request_id, subject)) AS requests
FROM spoedplein.decisions
WHERE region = $1
    AND (kind LIKE '%transfer%' OR kind LIKE '%bridging%')
    AND decided_at >= $2
    AND decided_at < $3
GROUP BY kind
ORDER BY kind;

-- name: report_visits
-- How visits of acute home care ended, by care path; of a visit that was corrected the last word.
SELECT
    ended.care_path,
    count(*) FILTER (WHERE ended.outcome = 'independent') AS independent,
    count(*) FILTER (WHERE ended.outcome = 'doctor-consulted') AS doctor_consulted,
    count(*) FILTER (WHERE ended.outcome = 'doctor-came') AS doctor_came,
    count(*) FILTER (WHERE ended.outcome = 'sent-on') AS sent_on
FROM (
    SELECT DISTINCT ON (request_id)
        coalesce(decision -> 'data' ->> 'care_path', '') AS care_path,
        decision -> 'data' ->> 'outcome' AS outcome
    FROM spoedplein.decisions
    WHERE region = $1
        AND kind = 'visit-recorded'
        AND decided_at >= $2
        AND decided_at < $3
        AND ($4::text[] IS NULL OR 'wijkverpleging' = ANY ($4))
    ORDER BY request_id, log_offset DESC, log_index DESC
) AS ended
WHERE ended.outcome <> 'not-seen'
GROUP BY ended.care_path
ORDER BY ended.care_path;

-- name: report_queues
-- Waits that ended in care and norms that were breached, by service.
SELECT
    decision -> 'data' ->> 'service' AS service,
    count(*) FILTER (WHERE kind = 'patient-taken') AS taken,
    count(*) FILTER (WHERE kind = 'norm-breached') AS breaches,
    count(*) FILTER (WHERE kind = 'patient-gone' AND decision -> 'data' ->> 'outcome' = 'left-unseen') AS left_unseen,
    percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY (decision -> 'data' ->> 'waited_seconds')::integer)
        FILTER (WHERE kind = 'patient-taken') AS waits
FROM spoedplein.decisions
WHERE region = $1
    AND kind IN ('patient-taken', 'norm-breached', 'patient-gone')
    AND decided_at >= $2
    AND decided_at < $3
GROUP BY service
ORDER BY service;

-- name: report_agreements
-- Agreements as they were adopted before `$2`, the oldest first.
SELECT appended_at, event -> 'data' AS adopted
FROM spoedplein.events
WHERE region = $1 AND type = 'nl.spoedplein.agreements.adopted.v1' AND appended_at < $2
ORDER BY log_offset;

-- name: report_archived
-- Where the archive of a region begins and ends: nothing before or after it can be told.
SELECT min(decided_at) AS begins, max(decided_at) AS ends FROM spoedplein.decisions WHERE region = $1;
