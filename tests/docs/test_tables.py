"""What README lists is what there is: nothing is missing, and nothing is left over."""

import json
import tomllib

import click
import pytest
from prometheus_client.metrics import MetricWrapperBase
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from spoedplein.cli import spoedplein
from spoedplein.contracts.asyncapi import asyncapi
from spoedplein.domain import events
from spoedplein.settings import Settings
from spoedplein.stack.topics import load_topics
from spoedplein.telemetry.metrics import Metrics
from spoedplein_schemas import DECISIONS, EVENTS
from spoedplein_schemas.clock import ClockTicked
from spoedplein_schemas.dead_letters import RefusalCode
from spoedplein_schemas.decisions import ExclusionCode
from spoedplein_schemas.intended_use import INTENDED_USE
from tests.docs.reading import ROOT, Page, bare, names, one_line, words

DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def readme() -> Page:
    return Page("README.md")


def test_the_intended_use_is_said_in_the_one_wording(readme: Page) -> None:
    assert f"**Intended use.** {INTENDED_USE}" in one_line(readme.prose)
    assert INTENDED_USE in one_line(asyncapi().decode())


def test_every_event_is_listed_with_its_topic(readme: Page) -> None:
    listed = [(bare(row["Event"]), f"spoedplein.{row['Topic']}.v1") for row in readme.table("Events")]
    assert listed == [(kind.name, kind.topic) for kind in EVENTS]


def test_events_that_decide_nothing_say_so(readme: Page) -> None:
    effects = {bare(row["Event"]): row["Effect"] for row in readme.table("Events")}
    carried = {kind.name for kind in EVENTS if events._HANDLERS[kind.data] is events._carried}
    time = next(kind.name for kind in EVENTS if kind.data is ClockTicked)

    assert {name for name, effect in effects.items() if effect in ("carried", "time")} == carried
    assert [name for name, effect in effects.items() if effect == "time"] == [time]
    assert set(effects.values()) <= {"carried", "time", "shown", "decides"}


def test_every_decision_is_listed(readme: Page) -> None:
    listed = [bare(row["Decision"]) for row in readme.table("Decisions")]
    assert listed == [kind.name.removeprefix("decision.") for kind in DECISIONS]


def test_every_exclusion_code_is_listed(readme: Page) -> None:
    assert [bare(row["Code"]) for row in readme.table("Exclusion codes")] == [code.value for code in ExclusionCode]


def test_every_reason_of_a_dead_letter_is_listed_with_its_mend(readme: Page) -> None:
    rows = readme.table("Dead letters")
    assert [bare(row["Reason"]) for row in rows] == [code.value for code in RefusalCode]
    assert all(row["Mend"] for row in rows)


def test_every_topic_is_listed_as_it_is_made(readme: Page) -> None:
    listed = [(bare(row["Topic"]), row["Cleanup"], row["Kept"]) for row in readme.table("Topics")]
    made = [(topic.name, topic.config["cleanup.policy"], topic.config.get("retention.ms")) for topic in load_topics()]
    assert listed == [
        (name, policy, "newest of each key" if policy == "compact" else f"{int(kept or 0) // DAY_MS} days")
        for name, policy, kept in made
    ]


def test_who_writes_and_reads_a_topic_is_who_may(readme: Page) -> None:
    rights = tomllib.loads((ROOT / "deploy/kafka/acls.toml").read_text(encoding="utf-8"))["principal"]
    allowed = {
        topic.name: tuple(
            {name.removesuffix("-*") for name, right in rights.items() if topic.name in right.get(what, ())}
            for what in ("write", "read")
        )
        for topic in load_topics()
    }
    listed = {bare(row["Topic"]): (words(row["Written by"]), words(row["Read by"])) for row in readme.table("Topics")}
    assert listed == allowed


def test_every_setting_is_listed_with_its_default_and_meaning(readme: Page) -> None:
    listed = [(bare(row["Setting"]), bare(row["Default"]), row["Meaning"]) for row in readme.table("Settings")]
    assert listed == [(name, _default(field), field.description) for name, field in Settings.model_fields.items()]


def test_every_metric_is_listed_with_its_type_and_labels(readme: Page) -> None:
    listed = [(bare(row["Metric"]), row["Type"], names(row["Labels"])) for row in readme.table("Metrics")]
    published = [each for each in vars(Metrics()).values() if isinstance(each, MetricWrapperBase)]
    assert listed == [(_exposed(each), each._type, set(each._labelnames)) for each in published]


def test_every_command_is_listed(readme: Page) -> None:
    listed = [bare(row["Command"]) for row in readme.table("Commands")]
    assert listed == _commands(spoedplein, "spoedplein")


def _default(field: FieldInfo) -> str:
    value = field.get_default()
    plain = value.get_secret_value() if isinstance(value, SecretStr) else value
    return json.dumps(plain, default=str, ensure_ascii=False)


def _exposed(metric: MetricWrapperBase) -> str:
    """Under which name it is scraped."""
    return f"{metric._name}_total" if metric._type == "counter" else str(metric._name)


def _commands(group: click.Group, name: str) -> list[str]:
    found, context = [], click.Context(group)
    # click lists by the alphabet what is loaded already; README goes by use.
    for word in list(group.commands) or group.list_commands(context):
        command, whole = group.get_command(context, word), f"{name} {word}"
        found += _commands(command, whole) if isinstance(command, click.Group) else [whole]
    return found
