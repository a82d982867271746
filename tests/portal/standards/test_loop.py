"""The loop between who asks for a place and who gives it: told as ServiceRequest and Task, and answered by a Task."""

from datetime import timedelta
from typing import Any

import pytest

from spoedplein.domain.region import Region
from spoedplein.domain.request import Request
from spoedplein.portal.standards.fhir.answers import MOVES, Answer, AnswerError, Move, said_by
from spoedplein.portal.standards.fhir.course import Offered, course, last_told, offers_of
from spoedplein.portal.standards.fhir.elements import Resource
from spoedplein.portal.standards.fhir.loop import service_request, task
from spoedplein.portal.standards.fhir.terms import DECLINE_REASON, TASK_STATUS, OfferPhase
from spoedplein.testing.builders import (
    EVENING,
    Script,
    accepted,
    actor,
    admitted,
    agreements,
    cancelled,
    capacity,
    declined,
    late_rejected,
    overridden,
    request,
    unit,
)
from spoedplein_schemas import Decision
from spoedplein_schemas.placement import DeclineReason, LateRejected, OfferAccepted, OfferDeclined, PatientAdmitted
from spoedplein_schemas.vocabulary import CareType, Frozen, Role
from tests.portal.standards.looks import faults, walk

FRANKELAND = unit("frankeland", CareType.ELV_HOOG, organisation="frankeland")
HARG = unit("harg", CareType.ELV_HOOG, organisation="harg")
AGREED = agreements(FRANKELAND, HARG)
ANSWER = Answer(actor(Role.PROVIDER, "frankeland"), EVENING)


class Told:
    """A region, what is said to it, and what is decided. Frankeland reported last: it is asked first."""

    def __init__(self) -> None:
        self.script, self.region = Script(), Region.empty("rijnmond")
        self.decisions: list[Decision] = []
        self._heard = 0
        self.script.adopts(AGREED)
        self.script.says(capacity("harg", 2, self.script.now))
        self.script.passes(minutes=30)
        self.script.says(capacity("frankeland", 2, self.script.now))
        self.hears(request("r-1", (CareType.ELV_HOOG,), self.script.now))

    def hears(self, data: Frozen | None = None, **passed: int) -> None:
        if passed:
            self.script.ticks(**passed)
        if data is not None:
            self.script.says(data)
        for record in self.script.records[self._heard :]:
            self.decisions += self.region.step(record)
        self._heard = len(self.script.records)

    @property
    def request(self) -> Request:
        return self.region.parts.requests.book.requests["r-1"]

    @property
    def offers(self) -> list[Offered]:
        return list(offers_of(self.request, course(self.decisions)))

    @property
    def tasks(self) -> list[Resource]:
        units = {each.id: each for each in AGREED.units}
        return [task("rijnmond", each, units[each.unit], owner=self.request.owner) for each in self.offers]

    def told(self) -> list[tuple[str, str, str, str | None]]:
        """Of each offer: who, status, in our words, and why."""
        return [
            (
                each["owner"]["reference"].rpartition("/")[2],
                each["status"],
                next(walk(each, ["businessStatus", "coding", "code"])),
                next(walk(each, ["statusReason", "coding", "code"]), None),
            )
            for each in self.tasks
        ]


@pytest.fixture
def told() -> Told:
    return Told()


ASKED = ("frankeland", "requested", "offered", None)
SECOND = ("harg", "requested", "offered", None)


def test_an_offer_is_a_task_that_waits_for_an_answer(told: Told) -> None:
    assert told.told() == [ASKED]
    (only,) = told.tasks
    assert only["basedOn"][0]["reference"] == only["focus"]["reference"] == "ServiceRequest/r-1"
    assert only["location"]["reference"] == "Location/frankeland"
    assert only["restriction"]["period"] == {"end": (told.script.now + timedelta(minutes=30)).isoformat()}
    assert faults(only) == []


def test_accepted_then_admitted(told: Told) -> None:
    offer = told.offers[0].offer
    told.hears(accepted("r-1", offer, told.script.now))
    assert told.told() == [("frankeland", "accepted", "accepted", None)]
    told.hears(admitted("r-1", "frankeland", told.script.now))
    assert told.told() == [("frankeland", "completed", "admitted", None)]


def test_declined_with_a_reason_and_the_next_is_asked(told: Told) -> None:
    told.hears(declined("r-1", told.offers[0].offer, told.script.now, DeclineReason.CARE_TOO_COMPLEX))
    assert told.told() == [("frankeland", "rejected", "declined", "care-too-complex"), SECOND]


def test_silence_is_an_offer_that_expired(told: Told) -> None:
    told.hears(minutes=31)
    assert told.told() == [("frankeland", "cancelled", "ended", "expired"), SECOND]


def test_taken_back_after_acceptance(told: Told) -> None:
    told.hears(accepted("r-1", told.offers[0].offer, told.script.now))
    told.hears(late_rejected("r-1", "frankeland", told.script.now, DeclineReason.STAFF), minutes=5)
    assert told.told() == [("frankeland", "failed", "late-rejected", "staff"), SECOND]


def test_nobody_came_in_time(told: Told) -> None:
    told.hears(accepted("r-1", told.offers[0].offer, told.script.now))
    told.hears(hours=5)
    assert told.told() == [("frankeland", "accepted", "admission-overdue", None)]


def test_the_request_is_cancelled(told: Told) -> None:
    told.hears(cancelled("r-1", told.script.now))
    assert told.told() == [("frankeland", "cancelled", "ended", "withdrawn-cancelled")]
    assert service_request("rijnmond", told.request, unit=None)["status"] == "revoked"


def test_a_professional_places_elsewhere(told: Told) -> None:
    """His placement counts as accepted: the provider can say that the patient came, or that he cannot."""
    told.hears(overridden("r-1", "harg", told.script.now))
    assert told.told() == [
        ("frankeland", "cancelled", "ended", "withdrawn-overridden"),
        ("harg", "accepted", "accepted", None),
    ]


def test_an_offer_whose_beginning_is_not_told_any_more_is_known_from_the_request(told: Told) -> None:
    """The portal holds the last decisions only, and folds the log before they are published."""
    (whole,) = told.tasks
    told.decisions.clear()
    assert told.told() == [ASKED]
    (brief,) = told.tasks
    assert brief["meta"]["versionId"] == whole["meta"]["versionId"]
    assert isinstance(said_by(brief | {"status": "accepted"}, whole, told.offers[0], ANSWER), OfferAccepted)
    told.hears(accepted("r-1", told.offers[0].offer, told.script.now))
    assert told.told() == [("frankeland", "accepted", "accepted", None)]
    told.decisions.clear()
    assert told.told() == [("frankeland", "accepted", "accepted", None)]


def test_the_request_goes_from_active_to_completed_and_names_where_he_goes(told: Told) -> None:
    asked = service_request("rijnmond", told.request, unit=None)
    assert (asked["status"], asked["intent"], "performer" in asked) == ("active", "order", False)
    told.hears(accepted("r-1", told.offers[0].offer, told.script.now))
    placed = service_request("rijnmond", told.request, unit=FRANKELAND, told=last_told(told.decisions)["r-1"])
    assert placed["performer"] == [{"reference": "Organization/frankeland", "type": "Organization"}]
    assert placed["meta"]["versionId"] == "4.0"
    told.hears(admitted("r-1", "frankeland", told.script.now))
    assert service_request("rijnmond", told.request, unit=FRANKELAND)["status"] == "completed"


def test_a_request_carries_the_profile_in_codes_and_the_urgency_in_its_own_scale(told: Told) -> None:
    asked = service_request("rijnmond", told.request, unit=None)
    assert [*walk(asked, ["orderDetail", "coding", "code"])] == ["80+", "voluntary", "female", "false"]
    urgency = next(each for each in asked["extension"] if each["url"].endswith("urgency"))
    assert urgency["valueCoding"] == {"system": "urn:spoedplein:urgency:nts", "version": "2024", "code": "U3"}
    assert "priority" not in asked
    assert asked["subject"]["identifier"]["value"] == "r-1"


@pytest.mark.parametrize("phase", OfferPhase)
def test_every_phase_is_a_status(phase: OfferPhase) -> None:
    offer = Offered("rijnmond.4.0", "r-1", "frankeland", phase)
    written = task("rijnmond", offer, FRANKELAND, owner="zcc-rijnmond")
    assert written["status"] == TASK_STATUS[phase]
    assert faults(written) == []


# --- what a provider writes --------------------------------------------------------------------------------------


def reason(code: str) -> dict[str, Any]:
    return {"statusReason": {"coding": [{"system": DECLINE_REASON, "code": code}]}}


def stands(phase: OfferPhase) -> tuple[Offered, Resource]:
    offer = Offered("rijnmond.4.0", "r-1", "frankeland", phase, EVENING, "4.0")
    return offer, task("rijnmond", offer, FRANKELAND, owner="zcc-rijnmond")


@pytest.mark.parametrize(
    ("phase", "written", "said"),
    [
        pytest.param(OfferPhase.OFFERED, {"status": "accepted"}, OfferAccepted, id="yes"),
        pytest.param(OfferPhase.OFFERED, {"status": "rejected", **reason("full")}, OfferDeclined, id="no"),
        pytest.param(OfferPhase.ACCEPTED, {"status": "completed"}, PatientAdmitted, id="he-is-here"),
        pytest.param(OfferPhase.OVERDUE, {"status": "completed"}, PatientAdmitted, id="he-is-here-late"),
        pytest.param(OfferPhase.ACCEPTED, {"status": "failed", **reason("staff")}, LateRejected, id="no-after-all"),
        pytest.param(OfferPhase.OFFERED, {}, None, id="as-it-stands"),
        pytest.param(OfferPhase.ACCEPTED, {"status": "accepted"}, None, id="again"),
    ],
)
def test_what_is_written_is_an_event(phase: OfferPhase, written: dict[str, Any], said: type[Frozen] | None) -> None:
    offer, now = stands(phase)
    data = said_by({**now, **written}, now, offer, ANSWER)
    assert (None if data is None else type(data)) is said
    if isinstance(data, OfferDeclined | LateRejected):
        assert data.reason == written["statusReason"]["coding"][0]["code"]
    if isinstance(data, OfferAccepted | OfferDeclined):
        assert (data.offer, data.by) == (offer.offer, ANSWER.by)


@pytest.mark.parametrize(
    ("phase", "written", "place", "issue"),
    [
        pytest.param(OfferPhase.OFFERED, {"status": "rejected"}, "Task.statusReason", "required", id="no-reason"),
        pytest.param(
            OfferPhase.OFFERED, {"status": "rejected", **reason("no")}, "Task.statusReason", "code-invalid", id="a-code"
        ),
        pytest.param(
            OfferPhase.OFFERED,
            {"status": "rejected", "statusReason": {"text": "vol"}},
            "Task.statusReason",
            "required",
            id="words-are-no-reason",
        ),
        pytest.param(
            OfferPhase.OFFERED,
            {"status": "rejected", "statusReason": "full"},
            "Task.statusReason",
            "required",
            id="no-concept",
        ),
        pytest.param(
            OfferPhase.OFFERED, {"status": "completed"}, "Task.status", "business-rule", id="not-accepted-yet"
        ),
        pytest.param(OfferPhase.OFFERED, {"status": "received"}, "Task.status", "business-rule", id="nothing-of-ours"),
        pytest.param(OfferPhase.DECLINED, {"status": "accepted"}, "Task.status", "business-rule", id="it-is-over"),
        pytest.param(OfferPhase.ADMITTED, {"status": "failed"}, "Task.status", "business-rule", id="he-is-in"),
        pytest.param(
            OfferPhase.OFFERED, {"owner": {"reference": "Organization/harg"}}, "Task.owner", "business-rule", id="owner"
        ),
        pytest.param(
            OfferPhase.OFFERED,
            {"status": "accepted", "note": [{"text": "mevrouw Jansen"}]},
            "Task.note",
            "business-rule",
            id="words-about-somebody",
        ),
        pytest.param(OfferPhase.OFFERED, {"status": None}, "Task.status", "business-rule", id="no-status"),
    ],
)
def test_what_is_no_answer_is_refused_at_its_place(
    phase: OfferPhase, written: dict[str, Any], place: str, issue: str
) -> None:
    offer, now = stands(phase)
    with pytest.raises(AnswerError) as refused:
        said_by({**now, **written}, now, offer, ANSWER)
    assert (refused.value.place, refused.value.issue) == (place, issue)


def test_what_only_tells_of_the_writing_may_differ(told: Told) -> None:
    offer, now = stands(OfferPhase.OFFERED)
    written = {**now, "status": "accepted", "meta": {}, "lastModified": "2026-01-10T19:00:00Z"}
    assert isinstance(said_by(written, now, offer, ANSWER), OfferAccepted)


@pytest.mark.parametrize("move", MOVES, ids=lambda move: f"{move.was[0]}-{move.status}")
def test_a_move_is_taken_by_the_core_as_it_was_meant(told: Told, move: Move) -> None:
    """Written into the Task as it stands, the event leads the offer to the status that was written."""
    if OfferPhase.ACCEPTED in move.was:
        told.hears(accepted("r-1", told.offers[0].offer, told.script.now))
    (now,), (offer,) = told.tasks, told.offers
    told.script.passes(seconds=20)
    data = said_by(
        {**now, "status": move.status, **(reason("staff") if move.with_reason else {})},
        now,
        offer,
        ANSWER._replace(at=told.script.now),
    )
    assert type(data) is move.event
    told.hears(data)
    assert told.tasks[0]["status"] == move.status
