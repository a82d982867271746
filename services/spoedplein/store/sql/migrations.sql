-- name: lock_migrations
-- One process migrates at a time; the others wait here and then find it done.
SELECT pg_advisory_xact_lock(hashtextextended('spoedplein.migrations', 0));

-- name: migrations_exist
-- False in a database that never had any.
SELECT to_regclass('spoedplein.migrations') IS NOT NULL;

-- name: create_migrations
-- The schema, and the list of what was done to it.
CREATE SCHEMA IF NOT EXISTS spoedplein;
CREATE TABLE IF NOT EXISTS spoedplein.migrations (
    number integer PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- name: applied_migrations
-- In the order of their numbers.
SELECT number, name, sha256 FROM spoedplein.migrations ORDER BY number;

-- name: record_migration
-- In the transaction that applied it.
INSERT INTO spoedplein.migrations (number, name, sha256) VALUES ($1, $2, $3);
