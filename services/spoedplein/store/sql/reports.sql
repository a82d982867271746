-- name: report_demand
-- Requests of a region asked from `$2` up to but not including `$3`, by the care asked first; care type null: all. Not
-- what neighbours asked, here and in what follows: the region that asked counts it.
SELECT
    care_types[1] AS care_type,
    count(*) AS requested,
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
    count(*) FILTER (WHERE state IN ('accepted', 'admitted') AND origin IS NULL) AS placed_without_site,
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
    AND from_region IS NULL
    AND requested_at >= $2
    AND requested_at < $3
    AND ($4::text[] IS NULL OR care_types[1] = ANY ($4))
GROUP BY GROUPING SETS ((care_types[1]), ())
ORDER BY care_type NULLS LAST;

-- name: report_guests
-- What neighbours asked of a region in that period, by the care asked first, and what became of it by the newest answer
-- that they got; care type null: all.
WITH answers AS (
    SELECT DISTINCT ON (subject) subject, decision -> 'data' ->> 'outcome' AS outcome
    FROM spoedplein.decisions
    WHERE region = $1 AND kind = 'transfer-answered' AND decided_at >= $2
    ORDER BY subject, log_offset DESC, log_index DESC
), guests AS (
    SELECT
        care_types[1] AS care_type,
        CASE
            WHEN outcome IN ('none', 'released') THEN outcome
            WHEN state = 'cancelled' THEN 'withdrawn'
            WHEN state IN ('accepted', 'admitted') THEN 'taken'
            ELSE 'waiting'
        END AS became
    FROM spoedplein.placements
    LEFT JOIN answers ON subject = request_id
    WHERE region = $1
        AND from_region IS NOT NULL
        AND requested_at >= $2
        AND requested_at < $3
        AND ($4::text[] IS NULL OR care_types[1] = ANY ($4))
)
SELECT
    care_type,
    count(*) AS guest_asked,
    count(*) FILTER (WHERE became = 'taken') AS guest_taken,
    count(*) FILTER (WHERE became = 'none') AS guest_none,
    count(*) FILTER (WHERE became = 'released') AS guest_released,
    count(*) FILTER (WHERE became = 'withdrawn') AS guest_withdrawn,
    count(*) FILTER (WHERE became = 'waiting') AS guest_waiting
FROM guests
GROUP BY GROUPING SETS ((care_type), ())
ORDER BY care_type NULLS LAST;

-- name: report_refusals
-- Why providers said no, or took a yes back, and how often they said nothing, by the care asked first.
SELECT care_type, reason, sum(times) AS times
FROM (
    SELECT care_types[1] AS care_type, told.reason, told.times::integer AS times
    FROM spoedplein.placements, jsonb_each_text(refusals) AS told (reason, times)
    WHERE region = $1 AND from_region IS NULL AND requested_at >= $2 AND requested_at < $3
    UNION ALL
    SELECT care_types[1], 'no-answer', expired
    FROM spoedplein.placements
    WHERE region = $1 AND from_region IS NULL AND requested_at >= $2 AND requested_at < $3 AND expired > 0
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
    AND asked.from_region IS NULL
    AND made.decided_at >= $2
    AND made.decided_at < $3
    AND ($4::text[] IS NULL OR asked.care_types[1] = ANY ($4))
GROUP BY asked.care_types[1], code
ORDER BY care_type, code;

-- name: report_statuses
-- Changes of status per unit, in order; also the last before the period, for what lasted into it.
SELECT unit_id, care_type, status, reason, decided_at
FROM (
    SELECT
        unit_id,
        decision -> 'data' ->> 'care_type' AS care_type,
        decision -> 'data' ->> 'status' AS status,
        decision -> 'data' ->> 'reason' AS reason,
        decided_at,
        log_offset,
        log_index,
        lead(decided_at, 1, 'infinity') OVER (PARTITION BY unit_id ORDER BY log_offset, log_index) AS changed_at
    FROM spoedplein.decisions
    WHERE region = $1
        AND kind = 'unit-status-changed'
        AND decided_at < $3
        AND ($4::text[] IS NULL OR decision -> 'data' ->> 'care_type' = ANY ($4))
) AS changes
WHERE changed_at >= $2
ORDER BY unit_id, log_offset, log_index;

-- name: report_looks
-- What was known of each unit with places at moments `$5` apart: its last sample before, up to two weeks old. Units are
-- those of the agreements in force then; before the first that are known, those of which anything is.
WITH agreed AS (
    SELECT
        appended_at AS begins,
        lead(appended_at, 1, 'infinity') OVER (ORDER BY log_offset) AS ends,
        event -> 'data' -> 'agreements' -> 'units' AS units
    FROM spoedplein.events
    WHERE region = $1 AND type = 'nl.spoedplein.agreements.adopted.v1' AND appended_at < $3
), known AS (
    SELECT coalesce(min(begins), 'infinity') AS since FROM agreed
), units AS (
    SELECT unit ->> 'id' AS unit_id, unit ->> 'care_type' AS care_type, begins, ends
    FROM agreed, jsonb_array_elements(units) AS unit
    WHERE ends > $2
    UNION ALL
    SELECT DISTINCT unit_id, care_type, '-infinity'::timestamptz, since
    FROM spoedplein.availability, known
    WHERE region = $1 AND as_of >= $2::timestamptz - interval '14 days' AND as_of < least($3, since)
)
SELECT
    units.care_type,
    units.unit_id,
    moment,
    seen.staffed,
    seen.free IS NOT NULL AND seen.valid_until >= moment AS known,
    seen.status IN ('open', 'warning') AND seen.free > 0 AND seen.valid_until >= moment AS has_place
FROM units
JOIN generate_series($2::timestamptz, $3::timestamptz - $5::interval, $5::interval) AS moment
    ON moment >= begins AND moment < ends
LEFT JOIN LATERAL (
    SELECT sample.staffed, sample.free, sample.status, sample.valid_until
    FROM spoedplein.availability AS sample
    WHERE sample.region = $1
        AND sample.unit_id = units.unit_id
        AND sample.as_of <= moment
        AND sample.as_of >= $2::timestamptz - interval '14 days'
    ORDER BY sample.as_of DESC, sample.version DESC
    LIMIT 1
) AS seen ON TRUE
WHERE units.care_type NOT IN ('hap', 'seh') AND ($4::text[] IS NULL OR units.care_type = ANY ($4))
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
    AND asked.from_region IS NULL
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
-- How visits of acute home care that ended in the period did so, by care path; of a visit that was corrected the last
-- word, whenever that was said. A visit is told of when it has ended, or by a clock that is fast a little before.
SELECT
    ended.care_path,
    count(*) FILTER (WHERE ended.outcome = 'independent') AS independent,
    count(*) FILTER (WHERE ended.outcome = 'doctor-consulted') AS doctor_consulted,
    count(*) FILTER (WHERE ended.outcome = 'doctor-came') AS doctor_came,
    count(*) FILTER (WHERE ended.outcome = 'sent-on') AS sent_on
FROM (
    SELECT DISTINCT ON (request_id)
        coalesce(decision -> 'data' ->> 'care_path', '') AS care_path,
        decision -> 'data' ->> 'outcome' AS outcome,
        (decision -> 'data' ->> 'ended_at')::timestamptz AS ended_at
    FROM spoedplein.decisions
    WHERE region = $1
        AND kind = 'visit-recorded'
        AND decided_at >= $2::timestamptz - interval '1 day'
        AND ($4::text[] IS NULL OR 'wijkverpleging' = ANY ($4))
    ORDER BY request_id, log_offset DESC, log_index DESC
) AS ended
WHERE ended.outcome <> 'not-seen' AND ended.ended_at >= $2 AND ended.ended_at < $3
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
-- Agreements as they were adopted, the oldest first.
SELECT appended_at, event -> 'data' AS adopted
FROM spoedplein.events
WHERE region = $1 AND type = 'nl.spoedplein.agreements.adopted.v1'
ORDER BY log_offset;

-- name: report_archived
-- Where the archive of a region begins and ends: nothing before or after it can be told.
SELECT min(decided_at) AS begins, max(decided_at) AS ends FROM spoedplein.decisions WHERE region = $1;
