"""Two sides of one log: the same settings give the same history, others the difference that a person can work out."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spoedplein.domain.agreements import read_agreements
from spoedplein.domain.log import Record, read_log
from spoedplein.domain.parts import RegionState
from spoedplein.domain.region import Region, fold
from spoedplein.stack.places import deploy_file
from spoedplein.testing import builders as say
from spoedplein.testing.auditor import audit
from spoedplein.testing.builders import Script
from spoedplein.testing.simulate import simulate
from spoedplein.whatif.assumptions import Answer, Assumptions, PlacesChange, WhatifError, read_changes
from spoedplein.whatif.comparison import Comparison, _opened, compare, live_both
from spoedplein.whatif.history import Setting
from spoedplein_schemas import kind_of
from spoedplein_schemas.agreements import Agreements, AgreementsAdopted
from spoedplein_schemas.decisions import AgreementsInForce, PlacementOffered
from spoedplein_schemas.placement import CancelReason, DeclineReason
from spoedplein_schemas.vocabulary import CareType, Frozen

ELV: Final = CareType.ELV_HOOG
RECORDED: Final = sorted(
    path
    for path in (Path(__file__).parents[1] / "replay").glob("*.jsonl")
    if not path.name.endswith(".decisions.jsonl")
)
LOG: Final = Setting("the log's own")


@dataclass
class Evening:
    """A region of two ELV units, told minute by minute; `offer` names the newest offer of a request.

    Without `adopts` its agreements are in force all the same, and its log does not say so.
    """

    adopts: bool = True
    script: Script = field(default_factory=Script)
    offers: dict[str, str] = field(default_factory=dict)
    core: Region = field(default_factory=lambda: Region.empty(say.REGION))

    def __post_init__(self) -> None:
        if self.adopts:
            self._hears(self.script.adopts(AGREED))
        else:
            self.core = Region(RegionState(say.REGION, adopted=say.adopted(AGREED, self.script.now)))

    def says(self, make: Callable[[datetime], Frozen], *, minutes: int = 1) -> None:
        self.hears(make(self.script.passes(minutes=minutes)))

    def hears(self, data: Frozen) -> None:
        self._hears(self.script.says(data))

    def ticks(self, minutes: int) -> None:
        self._hears(self.script.ticks(minutes=minutes))

    def _hears(self, record: Record) -> None:
        for made in self.core.step(record):
            if isinstance(made.data, PlacementOffered):
                self.offers[made.data.request] = made.data.offer


AGREED: Final = say.agreements(
    say.unit("elv-a", ELV), say.unit("elv-b", ELV), say.unit("ongelabeld", CareType.ONGELABELD)
)


def one_bed_for_two(told: Evening | None = None) -> Evening:
    """One bed in all: r-1 gets it after 5 minutes and comes 20 minutes later, r-2 waits until the log ends."""
    told = told or Evening()
    told.says(lambda now: say.capacity("elv-a", 1, now))
    told.says(lambda now: say.capacity("elv-b", 0, now))
    told.says(lambda now: say.request("r-1", (ELV,), now))
    told.says(lambda now: say.accepted("r-1", told.offers["r-1"], now), minutes=5)
    told.says(lambda now: say.request("r-2", (ELV,), now))
    told.says(lambda now: say.admitted("r-1", "elv-a", now), minutes=20)
    told.says(lambda now: say.capacity("elv-a", 0, now))
    told.ticks(31)
    told.ticks(31)
    return told


def lived(log: list[Record], *changes: PlacesChange, assumptions: Assumptions | None = None) -> Comparison:
    return compare(log, LOG, Setting("other", changes=changes), assumptions or Assumptions())


@pytest.mark.parametrize("log", RECORDED, ids=lambda path: path.stem)
def test_a_recorded_log_under_its_own_agreements_is_its_own_history_twice(log: Path) -> None:
    with log.open("rb") as lines:
        records = list(read_log(lines))

    found = compare(records, LOG, Setting("again", _adopted(records)), Assumptions())

    assert found.faithful is not None
    assert found.faithful.whole
    assert found.same
    assert found.before.decisions == found.after.decisions
    assert found.before.care_types == found.after.care_types


def test_the_man_of_84_and_one_more_bed_that_admits_him_at_night() -> None:
    """The house admits by day only. Under a text without that window he is placed there at once."""
    with next(path for path in RECORDED if path.stem == "man-of-84").open("rb") as lines:
        records = list(read_log(lines))
    agreed = _adopted(records)
    by_night = tuple(unit.model_copy(update={"windows": ()}) for unit in agreed.units)

    found = compare(records, LOG, Setting("by night", agreed.model_copy(update={"units": by_night})), Assumptions())

    (his,) = [each for each in found.changed if each.before.request == "r-84"]
    assert (his.before.placed_at, his.after.placed_at) == ("bed-spoedplein", "elv-frankeland")
    assert found.after.counts["answers assumed"] == 1


def test_a_second_bed_places_who_waited_in_vain() -> None:
    found = lived(one_bed_for_two().script.records, PlacesChange("elv-b", delta=1))

    before, after = found.before.care_types[ELV.value], found.after.care_types[ELV.value]
    assert (before.promised, after.promised) == (1, 2)
    assert (before.open_without, after.open_without) == (1, 0)
    # r-1 may be asked elsewhere now; whoever goes where nobody was asked answers after the median: five minutes.
    assert after.to_promise.p90 == 5 * 60
    assert found.before.exclusions["full"] == 1
    assert "full" not in found.after.exclusions


@pytest.mark.parametrize(
    ("minutes", "breaches", "why"),
    [
        pytest.param(60, 0, "seen after 40 minutes, within the hour", id="as-it-was"),
        pytest.param(30, 1, "and not within the half hour that B agrees", id="half-an-hour"),
    ],
)
def test_another_norm_breaks_what_was_kept(minutes: int, breaches: int, why: str) -> None:
    told = Evening()
    told.says(lambda now: say.registered("c-1", now))
    told.says(lambda now: say.triaged("c-1", "U2", now), minutes=5)
    told.says(lambda now: say.called("c-1", now), minutes=35)
    ranks = tuple(
        rank.model_copy(update={"norm_minutes": minutes}) if rank.code == "U2" else rank for rank in AGREED.ranks
    )

    found = compare(told.script.records, LOG, Setting("B", AGREED.model_copy(update={"ranks": ranks})), Assumptions())

    queue = f"{say.SITE}/hap/nts U2"
    assert (found.before.queues[queue].breaches, found.after.queues[queue].breaches) == (0, breaches), why
    assert found.before.queues[queue].waits == found.after.queues[queue].waits


def test_no_beds_place_nobody() -> None:
    found = lived(one_bed_for_two().script.records, PlacesChange("elv-a", total=0))

    assert found.after.care_types[ELV.value].promised == 0
    assert found.after.units["elv-a"].staffed_mean == 0
    assert found.after.units["elv-a"].taken_permille is None, "no share of no places"
    assert found.after.counts.get("offers", 0) == 0


def test_who_lies_elsewhere_leaves_his_place_in_every_later_report() -> None:
    """With elv-a away r-1 goes to the no-label bed; nobody of the log's history lies in elv-a any more."""
    told = Evening()
    told.says(lambda now: say.capacity("elv-a", 1, now))
    told.says(lambda now: say.capacity("ongelabeld", 1, now))
    told.says(lambda now: say.request("r-1", (ELV, CareType.ONGELABELD), now))
    told.says(lambda now: say.accepted("r-1", told.offers["r-1"], now), minutes=5)
    told.says(lambda now: say.admitted("r-1", "elv-a", now), minutes=20)
    told.says(lambda now: say.capacity("elv-a", 0, now), minutes=5)
    told.says(lambda now: say.capacity("ongelabeld", 1, now), minutes=60)
    told.ticks(10)

    found = lived(told.script.records, PlacesChange("elv-a", total=0))

    (his,) = found.changed
    assert his.after.placed_at == "ongelabeld"
    assert found.after.units["ongelabeld"].full_hours == 1  # from the promise on, and so after the last report
    assert found.after.counts["reports changed"] == 3


@pytest.mark.parametrize(
    ("answer", "promised", "reason"),
    [
        pytest.param(Answer.ACCEPT, 2, "an offer that the log does not know is accepted", id="accept"),
        pytest.param(Answer.DECLINE, 1, "or declined, and only what was answered in the log counts", id="decline"),
    ],
)
def test_what_is_assumed_is_a_choice(answer: Answer, promised: int, reason: str) -> None:
    log = one_bed_for_two().script.records
    found = lived(log, PlacesChange("elv-a", delta=1), assumptions=Assumptions(answer=answer))
    assert found.after.care_types[ELV.value].promised == promised, reason


@pytest.mark.parametrize(
    ("said", "promised", "outcome"),
    [
        pytest.param(DeclineReason.FULL, 1, "who has been given a place does not say full again", id="full"),
        pytest.param(DeclineReason.STAFF, 0, "any other no is said again", id="staff"),
    ],
)
def test_a_no_of_the_log_with_more_places(said: DeclineReason, promised: int, outcome: str) -> None:
    told = Evening()
    told.says(lambda now: say.capacity("elv-a", 1, now))
    told.says(lambda now: say.request("r-1", (ELV,), now))
    told.says(lambda now: say.declined("r-1", told.offers["r-1"], now, said), minutes=5)
    told.ticks(20)

    found = lived(told.script.records, PlacesChange("elv-a", delta=1))

    assert found.after.care_types[ELV.value].promised == promised, outcome


@pytest.mark.parametrize(
    ("reason", "end"),
    [
        pytest.param(CancelReason.FOUND_ELSEWHERE, "promised", id="who-has-a-place-looks-no-further"),
        pytest.param(CancelReason.DECEASED, "cancelled: deceased", id="who-died-died"),
        pytest.param(CancelReason.HOSPITALISED, "cancelled: hospitalised", id="who-went-to-hospital-went"),
    ],
)
def test_a_cancellation_of_who_has_a_place_now(reason: CancelReason, end: str) -> None:
    told = Evening()
    told.says(lambda now: say.capacity("elv-a", 0, now))
    told.says(lambda now: say.request("r-1", (ELV,), now))
    told.says(lambda now: say.cancelled("r-1", now, reason), minutes=30)
    told.ticks(5)

    found = lived(told.script.records, PlacesChange("elv-a", delta=1))

    (his,) = found.changed
    assert his.after.end == end


def test_an_answer_that_came_too_late_is_in_time_under_a_longer_term() -> None:
    told = Evening()
    told.says(lambda now: say.capacity("elv-a", 1, now))
    told.says(lambda now: say.request("r-1", (ELV,), now))
    first = told.offers["r-1"]
    told.ticks(31)
    told.says(lambda now: say.accepted("r-1", first, now), minutes=4)
    told.ticks(10)
    longer = AGREED.model_copy(
        update={
            "rules": tuple(
                rule.model_copy(update={"answer_minutes": 60}) if rule.care_type is ELV else rule
                for rule in AGREED.rules
            )
        }
    )

    found = compare(told.script.records, LOG, Setting("an hour to answer", longer), Assumptions())

    assert found.before.care_types[ELV.value].promised == 0
    assert found.after.care_types[ELV.value].to_promise.median == 35 * 60


STEPS: Final = st.lists(
    st.tuples(
        st.sampled_from(["report", "ask", "accept", "decline", "admit", "cancel", "tick"]),
        st.sampled_from(["elv-a", "elv-b", "ongelabeld"]),
        st.integers(0, 3),
        st.integers(1, 45),
    ),
    min_size=3,
    max_size=40,
)


def _evening(steps: list[tuple[str, str, int, int]]) -> list[Record]:
    told = Evening()
    for kind, unit, number, minutes in steps:
        told.script.passes(minutes=minutes - 1)
        data = _said(told, kind, unit, number)
        if data is None:
            told.ticks(1)
        else:
            told.script.passes(minutes=1)
            told.hears(data)
    return told.script.records


def _said(told: Evening, kind: str, unit: str, number: int) -> Frozen | None:
    """A minute from now; None where there is nothing to answer to."""
    name, now = f"r-{number}", told.script.now + timedelta(minutes=1)
    offer = told.offers.get(name)
    if kind in ("accept", "decline"):
        answer = say.accepted if kind == "accept" else say.declined
        return None if offer is None else answer(name, offer, now)
    told_by: dict[str, Frozen] = {
        "report": say.capacity(unit, number, now),
        "ask": say.request(name, (ELV, CareType.ONGELABELD), now),
        "admit": say.admitted(name, unit, now),
        "cancel": say.cancelled(name, now),
    }
    return told_by.get(kind)


@given(STEPS)
@settings(max_examples=150)
def test_whatever_was_said_its_own_agreements_give_its_own_history(steps: list[tuple[str, str, int, int]]) -> None:
    found = lived(_evening(steps))
    assert found.faithful is not None
    assert found.faithful.whole
    assert found.same


@given(STEPS, st.integers(-2, 4), st.sampled_from(list(Answer)))
@settings(max_examples=100)
def test_the_same_question_has_one_answer_and_every_offer_is_accounted_for(
    steps: list[tuple[str, str, int, int]], delta: int, answer: Answer
) -> None:
    log, change = _evening(steps), PlacesChange("elv-a", delta=delta)
    found = lived(log, change, assumptions=Assumptions(answer=answer))

    assert found == lived(log, change, assumptions=Assumptions(answer=answer))
    for side in (found.before, found.after):
        told = side.counts
        assert told.get("offers", 0) == told.get("answers recorded", 0) + told.get("answers assumed", 0)
        assert len(side.requests) == sum(each.requests for each in side.care_types.values())


@pytest.mark.parametrize("seed", [3, 8])
@pytest.mark.parametrize("changes", [["elv-hoog=+4"], ["ongelabeld=0", "wijkverpleging=+3"], ["kliniek=-2"]])
def test_the_auditor_finds_nothing_in_a_life_that_was_not(seed: int, changes: list[str]) -> None:
    """Side B is a log like any other: no place given twice, no stale figure used, every deadline kept."""
    text = deploy_file("regions", "rijnmond.toml").read_text(encoding="utf-8")
    agreed = read_agreements(text, name="rijnmond.toml")
    log = list(simulate(agreed, seed, 6, region_factory=Region, intensity=3).log)

    both = live_both(log, LOG, Setting("B", changes=read_changes(changes, agreed)), Assumptions())

    assert both.found.faithful is not None
    assert both.found.faithful.whole
    again = list(fold(both.log, Region.empty("rijnmond")))
    assert audit(both.log, again) == []
    told = Counter(kind_of(type(each.data)).name.removeprefix("decision.") for each in again)
    assert told == both.found.after.decisions


@pytest.mark.parametrize(
    ("texts", "changes", "why"),
    [
        pytest.param(["elv-a=+4"], {"elv-a": (4, None)}, "a unit", id="more"),
        pytest.param(["elv-a=-2"], {"elv-a": (-2, None)}, "fewer", id="fewer"),
        pytest.param(["elv-a=0"], {"elv-a": (0, 0)}, "so many staffed", id="none"),
        pytest.param(["elv-hoog=+3"], {"elv-a": (2, None), "elv-b": (1, None)}, "spread, first by id", id="care-type"),
        pytest.param(["elv-hoog=+1"], {"elv-a": (1, None)}, "who is given nothing is not changed", id="one-for-two"),
        pytest.param(["elv-hoog=0"], {"elv-a": (0, 0), "elv-b": (0, 0)}, "none anywhere", id="care-type-away"),
    ],
)
def test_changed_places_as_written(texts: list[str], changes: dict[str, tuple[int, int | None]], why: str) -> None:
    assert {each.unit: (each.delta, each.total) for each in read_changes(texts, AGREED)} == changes, why


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        pytest.param(["elv-c=+4"], "neither a unit nor a care type of rijnmond", id="unknown"),
        pytest.param(["elv-hog=+4"], "Did you mean elv-hoog", id="misspelt"),
        pytest.param(["elv-a"], r"write UNIT=\+4", id="no-number"),
        pytest.param(["elv-a=+1", "elv-hoog=+2"], "the places of elv-a are changed twice", id="twice"),
    ],
)
def test_what_cannot_be_changed_is_refused_with_its_mend(texts: list[str], says: str) -> None:
    with pytest.raises(WhatifError, match=says):
        read_changes(texts, AGREED)


def test_a_log_without_agreements_wants_to_be_told_them() -> None:
    log = [each for each in one_bed_for_two().script.records if not isinstance(each.event.data, AgreementsAdopted)]
    with pytest.raises(WhatifError, match="--agreements"):
        compare(log, LOG, LOG, Assumptions())

    found = compare(log, Setting("was", AGREED), Setting("was", AGREED), Assumptions())
    assert found.faithful is not None
    assert found.faithful.whole


@pytest.mark.parametrize(
    ("told", "begins"),
    [
        pytest.param(lambda: one_bed_for_two().script.records[1:], 0, id="room for an adoption before it"),
        pytest.param(lambda: one_bed_for_two(Evening(adopts=False)).script.records, -1, id="from offset 0 on"),
    ],
)
def test_what_is_kept_of_a_log_without_agreements_has_those_of_its_side(
    told: Callable[[], list[Record]], begins: int
) -> None:
    """In a log from offset 0 on they stand where no file can have them; the log itself stays what it was."""
    more = Setting("B", AGREED, read_changes(["elv-b=+1"], AGREED))

    both = live_both(told(), Setting("A", AGREED), more, Assumptions())

    opening = both.log[0]
    assert (opening.offset, opening.event.data.agreements) == (begins, AGREED)
    assert both.found.faithful is not None
    assert both.found.faithful.whole
    assert both.found.after.care_types[ELV.value].promised == 2
    again = fold(both.log, Region(RegionState("rijnmond", offset=begins - 1)))
    kinds = Counter(kind_of(type(each.data)).name.removeprefix("decision.") for each in again)
    assert kinds == both.found.after.decisions


def test_a_log_that_adopts_later_is_lived_from_its_first_record_under_the_text_that_is_given() -> None:
    evening = one_bed_for_two().script
    evening.adopts(AGREED)
    log = evening.records[1:]
    given, none = Setting("given", AGREED), Setting("none")

    found, without = compare(log, given, given, Assumptions()), compare(log, none, none, Assumptions())

    assert found.faithful is not None
    assert found.faithful.whole
    assert found.same
    assert (found.before.care_types[ELV.value].promised, found.without_agreements) == (1, 0)
    assert "placement-offered" not in without.before.decisions
    assert without.without_agreements == len(log) - 1


def test_what_a_log_adopts_takes_effect_also_when_a_newer_text_is_given_for_the_time_before() -> None:
    evening = one_bed_for_two().script
    evening.adopts(AGREED)
    newer = AGREED.model_copy(update={"version": "2027.1"})

    opened = _opened(evening.records[1:], Setting("given", newer))

    made = [each.data for each in fold(opened, Region.empty("rijnmond"))]
    assert [each.version for each in made if isinstance(each, AgreementsInForce)] == ["2027.1", AGREED.version]


@pytest.mark.parametrize(
    ("changes", "unreported", "too_many"),
    [
        pytest.param(["ongelabeld=+1"], ("ongelabeld",), 0, id="of a unit that reports nothing"),
        pytest.param(["elv-a=-10"], (), 0, id="all that it had"),
        pytest.param(["elv-a=-11"], (), 2, id="more than it had"),
    ],
)
def test_a_change_that_comes_to_less_is_told(changes: list[str], unreported: tuple[str, ...], too_many: int) -> None:
    found = lived(one_bed_for_two().script.records, *read_changes(changes, AGREED))

    assert found.unreported == unreported
    assert found.after.counts.get("reports of fewer places than are taken away", 0) == too_many


def test_of_two_who_are_asked_at_once_one_no_leaves_an_offer() -> None:
    at_once = {"care_type": ELV, "validity_minutes": 480, "answer_minutes": 30, "parallel_offers": 2}
    told = Evening()
    told.hears(say.adopted(say.agreements(*AGREED.units, version="2026.2", rules=[at_once]), told.script.now))
    for unit in ("elv-a", "elv-b"):
        told.hears(say.capacity(unit, 1, told.script.now))
    told.says(lambda now: say.request("r-1", (ELV,), now))
    told.says(lambda now: say.declined("r-1", told.offers["r-1"], now, DeclineReason.STAFF))

    asked = compare(told.script.records, LOG, LOG, Assumptions()).before.requests["r-1"]

    assert (asked.offers, asked.end) == (2, "offered")


def _adopted(records: list[Record]) -> Agreements:
    return next(each.event.data.agreements for each in records if isinstance(each.event.data, AgreementsAdopted))
