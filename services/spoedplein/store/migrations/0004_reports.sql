-- What reports look for: decisions of one kind and events of one type within a period.

CREATE INDEX events_type ON spoedplein.events (region, type, appended_at);
CREATE INDEX decisions_kind ON spoedplein.decisions (region, kind, decided_at);
