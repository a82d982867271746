-- What a provider or a site pages through: its own decisions, the newest first. Without these every page reads the
-- region's whole archive. And what a report asks of stops, which may have begun long before its period.

CREATE INDEX decisions_unit ON spoedplein.decisions (region, unit_id, decided_at) WHERE unit_id IS NOT NULL;
CREATE INDEX decisions_site ON spoedplein.decisions (region, site_id, decided_at) WHERE site_id IS NOT NULL;
CREATE INDEX decisions_status ON spoedplein.decisions (region, decided_at) WHERE kind = 'unit-status-changed';
