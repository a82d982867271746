"""Escalation: how levels come and go, of a site and of the region, and what becomes of each kind of proposal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import pytest

from spoedplein.testing.builders import (
    SITE,
    actor,
    agreements,
    arrived,
    lifted,
    seh_triaged,
    site,
    stop,
    treated,
    unit,
    unit_closed,
    warning,
)
from spoedplein_schemas.agreements import Agreements, ServicePoint
from spoedplein_schemas.capacity import StopAnnounced, WarningAnnounced
from spoedplein_schemas.crowding import (
    LevelChanged,
    MeasureState,
    ProposalAnswered,
    ProposalConfirmed,
    ProposalLapsed,
    ProposalMade,
    ProposalOver,
    ProposalRejected,
    RejectionGround,
    StopEnding,
)
from spoedplein_schemas.decisions import CommandRefused, UnitStatusChanged
from spoedplein_schemas.seh import StatusReported
from spoedplein_schemas.vocabulary import CareType, CrowdingMeasure, Frozen, ProposalKind, Role, StopReason, UnitStatus
from tests.domain.story import Story

SEH: Final = CareType.SEH
SITES: Final = (SITE, "rotterdam-noord", "rotterdam-zuid")
UNITS: Final = tuple(unit(f"seh-{name}", SEH, site=name) for name in SITES)


def text(**more: Any) -> Agreements:  # noqa: ANN401  pydantic checks
    """Three SEHs of ten places; one crowded measure is yellow, two are orange, three are red."""
    rule = {
        "places": 10, "cases_min": 1, "yellow_from": 1, "orange_from": 2, "red_from": 3,
        "up_minutes": 10, "down_minutes": 20, "window_minutes": 5, "validity_minutes": 240,
    }  # fmt: skip
    agreed: dict[str, Any] = {
        "sites": [site(name, ServicePoint(care_type=SEH)) for name in SITES],
        "crowding": [{"site": name, **rule, **more.pop("rule", {})} for name in SITES],
        "escalation": {},
        **more,
    }
    return agreements(*UNITS, **agreed)


def region(**more: Any) -> Story:  # noqa: ANN401  pydantic checks
    story = Story()
    story.adopts(text(version="2026.2", **more))
    return story


def count(story: Story, crowded: int, *names: str) -> list[Any]:
    """Five minutes, at whose end so many measures are crowded at each of these sites, or else at the first.

    Occupancy is the first of them, boarding the second, and the third is somebody orange who waits.
    """
    story.passes(minutes=4)
    decided = []
    for where in names or (SITE,):
        case, waits = f"v-{where}-{story.now_ms}", crowded == 3
        came = story.now - timedelta(minutes=40 if waits else 1)
        present, boarding = (20 if crowded else 1), (5 if crowded > 1 else 0)
        decided += story.all_say([
            arrived(case, came, at_site=where),
            seh_triaged(case, "orange", came, at_site=where),
            treated(case, story.now if waits else came, at_site=where),
            reported(story, present, boarding, where=where),
        ])  # fmt: skip
    return decided + story.ticks(minutes=1)


def reported(story: Story, present: int, boarding: int, *, where: str = SITE) -> StatusReported:
    return StatusReported(
        site=where, status=UnitStatus.OPEN, observed_at=story.now, present=present, boarding_ward=boarding
    )


# --- the level of a site --------------------------------------------------------------------------------------------

LEVELS: Final = [
    # crowded measures, counted every five minutes        levels told, and at which minute
    pytest.param("3", "", id="one counting makes no level"),
    pytest.param("1 1 1", "15 yellow", id="one measure for ten minutes: yellow"),
    pytest.param("2 2 2", "15 orange", id="two measures: orange, without yellow before it"),
    pytest.param("3 3 3", "15 red", id="three measures: red at once"),
    pytest.param("1 2 3 3 3", "15 yellow, 20 orange, 25 red", id="each level after its own ten minutes"),
    pytest.param("3 3 0 3 3", "", id="a pause begins the ten minutes anew"),
    pytest.param("3 0 3 0 3 0 3 0", "", id="to and fro is no level"),
    pytest.param("3 3 3 2 2 2 2 2", "15 red, 40 orange", id="red is left after twenty minutes below it"),
    pytest.param("3 3 3 0 0 0 0 0", "15 red, 40 green", id="far below, it goes all the way down"),
    pytest.param("3 3 3 0 0 2 2 2", "15 red, 40 orange", id="only as far as was out of reach for long enough"),
    pytest.param("3 3 3 2 2 3 2 2 2 2 2", "15 red, 55 orange", id="red once more begins the twenty minutes anew"),
    pytest.param("3 3 3 0 0 0 0 0 3 3 3", "15 red, 40 green, 55 red", id="and comes back like the first time"),
]  # fmt: skip


@pytest.mark.parametrize("restart", [False, True], ids=["", "after a restart"])
@pytest.mark.parametrize(("crowded", "told"), LEVELS)
def test_a_level_comes_and_goes_after_its_minutes(crowded: str, told: str, *, restart: bool) -> None:
    story, found = region(), []
    for minute, measures in enumerate(crowded.split(), start=1):
        changes = [each for each in count(story, int(measures)) if isinstance(each, LevelChanged)]
        found += [f"{minute * 5} {each.level}" for each in changes if each.site == SITE]
        if restart:
            story.restarts()

    assert ", ".join(found) == told


MEASURES: Final = [
    # what is measured      counted in turn                states (leaving lies below entering)
    pytest.param("occupancy", [(10, 0), (11, 0), (10, 0), (9, 0)], "calm crowded crowded calm", id="above 100, to 90"),
    pytest.param("boarding", [(50, 5), (50, 6), (50, 5), (50, 4)], "calm crowded crowded calm", id="above 10, to 8"),
    pytest.param("occupancy", [(11, 0), (9, 0), (10, 0), (11, 0)], "crowded calm calm crowded", id="entered anew"),
]  # fmt: skip


@pytest.mark.parametrize(("which", "counts", "states"), MEASURES)
def test_a_crowded_measure_stays_so_until_it_is_well_below(
    which: str, counts: Sequence[tuple[int, int]], states: str
) -> None:
    story, found = region(), []
    for present, boarding in counts:
        story.passes(minutes=4)
        story.says(reported(story, present, boarding))
        story.ticks(minutes=1)
        shown = story.board(SITE).crowding
        assert shown is not None
        found += [each.state.value for each in shown.measures if each.measure is CrowdingMeasure(which)]

    assert " ".join(found) == states


def test_a_source_that_falls_silent_keeps_the_level_and_moves_nothing() -> None:
    story = region(rule={"validity_minutes": 15})
    for _ in range(3):
        count(story, 2)
    quiet = [decided for _ in range(30) for decided in story.ticks(minutes=5)]

    shown = story.board(SITE).crowding
    assert shown is not None
    assert (shown.level.value, {each.state for each in shown.measures}) == ("orange", {MeasureState.UNKNOWN})
    assert not any(isinstance(each, LevelChanged) for each in quiet)


# --- the level of the region ----------------------------------------------------------------------------------------

Happens = Callable[[Story], list[Any]]


def stops(*names: str, minutes: int | None = None) -> Happens:
    def happens(story: Story) -> list[Any]:
        until = None if minutes is None else story.now + timedelta(minutes=minutes)
        return story.all_say(stop(f"seh-{name}", story.now, until=until) for name in names)

    return happens


def crowds(*names: str, measures: int = 2) -> Happens:
    """For a quarter of an hour at each of these sites."""
    return lambda story: [decided for _ in range(4) for decided in count(story, measures, *names)]


def after(minutes: int, then: Happens | None = None) -> Happens:
    return lambda story: story.ticks(minutes=minutes) + ([] if then is None else then(story))


def says(*said: Callable[..., Frozen]) -> Happens:
    """Of the first SEH."""
    return lambda story: story.all_say(each(f"seh-{SITE}", story.passes(seconds=1)) for each in said)


NOORD, ZUID = SITES[1:]
REGION: Final = [
    # what happens                                            levels of the region   proposed      why (stops, crowded)
    pytest.param([stops(SITE)], "yellow", "", (1, 0), id="one stop"),
    pytest.param([stops(SITE, NOORD)], "yellow orange", "neighbour", (2, 0), id="two at once: the neighbour is asked"),
    pytest.param([stops(*SITES)], "yellow orange red", "neighbour roaz", (3, 0), id="three at once: the ROAZ"),
    pytest.param([stops(SITE), stops(SITE)], "yellow", "", (1, 0), id="a stop that is said twice is one"),
    pytest.param([says(warning)], "", "", (0, 0), id="a warning is no stop"),
    pytest.param([says(unit_closed)], "", "", (0, 0), id="an SEH that is shut by arrangement is no stop"),
    pytest.param([stops(SITE, minutes=20), after(21, stops(NOORD))], "yellow", "", (1, 0),
                 id="one after the other is not at once"),
    pytest.param([stops(SITE, NOORD), says(lifted), after(29)], "yellow orange", "neighbour", (1, 0),
                 id="a stop is lifted: the level stays for half an hour"),
    pytest.param([stops(SITE, NOORD), says(lifted), after(31)], "yellow orange yellow", "neighbour", (1, 0),
                 id="and then falls"),
    pytest.param([stops(SITE, NOORD), says(lifted), after(20, stops(SITE)), after(20)], "yellow orange", "neighbour",
                 (2, 0), id="unless there is another within it"),
    pytest.param([stops(SITE, NOORD, minutes=60), after(61), after(30)], "yellow orange green", "neighbour", (0, 0),
                 id="both stops end by themselves at the time that was said"),
    pytest.param([stops(SITE), after(239)], "yellow", "", (1, 0), id="a stop without an end stands for now"),
    pytest.param([stops(SITE), after(240), after(30)], "yellow green", "", (0, 0),
                 id="and ends after the agreed four hours"),
    pytest.param([crowds(SITE)], "yellow", "", (0, 1), id="one site at orange"),
    pytest.param([crowds(SITE, measures=1)], "", "", (0, 0), id="a site at yellow does not count"),
    pytest.param([crowds(SITE, NOORD)], "orange", "neighbour", (0, 2), id="two sites at orange"),
    pytest.param([crowds(*SITES)], "red", "neighbour roaz", (0, 3), id="three sites at orange"),
    pytest.param([crowds(SITE), stops(NOORD)], "yellow", "", (1, 1), id="a stop and a crowded site are not added up"),
]  # fmt: skip


@pytest.mark.parametrize("restart", [False, True], ids=["", "after a restart"])
@pytest.mark.parametrize(("happens", "levels", "proposed", "why"), REGION)
def test_the_region_follows_its_sites(
    happens: Sequence[Happens], levels: str, proposed: str, why: tuple[int, int], *, restart: bool
) -> None:
    story, decided = region(), list[Any]()
    for each in happens:
        decided += each(story)
        if restart:
            story.restarts()

    of_region = [each for each in decided if isinstance(each, LevelChanged) and each.site is None]
    made = [each for each in decided if isinstance(each, ProposalMade) and each.site is None]
    assert " ".join(each.level for each in of_region) == levels
    assert list(dict.fromkeys(each.kind.value for each in made)) == proposed.split()
    crowding, units = story.core.parts.crowding, [story.unit(f"seh-{name}").status for name in SITES]
    crowded = [crowding.shown(name) for name in SITES]
    assert (
        sum(each is UnitStatus.STOP for each in units),
        sum(each is not None and each.level in ("orange", "red") for each in crowded),
    ) == why


# --- proposals: waiting for a person --------------------------------------------------------------------------------

WHO: Final = [
    {"kind": kind, "roles": ["coordinator"], "answer_minutes": 15, "again_minutes": 60}
    | ({} if kind == "mutual-help" else {"level": level})
    for kind, level in (
        *(("warning", "orange"), ("stop", "red"), ("divert", "red")),
        *(("neighbour", "orange"), ("roaz", "red"), ("mutual-help", "")),
    )
]
OF_SITE: Final = (ProposalKind.WARNING, ProposalKind.STOP, ProposalKind.DIVERT)
OF_REGION: Final = (ProposalKind.NEIGHBOUR, ProposalKind.ROAZ)


@dataclass
class Standing:
    """A proposal that was made just now, on a site at red or on three stops at once."""

    kind: ProposalKind
    story: Story = field(default_factory=lambda: region(proposals=WHO, escalation={"down_minutes": 0}))
    name: str = ""

    def __post_init__(self) -> None:
        while not (found := self.found()):
            self.goes_on(5 if self.kind in OF_SITE else 0)
        (self.name,) = found

    def found(self) -> list[str]:
        shown = self.story.core.parts.proposals.shown()
        return [each.proposal for each in shown if each.kind is self.kind]

    def goes_on(self, minutes: int) -> list[Any]:
        """As bad as it was, or as bad again."""
        if self.kind in OF_SITE:
            return [each for _ in range(minutes // 5) for each in count(self.story, 3)]
        return stops(*SITES)(self.story) + self.story.ticks(minutes=minutes)


Acts = Callable[[Standing], list[Any]]


def confirms(made: Standing, role: Role = Role.COORDINATOR) -> list[Any]:
    return made.story.says(ProposalConfirmed(proposal=made.name, confirmed_at=made.story.now, by=actor(role)))


def by_a_gp(made: Standing) -> list[Any]:
    return confirms(made, Role.GP)


def rejects(made: Standing) -> list[Any]:
    ground = RejectionGround.NO_CAPACITY
    no = ProposalRejected(proposal=made.name, rejected_at=made.story.now, by=actor(), ground=ground)
    return made.story.says(no)


def calms(made: Standing) -> list[Any]:
    """Until the level is left."""
    if made.kind in OF_SITE:
        return [decided for _ in range(6) for decided in count(made.story, 0)]
    return made.story.all_say(lifted(f"seh-{name}", made.story.passes(seconds=1)) for name in SITES)


def another_text(made: Standing) -> list[Any]:
    """Without levels, of sites or of the region."""
    return made.story.adopts(text(version="2026.3", crowding=[], escalation=None))


def waits(minutes: int) -> Acts:
    return lambda made: made.story.ticks(minutes=minutes)


def still(minutes: int) -> Acts:
    return lambda made: made.goes_on(minutes)


ENDS: Final = [
    # what people do                                 outcome     reason             it stands then
    pytest.param([confirms], "confirmed", "", True, id="confirmed by who was agreed"),
    pytest.param([waits(15), confirms], "confirmed", "", True, id="in the last minute"),
    pytest.param([confirms, confirms], "confirmed", "", True, id="confirmed twice is once"),
    pytest.param([confirms, waits(16)], "confirmed", "", True, id="once confirmed it waits for nothing"),
    pytest.param([by_a_gp], "refused", "role-not-agreed", True, id="a GP may not, and it waits on"),
    pytest.param([rejects], "rejected", "no-capacity", False, id="rejected, with the ground"),
    pytest.param([rejects, confirms], "refused", "proposal-closed", False, id="a yes after a no"),
    pytest.param([confirms, rejects], "refused", "proposal-closed", True, id="a no after a yes"),
    pytest.param([waits(16)], "lapsed", "no-answer", False, id="nobody answers"),
    pytest.param([waits(16), confirms], "refused", "proposal-closed", False, id="a yes that comes too late"),
    pytest.param([another_text], "lapsed", "agreements-changed", False, id="another text, without it"),
    pytest.param([confirms, another_text], "over", "", False, id="another text after a yes"),
    pytest.param([confirms, calms], "over", "", False, id="confirmed, and calm again"),
]  # fmt: skip


@pytest.mark.parametrize("restart", [False, True], ids=["", "after a restart"])
@pytest.mark.parametrize(("acts", "outcome", "reason", "stands"), ENDS)
@pytest.mark.parametrize("kind", [*OF_SITE, *OF_REGION])
def test_a_proposal_waits_for_a_person_and_every_end_has_its_reason(
    kind: ProposalKind, acts: Sequence[Acts], outcome: str, reason: str, *, stands: bool, restart: bool
) -> None:
    made, decided = Standing(kind), []
    for act in acts:
        if restart:
            made.story.restarts()
        decided += act(made)

    told = [_told(each) for each in decided if made.name in _names(each)]
    assert told[-1] == (outcome, reason)
    assert (made.name in made.found()) is stands


AGAIN: Final = [
    # how it ended, and what then                              proposed once more
    pytest.param([rejects, still(59)], 0, id="after a no there is rest for an hour"),
    pytest.param([rejects, still(65)], 1, id="and then it is proposed again"),
    pytest.param([waits(16), still(59)], 0, id="nobody answered: rest as well"),
    pytest.param([waits(16), still(65)], 1, id="and again"),
    pytest.param([confirms, still(120)], 0, id="who said yes is not asked twice"),
    pytest.param([confirms, calms, still(20)], 1, id="confirmed, calm and needed anew: asked at once"),
    pytest.param([calms, still(20)], 0, id="calm before anybody answered: rest as well"),
    pytest.param([calms, still(65)], 1, id="and asked when it is needed then"),
]  # fmt: skip


@pytest.mark.parametrize("restart", [False, True], ids=["", "after a restart"])
@pytest.mark.parametrize(("acts", "again"), AGAIN)
@pytest.mark.parametrize("kind", [*OF_SITE, *OF_REGION])
def test_when_it_is_proposed_again(kind: ProposalKind, acts: Sequence[Acts], again: int, *, restart: bool) -> None:
    made, decided = Standing(kind), []
    for act in acts:
        if restart:
            made.story.restarts()
        decided += act(made)

    assert sum(isinstance(each, ProposalMade) and each.kind is kind for each in decided) == again


def _names(decided: object) -> tuple[str, str]:
    return getattr(decided, "proposal", ""), getattr(decided, "subject", "")


def _told(decided: object) -> tuple[str, str]:
    match decided:
        case ProposalAnswered():
            return decided.answer.value, "" if decided.ground is None else decided.ground.value
        case ProposalLapsed():
            return "lapsed", decided.reason.value
        case ProposalOver():
            return "over", ""
        case CommandRefused():
            return "refused", decided.refusal.value
    return "", ""


@pytest.mark.parametrize(
    ("kind", "announces", "outcome"),
    [
        pytest.param(ProposalKind.WARNING, warning, "lapsed", id="a warning by a warning"),
        pytest.param(ProposalKind.WARNING, stop, "lapsed", id="a warning by a stop"),
        pytest.param(ProposalKind.STOP, warning, "", id="a stop not by a warning"),
        pytest.param(ProposalKind.STOP, stop, "lapsed", id="a stop by a stop"),
        pytest.param(ProposalKind.STOP, unit_closed, "lapsed", id="a stop by closing"),
        pytest.param(ProposalKind.DIVERT, stop, "", id="to divert is asked of others: a stop does not answer it"),
    ],
)
def test_what_the_seh_announces_itself_need_not_be_proposed(
    kind: ProposalKind, announces: Callable[..., Frozen], outcome: str
) -> None:
    made = Standing(kind)
    made.story.says(announces(f"seh-{SITE}", made.story.passes(seconds=1)))

    ended = [_told(each) for each in made.story.ticks(minutes=5) if made.name in _names(each)]
    assert ended == ([(outcome, "no-longer-needed")] if outcome else [])


# --- a stop ends ----------------------------------------------------------------------------------------------------

EXPIRY: Final = [
    # said of one SEH, and when                     told: which minute, and what
    pytest.param({0: stops(SITE, minutes=60)}, "45 ends-soon, 60 open", id="announced for an hour"),
    pytest.param({0: stops(SITE)}, "225 ends-soon, 240 open", id="without an end: four hours, as agreed"),
    pytest.param({0: stops(SITE, minutes=10)}, "10 open", id="for ten minutes: nobody need be reminded"),
    pytest.param({0: stops(SITE, minutes=60), 30: stops(SITE, minutes=60)}, "75 ends-soon, 90 open",
                 id="renewed in time: it stands for an hour more"),
    pytest.param({0: stops(SITE, minutes=60), 50: stops(SITE, minutes=60)}, "45 ends-soon, 95 ends-soon, 110 open",
                 id="renewed after the reminder: reminded again"),
    pytest.param({0: stops(SITE, minutes=60), 20: says(lifted)}, "20 open", id="lifted before its end"),
    pytest.param({0: stops(SITE, minutes=60), 20: says(unit_closed)}, "20 closed", id="shut instead"),
    pytest.param({0: stops(SITE, minutes=60), 20: says(warning)}, "20 warning", id="milder: from then on a warning"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "told"), EXPIRY)
def test_a_stop_ends_when_it_was_said_to(said: dict[int, Happens], told: str) -> None:
    story, found = region(), []
    for minute in range(300):
        decided = story.ticks(minutes=min(minute, 1))
        decided += said[minute](story) if minute in said else []
        for each in decided:
            if isinstance(each, StopEnding):
                found.append(f"{minute} ends-soon")
            elif isinstance(each, UnitStatusChanged) and each.status is not UnitStatus.STOP:
                found.append(f"{minute} {each.status.value}")

    assert ", ".join(found) == told


@pytest.mark.parametrize("agreed_before", [True, False])
@pytest.mark.parametrize("kind", [StopAnnounced, WarningAnnounced])
def test_of_a_unit_that_is_not_agreed_nobody_is_reminded(
    kind: type[StopAnnounced | WarningAnnounced], *, agreed_before: bool
) -> None:
    """Of one that is agreed no longer, and of one that the log knows and its agreements do not."""
    story = region()
    with_it = (*UNITS, unit("elv", CareType.ELV_HOOG))
    if agreed_before:
        story.adopts(text(units=with_it, version="2026.3"))
        story.adopts(text(version="2026.4"))
    end = story.passes(minutes=1) + timedelta(hours=1)
    said = kind(unit="elv", reason=StopReason.FULL, observed_at=story.now, expected_end=end)

    assert [*story.says(said), *story.ticks(minutes=50)] == []
    told = story.adopts(text(units=with_it, version="2026.5"))
    assert [each.until for each in told if isinstance(each, StopEnding)] == [end], "as soon as it is agreed"
