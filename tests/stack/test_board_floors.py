"""What the board shows of rooms, levels and proposals."""

import re
from datetime import datetime, timedelta
from io import StringIO
from typing import Any, Final

import pytest
from rich.console import Console

from spoedplein.domain.agreements import read_agreements
from spoedplein.domain.log import Record
from spoedplein.stack.board import Frame, Seen, draw
from spoedplein.stack.places import deploy_file
from spoedplein.testing.builders import EVENING, agreements, decided, event, urgency
from spoedplein.workers.following import Message
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.clock import ClockTicked
from spoedplein_schemas.front_door import ContactRouted, RouteBasis
from spoedplein_schemas.hours import HourKind
from spoedplein_schemas.views import EscalationBoard, SiteBoard
from spoedplein_schemas.vocabulary import Destination, Entrance, Frozen, millis

NOW: Final = EVENING
OF_REGION: Final = {"region": "rijnmond", "as_of": NOW, "version": 1}


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


@pytest.fixture(scope="module")
def rijnmond() -> Agreements:
    file = deploy_file("regions", "rijnmond.toml")
    return read_agreements(file.read_text(encoding="utf-8"), name=str(file))


def text(agreed: Agreements, *said: Frozen | None, width: int = 120, height: int | None = None, key: str = "") -> str:
    seen = Seen()
    seen.take(Message(key, each) for each in said)
    console = Console(file=StringIO(), width=width, record=True)
    console.print(draw(seen, Frame(agreed, now_ms=millis(NOW), width=width, height=height)))
    return console.export_text()


def floor(shown: str) -> list[str]:
    """The lines of rooms, levels and proposals, without their padding."""
    lines = shown.splitlines()
    (start,) = [place for place, line in enumerate(lines) if line.startswith("Drukte en kamers")]
    ends = next(place for place in range(start + 1, len(lines)) if lines[place].startswith("Openstaande"))
    return [re.sub(r"[ ─]+", " ", line).strip() for line in lines[start:ends]]


def plein(uses: str, *, site: str = "schiedam", level: str | None = "orange", **measures: Any) -> SiteBoard:  # noqa: ANN401
    """`uses`: of each room of the SEH (capital letter: of the HAP) the first letter of its use."""
    names = {"f": "free", "t": "taken", "c": "cleaning", "o": "out-of-use", "u": "unknown"}
    rooms = [
        {"room": f"kamer-{number}", "home": "hap" if letter.isupper() else "seh", "use": names[letter.lower()]}
        for number, letter in enumerate(uses)
    ]
    counted = [{"measure": name.replace("_", "-"), "enter": 1, "leave": 1, **each} for name, each in measures.items()]
    crowding = {"level": level, "since": ago(40), "measures": counted} if level else None
    fields = {"site": site, "status": "open", "queues": [], "underway": [], "rooms": rooms, "crowding": crowding}
    return SiteBoard.model_validate(OF_REGION | fields)


def escalation(*proposals: dict[str, Any], **more: Any) -> EscalationBoard:  # noqa: ANN401  pydantic checks
    known = {"since": ago(12), "answer_by": NOW + timedelta(minutes=3), "confirmed": False, "roles": ["coordinator"]}
    standing = [{"proposal": f"rijnmond.{place}.0", **known, **each} for place, each in enumerate(proposals)]
    fields = {"level": "red", "since": ago(65), "sites_stopped": 2, "sites": [], "proposals": standing}
    return EscalationBoard.model_validate(OF_REGION | fields | more)


def test_before_anything_was_said_levels_are_unknown_and_no_room_is_free(rijnmond: Agreements) -> None:
    heading, _, *sites = floor(text(rijnmond))

    assert heading.startswith("Drukte en kamers regio onbekend")
    assert sites == ["schiedam onbekend - -", "rotterdam-noord onbekend - -", "rotterdam-zuid onbekend - -"]


@pytest.mark.parametrize(
    ("uses", "shown"),
    [
        pytest.param("ftttc", "1 vrij □■■■▨ -", id="the SEH has rooms, the HAP has none"),
        pytest.param("tttofFT", "1 vrij □■■■x 1 vrij □■", id="both, free ones first"),
        pytest.param("uuF", "0 vrij ?? 1 vrij □", id="nobody said anything: not free"),
        pytest.param("f" * 25, "25 vrij van 25 -", id="too many to draw"),
    ],
)
def test_rooms_are_drawn_one_by_one(rijnmond: Agreements, uses: str, shown: str) -> None:
    assert f"schiedam oranje 40 min {shown}" in floor(text(rijnmond, plein(uses)))[2]


def test_a_level_says_since_when_and_on_what(rijnmond: Agreements) -> None:
    board = plein(
        "f",
        occupancy={"state": "crowded", "value": 135},
        emergent_wait={"state": "calm", "value": 3},
        offload={"state": "unknown", "why": "never-reported"},
    )

    assert floor(text(rijnmond, board))[2].endswith("bezetting 135%, 1 onbekend")


def test_a_site_without_a_level_has_none(rijnmond: Agreements) -> None:
    assert floor(text(rijnmond, plein("f", level=None)))[2] == "schiedam - 1 vrij □ -"


@pytest.mark.parametrize(
    ("board", "says"),
    [
        pytest.param(escalation(), "regio rood 1u05, 2 SEH met stop", id="a level"),
        pytest.param(escalation(level=None, since=None, sites_stopped=0), "0 SEH met stop", id="none agreed"),
    ],
)
def test_the_heading_tells_the_region(rijnmond: Agreements, board: EscalationBoard, says: str) -> None:
    assert floor(text(rijnmond, board))[0].startswith(f"Drukte en kamers {says} □ vrij ■ bezet ▨ schoonmaken x buiten")


def test_proposals_that_wait_come_first_with_who_may_answer(rijnmond: Agreements) -> None:
    board = escalation(
        {"kind": "roaz", "confirmed": True},
        {"kind": "stop", "site": "schiedam", "roles": ["coordinator", "specialist"]},
        {"kind": "divert", "site": "schiedam", "answer_by": ago(2), "roles": ["ambulance"]},
        {"kind": "warning", "site": "rotterdam-zuid", "confirmed": True},
    )

    assert floor(text(rijnmond, board))[5:] == [
        "Voorstel schiedam: stop afkondigen, wacht 3 min op coördinator, specialist",
        "Voorstel schiedam: ambulances omleiden, wacht 2 min over op ambulancezorg",
        "Voorstel de regio: ROAZ inschakelen, overgenomen, 12 min geleden voorgesteld",
        "… en nog 1 voorstellen",
    ]


def test_what_is_proposed_goes_when_the_region_agrees_on_nothing_any_more(rijnmond: Agreements) -> None:
    shown = text(rijnmond, escalation({"kind": "roaz"}), None, key="rijnmond/escalation")

    assert "Voorstel" not in shown


def test_a_region_without_rooms_and_levels_has_no_such_part() -> None:
    assert "Drukte en kamers" not in text(agreements())


def test_on_a_narrow_screen_the_reasons_give_way(rijnmond: Agreements) -> None:
    board = plein("ftF", occupancy={"state": "crowded", "value": 135})

    assert floor(text(rijnmond, board, escalation(), width=80))[:3] == [
        "Drukte en kamers regio rood 1u05, 2 SEH met stop",
        "Plein Drukte Kamers SEH Kamers HAP",
        "schiedam oranje 40 min 1 vrij □■ 1 vrij □",
    ]


def test_on_few_lines_rooms_give_way_and_proposals_do_not(rijnmond: Agreements) -> None:
    shown = text(rijnmond, plein("ftF"), escalation({"kind": "roaz"}), width=80, height=24)

    assert floor(shown)[1:] == ["Voorstel de regio: ROAZ inschakelen, wacht 3 min op coördinator"]


@pytest.mark.parametrize(
    ("basis", "told"), [(RouteBasis.AS_REGISTERED, False), (RouteBasis.ROUTE, True)], ids=["stays", "is sent on"]
)
def test_who_stays_where_he_came_in_is_an_ordinary_coming(
    rijnmond: Agreements, *, basis: RouteBasis, told: bool
) -> None:
    routed = ContactRouted(
        case="c-1",
        entrance=Entrance.HAP,
        site="schiedam",
        destination=Destination.HAP,
        at="schiedam",
        basis=basis,
        route="een-afspraak" if told else None,
        urgency=urgency("U3"),
        hours=HourKind.ANW,
        judged_at=NOW,
        age_seconds=0,
    )
    cause = Record(1, millis(NOW), event(ClockTicked(ticked_at=NOW), at=NOW))

    assert ("c-1 naar de HAP" in text(rijnmond, *decided(cause, routed))) is told
