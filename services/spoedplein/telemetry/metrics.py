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

PREFIX = "spoedplein_"
#: From a millisecond to half a minute: a decision later than that is a failure, whatever its exact age.
LATENCY_BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
BATCH_BUCKETS_RECORDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


class Metrics:
    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry or CollectorRegistry()
        counter, gauge, histogram = self._counter, self._gauge, self._histogram

        self.events = counter("events_total", "Events handled, by type", "region", "type")
        self.refusals = counter("refusals_total", "Messages refused by intake, by reason", "topic", "reason")
        self.decisions = counter("decisions_total", "Decisions, by kind", "region", "kind")
        self.decision_latency_seconds = histogram(
            "decision_latency_seconds", "Log append to decision append, wall clock", LATENCY_BUCKETS_SECONDS
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

        self.snapshot_age_seconds = gauge("snapshot_age_seconds", "Since the last durable snapshot", "partition")
        self.snapshot_bytes = gauge("snapshot_bytes", "Size of the last snapshot", "partition")
        self.consumer_lag = gauge("consumer_lag_records", "Records not handled yet", "topic", "partition")
        self.batch_records = histogram("batch_records", "Records per batch", BATCH_BUCKETS_RECORDS, "topic")
        self.archived_rows = counter("archived_rows_total", "Rows written to PostgreSQL", "table")
        self.archive_retries = counter("archive_retries_total", "Tries that PostgreSQL did not take")

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
