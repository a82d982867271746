"""Mutual help: proposed when one side of a spoedplein is late and the other has slack; and how it ends."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest

from spoedplein.testing.builders import (
    SITE,
    actor,
    arrived,
    called,
    closed,
    left,
    opened,
    registered,
    seh_triaged,
    site,
    stop,
    treated,
    triaged,
    unit,
    unit_closed,
)
from spoedplein_schemas.agreements import ServicePoint
from spoedplein_schemas.crowding import (
    LapseReason,
    ProposalConfirmed,
    ProposalLapsed,
    ProposalMade,
    ProposalOver,
    ProposalRejected,
    RejectionGround,
)
from spoedplein_schemas.vocabulary import CareType, Frozen, ProposalKind
from tests.domain.story import Story

HAP, SEH = CareType.HAP, CareType.SEH
UNITS: Final = (unit("hap", HAP, site=SITE), unit("seh", SEH, site=SITE))
#: The answer may take longer than all that happens here.
WHO: Final = {"kind": "mutual-help", "roles": ["coordinator"], "answer_minutes": 240, "again_minutes": 60}


def story() -> Story:
    return Story(
        *UNITS,
        sites=[site(SITE, ServicePoint(care_type=HAP), ServicePoint(care_type=SEH))],
        room_rules=[{"site": SITE, "help_from_late": 2, "help_slack": 1}],
        proposals=[WHO],
    )


def waits(told: Story, case: str, code: str) -> list[Any]:
    """At the HAP for a code of the NTS, at the SEH for a colour."""
    if code.startswith("U"):
        return told.all_say([registered(case, told.now), triaged(case, code, told.now)])
    return told.all_say([arrived(case, told.now), seh_triaged(case, code, told.now)])


def is_seen(told: Story, case: str) -> list[Any]:
    return told.all_say([arrived(case, told.now), seh_triaged(case, "green", told.now), treated(case, told.now)])


def late(told: Story) -> list[Any]:
    """Two at the HAP are past their hour; at the SEH somebody was just helped."""
    for case in ("c-a", "c-b"):
        waits(told, case, "U2")
    told.ticks(minutes=59)
    is_seen(told, "v-1")
    return told.ticks(minutes=2)


def helping() -> tuple[Story, str]:
    told = story()
    told.one(late(told), ProposalMade)
    told.published()
    (shown,) = told.newest[b"rijnmond/escalation"].proposals
    assert shown.kind is ProposalKind.MUTUAL_HELP
    return told, shown.proposal


def test_it_is_proposed_with_both_sides_the_one_to_be_helped_first() -> None:
    told = story()
    made = told.one(late(told), ProposalMade)

    assert [(side.service, side.waiting, side.late) for side in made.sides] == [(HAP, 2, 2), (SEH, 0, 0)]


@pytest.mark.parametrize(
    ("waiting", "status", "proposed"),
    [
        pytest.param([], None, True, id="the SEH has nobody waiting"),
        pytest.param(["green"], None, True, id="one waits there, as many as agreed"),
        pytest.param(["green", "green"], None, False, id="more wait there than agreed"),
        pytest.param(["orange"], None, False, id="somebody there is late himself"),
        pytest.param([], unit_closed, False, id="it is shut"),
        pytest.param([], stop, False, id="it is on a stop"),
    ],
)
def test_only_by_who_has_slack(waiting: Sequence[str], status: Callable[..., Frozen] | None, *, proposed: bool) -> None:
    told = story()
    for number, code in enumerate(waiting):
        waits(told, f"v-{number}-there", code)
    if status is not None:
        told.says(status("seh", told.now))

    assert any(isinstance(each, ProposalMade) for each in late(told)) is proposed


def test_who_was_not_heard_of_for_an_hour_is_not_there_to_help() -> None:
    told = story()
    is_seen(told, "v-1")
    for case in ("c-a", "c-b"):
        waits(told, case, "U2")

    assert not any(isinstance(each, ProposalMade) for each in told.ticks(minutes=61))


Happens = Callable[[Story], list[Frozen]]
ENDS: Final = [
    # what happens then                                                              needed still
    pytest.param(lambda told: [called("c-a", told.now)], True, id="one of two is called: the other is late still"),
    pytest.param(lambda told: [called("c-a", told.now), called("c-b", told.now)], False, id="both are called"),
    pytest.param(
        lambda told: [closed("c-a", told.now), closed("c-b", told.now)], False, id="both went home"
    ),
    pytest.param(
        lambda told: [registered("c-c", told.now), triaged("c-c", "U3", told.now)], True, id="one more waits there"
    ),
    pytest.param(
        lambda told: [arrived("v-2", told.now), seh_triaged("v-2", "green", told.now)], True,
        id="somebody waits at the helper's, not late",
    ),
    pytest.param(lambda told: [unit_closed("seh", told.now)], False, id="the helper closes"),
    pytest.param(lambda told: [stop("seh", told.now)], False, id="the helper announces a stop"),
    pytest.param(lambda told: [unit_closed("hap", told.now)], True, id="the helped side closes its door: they wait"),
]  # fmt: skip


@pytest.mark.parametrize("restart", [False, True], ids=["", "after a restart"])
@pytest.mark.parametrize("confirmed", [False, True], ids=["not answered yet", "confirmed"])
@pytest.mark.parametrize(("happens", "needed"), ENDS)
def test_it_ends_when_nobody_is_late_any_more_or_the_helper_cannot_help(
    happens: Happens, *, needed: bool, confirmed: bool, restart: bool
) -> None:
    told, name = helping()
    if confirmed:
        told.says(ProposalConfirmed(proposal=name, confirmed_at=told.now, by=actor()))
    if restart:
        told.restarts()
    told.passes(minutes=1)

    decided = told.all_say(happens(told))

    ended = [each for each in decided if isinstance(each, ProposalLapsed | ProposalOver)]
    assert [(type(each), each.proposal) for each in ended] == (
        [] if needed else [(ProposalOver if confirmed else ProposalLapsed, name)]
    )
    assert all(each.reason is LapseReason.NO_LONGER_NEEDED for each in ended if isinstance(each, ProposalLapsed))
    told.published()
    assert [each.proposal for each in told.newest[b"rijnmond/escalation"].proposals] == ([name] if needed else [])


def test_it_ends_when_the_helper_gets_late_himself() -> None:
    told, name = helping()
    waits(told, "v-2", "orange")

    assert told.one(told.ticks(minutes=11), ProposalLapsed).proposal == name


@pytest.mark.parametrize(("minutes", "again"), [(50, 0), (61, 1)])
def test_after_a_no_it_is_proposed_again_when_the_rest_is_over_and_they_are_late_still(
    minutes: int, again: int
) -> None:
    told, name = helping()
    told.says(ProposalRejected(proposal=name, rejected_at=told.now, by=actor(), ground=RejectionGround.NO_CAPACITY))
    told.ticks(minutes=minutes - 2)
    told.all_say([*(arrived("v-9", told.now), seh_triaged("v-9", "green", told.now)), left("v-9", told.now)])
    told.passes(minutes=2)
    decided = waits(told, "c-z", "U4")

    assert sum(isinstance(each, ProposalMade) for each in decided) == again


def test_who_opens_again_can_help_again() -> None:
    told = story()
    told.says(unit_closed("seh", told.now))
    assert not any(isinstance(each, ProposalMade) for each in late(told))

    assert told.one(told.says(opened("seh", told.passes(minutes=1))), ProposalMade).kind is ProposalKind.MUTUAL_HELP
