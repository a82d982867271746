"""What a coordinator reads on the board, from what the topics said."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from io import StringIO
from typing import Any, cast

import pytest
from rich.console import Console

from spoedplein.domain.agreements import read_agreements
from spoedplein.stack.board import Frame, Seen, draw
from spoedplein.stack.places import deploy_file
from spoedplein.testing.builders import EVENING
from spoedplein.testing.world import urgency
from spoedplein.wording import request_words, room_words, words
from spoedplein.workers.following import Message
from spoedplein_schemas import (
    DECISIONS,
    EVENTS,
    Decision,
    crowding,
    decision_class,
    decisions,
    request_decisions,
    rooms,
    transfer,
)
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.consult import ConsultOutcome
from spoedplein_schemas.dead_letters import DeadLetter, Fault, RefusalCode
from spoedplein_schemas.examples import DECISION_EXAMPLES
from spoedplein_schemas.front_door import ContactRouted, RouteBasis
from spoedplein_schemas.hap import ContactOutcome
from spoedplein_schemas.home_care import HomeCareRule, HomeCareVisits, VisitOutcome, VisitRecorded
from spoedplein_schemas.hours import HourKind
from spoedplein_schemas.placement import CancelReason, DeclineReason, OverrideGround
from spoedplein_schemas.seh import Departure
from spoedplein_schemas.views import (
    CareTypeAvailability,
    ConsultsBoard,
    OpenConsult,
    OpenRequest,
    QueueBoard,
    QueueClass,
    RequestsBoard,
    RequestState,
    RoundsBoard,
    RoundView,
    SiteBoard,
    Underway,
)
from spoedplein_schemas.vocabulary import (
    CareType,
    Destination,
    Entrance,
    Frozen,
    RidePhase,
    Topic,
    UnitStatus,
    UrgencySystem,
    millis,
)

NOW = EVENING
NTS = UrgencySystem.NTS


def _ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


@pytest.fixture(scope="module")
def rijnmond() -> Agreements:
    file = deploy_file("regions", "rijnmond.toml")
    return read_agreements(file.read_text(encoding="utf-8"), name=str(file))


def _text(agreements: Agreements, *said: Frozen, **frame: object) -> str:
    seen = Seen()
    seen.take(Message("", each) for each in said)
    wanted = replace(Frame(agreements, now_ms=millis(NOW)), **cast("dict[str, Any]", frame))
    console = Console(file=StringIO(), width=wanted.width, record=True)
    console.print(draw(seen, wanted))
    return console.export_text()


def _line(text: str, start: str) -> str:
    (found,) = [line for line in text.splitlines() if line.startswith(start)]
    return re.sub(r"\s+", " ", found).strip()


def _care_type(care_type: CareType = CareType.SEH, **more: object) -> CareTypeAvailability:
    counts = {"units": 3, "units_known": 3, "units_warning": 0, "units_stop": 0, "units_closed": 0, "free": 4}
    known = {"oldest_observed_at": _ago(12), "as_of": NOW, "version": 1}
    told = {"region": "rijnmond", "care_type": care_type, **counts, **known, **more}
    return CareTypeAvailability.model_validate(told)


def _site(*queues: QueueBoard, underway: tuple[Underway, ...] = ()) -> SiteBoard:
    return SiteBoard(
        region="rijnmond",
        site="schiedam",
        status=UnitStatus.OPEN,
        queues=queues,
        underway=underway,
        as_of=NOW,
        version=1,
    )


def _queue(service: CareType, lengths: tuple[int, ...], **more: object) -> QueueBoard:
    first = {"oldest_since": _ago(40), "next_due_at": NOW + timedelta(minutes=20), "breaches": 0, **more}
    classes = tuple(
        QueueClass.model_validate({"rank": rank, "length": length, **(first if length else {"breaches": 0})})
        for rank, length in enumerate(lengths)
    )
    return QueueBoard(service=service, immediate=(), classes=classes, next=())


def _request(number: int = 1, **more: object) -> OpenRequest:
    known = {"care_types": (CareType.ELV_HOOG,), "urgency": urgency(NTS, "U3"), "since": _ago(95), "unit": None}
    known |= {"state": RequestState.WAITING, "next_deadline": NOW + timedelta(minutes=9)}
    return OpenRequest.model_validate({"request": f"r-x1-{number}", "owner": "zcc-rijnmond", **known, **more})


def _requests(*requests: OpenRequest) -> RequestsBoard:
    return RequestsBoard(region="rijnmond", requests=requests, open_total=len(requests), as_of=NOW, version=1)


def _decision(data: Frozen, *, minutes_ago: float = 0, number: int = 0) -> Decision:
    return decision_class(type(data))(
        id=f"rijnmond.{number}.0",
        source="urn:nld:spoedplein:coordination",
        time=_ago(minutes_ago),
        region="rijnmond",
        causationid="x.1",
        agreements="2026.1",
        data=data,
    )


def test_before_anything_was_said_all_is_unknown_and_nothing_is_zero(rijnmond: Agreements) -> None:
    text = _text(rijnmond)

    assert "nog geen gegevens" in text
    assert _line(text, "seh ") == "seh onbekend 0/3 - ggz-iht onbekend 0/1 -"
    assert _line(text, "schiedam        HAP") == "schiedam HAP ? ? ? ? ? ? ? ? ? onbekend"
    assert _line(text, "Openstaande aanvragen").startswith("Openstaande aanvragen onbekend")


@pytest.mark.parametrize(
    ("more", "shown"),
    [
        pytest.param({}, "seh 4 3/3 12 min", id="known"),
        pytest.param({"units_known": 2}, "seh 4 2/3 12 min", id="one-unit-unknown"),
        pytest.param({"free": 0}, "seh 0 3/3 12 min", id="full"),
        pytest.param(
            {"units_known": 0, "free": 0, "oldest_observed_at": None}, "seh onbekend 0/3 -", id="none-known-is-not-zero"
        ),
        pytest.param({"units_stop": 1}, "seh 4 3/3 1 stop 12 min", id="stop"),
        pytest.param({"units_stop": 1, "units_closed": 1, "units_warning": 1}, "seh 4 3/3 1 stop +2 12 min", id="more"),
        pytest.param({"units_warning": 2}, "seh 4 3/3 2 waarsch 12 min", id="warning"),
        pytest.param({"oldest_observed_at": _ago(187)}, "seh 4 3/3 3u07", id="old"),
    ],
)
def test_a_care_type_shows_free_places_known_units_trouble_and_age(
    rijnmond: Agreements, more: dict[str, Any], shown: str
) -> None:
    assert _line(_text(rijnmond, _care_type(**more)), "seh ").startswith(f"{shown} ggz-iht")


def test_a_queue_shows_its_classes_the_longest_wait_the_next_norm_and_who_is_late(rijnmond: Agreements) -> None:
    text = _text(rijnmond, _site(_queue(CareType.HAP, (0, 2, 3, 0, 1, 4), breaches=1)))

    assert "U0 U1     U2     U3     U4     U5 zonder" in text
    assert re.search(r"Plein +rood oranje +geel +groen +blauw triage", text)
    assert _line(text, "schiedam        HAP") == "schiedam HAP · 2 3 · 1 4 40 min 20 min 4"


def test_the_next_norm_is_one_that_can_still_be_met(rijnmond: Agreements) -> None:
    past = _queue(CareType.HAP, (0, 1, 0, 0, 0, 0), next_due_at=_ago(3), breaches=1)

    assert _line(_text(rijnmond, _site(past)), "schiedam        HAP") == "schiedam HAP · 1 · · · · 40 min - 1"


def test_who_needs_help_now_counts_in_the_first_class(rijnmond: Agreements) -> None:
    queue = _queue(CareType.HAP, (0, 0, 0, 0, 0, 0)).model_copy(update={"immediate": ("c-x1-1", "c-x1-2")})

    assert _line(_text(rijnmond, _site(queue)), "schiedam        HAP") == "schiedam HAP 2 · · · · · - - ·"


def test_ambulances_are_shown_at_the_seh_who_is_there_first(rijnmond: Agreements) -> None:
    coming = Underway(ride="rit-1", urgency=urgency(UrgencySystem.AMBULANCE, "A1"), eta=NOW + timedelta(minutes=6))
    here = Underway(ride="rit-2", urgency=urgency(UrgencySystem.AMBULANCE, "A2"), eta=_ago(3), arrived_at=_ago(2))
    late = Underway(ride="rit-3", urgency=urgency(UrgencySystem.AMBULANCE, "A0"), eta=_ago(1))
    queue = _queue(CareType.SEH, (0, 0, 0, 0, 0, 0))

    text = _text(rijnmond, _site(queue, underway=(here, late, coming)), width=140)

    assert "A2 is er, A0 verwacht, A1 6 min" in text


@pytest.mark.parametrize(
    ("more", "shown"),
    [
        pytest.param({}, "U3 niets past nu - opnieuw 9 min 1u35 zcc-rijnmond", id="waiting"),
        pytest.param(
            {"state": RequestState.OFFERED, "unit": "elv-hoog-frankeland"},
            "U3 aangeboden elv-hoog-frankeland antwoord 9 min 1u35 zcc-rijnmond",
            id="offered",
        ),
        pytest.param(
            {"state": RequestState.ACCEPTED, "unit": "elv-hoog-frankeland", "next_deadline": _ago(4)},
            "U3 toegezegd elv-hoog-frankeland opname 4 min over 1u35 zcc-rijnmond",
            id="overdue",
        ),
    ],
)
def test_an_open_request_shows_state_unit_timer_and_owner(
    rijnmond: Agreements, more: dict[str, Any], shown: str
) -> None:
    text = _text(rijnmond, _requests(_request(**more)), width=120)

    assert _line(text, "r-x1-1") == f"r-x1-1 elv-hoog {shown}"


def test_on_a_low_terminal_the_rest_of_the_requests_is_counted(rijnmond: Agreements) -> None:
    text = _text(rijnmond, _requests(*(_request(number) for number in range(30))), height=40)

    shown = len(re.findall(r"(?m)^r-x1-", text))
    assert 3 <= shown < 30
    assert f"… en nog {30 - shown}" in text


@pytest.mark.parametrize(("width", "height"), [(100, 40), (100, 34), (120, 50), (200, 60), (96, 45)])
def test_a_full_board_fits_its_terminal_to_the_line(rijnmond: Agreements, width: int, height: int) -> None:
    said = [
        *(_care_type(care_type) for care_type in CareType),
        _requests(*(_request(number) for number in range(40))),
        *(_decision(_EXAMPLES[decisions.PlacementOffered], number=number) for number in range(60)),
    ]

    text = _text(rijnmond, *said, width=width, height=height, foot=["Kafka", "PostgreSQL"], notes=["intake is gestopt"])

    lines = text.rstrip("\n").splitlines()
    assert height - 3 <= len(lines) <= height
    assert max(len(line) for line in lines) <= width
    for words_of_section in ("Beschikbaarheid", "Wachtrij", "Openstaande aanvragen", "Besluiten", "intake is gestopt"):
        assert words_of_section in text


def test_on_a_small_terminal_free_places_and_queues_are_still_there(rijnmond: Agreements) -> None:
    said = [_care_type(), _site(_queue(CareType.HAP, (0, 2, 3, 0, 1, 4)))]

    text = _text(rijnmond, *said, width=80, height=24, foot=["Kafka"])

    assert "seh 4   kliniek onbekend" in text
    assert _line(text, "schiedam        HAP").startswith("schiedam HAP 10 40 min 20 min")
    assert "Kafka" not in text


def test_a_board_that_hears_nothing_says_so(rijnmond: Agreements) -> None:
    assert "geen nieuws" not in _text(rijnmond, _care_type(as_of=_ago(10)))
    assert "al 40 min geen nieuws: verouderd" in _text(rijnmond, _care_type(as_of=_ago(40)))


def test_time_is_local_and_a_simulation_says_that_it_is_one(rijnmond: Agreements) -> None:
    text = _text(rijnmond, speed=60.0)

    assert "zaterdag 10 januari 2026, 20:00  gesimuleerd, 60x zo snel" in text
    assert "gesimuleerd" not in _text(rijnmond)


def test_refused_messages_are_counted(rijnmond: Agreements) -> None:
    fault = Fault(path="data.free", code=RefusalCode.SCHEMA, message="a number", mend="send a number")
    letter = DeadLetter(topic="t", partition=0, offset=1, received_at=NOW, faults=(fault,), digest="0", payload="{}")

    assert "2 berichten geweigerd" in _text(rijnmond, letter, letter)


def test_decisions_come_newest_first_without_the_ordinary_ones(rijnmond: Agreements) -> None:
    kinds: list[type[Frozen]] = [decisions.PlacementAccepted, decisions.PatientTaken, decisions.PlacementAdmitted]
    said = [_decision(_EXAMPLES[kind], minutes_ago=9 - number) for number, kind in enumerate(kinds)]

    told = _text(rijnmond, *said).split("Besluiten")[1].splitlines()[1:]

    assert [line.strip() for line in told if line.strip()] == [
        "19:53 r-1: opgenomen in elv-hoog-frankeland, 1u30 na de aanvraag",
        "19:51 r-1: elv-hoog-frankeland zegt toe, opname voor 20:30",
    ]


_SOON = NOW + timedelta(minutes=30)
_UNIT = "elv-hoog-frankeland"
_QUEUED: dict[str, Any] = {"case": "c-1", "site": "schiedam", "service": CareType.HAP}
_ASKED: dict[str, Any] = {"request": "r-1", "unit": _UNIT}
_OFFER = {**_ASKED, "offer": "rijnmond.1.0"}
_NOT = (
    decisions.Exclusion(unit="a", code=decisions.ExclusionCode.FULL),
    decisions.Exclusion(unit="b", code=decisions.ExclusionCode.STALE),
    decisions.Exclusion(unit="c", code=decisions.ExclusionCode.FULL),
)
_A2 = urgency(UrgencySystem.AMBULANCE, "A2")
_GO = decisions.DestinationOption(
    site="schiedam", unit="seh", status=UnitStatus.WARNING, cautions=(decisions.DestinationCode.WARNING,), eta=_SOON
)
_FOUR = ("a", "b", "c", "d")
_CONSULT: dict[str, Any] = {"consult": "m-1", "owner": "dienst"}
_TOLD: list[tuple[Frozen, str]] = [
    (
        decisions.AgreementsInForce(version="2026.2", sha256="0" * 64, previous="2026.1"),
        "Afspraken 2026.2 gelden, in plaats van 2026.1",
    ),
    (
        ContactRouted(
            case="c-1",
            entrance=Entrance.HAP,
            site="schiedam",
            destination=Destination.OWN_GP_NEXT_DAY,
            basis=RouteBasis.ROUTE,
            route="u5-eigen-huisarts",
            from_at=datetime(2026, 4, 28, 6, tzinfo=UTC),
            hours=HourKind.ANW,
            holiday="Koningsdag",
            judged_at=NOW,
            age_seconds=3,
        ),
        (
            "c-1 naar de eigen huisarts, volgende werkdag (dinsdag 28 april 2026, 08:00) "
            "(volgens afspraak u5-eigen-huisarts, Koningsdag)"
        ),
    ),
    (
        decisions.ReassessmentDue(
            **_QUEUED, rank=2, urgency=urgency(NTS, "U3"), assessed_at=NOW, due_at=_SOON, missed=1
        ),
        "c-1 bij HAP schiedam (U3) opnieuw beoordelen: laatst om 20:00",
    ),
    (
        decisions.PatientQueued(**_QUEUED, rank=2, position=3, ahead=(0,), urgency=urgency(NTS, "U3"), due_at=_SOON),
        "c-1 wacht bij HAP schiedam als U3, plek 3, norm 20:30",
    ),
    (
        decisions.PatientImmediate(**{**_QUEUED, "service": CareType.SEH}, urgency=urgency(UrgencySystem.MTS, "red")),
        "c-1 bij SEH schiedam is rood: nu, buiten elke volgorde",
    ),
    (
        decisions.NormBreached(**_QUEUED, due_at=NOW, waited_seconds=600),
        "c-1 bij HAP schiedam wacht 10 min: norm voor triage verstreek om 20:00",
    ),
    (
        decisions.PatientTaken(**_QUEUED, waited_seconds=4000, within_norm=False),
        "c-1 bij HAP schiedam is aan de beurt na 1u06, na de norm",
    ),
    (
        decisions.PatientGone(**_QUEUED, waited_seconds=60, outcome="left-unseen"),
        "c-1 wacht niet meer bij HAP schiedam na 1 min (weggegaan)",
    ),
    (
        decisions.FigureStale(unit=_UNIT, care_type=CareType.ELV_HOOG, observed_at=NOW, validity_minutes=540),
        f"Cijfer van {_UNIT} is van 20:00 en verouderd (geldig 9u00): onbekend",
    ),
    (
        decisions.FigureConflict(unit=_UNIT, care_type=CareType.ELV_HOOG, free=0, promised=2),
        f"{_UNIT} meldt 0 vrij en heeft er 2 toegezegd: niet meer aanbieden",
    ),
    (
        decisions.UnitStatusChanged(
            unit=_UNIT,
            care_type=CareType.ELV_HOOG,
            previous=UnitStatus.STOP,
            status=UnitStatus.OPEN,
            lapsed=True,
        ),
        f"{_UNIT} gaat van stop naar open, want niemand verlengde",
    ),
    (
        decisions.PlacementOffered(
            **_OFFER,
            care_type=CareType.ELV_HOOG,
            attempt=1,
            answer_by=_SOON,
            owner="zcc-rijnmond",
            score=(),
            basis=decisions.Basis(unit=_UNIT, observed_at=NOW, age_seconds=720, free=3, held=0),
            excluded=_NOT,
        ),
        f"r-1 aangeboden aan {_UNIT} tot 20:30 (3 vrij, cijfer 12 min oud; niet: 2 vol, 1 cijfer verouderd)",
    ),
    (
        decisions.OfferEnded(**_OFFER, end=decisions.OfferEnd.DECLINED, reason=DeclineReason.STAFF),
        f"r-1: {_UNIT} wijst af (personeel)",
    ),
    (
        decisions.PlacementAccepted(**_OFFER, owner="zcc-rijnmond", admit_by=_SOON),
        f"r-1: {_UNIT} zegt toe, opname voor 20:30",
    ),
    (
        decisions.PromiseReleased(**_OFFER, end=decisions.OfferEnd.WITHDRAWN_OVERRIDDEN),
        f"r-1: {_UNIT} hoeft niet meer: professional koos anders, de plek is weer vrij",
    ),
    (
        decisions.PlacementExhausted(request="r-1", owner="zcc-rijnmond", excluded=_NOT, review_at=_SOON, rounds=1),
        "r-1: niets past nu (2 vol, 1 cijfer verouderd); opnieuw om 20:30",
    ),
    (
        decisions.PlacementAdmitted(**_ASKED, to_place_seconds=5400),
        f"r-1: opgenomen in {_UNIT}, 1u30 na de aanvraag",
    ),
    (
        decisions.PlacementReopened(**_ASKED, owner="zcc-rijnmond", reason=DeclineReason.FULL),
        f"r-1: {_UNIT} neemt toch niet op (vol), opnieuw zoeken",
    ),
    (
        decisions.AdmissionOverdue(**_ASKED, owner="zcc-rijnmond", overdue_since=NOW, review_at=_SOON),
        f"r-1: sinds 20:00 verwacht in {_UNIT} en niet gemeld, zcc-rijnmond moet kijken",
    ),
    (
        decisions.PlacementCancelled(request="r-1", reason=CancelReason.FOUND_ELSEWHERE),
        "r-1: ingetrokken (elders gevonden)",
    ),
    (
        VisitRecorded(
            **_ASKED,
            outcome=VisitOutcome.DOCTOR_CONSULTED,
            care_path="wond",
            ended_at=NOW,
            lasted_seconds=2460,
            corrects=VisitOutcome.INDEPENDENT,
        ),
        f"r-1: bezoek van {_UNIT} klaar na 41 min, dokter dacht mee, zorgpad wond (eerst gemeld: zonder dokter)",
    ),
    (
        decisions.LabelRecorded(**_ASKED, label=CareType.RESPIJT, decided_at=NOW),
        f"r-1: verblijf in {_UNIT} is respijt",
    ),
    (
        decisions.OwnershipChanged(request="r-1", previous="seh-schiedam", owner="zcc-rijnmond"),
        "r-1: regie van seh-schiedam naar zcc-rijnmond",
    ),
    (
        decisions.OverrideRecorded(**_ASKED, role="coordinator", ground=OverrideGround.BY_TELEPHONE, against=_NOT[:1]),
        f"r-1: professional kiest {_UNIT} (telefonisch geregeld, ondanks: 1 vol)",
    ),
    (
        decisions.CommandRefused(
            command="OfferAccepted", subject="r-1", refusal=decisions.Refusal.OFFER_LAPSED, detail=None
        ),
        "r-1: toezegging verandert niets (aanbod was al voorbij)",
    ),
    (
        decisions.DestinationsShown(
            ride="rit-1",
            urgency=_A2,
            life_threatening=False,
            options=(_GO,),
            passed=(decisions.DestinationPassed(site="venlo", code=decisions.DestinationCode.STOP),),
        ),
        "rit-1 (A2) kan naar schiedam (20:30, waarschuwing); niet venlo: stop",
    ),
    (
        decisions.DivertProposed(
            ride="rit-1", site="venlo", code=decisions.DestinationCode.STOP, urgency=_A2, options=(_GO,), until=_SOON
        ),
        "Voorstel: rit-1 (A2) naar schiedam, want venlo: stop tot 20:30",
    ),
    (
        decisions.RideRedirected(ride="rit-1", previous="venlo", site="schiedam", urgency=_A2),
        "rit-1 (A2) rijdt naar schiedam, niet meer naar venlo",
    ),
    (
        decisions.OffloadOverdue(ride="rit-1", site="venlo", arrived_at=NOW, norm_minutes=15),
        "rit-1 staat sinds 20:00 bij venlo, overdracht duurt langer dan 15 min",
    ),
    (
        decisions.OffloadEnded(ride="rit-1", site="venlo", offload_seconds=1320, within_norm=False),
        "rit-1 bij venlo: overgedragen na 22 min, na de norm",
    ),
    (
        decisions.RideLapsed(ride="rit-1", phase=RidePhase.ANNOUNCED, heard_at=NOW, site="venlo"),
        "rit-1 bij venlo (onderweg): niets gehoord sinds 20:00, vervalt",
    ),
    (
        decisions.RoundOpened(round="avond", care_types=(CareType.GRZ,), units=_FOUR, answered=0, answer_by=_SOON),
        "Meldronde avond: 4 plekken (grz) melden voor 20:30",
    ),
    (
        decisions.RoundReminded(round="avond", outstanding=_FOUR, answer_by=_SOON),
        "Meldronde avond: nog niets van a, b, c en nog 1, kan tot 20:30",
    ),
    (
        decisions.RoundCompleted(round="avond", asked=4, took_seconds=720),
        "Meldronde avond: compleet, 4 plekken in 12 min",
    ),
    (
        decisions.RoundClosed(round="avond", asked=8, answered=6, percent=75, outstanding=_FOUR[:2]),
        "Meldronde avond: 6 van 8 (75%), niets van a, b",
    ),
    (
        decisions.ConsultOpened(**_CONSULT, case="c-1", specialty="geriatrie", answer_by=_SOON),
        "Meedenkadvies m-1 (geriatrie) gevraagd aan dienst, antwoord voor 20:30",
    ),
    (
        decisions.ConsultReminded(**_CONSULT, answer_by=_SOON),
        "Meedenkadvies m-1: dienst herinnerd, antwoord voor 20:30",
    ),
    (
        decisions.ConsultEscalated(**_CONSULT, previous="nacht", step=1, answer_by=_SOON),
        "Meedenkadvies m-1: geen antwoord van nacht, naar dienst, voor 20:30",
    ),
    (
        decisions.ConsultPostponed(**_CONSULT, answer_by=_SOON),
        "Meedenkadvies m-1: dienst belt terug, voor 20:30",
    ),
    (
        decisions.ConsultClosed(consult="m-1", outcome=ConsultOutcome.REFER, waited_seconds=600, within_term=False),
        "Meedenkadvies m-1: advies: verwijzen na 10 min, na de termijn",
    ),
    (
        request_decisions.FirstTryBegun(request="r-1", owner="huisarts-oost", until=_SOON, then="zcc-rijnmond"),
        "r-1: huisarts-oost zoekt eerst zelf, tot 20:30; daarna zcc-rijnmond",
    ),
    (
        request_decisions.FirstTryEnded(request="r-1", end=request_decisions.TryEnd.EXPIRED, owner="zcc-rijnmond"),
        "r-1: eigen poging voorbij (tijd voorbij), regie bij zcc-rijnmond",
    ),
    (
        request_decisions.NeededByNear(request="r-1", owner="zcc-rijnmond", needed_by=_SOON),
        "r-1: nodig voor 20:30 en nog geen plek, zcc-rijnmond moet kijken",
    ),
    (
        request_decisions.NeededByMissed(request="r-1", owner="zcc-rijnmond", needed_by=_SOON),
        "r-1: was nodig voor 20:30 en heeft geen plek; zoeken gaat door",
    ),
    (
        request_decisions.LabelDue(
            request="r-1", unit="bed", owner="zcc-rijnmond", admitted_at=NOW, reminders=1, review_at=_SOON
        ),
        "r-1: verblijf in bed heeft nog geen label, zcc-rijnmond moet kijken (opnieuw 20:30)",
    ),
    (
        request_decisions.FlowOnLinked(request="r-2", follows="r-1", unit="bed", label=CareType.ELV_HOOG),
        "r-2: vervolg op verblijf r-1 in bed (elv-hoog)",
    ),
]
_OF_ROOMS: dict[type[Frozen], str] = {
    rooms.RoomProposed: (
        "kamer-3 voorgesteld voor c-51d20b77 (geel, SEH schiedam), tot 23:34 (vrij sinds "
        "22:41; niet: 1 bezet, 1 niet schoon, 1 acuut vrijgehouden)"
    ),
    rooms.RoomLacking: (
        "Geen kamer voor c-90b2d41f (geel, SEH schiedam): 1 bezet, 1 voor een ander voorgesteld, 1 acuut vrijgehouden"
    ),
    rooms.RoomProposalEnded: "kamer-3 in schiedam voor c-51d20b77: ligt in een andere kamer",
    rooms.RoomLent: "kamer-9 in schiedam is van SEH geleend aan HAP, volgens afspraak",
    rooms.RoomConflict: "kamer-9 in schiedam zou 2 patiënten hebben: c-a81c04de, c-3d9907be",
    rooms.CleaningOverdue: "kamer-7 in schiedam is leeg sinds 11-1 02:01 en om 11-1 02:16 niet schoon gemeld",
    crowding.LevelChanged: "schiedam gaat van geel naar oranje (bezetting 135%, wacht op een bed 22%, 1 onbekend)",
    crowding.ProposalMade: (
        "Voorstel voor schiedam: dreigende stop melden (bezetting 135%, wacht op een bed 22%, "
        "1 onbekend); wacht tot 11-1 00:00 op coördinator, verpleegkundige, specialist"
    ),
    crowding.ProposalAnswered: (
        "Verpleegkundige van ziekenhuis-schiedam neemt op zich: dreigende stop melden in schiedam"
    ),
    crowding.ProposalLapsed: "Voorstel vervallen: ambulances omleiden in schiedam (geen antwoord)",
    crowding.ProposalOver: "Niet meer nodig: dreigende stop melden in schiedam",
    crowding.StopEnding: (
        "Stop of waarschuwing van ggz-hic-singel loopt af om 11-1 07:30 (personeel): verlengen of laten vervallen"
    ),
}
_OF_TRANSFERS: dict[type[Frozen], str] = {
    transfer.TransferAsked: (
        "r-20260110-0035: gevraagd aan buurregio haaglanden (rijnmond.1028.1), antwoord voor 11-1 00:43"
    ),
    transfer.TransferWithdrawn: "r-20260110-0038: drechtsteden hoeft niet meer (geen antwoord)",
    transfer.TransferConfirmed: (
        "r-20260110-0035: naar ggz-hic-duinrand in haaglanden, opname voor 11-1 04:29; regie blijft bij zcc-rijnmond"
    ),
    transfer.TransferAnswered: "haaglanden.409.0: antwoord aan haaglanden: geen plek (niets past nu)",
    transfer.GuestExpected: (
        "haaglanden.418.0: patiënt uit haaglanden komt naar ggz-hic-singel, regie bij zcc-haaglanden"
    ),
    transfer.BridgingSought: (
        "r-20260110-0038: overbrugging gezocht (wijkverpleging, ongelabeld); aanvraag blijft open, "
        "opnieuw om 11-1 01:23"
    ),
    transfer.BridgingStarted: (
        "r-20260110-0038: overbrugging in ongelabeld-schiedam; aanvraag blijft open bij zcc-rijnmond"
    ),
    transfer.BridgingEnded: "r-20260110-0038: overbrugging in ongelabeld-schiedam voorbij (er is een plek)",
}
_TOLD += [(DECISION_EXAMPLES[kind].data, sentence) for kind, sentence in (_OF_ROOMS | _OF_TRANSFERS).items()]
_EXAMPLES = {type(data): data for data, _ in _TOLD}


@pytest.mark.parametrize(("data", "sentence"), [pytest.param(*row, id=type(row[0]).__name__) for row in _TOLD])
def test_a_decision_is_told_in_dutch_with_its_reason(rijnmond: Agreements, data: Frozen, sentence: str) -> None:
    zone = Frame(rijnmond, now_ms=millis(NOW)).zone

    assert words.tell(_decision(data), zone) == sentence


def test_every_kind_of_decision_and_every_code_has_its_words() -> None:
    assert set(_EXAMPLES) == {kind.data for kind in DECISIONS}
    for table in (
        *(words.STATUS, words.STOP_REASON, words.DECLINE, words.CANCEL, words.GROUND, words.OFFER_END),
        *(words.EXCLUDED, words.REFUSAL, words.REQUEST_STATE, words.CONSULT, words.DESTINATION, words.RIDE),
        *(words.GOES_TO, words.ROUTE_BASIS, words.PASSED, words.HOURS),
        *(room_words.ROOM_EXCLUDED, room_words.ROOM_USE, room_words.ROOM_END, room_words.LEVEL),
        *(room_words.MEASURE, room_words.PROPOSAL, room_words.LAPSE, room_words.GROUND_OF_REJECTION, room_words.ROLE),
    ):
        codes = list[StrEnum](table)
        assert codes == list(type(codes[0]))
    assert set(words.ENDED) == {*ContactOutcome, *Departure, "moved-on"}
    said = {kind.data.__name__ for kind in EVENTS if kind.topic is Topic.PLACEMENT}
    assert set(request_words.COMMAND) == {*said, "agreements.adopted"}


def _before(rank: int, count: int, minutes: int, code: str | None) -> decisions.Before:
    return decisions.Before(rank=rank, count=count, oldest_since=NOW - timedelta(minutes=minutes), code=code)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        pytest.param([], "eerste: niemand voor u", id="nobody"),
        pytest.param([_before(1, 2, 41, "U2")], "derde: twee U2 voor u, oudste 41 min", id="two of one class"),
        pytest.param(
            [_before(1, 1, 12, "orange"), _before(2, 3, 75, "yellow")],
            "vijfde: één oranje en drie geel voor u, oudste 1u15",
            id="two classes",
        ),
        pytest.param(
            [_before(1, 13, 5, None), _before(2, 1, 4, "U3"), _before(5, 1, 9, None)],
            "16e: 13 van klasse 1, één U3 en één zonder triage voor u, oudste 9 min",
            id="a class of several scales, and somebody before triage",
        ),
    ],
)
def test_a_place_in_the_queue_is_explained_in_a_sentence(before: list[decisions.Before], said: str) -> None:
    assert words.position(before, now=NOW) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 min"), (59, "0 min"), (3599, "59 min"), (3600, "1u00"), (86_399, "23u59"), (200_000, "2 d")],
)
def test_a_length_of_time_is_short(seconds: float, said: str) -> None:
    assert words.span(seconds) == said


@pytest.mark.parametrize(
    ("ended", "free", "line"),
    [
        pytest.param(None, None, "onbekend bezoeken kunnen dit uur beginnen; nog geen bezoek klaar (afgesproken: 85%",
                     id="nothing known"),
        pytest.param((20, 17, 0), 3, "3 bezoeken kunnen dit uur beginnen; in 28 dagen 17 van 20 zonder arts klaar: 85% "
                     "(afgesproken 85%)", id="as agreed"),
        pytest.param((8, 4, 1), 0, "0 bezoeken kunnen dit uur beginnen; in 28 dagen 4 van 8 zonder arts klaar: 50% "
                     "(afgesproken 85%), 1 niemand gezien", id="less than agreed, and a door that stayed shut"),
    ],
)  # fmt: skip
def test_acute_home_care_is_drawn_where_a_region_has_it(
    rijnmond: Agreements, ended: tuple[int, int, int] | None, free: int | None, line: str
) -> None:
    rotterdam = rijnmond.model_copy(update={"home_care": HomeCareRule(independent_percent=85)})
    said: list[Frozen] = []
    if ended is not None:
        helped, independent, not_seen = ended
        counted = HomeCareVisits(
            since=_ago(0), helped=helped, independent=independent, percent=100 * independent // helped,
            agreed_percent=85, not_seen=not_seen,
        )  # fmt: skip
        said.append(_requests().model_copy(update={"home_care": counted}))
    if free is not None:
        said.append(_care_type(CareType.WIJKVERPLEGING, free=free))

    assert line in _line(_text(rotterdam, *said, width=160), " Acute thuiszorg")
    assert "Acute thuiszorg" not in _text(rijnmond, *said)


def test_open_rounds_and_consults_have_a_line_each_while_they_are_open(rijnmond: Agreements) -> None:
    asked = RoundView(
        round="avond", since=_ago(5), answer_by=_SOON, closed=False, asked=4, answered=3, outstanding=("respijt-nolet",)
    )
    waiting = OpenConsult(
        consult="m-1", case="c-1", specialty="geriatrie", owner="dienst", since=_ago(5), next_deadline=_SOON
    )
    of: dict[str, Any] = {"region": "rijnmond", "as_of": NOW, "version": 1}
    text = _text(
        rijnmond,
        RoundsBoard(rounds=(asked,), open_total=1, **of),
        ConsultsBoard(consults=(waiting,), open_total=1, **of),
    )
    done = _text(
        rijnmond,
        RoundsBoard(rounds=(asked.model_copy(update={"closed": True}),), open_total=0, **of),
        ConsultsBoard(consults=(), open_total=0, **of),
    )

    assert "Meldronde avond: 3 van 4, nog 30 min, niets van respijt-nolet" in text
    assert "Meedenkadvies 1 open; eerst m-1 (geriatrie) bij dienst, 30 min" in text
    assert "Meldronde" not in done
    assert "Meedenkadvies" not in done
