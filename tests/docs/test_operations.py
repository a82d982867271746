"""Alerts, runbook and settings for production speak of what there is."""

import os
import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from spoedplein import settings as configuration
from spoedplein.settings import ENV_PREFIX, FILE_VARIABLE, Settings
from spoedplein.telemetry.metrics import Metrics
from spoedplein_schemas import DECISIONS
from tests.docs.reading import ROOT, Page, anchor

PROMETHEUS: Final = ROOT / "deploy" / "prometheus"
EXAMPLE: Final = ROOT / "deploy" / "settings.example.toml"
#: Prometheus' own: whether a target answered, and the labels of a target and of a histogram's buckets.
GIVEN_METRICS: Final = {"up"}
GIVEN_LABELS: Final = {"job", "instance", "le"}
SEVERITIES: Final = {"page", "ticket", "info"}

Rule = dict[str, Any]


def _yaml(path: Path) -> Any:  # noqa: ANN401  as free as YAML is
    return yaml.safe_load(path.read_text(encoding="utf-8"))


RULES: Final[list[Rule]] = [rule for group in _yaml(PROMETHEUS / "alerts.yml")["groups"] for rule in group["rules"]]
CASES: Final = [pytest.param(rule, id=rule["alert"]) for rule in RULES]


@pytest.fixture(scope="module")
def runbook() -> Page:
    return Page("deploy/runbook.md")


@pytest.fixture(scope="module")
def published() -> dict[str, set[str]]:
    """Labels by each name under which something is scraped."""
    found: dict[str, set[str]] = {}
    for metric in vars(Metrics()).values():
        if isinstance(metric, MetricWrapperBase):
            for name in _scraped(metric):
                found[name] = set(metric._labelnames)
    return found


@pytest.fixture(scope="module")
def target_labels() -> set[str]:
    """Those that the example of scraping adds."""
    return {label for target in _targets() for label in target["labels"]}


@pytest.mark.parametrize("rule", CASES)
def test_an_alert_uses_metrics_and_labels_that_exist(
    rule: Rule, published: dict[str, set[str]], target_labels: set[str]
) -> None:
    used = _metrics_in(rule["expr"])
    assert used or any(re.search(rf"\b{name}\b", rule["expr"]) for name in GIVEN_METRICS)
    assert used <= set(published)

    known = GIVEN_LABELS | target_labels | {label for name in used for label in published[name]}
    assert _labels_in(rule["expr"]) <= known
    told = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
    assert told <= known


@pytest.mark.parametrize("rule", CASES)
def test_an_alert_asks_for_values_that_are_published(rule: Rule) -> None:
    kinds = set(re.findall(r'kind="([^"]+)"', rule["expr"]))
    processes = set(re.findall(r'process="([^"]+)"', rule["expr"]))
    assert kinds <= {kind.name for kind in DECISIONS}
    assert processes <= {target["labels"]["process"] for target in _targets()}


@pytest.mark.parametrize("rule", CASES)
def test_an_alert_leads_to_the_part_of_the_runbook_that_names_it(rule: Rule, runbook: Page) -> None:
    file, _, place = rule["annotations"]["runbook"].partition("#")
    assert ROOT / file == runbook.path
    title = next(title for title in runbook.titles if anchor(title) == place)
    assert f"`{rule['alert']}`" in runbook.section(title)
    assert rule["labels"]["severity"] in SEVERITIES


def test_the_runbook_names_no_alert_that_is_not_there(runbook: Page) -> None:
    named = set(re.findall(r"`(Spoedplein\w+)`", runbook.text))
    assert named == {rule["alert"] for rule in RULES}
    assert len(named) == len(RULES)


def test_the_runbook_names_only_metrics_that_exist(runbook: Page, published: dict[str, set[str]]) -> None:
    named = set(re.findall(r"`(spoedplein_\w+)`", runbook.text))
    assert named
    assert named <= set(published)


def test_every_part_of_the_runbook_says_what_one_sees_what_it_means_and_what_to_do(runbook: Page) -> None:
    parts = runbook.titles[1:]
    assert len(parts) >= 8
    for title in parts:
        found = re.findall(r"^\*\*(\w+)\*\*", runbook.section(title), re.MULTILINE)
        assert found == ["See", "Means", "Do"], title


def test_the_example_of_scraping_takes_the_alerts_that_stand_beside_it() -> None:
    assert [(PROMETHEUS / name).is_file() for name in _yaml(PROMETHEUS / "scrape.example.yml")["rule_files"]] == [True]


def test_the_example_settings_can_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(ENV_PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv(FILE_VARIABLE, str(EXAMPLE))
    monkeypatch.setenv(f"{ENV_PREFIX}KAFKA_PASSWORD", "not-a-secret")

    found = configuration.load()

    assert found.kafka_tls() is not None
    assert len(found.regions) == len(found.agreements_files)


def test_what_the_example_settings_leave_to_the_reader_has_a_name_that_is_known() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    offered = set(re.findall(r"^# ([a-z_]+) = ", text, re.MULTILINE))
    told = {name.lower() for name in re.findall(rf"{ENV_PREFIX}([A-Z_]+)", text)} - {"settings"}
    assert offered
    assert offered | told <= set(Settings.model_fields)


def _scraped(metric: MetricWrapperBase) -> list[str]:
    """A counter ends in `_total`; a histogram is three series."""
    match metric._type:
        case "counter":
            return [f"{metric._name}_total"]
        case "histogram":
            return [metric._name, *(f"{metric._name}_{end}" for end in ("bucket", "sum", "count"))]
        case _:
            return [metric._name]


def _metrics_in(expression: str) -> set[str]:
    return set(re.findall(r"\bspoedplein_\w+", expression))


def _labels_in(expression: str) -> set[str]:
    """Those that are grouped by, and those that are asked for."""
    grouped = [label.strip() for group in re.findall(r"\bby \(([^)]*)\)", expression) for label in group.split(",")]
    return {*grouped, *re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", expression)}


def _targets() -> list[dict[str, Any]]:
    jobs = _yaml(PROMETHEUS / "scrape.example.yml")["scrape_configs"]
    return [target for job in jobs for target in job["static_configs"]]
