"""Dutch words for codes of rooms, crowding and proposals; and the sentences about them."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final

from spoedplein.wording.terms import STOP_REASON, Here, clock, code
from spoedplein_schemas import crowding, rooms
from spoedplein_schemas.crowding import LapseReason, RejectionGround
from spoedplein_schemas.rooms import RoomExclusionCode, RoomProposalEnd
from spoedplein_schemas.views import RoomUse
from spoedplein_schemas.vocabulary import CareType, CrowdingLevel, CrowdingMeasure, Frozen, ProposalKind, Role

ROOM_EXCLUDED: Final = {
    RoomExclusionCode.NEVER_REPORTED: "nooit gemeld",
    RoomExclusionCode.OUT_OF_USE: "buiten gebruik",
    RoomExclusionCode.TAKEN: "bezet",
    RoomExclusionCode.CLEANING: "niet schoon",
    RoomExclusionCode.STALE: "lang niets gemeld",
    RoomExclusionCode.PROPOSED: "voor een ander voorgesteld",
    RoomExclusionCode.PROPERTY_MISSING: "mist een voorziening",
    RoomExclusionCode.KEPT_ACUTE: "acuut vrijgehouden",
    RoomExclusionCode.NOT_SHARED: "niet gedeeld",
    RoomExclusionCode.NOT_LENT: "nu niet te leen",
    RoomExclusionCode.KEPT_HOME: "vrijgehouden voor de andere kant",
}
#: The same of more than one.
_MANY_EXCLUDED: Final = {**ROOM_EXCLUDED, RoomExclusionCode.PROPERTY_MISSING: "missen een voorziening"}
ROOM_USE: Final = {
    RoomUse.FREE: "vrij",
    RoomUse.TAKEN: "bezet",
    RoomUse.CLEANING: "schoonmaken",
    RoomUse.OUT_OF_USE: "buiten gebruik",
    RoomUse.UNKNOWN: "onbekend",
}
ROOM_END: Final = {
    RoomProposalEnd.FOLLOWED: "ligt er",
    RoomProposalEnd.OTHER_ROOM: "ligt in een andere kamer",
    RoomProposalEnd.NO_LONGER_WAITING: "wacht niet meer",
    RoomProposalEnd.ROOM_TAKEN: "kamer is niet meer vrij",
    RoomProposalEnd.GIVEN_WAY: "kamer is nodig voor levensgevaar",
    RoomProposalEnd.LAPSED: "niet gevolgd, vervallen",
    RoomProposalEnd.CHANGED: "gegevens of afspraken zijn veranderd",
}
LEVEL: Final = {
    CrowdingLevel.GREEN: "groen",
    CrowdingLevel.YELLOW: "geel",
    CrowdingLevel.ORANGE: "oranje",
    CrowdingLevel.RED: "rood",
}
MEASURE: Final = {
    CrowdingMeasure.OFFLOAD: "overdracht ambulance",
    CrowdingMeasure.LEFT_UNSEEN: "weggelopen",
    CrowdingMeasure.TRIAGE_DELAY: "wacht op triage",
    CrowdingMeasure.OCCUPANCY: "bezetting",
    CrowdingMeasure.LENGTH_OF_STAY: "verblijfsduur",
    CrowdingMeasure.EMERGENT_WAIT: "spoed wacht op arts",
    CrowdingMeasure.ADMITTED_STILL_HERE: "opname duurt te lang",
    CrowdingMeasure.BOARDING: "wacht op een bed",
}
PERCENT: Final = {
    CrowdingMeasure.LEFT_UNSEEN,
    CrowdingMeasure.OCCUPANCY,
    CrowdingMeasure.ADMITTED_STILL_HERE,
    CrowdingMeasure.BOARDING,
}
PROPOSAL: Final = {
    ProposalKind.MUTUAL_HELP: "bijspringen",
    ProposalKind.WARNING: "dreigende stop melden",
    ProposalKind.STOP: "stop afkondigen",
    ProposalKind.DIVERT: "ambulances omleiden",
    ProposalKind.NEIGHBOUR: "buurregio vragen",
    ProposalKind.ROAZ: "ROAZ inschakelen",
}
LAPSE: Final = {
    LapseReason.NO_ANSWER: "geen antwoord",
    LapseReason.NO_LONGER_NEEDED: "niet meer nodig",
    LapseReason.AGREEMENTS_CHANGED: "afspraken veranderd",
}
GROUND_OF_REJECTION: Final = {
    RejectionGround.NOT_NEEDED: "niet nodig",
    RejectionGround.NO_CAPACITY: "geen capaciteit",
    RejectionGround.SOLVED_OTHERWISE: "anders opgelost",
    RejectionGround.OTHER: "andere grond",
}
ROLE: Final = {
    Role.COORDINATOR: "coördinator",
    Role.GP: "huisarts",
    Role.TRIAGIST: "triagist",
    Role.NURSE: "verpleegkundige",
    Role.SPECIALIST: "specialist",
    Role.PROVIDER: "aanbieder",
    Role.AMBULANCE: "ambulancezorg",
    Role.CRISIS_SERVICE: "crisisdienst",
    Role.SYSTEM: "systeem",
}


def _room_proposed(data: rooms.RoomProposed, here: Here) -> str:
    lent = f", te leen van {_other(data.service)}" if data.lent else ""
    others = f"; niet: {rooms_passed_over(data.excluded)}" if data.excluded else ""
    by = f", tot {clock(data.follow_by, here)}" if data.follow_by else ", nu"
    who = f"{data.case} ({code(data.urgency)}, {data.service.upper()} {data.site})"
    return f"{data.room} voorgesteld voor {who}{by} (vrij sinds {clock(data.free_since, here)}{lent}{others})"


def _room_lacking(data: rooms.RoomLacking, _here: Here) -> str:
    who = f"{data.case} ({code(data.urgency)}, {data.service.upper()} {data.site})"
    return f"Geen kamer voor {who}: {rooms_passed_over(data.excluded)}"


def _room_ended(data: rooms.RoomProposalEnded, _here: Here) -> str:
    return f"{data.room} in {data.site} voor {data.case}: {ROOM_END[data.end]}"


def _room_lent(data: rooms.RoomLent, _here: Here) -> str:
    how = "volgens afspraak" if data.agreed else "buiten de afspraak om"
    return f"{data.room} in {data.site} is van {data.home.upper()} geleend aan {data.service.upper()}, {how}"


def _room_conflict(data: rooms.RoomConflict, _here: Here) -> str:
    return f"{data.room} in {data.site} zou {len(data.cases)} patiënten hebben: {', '.join(data.cases)}"


def _cleaning(data: rooms.CleaningOverdue, here: Here) -> str:
    since, due = clock(data.empty_since, here), clock(data.due_at, here)
    return f"{data.room} in {data.site} is leeg sinds {since} en om {due} niet schoon gemeld"


def _level(data: crowding.LevelChanged, _here: Here) -> str:
    change = f"{data.site or 'De regio'} gaat van {LEVEL[data.previous]} naar {LEVEL[data.level]}"
    return f"{change} ({grounds(data)})"


def _proposed(data: crowding.ProposalMade, here: Here) -> str:
    roles = ", ".join(ROLE[role] for role in data.roles)
    what = f"Voorstel voor {data.request or data.site or 'de regio'}: {PROPOSAL[data.kind]}"
    return f"{what} ({grounds(data)}); wacht tot {clock(data.answer_by, here)} op {roles}"


def _proposal_answered(data: crowding.ProposalAnswered, _here: Here) -> str:
    why = f" ({GROUND_OF_REJECTION[data.ground]})" if data.ground else ""
    answer = "neemt op zich" if data.answer is crowding.ProposalAnswer.CONFIRMED else "wijst af"
    return f"{ROLE[data.by.role].capitalize()} van {data.by.organisation} {answer}: {_what(data)}{why}"


def _proposal_lapsed(data: crowding.ProposalLapsed, _here: Here) -> str:
    return f"Voorstel vervallen: {_what(data)} ({LAPSE[data.reason]})"


def _proposal_over(data: crowding.ProposalOver, _here: Here) -> str:
    return f"Niet meer nodig: {_what(data)}"


def _stop_ending(data: crowding.StopEnding, here: Here) -> str:
    why = f" ({STOP_REASON[data.reason]})" if data.reason else ""
    until = clock(data.until, here)
    return f"Stop of waarschuwing van {data.unit} loopt af om {until}{why}: verlengen of laten vervallen"


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


def rooms_passed_over(excluded: Iterable[rooms.RoomExclusion]) -> str:
    """Reasons with how many rooms each, the most frequent first."""
    counts = Counter(item.code for item in excluded)
    return ", ".join(
        f"{count} {(ROOM_EXCLUDED if count == 1 else _MANY_EXCLUDED)[reason]}" for reason, count in counts.most_common()
    )


def measured(measure: crowding.Measured) -> str:
    """`bezetting 135%`, `spoed wacht op arts 41 min`, `weggelopen onbekend`."""
    unit = "%" if measure.measure in PERCENT else " min"
    value = "onbekend" if measure.value is None else f"{measure.value}{unit}"
    return f"{MEASURE[measure.measure]} {value}"


def grounds(data: crowding.LevelChanged | crowding.ProposalMade) -> str:
    """What it rests on: the crowded measures and those that are unknown, stops, the two sides, or what was tried."""
    crowded = [measured(each) for each in data.measures if each.state is crowding.MeasureState.CROWDED]
    unknown = sum(each.state is crowding.MeasureState.UNKNOWN for each in data.measures)
    told = [*crowded, *([f"{unknown} onbekend"] if unknown else [])]
    if data.sites_stopped is not None:
        told += [f"{data.sites_stopped} SEH met stop", f"{data.sites_crowded or 0} op oranje of rood"]
    if isinstance(data, crowding.ProposalMade):
        told += [f"{side.service.upper()}: {side.waiting} wachten, {side.late} te laat" for side in data.sides]
        told += _tried(data)
    return ", ".join(told) or "geen maat boven de grens"


def _tried(data: crowding.ProposalMade) -> list[str]:
    """For a request that nothing fits anywhere: here, with the neighbours, in the meantime."""
    if data.request is None:
        return []
    meantime = " of ".join(care_type.upper() for care_type in data.bridging)
    return [
        "hier past niets",
        *([f"niets in {', '.join(data.neighbours)}"] if data.neighbours else []),
        *([f"overbrugging met {meantime} kan niet"] if meantime else []),
    ]


def _what(data: crowding.ProposalAnswered | crowding.ProposalLapsed | crowding.ProposalOver) -> str:
    where = f"voor {data.request}" if data.request else f"in {data.site}" if data.site else "in de regio"
    return f"{PROPOSAL[data.kind]} {where}"


def _other(service: CareType) -> str:
    return (CareType.SEH if service is CareType.HAP else CareType.HAP).upper()
