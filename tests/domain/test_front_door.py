"""Where a contact goes by the agreements of a region, per hour, way of coming and urgency, and why nowhere else."""

import itertools
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoedplein.domain.agreements import Rules
from spoedplein.domain.front_door import Contact, FrontDoor, Routed
from spoedplein.testing.audit_front_door import Facts, expected
from spoedplein.testing.builders import SITE, actor, agreements, site, unit, urgency
from spoedplein_schemas import ambulance, hap, seh
from spoedplein_schemas.agreements import Agreements, ServicePoint
from spoedplein_schemas.decisions import PatientGone, PatientImmediate, PatientQueued
from spoedplein_schemas.front_door import ContactRouted, Desk, PassedCode, RouteBasis, SelfReferrals
from spoedplein_schemas.hap import ArrivalMode
from spoedplein_schemas.hours import OpenHours
from spoedplein_schemas.placement import OverrideGround
from spoedplein_schemas.vocabulary import (
    URGENCY_CODES,
    AgeBand,
    CareType,
    Destination,
    Entrance,
    Frozen,
    Role,
    UrgencySystem,
    millis,
)
from tests.domain.story import Story, thorough

ZONE: Final = ZoneInfo("Europe/Amsterdam")
HAP, SEH = CareType.HAP, CareType.SEH
PHONE, SELF, SENT = ArrivalMode.PHONE, ArrivalMode.SELF_REFERRED, ArrivalMode.REFERRED

#: A spoedpost closed by day, whose region agreed what most regions do.
ROUTES: Final = (
    {"id": "u5-volgende-werkdag", "to": "own-gp-next-day", "system": "nts", "codes": ["U5"]},
    {"id": "overdag-eigen-huisarts", "to": "own-gp", "hours": "office", "entrances": ["hap", "seh"],
     "modes": ["self-referred", "phone"], "system": "nts", "codes": ["U3", "U4"]},
    {"id": "medicijnvraag", "to": "duty-pharmacy", "complaints": ["medicatie"], "ranks": [3, 4]},
    {"id": "katheter", "to": "wijkverpleging", "care_path": "katheter", "complaints": ["katheter"],
     "age_bands": ["65-79", "80+"], "hours": "anw"},
    {"id": "zwanger", "to": "obstetric-post", "complaints": ["zwangerschap"]},
    {"id": "ggz-crisis", "to": "ggz-crisis", "system": "ggz", "codes": ["B", "C", "D"]},
    {"id": "zelfverwijzer-naar-hap", "to": "hap", "entrances": ["seh"], "modes": ["self-referred"], "ranks": [2, 3, 4]},
    {"id": "borst-naar-seh", "to": "seh", "entrances": ["hap"], "complaints": ["pijn-borst"], "ranks": [1]},
    {"id": "c1-hap", "to": "hap", "at": SITE, "entrances": ["mka"], "refer_to": ["hap"], "hours": "anw"},
)  # fmt: skip
DOORS: Final = (
    {"to": "duty-pharmacy", "name": "Dienstapotheek", "site": SITE, "hours": "anw",
     "windows": [{"from": "08:00", "until": "23:00"}]},
    {"to": "wijkverpleging", "name": "Acute wijkverpleging"},
    {"to": "ggz-crisis", "name": "GGZ-crisisdienst"},
    {"to": "obstetric-post", "name": "Verloskundige post", "site": SITE},
)  # fmt: skip
PATHS: Final = ({"id": "katheter", "name": "Katheter verwisselen"},)
POINTS: Final = (ServicePoint(care_type=HAP, hours=OpenHours.ANW), ServicePoint(care_type=SEH))


def region(*, desk: Desk = Desk(), **more: Any) -> Agreements:  # noqa: ANN401, B008  pydantic checks
    place = site(SITE, *POINTS).model_copy(update={"desk": desk})
    fields = {"routes": ROUTES, "doors": DOORS, "care_paths": PATHS, "sites": (place, site("zonder-hap", POINTS[1]))}
    return agreements(**(fields | more))


def door(**more: Any) -> FrontDoor:  # noqa: ANN401
    return FrontDoor(Rules(region(**more)))


def ms(text: str) -> int:
    return millis(datetime.fromisoformat(text).replace(tzinfo=ZONE))


def contact(  # noqa: PLR0917  as a row of the tables says it
    when: str, mode: ArrivalMode, code: str | None, complaint: str | None = None, entrance: Entrance = Entrance.HAP
) -> Contact:
    """`ggz B` names the scale, where the code alone does not."""
    system = UrgencySystem.GGZ if code and code.startswith("ggz ") else None
    assigned = None if code is None else urgency(code.split()[-1], system)
    return Contact(entrance, SITE, ms(when), assigned, mode, AgeBand.OLD, complaint)


MONDAY, SATURDAY_NIGHT, KINGS_DAY = "2026-01-12 14:00", "2026-01-10 23:40", "2026-04-27 14:00"


@pytest.mark.parametrize(
    ("when", "entrance", "mode", "code", "complaint", "destination", "reason"),
    [
        # Monday, 14:00: the HAP is closed, practices are open
        (MONDAY, "hap", PHONE, "U5", None, "own-gp-next-day", "u5-volgende-werkdag"),
        (MONDAY, "hap", PHONE, "U4", None, "own-gp", "overdag-eigen-huisarts"),
        (MONDAY, "seh", SELF, "U3", None, "own-gp", "overdag-eigen-huisarts"),
        (MONDAY, "seh", SENT, "U3", None, "seh", "as-registered"),
        (MONDAY, "seh", SELF, "orange", None, "seh", "as-registered"),
        (MONDAY, "seh", SELF, "green", None, "seh", "as-registered"),
        (MONDAY, "seh", SELF, "green", "medicatie", "seh", "as-registered"),
        (MONDAY, "seh", SELF, "ggz C", None, "ggz-crisis", "ggz-crisis"),
        # Saturday night, 23:40: the HAP is open, the pharmacy shut at eleven
        (SATURDAY_NIGHT, "hap", PHONE, "U2", None, "hap", "as-registered"),
        (SATURDAY_NIGHT, "hap", PHONE, "U3", None, "hap", "as-registered"),
        (SATURDAY_NIGHT, "hap", PHONE, "U5", None, "own-gp-next-day", "u5-volgende-werkdag"),
        (SATURDAY_NIGHT, "hap", PHONE, "U4", "medicatie", "hap", "as-registered"),
        (SATURDAY_NIGHT, "hap", PHONE, "U4", "katheter", "wijkverpleging", "katheter"),
        (SATURDAY_NIGHT, "hap", PHONE, "U3", "zwangerschap", "obstetric-post", "zwanger"),
        (SATURDAY_NIGHT, "hap", PHONE, "ggz B", None, "ggz-crisis", "ggz-crisis"),
        (SATURDAY_NIGHT, "hap", SELF, "U2", "pijn-borst", "seh", "borst-naar-seh"),
        (SATURDAY_NIGHT, "seh", SELF, "green", None, "hap", "zelfverwijzer-naar-hap"),
        (SATURDAY_NIGHT, "seh", SELF, "orange", None, "seh", "as-registered"),
        (SATURDAY_NIGHT, "seh", SENT, "green", None, "seh", "as-registered"),
        # King's Day, a Monday, 14:00: a holiday is ANW all day
        (KINGS_DAY, "hap", PHONE, "U4", None, "hap", "as-registered"),
        (KINGS_DAY, "hap", PHONE, "U5", None, "own-gp-next-day", "u5-volgende-werkdag"),
        (KINGS_DAY, "hap", PHONE, "U4", "medicatie", "duty-pharmacy", "medicijnvraag"),
        (KINGS_DAY, "seh", SELF, "yellow", None, "hap", "zelfverwijzer-naar-hap"),
        # Life-threatening: now, whatever the hour and the routes
        (MONDAY, "hap", PHONE, "U1", None, "112", "life-threatening"),
        (MONDAY, "hap", PHONE, "U0", "medicatie", "112", "life-threatening"),
        (SATURDAY_NIGHT, "hap", SELF, "U1", None, "seh", "life-threatening"),
        (SATURDAY_NIGHT, "seh", SELF, "red", "katheter", "seh", "life-threatening"),
        (SATURDAY_NIGHT, "seh", SENT, "ggz A", None, "seh", "life-threatening"),
        (KINGS_DAY, "seh", SELF, "U0", None, "seh", "life-threatening"),
    ],
)  # fmt: skip
def test_a_contact_goes_where_the_region_agreed(  # noqa: PLR0917  a table of cases
    when: str, entrance: str, mode: ArrivalMode, code: str, complaint: str | None, destination: str, reason: str
) -> None:
    found = door().route(contact(when, mode, code, complaint, Entrance(entrance)))

    assert (found.destination.value, found.route or found.basis.value) == (destination, reason)


@pytest.mark.parametrize(
    ("when", "mode", "code", "complaint", "not_to", "why", "opens"),
    [
        (SATURDAY_NIGHT, PHONE, "U4", "medicatie", "duty-pharmacy", "closed-now", "2026-01-11 08:00"),
        (SATURDAY_NIGHT, PHONE, "U4", None, "own-gp", "hours-not-agreed", "2026-01-12 08:00"),
        (SATURDAY_NIGHT, SENT, "U4", None, "own-gp", "mode-not-agreed", None),
        (SATURDAY_NIGHT, PHONE, "U3", "katheter", "ggz-crisis", "urgency-not-agreed", None),
        (SATURDAY_NIGHT, PHONE, "U3", None, "obstetric-post", "complaint-not-agreed", None),
        (SATURDAY_NIGHT, PHONE, "U5", "zwangerschap", "obstetric-post", "earlier-route", None),
    ],
)  # fmt: skip
def test_every_other_destination_has_its_reason(  # noqa: PLR0917  a table of cases
    when: str, mode: ArrivalMode, code: str, complaint: str | None, not_to: str, why: str, opens: str | None
) -> None:
    at_door, somebody = door(), contact(when, mode, code, complaint)
    found = at_door.route(somebody)
    passed = {each.destination.value: each for each in at_door.passed(somebody, found.destination)}

    assert found.destination not in passed
    assert passed[not_to].code.value == why
    opens_at = passed[not_to].opens_at
    assert opens == (opens_at and f"{opens_at.astimezone(ZONE):%Y-%m-%d %H:%M}")


def test_a_site_without_the_service_says_so() -> None:
    somebody = contact(SATURDAY_NIGHT, SELF, "green", entrance=Entrance.SEH)._replace(site="zonder-hap")
    found = door().route(somebody)

    assert (found.destination, found.basis) == (Destination.SEH, RouteBasis.AS_REGISTERED)
    passed = door().passed(somebody, found.destination)
    assert {each.code for each in passed if each.destination is Destination.HAP} == {PassedCode.NO_SERVICE}


def test_the_own_huisarts_next_working_day_is_told_with_its_moment() -> None:
    found = door().route(contact("2026-04-26 12:00", PHONE, "U5"))
    assert found.from_at == ms("2026-04-28 08:00"), "Sunday before King's Day: Tuesday"


@pytest.mark.parametrize(
    ("triages", "when", "mode", "entrance", "waits_at"),
    [
        pytest.param("hap", SATURDAY_NIGHT, SELF, "seh", "hap", id="the HAP triages: he waits there"),
        pytest.param("hap", MONDAY, SELF, "seh", "seh", id="by day it is closed: the SEH does it"),
        pytest.param("hap", SATURDAY_NIGHT, SENT, "seh", "seh", id="who was sent by a GP is no self-referrer"),
        pytest.param("seh", SATURDAY_NIGHT, SELF, "hap", "seh", id="the SEH triages, whoever wrote him down"),
        pytest.param("seh", SATURDAY_NIGHT, PHONE, "hap", "hap", id="who telephones is at no desk"),
        pytest.param("joint", SATURDAY_NIGHT, SELF, "seh", "hap", id="jointly: the one line is that of the HAP"),
        pytest.param("joint", SATURDAY_NIGHT, SELF, "hap", "hap", id="jointly: whoever wrote him down"),
        pytest.param("joint", MONDAY, SELF, "seh", "seh", id="jointly, and by day it is that of the SEH"),
    ],
)
def test_who_triages_those_who_come_by_themselves_is_agreed(  # noqa: PLR0917  a table of cases
    triages: str, when: str, mode: ArrivalMode, entrance: str, waits_at: str
) -> None:
    found = door(desk=Desk(joint=True, self_referrals=SelfReferrals(triages))).route(
        contact(when, mode, None, entrance=Entrance(entrance))
    )
    assert found.destination.value == waits_at
    assert not found.walks


@pytest.mark.parametrize(
    ("triages", "when", "mode", "entrance", "sent_to", "waits_at"),
    [
        pytest.param("hap", SATURDAY_NIGHT, SELF, "seh", "hap", "seh", id="to the HAP: there when they write him down"),
        pytest.param("seh", SATURDAY_NIGHT, SELF, "hap", "seh", "hap", id="to the SEH: there when they write him down"),
        pytest.param("hap", SATURDAY_NIGHT, SELF, "hap", "hap", "hap", id="who came to the right desk"),
        pytest.param("hap", MONDAY, SELF, "seh", "seh", "seh", id="by day the HAP is closed: the SEH does it"),
        pytest.param("joint", SATURDAY_NIGHT, SELF, "seh", "seh", "seh", id="each triages who comes to it"),
        pytest.param(
            "joint", SATURDAY_NIGHT, SELF, "hap", "hap", "hap", id="each triages who comes to it: the HAP too"
        ),
        pytest.param("hap", SATURDAY_NIGHT, SENT, "seh", "seh", "seh", id="who was sent by a GP is no self-referrer"),
    ],
)
def test_of_two_desks_he_waits_where_he_came_in_until_the_other_writes_him_down(  # noqa: PLR0917  a table of cases
    triages: str, when: str, mode: ArrivalMode, entrance: str, sent_to: str, waits_at: str
) -> None:
    desk = Desk(joint=False, self_referrals=SelfReferrals(triages))
    found = door(desk=desk).route(contact(when, mode, None, entrance=Entrance(entrance)))

    assert found.destination.value == sent_to
    assert (entrance if found.walks else found.destination.value) == waits_at


# --- against a second opinion ---------------------------------------------------------------------------------------

CODES: Final = [(system, code) for system in UrgencySystem for code in URGENCY_CODES[system]]
CONTACTS: Final = st.builds(
    Contact,
    entrance=st.sampled_from(Entrance),
    site=st.sampled_from((SITE, "zonder-hap")),
    at=st.integers(ms("2026-01-01 00:00") // 60_000, ms("2027-01-01 00:00") // 60_000).map(lambda each: each * 60_000),
    urgency=st.sampled_from(CODES).map(lambda each: urgency(each[1], each[0])) | st.none(),
    mode=st.sampled_from(ArrivalMode) | st.none(),
    age_band=st.sampled_from(AgeBand) | st.none(),
    complaint=st.sampled_from(("medicatie", "katheter", "zwangerschap", "pijn-borst")) | st.none(),
    refer_to=st.sampled_from((HAP, CareType.WIJKVERPLEGING, CareType.ONGELABELD)) | st.none(),
)


@thorough
@given(CONTACTS, st.sampled_from(SelfReferrals), st.booleans())
def test_the_route_is_that_of_a_separate_simple_evaluation(found: Contact, triages: SelfReferrals, joint: bool) -> None:
    """And the life-threatening go to the SEH or 112, whatever is agreed (I4)."""
    agreed = region(desk=Desk(joint=joint, self_referrals=triages))
    routed: Routed = FrontDoor(Rules(agreed)).route(found)
    at = datetime.fromtimestamp(found.at / 1000, ZONE)
    facts = Facts(
        found.entrance, found.site, at, found.urgency, found.mode, found.age_band, found.complaint, found.refer_to
    )

    assert (routed.destination, routed.site, routed.route) == expected(agreed, facts)
    if found.urgency is not None and Rules(agreed).rank(found.urgency).life_threatening:
        assert routed.destination in (Destination.SEH, Destination.EMERGENCY)


# --- in the queues --------------------------------------------------------------------------------------------------


def story(when: str = SATURDAY_NIGHT, **more: Any) -> Story:  # noqa: ANN401
    return Story(start=at(when), **{name: getattr(region(**more), name) for name in ("sites", "routes", "doors",
                                                                                  "care_paths")})  # fmt: skip


def at(when: str, minutes: int = 0) -> datetime:
    return datetime.fromtimestamp((ms(when) + minutes * 60_000) / 1000, ZONE)


def comes(minute: int, mode: ArrivalMode = SELF, name: str = "v-1", **more: Any) -> seh.PatientArrived:  # noqa: ANN401
    return seh.PatientArrived(visit=name, site=SITE, mode=mode, arrived_at=at(SATURDAY_NIGHT, minute), **more)


def is_triaged(code: str, minute: int, name: str = "v-1") -> seh.PatientTriaged:
    return seh.PatientTriaged(visit=name, site=SITE, urgency=urgency(code), triaged_at=at(SATURDAY_NIGHT, minute))


def is_redirected(minute: int, destination: Destination, name: str = "v-1") -> seh.PatientRedirected:
    return seh.PatientRedirected(
        visit=name,
        site=SITE,
        destination=destination,
        ground=OverrideGround.CLINICAL_JUDGEMENT,
        redirected_at=at(SATURDAY_NIGHT, minute),
        by=actor(Role.NURSE),
    )


def registered(minute: int, name: str = "c-1", mode: ArrivalMode = PHONE, **more: Any) -> hap.ContactRegistered:  # noqa: ANN401
    return hap.ContactRegistered(contact=name, site=SITE, mode=mode, registered_at=at(SATURDAY_NIGHT, minute), **more)


def waiting(told: Story) -> dict[str, list[str]]:
    """Who waits where, as shown."""
    queues = {queue.service.value: queue for queue in told.board(SITE).queues}
    return {name: [*queue.immediate, *(each.case for each in queue.next)] for name, queue in queues.items()}


@pytest.mark.parametrize(
    ("facts", "hap_queue", "seh_queue"),
    [
        pytest.param([comes(0), is_triaged("green", 4)], ["v-1"], [], id="routed from the SEH to the HAP"),
        pytest.param([comes(0), is_triaged("orange", 4)], [], ["v-1"], id="urgent: stays at the SEH"),
        pytest.param([comes(0), is_triaged("green", 4), is_triaged("orange", 9)], [], ["v-1"], id="worse: comes back"),
        pytest.param([comes(0), is_triaged("orange", 4), is_triaged("green", 9)], ["v-1"], [], id="better: goes on"),
        pytest.param([comes(0), is_triaged("green", 4), is_triaged("red", 9)], [], ["v-1"], id="now: the SEH"),
        pytest.param(
            [comes(0), is_triaged("green", 4), is_redirected(6, Destination.SEH)], [], ["v-1"], id="a nurse keeps him"
        ),
        pytest.param(
            [comes(0), is_triaged("green", 4), is_redirected(6, Destination.ADVICE)], [], ["v-1"],
            id="sent home with advice: in the queue of where he came in until he is gone",
        ),
        pytest.param(
            [comes(0), is_triaged("green", 4), registered(10, mode=SELF, visit="v-1")], ["c-1"], [],
            id="written down anew at the HAP: he waits there once",
        ),
        pytest.param(
            [comes(12, contact="c-1"), registered(10, visit="v-1")], [], ["v-1"],
            id="both say that the other was before: the later one waits",
        ),
    ],
)  # fmt: skip
def test_everybody_waits_in_one_queue_whatever_the_order_of_the_facts(
    facts: list[Frozen], hap_queue: list[str], seh_queue: list[str]
) -> None:
    for order in itertools.permutations(facts):
        told = story()
        told.passes(hours=1)
        told.all_say([*order, order[0]])
        assert waiting(told) == {"hap": hap_queue, "seh": seh_queue}


@pytest.mark.parametrize(
    ("joint", "facts", "hap_queue", "seh_queue"),
    [
        pytest.param(True, [comes(0)], ["v-1"], [], id="one desk: the one line, whoever wrote him down"),
        pytest.param(
            True, [comes(0), registered(1, mode=SELF)], ["v-1", "c-1"], [], id="one line for both, by arrival"
        ),
        pytest.param(False, [comes(0)], [], ["v-1"], id="two desks: sent on, and not lost on the way"),
        pytest.param(
            False, [comes(0), registered(2, mode=SELF, visit="v-1")], ["c-1"], [], id="two desks: the other has him"
        ),
        pytest.param(False, [comes(0), is_triaged("orange", 2)], [], ["v-1"], id="two desks: the SEH saw him itself"),
    ],
)
def test_a_line_for_triage_at_one_desk_or_at_two(
    joint: bool, facts: list[Frozen], hap_queue: list[str], seh_queue: list[str]
) -> None:
    for order in itertools.permutations(facts):
        told = story(desk=Desk(joint=joint, self_referrals=SelfReferrals.HAP))
        told.passes(minutes=5)
        told.all_say(order)
        assert waiting(told) == {"hap": hap_queue, "seh": seh_queue}


def test_who_is_sent_to_the_other_desk_is_told_so() -> None:
    told = story(desk=Desk(joint=False, self_referrals=SelfReferrals.HAP))
    decided = told.says(comes(0))

    routed = told.one(decided, ContactRouted)
    assert (routed.destination, routed.basis) == (Destination.HAP, RouteBasis.DESK)
    assert told.one(decided, PatientQueued).service is SEH


def test_a_route_is_told_once_with_its_hours_and_what_was_passed_over() -> None:
    told = story()
    told.says(comes(0))
    told.passes(minutes=5)
    routed, queued = told.says(is_triaged("green", 4))

    assert isinstance(routed, ContactRouted)
    assert (routed.destination, routed.at, routed.route) == (Destination.HAP, SITE, "zelfverwijzer-naar-hap")
    assert (routed.hours.value, routed.age_seconds) == ("anw", 60)
    assert (queued.service, queued.position) == (HAP, 1)
    assert told.says(is_triaged("green", 4)) == []


def test_a_professional_who_deviates_is_recorded_with_role_and_ground() -> None:
    told = story()
    told.all_say([comes(0), is_triaged("green", 4)])
    routed = told.one(told.says(is_redirected(6, Destination.SEH)), ContactRouted)

    assert routed.basis is RouteBasis.REDIRECTED
    assert routed.redirection is not None
    assert (routed.redirection.role, routed.redirection.ground) == ("nurse", OverrideGround.CLINICAL_JUDGEMENT)
    assert (routed.redirection.agreed, routed.redirection.agreed_route) == (Destination.HAP, "zelfverwijzer-naar-hap")


def test_who_becomes_life_threatening_after_that_is_not_held_to_it() -> None:
    told = story()
    told.all_say([comes(0), is_triaged("green", 4), is_redirected(6, Destination.HAP)])

    immediate = told.one(told.says(is_triaged("red", 9)), PatientImmediate)
    assert immediate.service is SEH


def test_who_is_written_down_elsewhere_is_told_to_have_moved_on() -> None:
    told = story()
    told.all_say([comes(0), is_triaged("green", 4)])
    decided = told.says(registered(10, visit="v-1"))

    assert told.one(decided, PatientGone).outcome == "moved-on"
    assert told.one(decided, PatientQueued).case == "c-1"


@pytest.mark.parametrize("again", ["", "a restart", "other agreements"])
def test_who_waits_as_the_later_of_two_registrations_waits_on_when_the_other_is_forgotten(again: str) -> None:
    told = story()
    told.all_say([comes(0, contact="c-1"), registered(5, mode=SELF, visit="v-1"), is_triaged("orange", 6, "v-2")])
    told.ticks(hours=25)
    assert waiting(told) == {"hap": ["c-1"], "seh": ["v-2"]}
    assert len(told.core.state.patients) == 2, "his visit is forgotten"
    if again == "a restart":
        told.restarts()
    elif again:
        told.adopts(region(version="2026.2"))
    decided = told.ticks(minutes=1)

    assert not [data for data in decided if isinstance(data, PatientGone)]
    assert waiting(told) == {"hap": ["c-1"], "seh": ["v-2"]}


# --- calls of the control room --------------------------------------------------------------------------------------


def call(code: str, refer_to: CareType | None = None, minute: int = 0, **more: Any) -> ambulance.CallReferred:  # noqa: ANN401
    return ambulance.CallReferred(
        call="m-1",
        urgency=urgency(code),
        referred_at=at(SATURDAY_NIGHT, minute),
        refer_to=refer_to,
        **more,
    )


@pytest.mark.parametrize(
    ("said", "destination", "reason", "waits"),
    [
        pytest.param(call("C1", HAP), "hap", "c1-hap", ["m-1"], id="C1 to the HAP: waits for its call"),
        pytest.param(call("C1", CareType.WIJKVERPLEGING), "wijkverpleging", "as-referred", [], id="C1 to the nurse"),
        pytest.param(call("C1", CareType.GGZ_BEOORDELING), "ggz-crisis", "as-referred", [], id="C1 to the GGZ"),
        pytest.param(call("C1", HAP, site=SITE), "hap", "c1-hap", ["m-1"], id="C1 to the HAP of a site"),
        pytest.param(call("C2"), "advice", "as-referred", [], id="C2: advice"),
        pytest.param(call("A1", HAP), "112", "life-threatening", [], id="an A1 is no referral: 112, now"),
    ],
)
def test_a_referred_call_comes_in_at_the_front_door(
    said: ambulance.CallReferred, destination: str, reason: str, waits: list[str]
) -> None:
    told = story()
    routed = told.one(told.says(said), ContactRouted)

    assert (routed.destination.value, routed.route or routed.basis.value) == (destination, reason)
    assert waiting(told)["hap"] == waits
    assert told.says(said) == []


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param([call("C1", HAP), registered(3, call="m-1")], id="the HAP names the call"),
        pytest.param([call("C1", HAP), registered(3, name="m-1")], id="the HAP uses its name"),
    ],
)
def test_a_call_that_the_hap_took_up_waits_once(facts: list[Frozen]) -> None:
    for order in itertools.permutations([*facts, facts[0]]):
        told = story()
        told.passes(minutes=10)
        told.all_say(order)
        assert len(waiting(told)["hap"]) == 1


@pytest.mark.parametrize(
    ("registers_at", "waiting_at"),
    [
        pytest.param(SITE, [SITE], id="where it was referred to: the same person"),
        pytest.param("elders", [SITE, "elders"], id="elsewhere: somebody else"),
    ],
)
def test_a_contact_by_the_name_of_a_call_is_the_same_person_only_at_its_site(
    registers_at: str, waiting_at: list[str]
) -> None:
    facts = [call("C1", HAP, site=SITE), registered(3, name="m-1").model_copy(update={"site": registers_at})]
    for order in itertools.permutations(facts):
        told = Story(start=at(SATURDAY_NIGHT, 10), sites=[site(SITE), site("elders")])
        told.all_say(order)
        loads = {name: told.core.parts.queues.load(name, HAP).waiting for name in (SITE, "elders")}

        assert loads == {name: int(name in waiting_at) for name in loads}


def test_a_call_said_again_keeps_its_place_and_is_routed_by_the_newest_word() -> None:
    first, again = call("C1", HAP, site=SITE), call("C1", HAP, 50, site=SITE)
    other = call("C1", HAP, 20, site=SITE).model_copy(update={"call": "m-2"})
    for order in itertools.permutations([first, other, again]):
        told = Story(start=at(SATURDAY_NIGHT, 60))
        told.all_say(order)
        (queue,) = [queue for queue in told.board(SITE).queues if queue.service is HAP]
        assert [each.case for each in queue.next] == ["m-1", "m-2"]
        assert [each.since for each in queue.next] == [first.referred_at, other.referred_at]
        told.says(call("C1", CareType.WIJKVERPLEGING, 55))
        assert waiting(told)["hap"] == ["m-2"]


def test_a_call_said_again_after_the_hap_took_it_up_waits_once() -> None:
    told = story()
    told.all_say([call("C1", HAP, site=SITE), registered(3, call="m-1"), call("C1", HAP, 5, site=SITE)])

    assert len(waiting(told)["hap"]) == 1


def test_a_call_is_forgotten_a_day_after_it_was_referred_elsewhere() -> None:
    told = story()
    told.says(call("C2"))
    told.ticks(hours=25)

    assert told.core.state.patients == {}


# --- agreements -----------------------------------------------------------------------------------------------------


def test_who_waits_stays_where_he_is_when_the_agreements_change() -> None:
    told = story()
    told.all_say([comes(0), is_triaged("green", 4)])
    told.adopts(agreements(sites=region().sites, version="2026.2"))

    assert waiting(told) == {"hap": ["v-1"], "seh": []}


def test_whose_queue_is_not_there_any_more_is_told_of_his_new_one() -> None:
    told = story()
    told.all_say([comes(0), is_triaged("green", 4)])
    only_seh = agreements(sites=[site(SITE, POINTS[1])], version="2026.2")
    queued = told.one(told.adopts(only_seh), PatientQueued)

    assert (queued.site, queued.service) == (SITE, SEH)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"routes": [{"id": "a", "to": "seh", "at": "elders"}]}, '"elders" is not in'),
        ({"routes": [{"id": "a", "to": "wijkverpleging"}]}, "care_path names what"),
        ({"routes": [{"id": "a", "to": "wijkverpleging", "care_path": "wond"}]}, '"wond" is not in'),
        ({"routes": [{"id": "a", "to": "advice", "codes": ["U5"]}]}, "codes need the system"),
        ({"routes": [{"id": "a", "to": "advice", "system": "nts", "codes": ["red"]}]}, "has no code red"),
        ({"routes": [{"id": "a", "to": "advice", "system": "nts", "codes": ["U1"]}]}, "U1 is life-threatening"),
        ({"routes": [{"id": "a", "to": "112"}]}, "112 is no agreement"),
        ({"routes": [{"id": "a", "to": "advice"}, {"id": "a", "to": "hap"}]}, '"a" is listed twice'),
        ({"doors": [{"to": "hap", "name": "HAP"}]}, "needs no door"),
        ({"hours": {"from": "18:00", "until": "08:00"}}, "within one day"),
    ],
)
def test_routes_that_cannot_be_meant_are_refused(more: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        agreements(unit("u", SEH, site=SITE), **more)
