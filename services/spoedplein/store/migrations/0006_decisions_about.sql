-- What a provider or a site pages through: its own decisions, the newest first. Without these every page reads the
-- region's whole archive.

CREATE INDEX decisions_unit ON spoedplein.decisions (region, unit_id, decided_at) WHERE unit_id IS NOT NULL;
CREATE INDEX decisions_site ON spoedplein.decisions (region, site_id, decided_at) WHERE site_id IS NOT NULL;
