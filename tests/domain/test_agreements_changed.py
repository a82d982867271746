"""Other agreements while the night goes on: what rested on the old text alone ends, and says so."""

from typing import Any, Final

import pytest

from spoedplein.testing.builders import SITE, agreements, arrived, registered, seh_triaged, site, triaged, unit
from spoedplein_schemas.agreements import Agreements, ServicePoint
from spoedplein_schemas.crowding import LapseReason, LevelChanged, ProposalConfirmed, ProposalLapsed, ProposalOver
from spoedplein_schemas.hap import ArrivalMode
from spoedplein_schemas.rooms import RoomCleaned, RoomProposalEnd, RoomProposalEnded, RoomProposed
from spoedplein_schemas.seh import StatusReported
from spoedplein_schemas.views import EscalationBoard
from spoedplein_schemas.vocabulary import Actor, CareType, CrowdingLevel, ProposalKind, Role, StopReason, UnitStatus
from tests.domain.story import Story

HAP, SEH = CareType.HAP, CareType.SEH
BOTH: Final = site(SITE, ServicePoint(care_type=HAP), ServicePoint(care_type=SEH))
OLD: Final[dict[str, Any]] = {
    "rooms": [{"id": "kamer", "site": SITE, "home": "seh", "count": 2}],
    "room_rules": [{"site": SITE}],
    "crowding": [{"site": SITE, "places": 10, "yellow_from": 1, "orange_from": 1, "red_from": 1, "up_minutes": 0}],
    "escalation": {"yellow_stops": 1, "orange_stops": 1, "red_stops": 1},
}


def night() -> Story:
    """A full house that announced a stop, and a queue at the HAP that is late: every kind of proposal stands."""
    story = Story(unit("seh", SEH, site=SITE), sites=[BOTH], **OLD)
    story.says(RoomCleaned(site=SITE, room="kamer-1", cleaned_at=story.now))
    for case in ("c-a", "c-b"):
        desk = registered(case, story.now).model_copy(update={"mode": ArrivalMode.SELF_REFERRED})
        story.all_say([desk, triaged(case, "U2", story.now)])
    story.ticks(minutes=58)
    story.all_say([arrived("v-1", story.now), seh_triaged("v-1", "yellow", story.now)])
    full = StatusReported(site=SITE, status=UnitStatus.WARNING, observed_at=story.now, present=20, boarding_ward=9)
    story.says(full)
    story.ticks(minutes=3)
    story.ticks(minutes=5)
    return story


def stops(story: Story) -> None:
    """The region turns red by it."""
    stop = StatusReported(
        site=SITE, status=UnitStatus.STOP, observed_at=story.now, present=20, reason=StopReason.CROWDING
    )
    story.says(stop)


def without(*parts: str, **others: Any) -> Agreements:  # noqa: ANN401  pydantic checks
    text = {name: part for name, part in OLD.items() if name not in parts} | others
    return agreements(unit("seh", SEH, site=SITE), sites=[BOTH], version="2026.2", **text)


def standing(story: Story) -> set[ProposalKind]:
    story.published()
    gone = {key for key, _ in story.core.gone()}
    board = None if b"rijnmond/escalation" in gone else story.newest[b"rijnmond/escalation"]
    return {each.kind for each in board.proposals} if isinstance(board, EscalationBoard) else set()


@pytest.mark.parametrize(
    ("stopped", "parts", "ends"),
    [
        pytest.param(False, (), set(), id="the same text again ends nothing"),
        pytest.param(False, ("crowding",), {"stop", "divert"}, id="a site without levels: what its level proposed"),
        pytest.param(False, ("rooms", "room_rules"), {"mutual-help"}, id="a site without rooms: mutual help"),
        pytest.param(True, ("escalation",), {"neighbour", "roaz"}, id="a region without a level: what that proposed"),
        pytest.param(True, ("escalation", "crowding", "rooms", "room_rules"),
                     {"stop", "divert", "neighbour", "roaz"}, id="nothing left: everything"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("restarts", [False, True], ids=["", "after a restart"])
def test_a_proposal_that_the_new_text_knows_no_ground_for_lapses(
    *, stopped: bool, parts: tuple[str, ...], ends: set[str], restarts: bool
) -> None:
    story = night()
    if stopped:
        stops(story)
    before = standing(story)
    if restarts:
        story.restarts()

    decided = story.adopts(without(*parts))

    lapsed = {each.kind: each.reason for each in decided if isinstance(each, ProposalLapsed)}
    assert lapsed == {ProposalKind(kind): LapseReason.AGREEMENTS_CHANGED for kind in ends}
    assert standing(story) == before - set(lapsed)


def test_what_was_confirmed_is_over_when_the_text_that_it_rested_on_is_gone() -> None:
    story = night()
    story.published()
    board = story.newest[b"rijnmond/escalation"]
    divert = next(each.proposal for each in board.proposals if each.kind is ProposalKind.DIVERT)
    by = Actor(role=Role.COORDINATOR, organisation="zcc-rijnmond")
    story.says(ProposalConfirmed(proposal=divert, confirmed_at=story.now, by=by))

    assert story.one(story.adopts(without("crowding")), ProposalOver).proposal == divert


def test_a_room_that_is_agreed_no_more_is_proposed_no_more() -> None:
    story = night()
    story.says(RoomCleaned(site=SITE, room="kamer-2", cleaned_at=story.now))

    renamed = {"rooms": [{**OLD["rooms"][0], "id": "nieuw"}]}
    decided = story.adopts(without(**renamed))

    ended = story.one(decided, RoomProposalEnded)
    assert (ended.case, ended.room, ended.end) == ("v-1", "kamer-1", RoomProposalEnd.CHANGED)
    proposed = story.one(story.says(RoomCleaned(site=SITE, room="nieuw-2", cleaned_at=story.now)), RoomProposed)
    assert (proposed.case, proposed.room) == ("v-1", "nieuw-2")


def test_the_level_of_the_region_follows_other_thresholds_at_once() -> None:
    story = night()
    stops(story)
    at_more = {"yellow_stops": 1, "orange_stops": 2, "red_stops": 3, "yellow_sites": 1, "orange_sites": 2}
    decided = story.adopts(without(escalation={**at_more, "down_minutes": 0}))

    changed = story.one(decided, LevelChanged)
    assert (changed.previous, changed.level) == (CrowdingLevel.RED, CrowdingLevel.YELLOW)
