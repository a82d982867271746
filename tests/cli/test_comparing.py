"""What a comparison of two ways of queueing tells: as text, as JSON, and as a picture."""

from pathlib import Path
from typing import Final

import pytest
from pydantic import TypeAdapter

from spoedplein.cli import comparing, drawing
from spoedplein.testing import builders as say
from spoedplein.testing.builders import Script
from spoedplein.whatif.assumptions import STAY_HOURS, Assumptions, PlacesChange
from spoedplein.whatif.comparison import Comparison, compare
from spoedplein.whatif.history import Setting
from spoedplein_schemas.agreements import Agreements, QueuePolicy, ServicePoint
from spoedplein_schemas.vocabulary import CareType

QUEUE: Final = f"{say.SITE}/hap/nts"


def agreed(policy: QueuePolicy) -> Agreements:
    rates = (0, 2, 1, 1, 1) if policy is QueuePolicy.ACCUMULATING else ()
    return say.agreements(sites=[say.site(say.SITE, ServicePoint(care_type=CareType.HAP, policy=policy, rates=rates))])


@pytest.fixture(scope="module")
def found() -> Comparison:
    """Somebody of U4 who came first and is called last, and the other way round where waiting counts too."""
    script = Script()
    script.adopts(agreed(QueuePolicy.STRICT))
    for minutes, case, code in ((0, "c-old", "U4"), (30, "c-urgent", "U2")):
        now = script.passes(minutes=minutes)
        script.says(say.registered(case, now))
        script.says(say.triaged(case, code, now))
    script.says(say.called("c-urgent", script.passes(minutes=10)))
    script.says(say.called("c-old", script.passes(minutes=10)))
    other = Setting("other.toml", agreed(QueuePolicy.ACCUMULATING))
    given = Assumptions(stay_hours=dict(STAY_HOURS))
    return compare(script.records, Setting("the log's own agreements"), other, given)


def test_the_text_says_whom_each_side_calls_and_what_came_of_it(found: Comparison) -> None:
    told = comparing.tell(found)

    assert "A calls whom the log's people called: 0 of 2 were not the head." in told
    assert "B calls the head of its own queue when the log's people called somebody" in told
    assert "Of the same patients B calls 1 sooner, 1 later, 0 at the same moment" in told
    assert "Not held fixed: whom it calls" in told
    rows = {line.split("  ")[1]: line.split() for line in told.splitlines() if line.startswith(f"  {QUEUE}")}
    # called A and B, median A and B, nine in ten A and B, overtaken A and B, breaches, still waiting
    assert rows[f"{QUEUE} U4"][2:] == ["1", "1", "0:50", "0:40", "0:50", "0:40", "1", "0", "0", "0", "0", "0"]
    assert rows[f"{QUEUE} U2"][2:] == ["1", "1", "0:10", "0:20", "0:10", "0:20", "0", "0", "0", "0", "0", "0"]


def test_the_json_has_every_wait(found: Comparison) -> None:
    told = TypeAdapter(Comparison).dump_python(found, mode="json")

    assert told["before"]["waited"] == {f"{say.SITE}/hap/c-urgent": 600, f"{say.SITE}/hap/c-old": 3000}
    assert told["after"]["waited"] == {f"{say.SITE}/hap/c-urgent": 1200, f"{say.SITE}/hap/c-old": 2400}
    assert told["called"]["of_own_queue"] == [False, True]


@pytest.fixture(scope="module")
def less() -> Comparison:
    """Somebody who is promised the only bed, and nobody where there are none; another unit never reports."""
    script, elv = Script(), CareType.ELV_HOOG
    script.adopts(say.agreements(say.unit("elv-a", elv), say.unit("elv-b", elv)))
    script.says(say.capacity("elv-a", 1, script.now))
    script.says(say.request("r-1", (elv,), script.passes(minutes=5)))
    script.says(say.accepted("r-1", "rijnmond.2.0", script.passes(minutes=5)))
    script.ticks(minutes=60)
    changes = (PlacesChange("elv-a", total=0), PlacesChange("elv-b", delta=1))
    return compare(script.records, Setting("A"), Setting("B", changes=changes), Assumptions())


def test_the_text_has_no_share_of_no_places_and_tells_what_came_to_nothing(less: Comparison) -> None:
    told = comparing.tell(less)

    (unit,) = [line.split() for line in told.splitlines() if line.startswith("  elv-a ") and "%" in line]
    assert unit[1:3] == ["10.0", "0.0"]
    assert unit[3].isdigit()
    assert unit[4:6] == ["%", "-"]
    assert "Nothing came of other places of elv-b: in this log they never report any." in told


def test_the_text_tells_how_many_records_had_no_agreements() -> None:
    script = Script()
    script.says(say.capacity("elv-a", 1, script.now))
    script.adopts(say.agreements(say.unit("elv-a", CareType.ELV_HOOG)))
    changed = Setting("B", changes=(PlacesChange("elv-a", delta=1),))

    told = comparing.tell(compare(script.records, Setting("A"), changed, Assumptions()))

    assert "Before any agreements came 1 of the log's records" in told


def picture(found: Comparison, folder: Path) -> str:
    """As SVG: matplotlib writes what it draws as a comment beside the letters."""
    file = folder / "difference.svg"
    drawing.check(file)
    drawing.draw(found, file)
    return file.read_text(encoding="utf-8")


def test_the_picture_draws_nobody_as_nobody(less: Comparison, tmp_path: Path) -> None:
    drawn = picture(less, tmp_path)
    assert "<!--  nobody -->" in drawn
    assert "<!--  no figure -->" in drawn


def test_the_picture_says_which_side_is_which_when_a_panel_is_empty(found: Comparison, tmp_path: Path) -> None:
    """Nobody asks for a place in this log: the first panel has no bars."""
    legend = picture(found, tmp_path).split('id="legend_1"')[1]
    assert "<!-- A -->" in legend
    assert "<!-- B -->" in legend


def test_the_picture_draws_the_queues_and_is_as_wide_as_what_shows_it(found: Comparison, tmp_path: Path) -> None:
    drawn = picture(found, tmp_path)
    assert 'width="100%"' in drawn
    assert 'pt"' not in drawn.split("viewBox")[0].rsplit("<svg", 1)[1]
    assert f"{QUEUE} U4" in drawn
