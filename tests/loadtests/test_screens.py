"""How soon a view is on a screen: from when a reader of Kafka had it, and only of what was shown as it stood there."""

import pytest
from loadtests.followers import Frame
from loadtests.screens import deliveries

VIEW = {"region": "rijnmond", "unit": "elv-een", "status": "open", "observed_at": "2026-01-10T19:00:00Z", "free": 2}


def frame(*arrivals: float, **told: object) -> Frame:
    return Frame(region="rijnmond", units=({**VIEW, "name": "ELV een", **told},), arrivals=arrivals)


@pytest.mark.parametrize(
    ("frames", "seen_at", "count", "p50", "highest", "known"),
    [
        pytest.param([frame(10.1, 10.3)], [10.0], 2, 100, 300, 1.0, id="two-followers"),
        pytest.param([frame(10.1)], [10.0, 20.0], 1, 100, 100, 1.0, id="the-same-again-later"),
        pytest.param([frame(20.2)], [10.0, 20.0], 1, 200, 200, 1.0, id="the-second-time"),
        pytest.param([frame(9.9)], [10.0], 1, 0, 0, 1.0, id="sooner-than-the-reader-of-kafka"),
        pytest.param([frame(10.1), frame(11.0, free=None)], [10.0], 1, 100, 100, 0.5, id="grown-old-here"),
        pytest.param([frame(10.1, unit="elders")], [10.0], 0, 0, 0, 0.0, id="never-on-kafka"),
    ],
)
def test_a_delivery_runs_from_kafka_to_each_follower(  # noqa: PLR0917  the row
    frames: list[Frame], seen_at: list[float], count: int, p50: float, highest: float, known: float
) -> None:
    took, share = deliveries(frames, [(at, VIEW) for at in seen_at])
    assert (took.count, round(took.p50), round(took.highest), share) == (count, p50, highest, known)
