"""English sentences about rooms, crowding and proposals."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final

from spoedplein.wording.english_terms import plain, urgency, where
from spoedplein.wording.room_words import PERCENT
from spoedplein.wording.terms import Here, clock
from spoedplein_schemas import crowding, rooms
from spoedplein_schemas.rooms import RoomProposalEnd
from spoedplein_schemas.vocabulary import CareType, Frozen

ROOM_END: Final = {
    RoomProposalEnd.FOLLOWED: "is there",
    RoomProposalEnd.OTHER_ROOM: "is in another room",
    RoomProposalEnd.NO_LONGER_WAITING: "waits no more",
    RoomProposalEnd.ROOM_TAKEN: "the room is free no more",
    RoomProposalEnd.GIVEN_WAY: "the room is needed for somebody in danger of life",
    RoomProposalEnd.LAPSED: "not followed, lapsed",
    RoomProposalEnd.CHANGED: "facts or agreements changed",
}


def rooms_passed_over(excluded: Iterable[rooms.RoomExclusion]) -> str:
    """Reasons with how many rooms each, the most frequent first."""
    counts = Counter(item.code for item in excluded)
    return ", ".join(f"{count} {plain(reason)}" for reason, count in counts.most_common())


def _for_whom(data: rooms.RoomProposed | rooms.RoomLacking) -> str:
    return f"{data.case} ({urgency(data.urgency)}, {where(data)})"


def _room_proposed(data: rooms.RoomProposed, here: Here) -> str:
    other = CareType.SEH if data.service is CareType.HAP else CareType.HAP
    lent = f", to be lent by {other.upper()}" if data.lent else ""
    others = f"; not: {rooms_passed_over(data.excluded)}" if data.excluded else ""
    by = f", until {clock(data.follow_by, here)}" if data.follow_by else ", now"
    since = clock(data.free_since, here)
    return f"{data.room} proposed for {_for_whom(data)}{by} (free since {since}{lent}{others})"


def _room_lacking(data: rooms.RoomLacking, _here: Here) -> str:
    return f"No room for {_for_whom(data)}: {rooms_passed_over(data.excluded)}"


def _room_ended(data: rooms.RoomProposalEnded, _here: Here) -> str:
    return f"{data.room} in {data.site} for {data.case}: {ROOM_END[data.end]}"


def _room_lent(data: rooms.RoomLent, _here: Here) -> str:
    how = "as agreed" if data.agreed else "outside what was agreed"
    return f"{data.room} in {data.site} is lent by {data.home.upper()} to {data.service.upper()}, {how}"


def _room_conflict(data: rooms.RoomConflict, _here: Here) -> str:
    return f"{data.room} in {data.site} would have {len(data.cases)} patients: {', '.join(data.cases)}"


def _cleaning(data: rooms.CleaningOverdue, here: Here) -> str:
    since, due = clock(data.empty_since, here), clock(data.due_at, here)
    return f"{data.room} in {data.site} is empty since {since} and was not reported clean at {due}"


def _level(data: crowding.LevelChanged, _here: Here) -> str:
    change = f"{data.site or 'The region'} goes from {plain(data.previous)} to {plain(data.level)}"
    return f"{change} ({grounds(data)})"


def _proposed(data: crowding.ProposalMade, here: Here) -> str:
    roles = ", ".join(plain(role) for role in data.roles)
    what = f"Proposal for {data.request or data.site or 'the region'}: {plain(data.kind)}"
    return f"{what} ({grounds(data)}); waits until {clock(data.answer_by, here)} for {roles}"


def _proposal_answered(data: crowding.ProposalAnswered, _here: Here) -> str:
    why = f" ({plain(data.ground)})" if data.ground else ""
    answer = "takes on" if data.answer is crowding.ProposalAnswer.CONFIRMED else "rejects"
    return f"{plain(data.by.role).capitalize()} of {data.by.organisation} {answer}: {_what(data)}{why}"


def _proposal_lapsed(data: crowding.ProposalLapsed, _here: Here) -> str:
    return f"Proposal lapsed: {_what(data)} ({plain(data.reason)})"


def _proposal_over(data: crowding.ProposalOver, _here: Here) -> str:
    return f"Not needed any more: {_what(data)}"


def _stop_ending(data: crowding.StopEnding, here: Here) -> str:
    why = f" ({plain(data.reason)})" if data.reason else ""
    until = clock(data.until, here)
    return f"The stop or warning of {data.unit} ends at {until}{why}: prolong it or let it lapse"


def measured(measure: crowding.Measured) -> str:
    """`occupancy 135%`, `emergent wait 41 min`, `left unseen unknown`."""
    unit = "%" if measure.measure in PERCENT else " min"
    return f"{plain(measure.measure)} {'unknown' if measure.value is None else f'{measure.value}{unit}'}"


def grounds(data: crowding.LevelChanged | crowding.ProposalMade) -> str:
    """What it rests on: the crowded measures and those that are unknown, stops, the two sides, or what was tried."""
    crowded = [measured(each) for each in data.measures if each.state is crowding.MeasureState.CROWDED]
    unknown = sum(each.state is crowding.MeasureState.UNKNOWN for each in data.measures)
    told = [*crowded, *([f"{unknown} unknown"] if unknown else [])]
    if data.sites_stopped is not None:
        told += [f"{data.sites_stopped} SEH with a stop", f"{data.sites_crowded or 0} at orange or red"]
    if isinstance(data, crowding.ProposalMade):
        told += [f"{side.service.upper()}: {side.waiting} wait, {side.late} late" for side in data.sides]
        told += _tried(data)
    return ", ".join(told) or "no measure above its limit"


def _tried(data: crowding.ProposalMade) -> list[str]:
    """For a request that nothing fits anywhere: here, with the neighbours, in the meantime."""
    if data.request is None:
        return []
    meantime = " or ".join(care_type.upper() for care_type in data.bridging)
    return [
        "nothing fits here",
        *([f"nothing in {', '.join(data.neighbours)}"] if data.neighbours else []),
        *([f"bridging with {meantime} cannot be"] if meantime else []),
    ]


def _what(data: crowding.ProposalAnswered | crowding.ProposalLapsed | crowding.ProposalOver) -> str:
    of = f"for {data.request}" if data.request else f"in {data.site}" if data.site else "in the region"
    return f"{plain(data.kind)} {of}"


SENTENCES: Final[dict[type[Frozen], Callable[[Any, Here], str]]] = {
    rooms.RoomProposed: _room_proposed,
    rooms.RoomLacking: _room_lacking,
    rooms.RoomProposalEnded: _room_ended,
    rooms.RoomLent: _room_lent,
    rooms.RoomConflict: _room_conflict,
    rooms.CleaningOverdue: _cleaning,
    crowding.LevelChanged: _level,
    crowding.ProposalMade: _proposed,
    crowding.ProposalAnswered: _proposal_answered,
    crowding.ProposalLapsed: _proposal_lapsed,
    crowding.ProposalOver: _proposal_over,
    crowding.StopEnding: _stop_ending,
}
