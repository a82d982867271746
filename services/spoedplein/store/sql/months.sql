-- name: ensure_months
-- Partitions of one table for these months; returns how many were new.
SELECT spoedplein.ensure_months($1, $2::date[]);

-- name: drop_months
-- The partitions of one table that lie wholly before a day; returns their names.
SELECT spoedplein.drop_months($1, $2);

-- name: drop_placements
-- Requests that nothing changed since a day; returns how many.
SELECT spoedplein.drop_placements($1);

-- name: oldest_month
-- First day of the oldest month that one table has; null when it has none.
SELECT min(to_date(right(months.relname, 7), 'YYYY_MM'))
FROM pg_inherits
JOIN pg_class AS months ON months.oid = inhrelid
JOIN pg_class AS whole ON whole.oid = inhparent
WHERE whole.relname = $1 AND whole.relnamespace = 'spoedplein'::regnamespace;
