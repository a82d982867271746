"""Alerts, runbook and settings for production speak of what there is."""

import json
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
BOARDS: Final = ROOT / "deploy" / "grafana"
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
#: Dashboards by the name of their file, and their panels one by one.
DASHBOARDS: Final = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(BOARDS.glob("*.json"))}
PANELS: Final[dict[str, Rule]] = {
    f"{name}-{panel['title']}": panel for name, board in DASHBOARDS.items() for panel in board["panels"]
}
#: Columns of a dashboard.
GRID_WIDTH: Final = 24


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
    assert kinds <= {kind.short for kind in DECISIONS}
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


@pytest.mark.parametrize("panel", PANELS.values(), ids=PANELS)
def test_a_panel_asks_for_metrics_and_labels_that_exist(
    panel: Rule, published: dict[str, set[str]], target_labels: set[str]
) -> None:
    assert panel["targets"]
    for target in panel["targets"]:
        used = _metrics_in(target["expr"])
        assert used or re.search(r"\bup\b", target["expr"])
        assert used <= set(published)
        known = GIVEN_LABELS | target_labels | {label for name in used for label in published[name]}
        assert _labels_in(target["expr"]) <= known
        grouped = {
            each.strip() for group in re.findall(r"\bby \(([^)]*)\)", target["expr"]) for each in group.split(",")
        }
        assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= grouped


def test_every_metric_is_on_a_dashboard(published: dict[str, set[str]]) -> None:
    shown = {name for panel in PANELS.values() for target in panel["targets"] for name in _metrics_in(target["expr"])}
    base = {re.sub(r"_(bucket|sum|count)$", "", name) for name in shown}
    assert {name for name in published if not re.search(r"_(bucket|sum|count)$", name)} - base == set()


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_lie_side_by_side_and_have_names_of_their_own(name: str) -> None:
    board = DASHBOARDS[name]
    places = [panel["gridPos"] for panel in board["panels"]]
    cells = [
        (x, y) for at in places for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(cells) == len(set(cells))
    assert all(at["x"] + at["w"] <= GRID_WIDTH for at in places)
    for own in ("id", "title"):
        assert len({panel[own] for panel in board["panels"]}) == len(board["panels"])


def test_dashboards_are_found_by_an_id_of_their_own_and_choose_their_source() -> None:
    assert len({board["uid"] for board in DASHBOARDS.values()}) == len(DASHBOARDS) == 2
    for board in DASHBOARDS.values():
        variables = {each["name"] for each in board["templating"]["list"]}
        asked = set(re.findall(r"\$\{?(\w+)", json.dumps(board["panels"])))
        assert asked <= variables
        assert {panel["datasource"]["uid"] for panel in board["panels"]} == {"${datasource}"}


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
