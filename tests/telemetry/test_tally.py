"""A tally tells Prometheus what a histogram of its client tells."""

from prometheus_client import CollectorRegistry, Histogram, generate_latest

from spoedplein.telemetry.tally import Tally

BOUNDS = (0.001, 0.5, 1, 30)
VALUES = (0, 0.001, 0.0011, 0.5, 0.75, 1, 30, 31)


def test_a_tally_tells_what_a_histogram_tells() -> None:
    one_by_one, at_once = CollectorRegistry(), CollectorRegistry()
    histogram = Histogram("seconds", "How long", buckets=BOUNDS, registry=one_by_one)
    tally = Tally("seconds", "How long", buckets=BOUNDS, registry=at_once)
    assert generate_latest(at_once) == generate_latest(one_by_one)

    for value in VALUES:
        histogram.observe(value)
    tally.observe_all(VALUES[:3])
    tally.observe_all(VALUES[3:])
    assert generate_latest(at_once) == generate_latest(one_by_one)
