"""Rooms in the harmonica model: which room is proposed to whom and why, lending, cleaning."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any, Final

import pytest

from spoedplein.testing.builders import (
    EVENING,
    SITE,
    arrived,
    called,
    closed,
    left,
    registered,
    seh_retriaged,
    seh_triaged,
    site,
    treated,
    triaged,
)
from spoedplein_schemas.agreements import ServicePoint
from spoedplein_schemas.hap import ArrivalMode
from spoedplein_schemas.rooms import (
    CleaningOverdue,
    OutOfUse,
    RoomAssigned,
    RoomCleaned,
    RoomClosed,
    RoomConflict,
    RoomLacking,
    RoomLent,
    RoomNeedsStated,
    RoomProposalEnd,
    RoomProposalEnded,
    RoomProposed,
    RoomReleased,
)
from spoedplein_schemas.views import RoomUse
from spoedplein_schemas.vocabulary import AgeBand, CareType, Frozen, RoomProperty
from tests.domain.story import Story

HAP, SEH = CareType.HAP, CareType.SEH
SCHIEDAM: Final = (
    {"id": "kamer", "site": SITE, "home": "seh", "count": 2, "shared": True, "properties": ["single"]},
    {"id": "isolatie", "site": SITE, "home": "seh", "properties": ["isolation-other"]},
    {"id": "spreek", "site": SITE, "home": "hap"},
    {"id": "acuut", "site": SITE, "home": "seh", "properties": ["acute"]},
    {"id": "acuut-kind", "site": SITE, "home": "seh", "properties": ["acute", "child-suited"]},
)
ROOMS: Final = ("kamer-1", "kamer-2", "isolatie", "spreek", "acuut", "acuut-kind")


def at(minutes: float) -> datetime:
    return EVENING + timedelta(minutes=minutes)


def floor(*, known: Sequence[str] = ROOMS, lending: Sequence[dict[str, Any]] = (), **rule: Any) -> Story:  # noqa: ANN401
    """A spoedplein of which these rooms were reported clean an hour ago."""
    story = Story(
        sites=[site(SITE, ServicePoint(care_type=HAP), ServicePoint(care_type=SEH))],
        rooms=SCHIEDAM,
        lending=lending,
        room_rules=[{"site": SITE, **rule}],
    )
    story.all_say(RoomCleaned(site=SITE, room=room, cleaned_at=at(-60)) for room in known)
    return story


def comes(story: Story, case: str, code: str, *, age: AgeBand | None = None, service: CareType = SEH) -> list[Any]:
    """Somebody at the desk, triaged at once."""
    if service is SEH:
        said: list[Frozen] = [arrived(case, story.now).model_copy(update={"age_band": age})]
        return story.all_say([*said, seh_triaged(case, code, story.now)])
    desk = registered(case, story.now).model_copy(update={"mode": ArrivalMode.SELF_REFERRED, "age_band": age})
    return story.all_say([desk, triaged(case, code, story.now)])


def lies(case: str, room: str, minutes: float, service: CareType = SEH) -> RoomAssigned:
    return RoomAssigned(site=SITE, room=room, service=service, case=case, assigned_at=at(minutes))


#: Somebody comes to the HAP by himself.
DESK: Final = registered("c-a", at(0)).model_copy(update={"mode": ArrivalMode.SELF_REFERRED})
CLOSED: Final = closed("c-a", at(40))


def proposed(decided: Sequence[object]) -> dict[str, str]:
    return {each.case: each.room for each in decided if isinstance(each, RoomProposed)}


def excluded(decided: Sequence[object]) -> dict[str, str]:
    (found,) = [each for each in decided if isinstance(each, RoomProposed | RoomLacking)]
    return {each.room: each.code.value for each in found.excluded}


OPEN: Final = ({"site": SITE, "to": "hap"},)


@pytest.mark.parametrize(
    ("who", "code", "age", "taken", "lending", "room", "why_not"),
    [
        pytest.param(SEH, "yellow", None, "", (), "kamer-1", {"acuut": "kept-acute", "spreek": "not-shared"},
                     id="an ordinary patient gets an ordinary room"),
        pytest.param(SEH, "orange", None, "", (), "acuut", {"spreek": "not-shared"},
                     id="the most urgent gets an acute room while another stays free"),
        pytest.param(SEH, "orange", None, "acuut", (), "kamer-1", {"acuut-kind": "kept-acute", "acuut": "taken"},
                     id="the last acute room is kept for danger of life"),
        pytest.param(SEH, "red", None, "", (), "acuut", {}, id="danger of life gets an acute room"),
        pytest.param(SEH, "red", AgeBand.CHILD, "", (), "acuut-kind", {}, id="a child gets the one that suits a child"),
        pytest.param(SEH, "red", None, "acuut acuut-kind", (), "kamer-1", {"acuut": "taken"},
                     id="danger of life without an acute room gets any room"),
        pytest.param(SEH, "red", None, "acuut acuut-kind kamer-1 kamer-2 isolatie", (), "spreek", {"kamer-1": "taken"},
                     id="danger of life asks nobody to lend"),
        pytest.param(HAP, "U3", None, "", (), "spreek", {"kamer-1": "not-lent", "isolatie": "not-shared"},
                     id="the HAP has its own room"),
        pytest.param(HAP, "U3", None, "spreek", (), None, {"kamer-1": "not-lent"},
                     id="without an agreement nothing is lent"),
        pytest.param(HAP, "U3", None, "spreek", OPEN, "kamer-1", {"isolatie": "not-shared"},
                     id="by the harmonica agreement it is"),
        pytest.param(HAP, "U3", None, "spreek", ({**OPEN[0], "keep_free": 5},), None, {"kamer-1": "kept-home"},
                     id="not when the home side keeps them"),
        pytest.param(HAP, "U3", None, "spreek", ({**OPEN[0], "windows": [{"from": "08:00", "until": "17:00"}]},), None,
                     {"kamer-1": "not-lent"}, id="not outside the agreed hours"),
        pytest.param(HAP, "U3", None, "spreek", ({**OPEN[0], "only_when_late": True},), None, {"kamer-1": "not-lent"},
                     id="not while nobody is late, when that was agreed"),
    ],
)  # fmt: skip
def test_a_room_is_proposed_with_the_reason_why_not_another(
    *,
    who: CareType,
    code: str,
    age: AgeBand | None,
    taken: str,
    lending: Sequence[dict[str, Any]],
    room: str | None,
    why_not: dict[str, str],
) -> None:
    story = floor(lending=lending)
    story.all_say(lies(f"c-{number}", name, -30) for number, name in enumerate(taken.split()))

    decided = comes(story, "c-new", code, age=age, service=who)

    assert proposed(decided).get("c-new") == room
    assert why_not.items() <= excluded(decided).items()


def test_a_proposal_ends_when_somebody_is_put_in_a_room_and_the_next_is_proposed_one() -> None:
    story = floor()
    comes(story, "c-a", "yellow")
    assert proposed(comes(story, "c-b", "yellow")) == {}, "one at a time for each side"

    decided = story.says(lies("c-a", "kamer-1", 1))

    assert story.one(decided, RoomProposalEnded).end is RoomProposalEnd.FOLLOWED
    assert proposed(decided) == {"c-b": "kamer-2"}


def test_danger_of_life_takes_a_room_that_was_proposed_to_another() -> None:
    story = floor(known=["kamer-1"])
    comes(story, "c-a", "yellow")

    decided = comes(story, "c-red", "red")

    assert story.one(decided, RoomProposalEnded).end is RoomProposalEnd.GIVEN_WAY
    assert proposed(decided) == {"c-red": "kamer-1"}
    assert story.one(decided, RoomProposed).follow_by is None


@pytest.mark.parametrize("restart", [False, True], ids=["straight on", "after a restart"])
def test_a_room_that_is_lacking_is_told_again_when_it_became_a_matter_of_life(restart: bool) -> None:
    """Yellow may not have the acute room, and then somebody else is in it."""
    story = floor(known=["acuut"])
    told = comes(story, "c-a", "yellow")
    story.says(lies("c-x", "acuut", 1))
    if restart:
        story.restarts()
    for code in ("red", "yellow", "red"):
        told += story.says(seh_retriaged("c-a", code, story.passes(minutes=1)))
        told += story.ticks(minutes=1)

    assert [each.urgency.code for each in told if isinstance(each, RoomLacking)] == ["yellow", "red"]


def test_danger_of_life_keeps_its_proposal_when_treatment_begins_and_time_passes() -> None:
    story = floor()
    comes(story, "c-red", "red")
    decided = [*story.says(treated("c-red", story.now)), *story.ticks(minutes=60)]

    assert [each for each in decided if isinstance(each, RoomProposalEnded)] == []


def test_a_proposal_that_nobody_follows_lapses_and_comes_back_later() -> None:
    story = floor()
    comes(story, "c-a", "yellow")

    lapsed = story.ticks(minutes=11)
    later = story.ticks(minutes=31)

    assert story.one(lapsed, RoomProposalEnded).end is RoomProposalEnd.LAPSED
    assert proposed(later) == {"c-a": "kamer-1"}


def test_needs_are_met_or_it_is_said_why_not() -> None:
    story = floor()
    story.says(arrived("c-a", story.now))
    needs = (RoomProperty.ISOLATION_OTHER,)
    story.says(RoomNeedsStated(site=SITE, service=SEH, case="c-a", needs=needs, stated_at=story.now))
    assert proposed(story.says(seh_triaged("c-a", "yellow", story.now))) == {"c-a": "isolatie"}

    story = floor(known=["kamer-1"])
    story.says(arrived("c-a", story.now))
    story.says(RoomNeedsStated(site=SITE, service=SEH, case="c-a", needs=needs, stated_at=story.now))
    assert excluded(story.says(seh_triaged("c-a", "yellow", story.now)))["kamer-1"] == "property-missing"


def test_rooms_of_which_nothing_was_heard_for_long_are_not_known_to_be_free() -> None:
    story = floor()
    story.passes(hours=5)
    assert excluded(comes(story, "c-red", "red"))["kamer-1"] == "stale"
    assert "never-reported" in excluded(comes(floor(known=[]), "c-red", "red")).values()


def test_a_room_is_cleaned_before_it_is_proposed_and_late_cleaning_is_told_once() -> None:
    story = floor()
    for name in ROOMS:
        story.says(
            RoomClosed(site=SITE, room=name, closed_at=at(-1), reason=OutOfUse.OTHER)
        ) if name != "kamer-1" else 0
    story.says(lies("c-a", "kamer-1", 0))
    story.says(RoomReleased(site=SITE, room="kamer-1", service=SEH, case="c-a", released_at=at(1)))
    assert proposed(comes(story, "c-b", "yellow")) == {}

    overdue = [
        each for each in [*story.ticks(minutes=30), *story.ticks(minutes=30)] if isinstance(each, CleaningOverdue)
    ]
    decided = story.says(RoomCleaned(site=SITE, room="kamer-1", cleaned_at=story.now))

    assert [each.due_at for each in overdue] == [at(16)]
    assert proposed(decided) == {"c-b": "kamer-1"}


def test_lending_is_told_with_whether_it_was_agreed() -> None:
    story = floor(lending=OPEN)
    lent = story.one(story.says(lies("c-h", "kamer-1", 0, HAP)), RoomLent)
    assert (lent.home, lent.service, lent.agreed) == (SEH, HAP, True)
    assert not story.one(floor().says(lies("c-h", "kamer-1", 0, HAP)), RoomLent).agreed


def test_two_patients_in_one_room_are_shown_and_not_chosen_between() -> None:
    story = floor()
    story.says(lies("c-a", "kamer-1", 0))
    assert story.one(story.says(lies("c-b", "kamer-1", 1)), RoomConflict).cases == ("c-b", "c-a")


def frees(case: str, room: str, minutes: float, service: CareType = SEH) -> RoomReleased:
    return RoomReleased(site=SITE, room=room, service=service, case=case, released_at=at(minutes))


#: What is heard, in this order, of somebody whom the queue does not know when he is brought to a room of the SEH, or
#: knows no more when he leaves it. At the end nobody is in a room, and a day later all of it is forgotten.
CAME_OTHERWISE: Final = [
    pytest.param([lies("c-a", "kamer-1", 0), DESK, frees("c-a", "kamer-1", 30), CLOSED],
                 id="registered at the HAP meanwhile"),
    pytest.param([lies("c-a", "kamer-1", 0), DESK, frees("c-a", "kamer-1", 30), lies("c-a", "kamer-1", 0), CLOSED],
                 id="and what was said first is said again"),
    pytest.param([lies("c-a", "kamer-1", 0), DESK, lies("c-a", "kamer-2", 20), frees("c-a", "kamer-2", 30), CLOSED],
                 id="and brought to another room"),
    pytest.param([DESK, lies("c-a", "kamer-1", 5), called("c-a", at(6)), 26, frees("c-a", "kamer-1", 1500)],
                 id="of the HAP, and there longer than the queue knows him"),
    pytest.param([DESK, lies("c-a", "kamer-1", 5), called("c-a", at(6)), 26, lies("c-a", "kamer-2", 1500),
                  frees("c-a", "kamer-2", 1510)], id="and brought to another room then"),
    pytest.param([DESK, lies("c-a", "kamer-1", 5), arrived("c-a", at(9)), lies("c-a", "kamer-1", 5), CLOSED,
                  lies("c-a", "kamer-2", 10), left("c-a", at(30))], id="of the HAP, and then of the SEH by that name"),
]  # fmt: skip


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("said", CAME_OTHERWISE)
def test_who_is_in_a_room_leaves_it_whatever_the_queue_knows_of_him(
    said: list[Frozen | int], *, restarts: bool
) -> None:
    story = floor(known=["kamer-1"], cleaning_minutes=0)
    for each in said:
        story.passes(minutes=1)
        if isinstance(each, int):
            story.ticks(hours=each)
        else:
            story.says(each)
        if restarts:
            story.restarts()
    for _ in range(3):
        story.ticks(hours=26)

    assert {each.use for each in story.board(SITE).rooms} == {RoomUse.FREE, RoomUse.UNKNOWN}
    assert story.core.state.occupants == {}


def needs(case: str, when: datetime) -> RoomNeedsStated:
    return RoomNeedsStated(site=SITE, service=SEH, case=case, needs=(), stated_at=when)


@pytest.mark.parametrize(
    ("in_time", "late"),
    [
        pytest.param([], arrived("v-1", at(0)), id="that he came"),
        pytest.param([arrived("v-1", at(0))], needs("v-1", at(31)), id="what he needs"),
    ],
)
def test_whom_the_queue_forgot_seeks_no_room(in_time: list[Frozen], late: Frozen) -> None:
    """Danger of life, and no room when treatment began; a word that trails in keeps him here for longer than that."""
    story = floor(known=[])
    story.all_say([*in_time, seh_triaged("v-1", "red", at(0)), treated("v-1", at(1))])
    story.passes(minutes=31)
    story.says(late)
    story.ticks(hours=23, minutes=45)

    assert story.says(RoomCleaned(site=SITE, room="kamer-1", cleaned_at=story.now)) == []


def test_a_room_is_proposed_no_longer_to_whom_the_queue_forgot() -> None:
    """Danger of life, of whom nobody said in which room he was treated, nor that he left."""
    story = floor(known=["acuut"], keep_acute=0)
    comes(story, "v-1", "red")
    story.says(treated("v-1", story.now))
    assert [each for each in story.ticks(hours=12) if isinstance(each, RoomProposalEnded)] == []
    ended = story.one(story.ticks(hours=12, minutes=1), RoomProposalEnded)
    assert (ended.case, ended.end) == ("v-1", RoomProposalEnd.NO_LONGER_WAITING)
    story.ticks(hours=26)
    assert story.core.state.occupants == {}

    story.says(RoomCleaned(site=SITE, room="acuut", cleaned_at=story.now))
    assert proposed(comes(story, "v-2", "red")) == {"v-2": "acuut"}


def test_who_was_forgotten_is_passed_over_no_longer() -> None:
    story = floor(follow_minutes=600)
    comes(story, "v-1", "yellow")
    lapsed = story.one(story.ticks(minutes=601), RoomProposalEnded)
    story.says(treated("v-1", story.now))
    story.ticks(hours=25)

    assert (lapsed.end, story.core.state.occupants) == (RoomProposalEnd.LAPSED, {})
    assert story.ticks(hours=6) == []


FACTS: Final[tuple[Frozen, ...]] = (
    lies("c-a", "kamer-1", 1),
    RoomReleased(site=SITE, room="kamer-1", service=SEH, case="c-a", released_at=at(5)),
    lies("c-a", "kamer-2", 5),
    lies("c-b", "kamer-1", 9),
)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_facts_about_rooms_may_come_in_any_order_and_twice(order: Sequence[int]) -> None:
    story = floor()
    story.passes(minutes=20)
    for index in order:
        story.says(FACTS[index])
        story.says(FACTS[order[0]])
        story.restarts()

    shown = {each.room: (each.use, each.case) for each in story.board(SITE).rooms}
    assert shown["kamer-1"] == (RoomUse.TAKEN, "c-b")
    assert shown["kamer-2"] == (RoomUse.TAKEN, "c-a")
