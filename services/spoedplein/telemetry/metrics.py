"""Every metric that we publish. Base units; labels only from closed sets: regions, care types, ranks, kinds, reasons.

One instance per process, handed to whoever counts. Times are in the clock of the region's log.
"""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    start_http_server,
)

from spoedplein.telemetry.tally import Tally

PREFIX = "spoedplein_"
#: From a millisecond to half a minute: a decision later than that is a failure, whatever its exact age.
LATENCY_BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
RATIO_BUCKETS = (0, 0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99, 1)
#: In minutes around the agreed terms: a quarter of an hour for the offload, half an hour for a consult.
OFFLOAD_BUCKETS_SECONDS = (300, 600, 900, 1200, 1800, 2700, 3600, 7200)
WAIT_BUCKETS_SECONDS = (300, 600, 900, 1800, 2700, 3600, 7200, 14400, 86400)
BATCH_BUCKETS_RECORDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


class Metrics:
    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry or CollectorRegistry()
        counter, gauge, histogram = self._counter, self._gauge, self._histogram

        self.events = counter("events_total", "Events handled, by type", "region", "type")
        self.refusals = counter("refusals_total", "Messages refused by intake, by reason", "topic", "reason")
        self.decisions = counter("decisions_total", "Decisions, by kind", "region", "kind")
        self.decision_latency_seconds = Tally(
            PREFIX + "decision_latency_seconds",
            "Log append to decision append, wall clock",
            registry=self.registry,
            buckets=LATENCY_BUCKETS_SECONDS,
        )

        self.free_places = gauge("free_places", "Places that may be promised now", "region", "care_type")
        self.unknown_units = gauge("unknown_units", "Units whose figure is unknown", "region", "care_type")
        self.oldest_figure_seconds = gauge(
            "oldest_figure_age_seconds", "Age of the oldest valid figure", "region", "care_type"
        )
        self.queue_length = gauge("queue_length", "Patients waiting", "region", "site", "service", "rank")
        self.oldest_wait_seconds = gauge(
            "queue_oldest_wait_seconds", "Longest present wait", "region", "site", "service", "rank"
        )
        self.open_requests = gauge("open_requests", "Placement requests without a place", "region")
        self.crowding_level = gauge("crowding_level", "Level, 0 green to 3 red; without site: region", "region", "site")
        self.open_proposals = gauge("open_proposals", "Proposals that wait for a person", "region", "kind")
        self.proposals_unanswered = counter("proposals_unanswered_total", "Proposals that nobody answered", "region")
        self.free_rooms = gauge("free_rooms", "Rooms that a patient can be put in now", "region", "site", "home")

        self.open_rounds = gauge("open_rounds", "Report-now rounds that wait for answers", "region")
        self.round_completeness = histogram(
            "round_completeness_ratio", "Units that answered, of those asked", RATIO_BUCKETS, "region"
        )
        self.open_consults = gauge("open_consults", "Consults without an answer", "region")
        self.consult_wait_seconds = histogram(
            "consult_wait_seconds", "From question to answer", WAIT_BUCKETS_SECONDS, "region"
        )
        self.offload_seconds = histogram(
            "offload_seconds", "From arrival to hand-over", OFFLOAD_BUCKETS_SECONDS, "region", "site"
        )
        self.overdue_offloads = gauge("overdue_offloads", "Crews that wait longer than agreed", "region")

        self.snapshot_age_seconds = gauge("snapshot_age_seconds", "Since the last durable snapshot", "partition")
        self.snapshot_bytes = gauge("snapshot_bytes", "Size of the last snapshot", "partition")
        self.consumer_lag = gauge("consumer_lag_records", "Records not handled yet", "topic", "partition")
        self.batch_records = histogram("batch_records", "Records per batch", BATCH_BUCKETS_RECORDS, "topic")
        self.event_loop_lag_seconds = histogram(
            "event_loop_lag_seconds", "How late the event loop ran what was due", LATENCY_BUCKETS_SECONDS
        )
        self.archived_rows = counter("archived_rows_total", "Rows written to PostgreSQL", "table")
        self.archive_retries = counter("archive_retries_total", "Tries that PostgreSQL did not take")

        self.access_refusals = counter("access_refusals_total", "Requests that were not let through", "reason")
        self.accesses = counter("accesses_total", "Accesses to cases put on record", "outcome")
        self.access_log_failures = counter("access_log_failures_total", "Accesses that PostgreSQL did not take")
        self.accesses_queued = gauge("accesses_queued", "Accesses on disk that wait for PostgreSQL")
        self.emergency_uses = counter("emergency_uses_total", "Accesses under emergency use (noodknop)")
        self.issuer_failures = counter("issuer_failures_total", "Times that the issuer's keys could not be had")

        self.portal_requests = counter("portal_requests_total", "Requests answered", "route", "status")
        self.portal_seconds = histogram(
            "portal_request_seconds", "From request to the start of its answer", LATENCY_BUCKETS_SECONDS, "route"
        )
        self.streams = gauge("portal_streams", "Who follows now", "region")
        self.stream_drops = counter("portal_stream_snapshots_total", "Followers too far behind", "region")
        self.portal_age_seconds = gauge("portal_age_seconds", "Since anything was heard of a region", "region")
        self.portal_stale = gauge("portal_stale", "1 when what is shown of a region may be behind", "region")

    def serve(self, *, host: str, port: int) -> int:
        """Answer `/metrics` from a thread of its own; returns the port, which is a free one where 0 was asked."""
        server, _thread = start_http_server(port, addr=host, registry=self.registry)
        return int(server.server_port)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(PREFIX + name, text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(PREFIX + name, text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(PREFIX + name, text, labels, registry=self.registry, buckets=buckets)
