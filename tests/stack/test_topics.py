import re

import pytest

from spoedplein.stack.places import checkout_root
from spoedplein.stack.topics import Topic, load_topics

SOURCES = ("hap", "seh", "ambulance", "capacity", "placement")
COMPACTED = ("availability", "boards", "snapshots")
DAY_MS = 86_400_000


@pytest.fixture
def topics() -> dict[str, Topic]:
    return {topic.name.removeprefix("spoedplein.").removesuffix(".v1"): topic for topic in load_topics()}


def test_the_topics_are_those_of_the_design(topics: dict[str, Topic]) -> None:
    assert set(topics) == {*SOURCES, *COMPACTED, "log", "decisions", "dead-letters"}


def test_every_topic_has_the_same_partitions_so_that_a_region_has_one_number(topics: dict[str, Topic]) -> None:
    assert {topic.partitions for topic in topics.values()} == {4}


def test_newest_of_each_key_is_kept_where_it_is_wanted_and_only_there(topics: dict[str, Topic]) -> None:
    assert {word for word, topic in topics.items() if topic.config["cleanup.policy"] == "compact"} == set(COMPACTED)


def test_the_log_is_dated_by_the_broker_and_kept_a_week_at_least(topics: dict[str, Topic]) -> None:
    log = topics["log"].config
    assert log["message.timestamp.type"] == "LogAppendTime"
    assert int(log["retention.ms"]) >= 7 * DAY_MS


def test_on_one_machine_nothing_expires_and_any_time_is_taken(topics: dict[str, Topic]) -> None:
    for topic in topics.values():
        local = topic.on_local_stack()
        assert local.replication_factor == 1
        assert local.config["retention.ms"] == "-1"
        assert {local.config[f"message.timestamp.{side}.max.ms"] for side in ("before", "after")} == {str(2**63 - 1)}


def test_the_rights_in_acls_toml_are_about_topics_that_exist(topics: dict[str, Topic]) -> None:
    acls = (checkout_root() / "deploy" / "kafka" / "acls.toml").read_text()
    named = set(re.findall(r'"(spoedplein\.[a-z-]+\.v1)"', acls))

    assert named == {topic.name for topic in topics.values()}
