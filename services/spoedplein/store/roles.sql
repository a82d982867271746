-- Rights in production. Run by the owner of the schema after `migrate`, and again after each later one:
--
--   psql --set ON_ERROR_STOP=1 --file roles.sql "$OWNER_DSN"
--
-- Three roles without login; give them to the users that the processes log in as. They are made here if the owner may
-- make roles, and otherwise beforehand by whoever may. The user that migrates owns everything, and no process but
-- `migrate` logs in as that user.
--
--   spoedplein_writer   archive. Adds events, decisions and availability, never changes or removes them: what was
--                       decided stays as it was decided. Whole months go through a function of the owner only.
--   spoedplein_reader   explain, reports. Reads, and not who looked at which case.
--   spoedplein_portal   portal. Reads, and adds to the access log; changes and removes nothing.
--
-- All at once: between what is taken and what is given, a process that runs would be refused, and end.

BEGIN;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['spoedplein_writer', 'spoedplein_reader', 'spoedplein_portal'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', name);
        END IF;
    END LOOP;
END $$;

REVOKE ALL ON SCHEMA spoedplein FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA spoedplein FROM PUBLIC, spoedplein_writer, spoedplein_reader, spoedplein_portal;
GRANT USAGE ON SCHEMA spoedplein TO spoedplein_writer, spoedplein_reader, spoedplein_portal;

-- On the tables, not on their months: whoever reads or writes goes through the whole.
GRANT SELECT ON
    spoedplein.migrations, spoedplein.positions, spoedplein.events, spoedplein.decisions, spoedplein.placements,
    spoedplein.availability
TO spoedplein_writer, spoedplein_reader, spoedplein_portal;
GRANT INSERT ON
    spoedplein.positions, spoedplein.events, spoedplein.decisions, spoedplein.placements, spoedplein.availability
TO spoedplein_writer;
GRANT UPDATE ON spoedplein.positions, spoedplein.placements TO spoedplein_writer;
GRANT EXECUTE ON FUNCTION spoedplein.ensure_months, spoedplein.drop_months, spoedplein.drop_placements
TO spoedplein_writer;

GRANT SELECT, INSERT ON spoedplein.access_log TO spoedplein_portal;
GRANT EXECUTE ON FUNCTION spoedplein.ensure_months TO spoedplein_portal;

COMMIT;
