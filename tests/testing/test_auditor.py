"""The auditor passes what is right and catches what is wrong: each row breaks one thing in a story that is well."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein.testing.auditor import audit, same_views
from spoedplein.testing.builders import (
    EVENING,
    OWNER,
    REGION,
    SITE,
    Script,
    accepted,
    admitted,
    adopted,
    agreements,
    called,
    capacity,
    closed,
    decided,
    declined,
    overridden,
    profile,
    registered,
    request,
    retriaged,
    stop,
    triaged,
    unit,
    unit_closed,
    urgency,
)
from spoedplein_schemas import Decision, decisions
from spoedplein_schemas.agreements import Unit
from spoedplein_schemas.decisions import ExclusionCode, UnitStatusChanged
from spoedplein_schemas.hap import ContactOutcome
from spoedplein_schemas.placement import CancelReason, DeclineReason, OverrideGround, Profile
from spoedplein_schemas.views import UnitAvailability
from spoedplein_schemas.vocabulary import CareType, Frozen, UnitStatus

Story = tuple[list[Record], list[Decision]]
Break = Callable[[list[Decision]], list[Decision]]
HOUR = timedelta(hours=1)


def found(story: Story) -> set[str]:
    return {violation.invariant for violation in audit(*story)}


def change(kind: type[Frozen], nth: int = 0, **fields: Any) -> Break:  # noqa: ANN401
    """Another value in the data of the nth decision of this kind."""

    def breaks(made: list[Decision]) -> list[Decision]:
        target = [decision for decision in made if isinstance(decision.data, kind)][nth]
        other = target.model_copy(update={"data": target.data.model_copy(update=fields)})
        return [other if decision is target else decision for decision in made]

    return breaks


def envelope(kind: type[Frozen], **fields: Any) -> Break:  # noqa: ANN401
    def breaks(made: list[Decision]) -> list[Decision]:
        target = next(decision for decision in made if isinstance(decision.data, kind))
        return [decision.model_copy(update=fields) if decision is target else decision for decision in made]

    return breaks


def without(kind: type[Frozen], nth: int = 0) -> Break:
    def breaks(made: list[Decision]) -> list[Decision]:
        target = [decision for decision in made if isinstance(decision.data, kind)][nth]
        return [decision for decision in made if decision is not target]

    return breaks


def twice(kind: type[Frozen], nth: int = 0) -> Break:
    """Decided once more in the next log record that decides anything."""

    def breaks(made: list[Decision]) -> list[Decision]:
        at = [number for number, decision in enumerate(made) if isinstance(decision.data, kind)][nth]
        after = made[at + 1]
        stem = after.id.rsplit(".", 1)[0]
        tail = [decision for decision in made[at + 1 :] if decision.id.startswith(f"{stem}.")]
        again = after.model_copy(update={"data": made[at].data, "id": f"{stem}.{len(tail)}"})
        place = at + 1 + len(tail)
        return [*made[:place], again, *made[place:]]

    return breaks


# --- the waiting room ---------------------------------------------------------------------------------------------


def queued(case: str, code: str | None, rank: int, *, ahead: tuple[int, ...], **more: Any) -> decisions.PatientQueued:  # noqa: ANN401
    return decisions.PatientQueued(
        case=case,
        site=SITE,
        service=CareType.HAP,
        rank=rank,
        position=sum(ahead),
        ahead=ahead,
        urgency=None if code is None else urgency(code),
        **more,
    )


def waiting_room() -> Story:
    """c-1 (U3) and c-2 (U2, past his norm) wait, c-3 (U1) goes first, c-2 is called, c-1 leaves."""
    script, made = Script(), list[Decision]()
    here: dict[str, Any] = {"site": SITE, "service": CareType.HAP}

    def then(record: Record, *outcomes: Frozen) -> None:
        made.extend(decided(record, *outcomes))

    adopts = script.adopts(agreements())
    then(adopts, decisions.AgreementsInForce(version="2026.1", sha256=adopts.event.data.sha256))
    then(script.says(registered("c-1", script.now)), queued("c-1", None, 5, ahead=(0, 0, 0, 0, 0, 0)))
    due = script.now + 4 * HOUR
    then(script.says(triaged("c-1", "U3", script.now)), queued("c-1", "U3", 2, ahead=(0, 0, 0, 0, 0, 0), due_at=due))
    script.passes(minutes=1)
    then(script.says(registered("c-2", script.now)), queued("c-2", None, 5, ahead=(0, 0, 1, 0, 0, 0)))
    due = script.now + 4 * HOUR
    then(script.says(triaged("c-2", "U3", script.now)), queued("c-2", "U3", 2, ahead=(0, 0, 1, 0, 0, 0), due_at=due))
    since = script.now
    script.passes(minutes=1)
    due = since + HOUR
    then(script.says(retriaged("c-2", "U2", script.now)), queued("c-2", "U2", 1, ahead=(0, 0, 0, 0, 0, 0), due_at=due))
    then(
        script.ticks(minutes=61),
        decisions.NormBreached(case="c-2", due_at=due, waited_seconds=62 * 60, urgency=urgency("U2"), **here),
    )
    then(script.says(registered("c-3", script.now)), queued("c-3", None, 5, ahead=(0, 1, 1, 0, 0, 0)))
    then(
        script.says(triaged("c-3", "U1", script.now)),
        decisions.PatientImmediate(case="c-3", urgency=urgency("U1"), **here),
    )
    script.passes(minutes=1)
    then(
        script.says(called("c-3", script.now)),
        decisions.PatientTaken(case="c-3", waited_seconds=60, urgency=urgency("U1"), **here),
    )
    then(
        script.says(called("c-2", script.now)),
        decisions.PatientTaken(case="c-2", waited_seconds=63 * 60, within_norm=False, urgency=urgency("U2"), **here),
    )
    then(
        script.says(closed("c-1", script.now, ContactOutcome.LEFT_UNSEEN)),
        decisions.PatientGone(case="c-1", waited_seconds=64 * 60, outcome="left-unseen", left_unseen=True, **here),
    )
    return script.records, made


def test_a_waiting_room_that_is_well_passes() -> None:
    assert audit(*waiting_room()) == []


@pytest.mark.parametrize(
    ("breaks", "invariant"),
    [
        pytest.param(without(decisions.PatientQueued), "I1", id="somebody arrives and is not queued"),
        pytest.param(twice(decisions.PatientQueued, 1), "I1", id="queued twice"),
        pytest.param(change(decisions.PatientQueued, 1, urgency=urgency("U2")), "I5", id="another urgency leaves"),
        pytest.param(change(decisions.PatientQueued, 1, rank=3), "I5", id="another rank than agreed"),
        pytest.param(change(decisions.PatientQueued, 1, due_at=EVENING), "I9", id="another norm than agreed"),
        pytest.param(change(decisions.PatientQueued, 1, due_at=None), "I9", id="no norm where there is one"),
        pytest.param(
            change(decisions.PatientQueued, 3, ahead=(0, 0, 0, 0, 0, 0), position=0), "I9", id="jumps the queue"
        ),
        pytest.param(change(decisions.PatientQueued, 3, position=7), "I9", id="position does not follow"),
        pytest.param(change(decisions.PatientQueued, 0, case="c-9"), "I9", id="somebody whom nobody registered"),
        pytest.param(without(decisions.PatientImmediate), "I4", id="life-threatening, not immediate"),
        pytest.param(change(decisions.PatientImmediate, urgency=urgency("U0")), "I5", id="immediate, other urgency"),
        pytest.param(without(decisions.NormBreached), "I1", id="norm passed, no breach"),
        pytest.param(twice(decisions.NormBreached), "I9", id="the same breach twice"),
        pytest.param(change(decisions.NormBreached, due_at=EVENING + 9 * HOUR), "I9", id="breach before it is due"),
        pytest.param(change(decisions.NormBreached, due_at=EVENING), "I9", id="breach of no norm"),
        pytest.param(change(decisions.NormBreached, waited_seconds=1), "I9", id="breach with a wrong wait"),
        pytest.param(without(decisions.PatientTaken), "I1", id="called, still queued"),
        pytest.param(change(decisions.PatientTaken, 1, waited_seconds=5), "I9", id="taken with a wrong wait"),
        pytest.param(without(decisions.PatientGone), "I1", id="left, still queued"),
        pytest.param(twice(decisions.PatientTaken), "I9", id="taken twice"),
        pytest.param(envelope(decisions.PatientTaken, causationid="other"), "I9", id="another cause"),
        pytest.param(envelope(decisions.PatientTaken, agreements="2025.9"), "I9", id="agreements not in force"),
        pytest.param(envelope(decisions.PatientTaken, time=EVENING), "I9", id="another time than the log"),
        pytest.param(envelope(decisions.PatientTaken, id="rijnmond.3.7"), "I9", id="an index that skips"),
        pytest.param(envelope(decisions.PatientTaken, id="rijnmond.x"), "I9", id="an id of another form"),
        pytest.param(envelope(decisions.PatientTaken, region="nijmegen"), "I9", id="another region"),
        pytest.param(envelope(decisions.PatientGone, id="rijnmond.999.0"), "I9", id="an offset that is not in the log"),
        pytest.param(lambda made: [*made, made[-1]], "I9", id="an id twice"),
        pytest.param(lambda made: [made[1], made[0], *made[2:]], "I9", id="out of order"),
        pytest.param(change(decisions.AgreementsInForce, version="2031.1"), "I9", id="a version nobody adopted"),
    ],
)
def test_what_is_wrong_in_the_waiting_room_is_caught(breaks: Break, invariant: str) -> None:
    log, made = waiting_room()

    assert invariant in found((log, breaks(made)))


@pytest.mark.parametrize(
    ("in_force", "adopted_then", "older", "well"),
    [
        pytest.param("2026.1", "2026.2", False, True, id="the next"),
        pytest.param("2026.9", "2026.10", False, True, id="ten is after nine"),
        pytest.param("2026.10", "2026.9", False, False, id="nine is before ten"),
        pytest.param("2026.2", "2026.1", False, False, id="back by mistake"),
        pytest.param("2026.2", "2026.1", True, True, id="back on purpose"),
        pytest.param("2026.2", "winter", False, True, id="a name"),
    ],
)
def test_a_version_that_goes_back_unmeant_and_comes_in_force_is_caught(
    in_force: str, adopted_then: str, *, older: bool, well: bool
) -> None:
    script = Script()
    first = script.adopts(agreements(version=in_force))
    script.passes(minutes=1)
    then = script.says(adopted(agreements(version=adopted_then), script.now, older=older))
    made = [
        *decided(first, _in_force(first), agreements=in_force),
        *decided(then, _in_force(then, previous=in_force), agreements=adopted_then),
    ]

    assert (audit(script.records, made) == []) is well


def _in_force(record: Record, *, previous: str | None = None) -> decisions.AgreementsInForce:
    said = record.event.data
    return decisions.AgreementsInForce(version=said.agreements.version, sha256=said.sha256, previous=previous)


def test_somebody_life_threatening_in_a_queue_is_caught() -> None:
    log, made = waiting_room()
    immediate = next(decision for decision in made if isinstance(decision.data, decisions.PatientImmediate))
    cause = log[int(immediate.id.split(".")[1])]
    in_queue = decided(cause, queued("c-3", "U1", 0, ahead=(0, 0, 0, 0, 0, 0)))

    assert "I4" in found((log, [in_queue[0] if decision is immediate else decision for decision in made]))


# --- places -------------------------------------------------------------------------------------------------------

ELV = unit("elv", CareType.ELV_HOOG)


def offered(name: str, record: Record, *, observed: Any, free: int = 1, **more: Any) -> decisions.PlacementOffered:  # noqa: ANN401
    at = decided(record, decisions.PlacementCancelled(request=name, reason=CancelReason.OTHER))[0].time
    fields = {
        "request": name,
        "unit": "elv",
        "care_type": CareType.ELV_HOOG,
        "attempt": 1,
        "answer_by": at + timedelta(minutes=30),
        "owner": OWNER,
        "score": ({"part": "distance", "points": 3},),
        "excluded": (),
    }
    fields |= {"offer": f"rijnmond.{record.offset}.0"} | more
    basis = {"unit": fields["unit"], "observed_at": observed, "age_seconds": int((at - observed).total_seconds())}
    return decisions.PlacementOffered.model_validate(fields | {"basis": {**basis, "free": free, "held": 0}})


def exhausted(name: str, record: Record, code: ExclusionCode, rounds: int = 1) -> decisions.PlacementExhausted:
    at = decided(record, decisions.PlacementCancelled(request=name, reason=CancelReason.OTHER))[0].time
    excluded = (decisions.Exclusion(unit="elv", code=code),)
    review_at = at + timedelta(minutes=30)
    return decisions.PlacementExhausted(
        request=name,
        owner=OWNER,
        excluded=excluded,
        review_at=review_at,
        rounds=rounds,
        shortfalls=(
            decisions.Shortfall(
                care_type=CareType.ELV_HOOG, units=1, reasons=(decisions.ReasonCount(code=code, units=1),)
            ),
        ),
    )


def night() -> Story:
    """One place: offered, declined, offered again on a newer figure, accepted; a second request finds it full."""
    script, made = Script(), list[Decision]()

    def then(record: Record, *outcomes: Frozen) -> None:
        made.extend(decided(record, *outcomes))

    script.adopts(agreements(ELV))
    observed = script.now
    script.says(capacity("elv", 1, observed))
    script.passes(minutes=5)
    asks = script.says(request("r-1", (CareType.ELV_HOOG,), script.now))
    then(asks, offered("r-1", asks, observed=observed))
    offer = f"rijnmond.{asks.offset}.0"
    script.passes(minutes=5)
    says_no = script.says(declined("r-1", offer, script.now, DeclineReason.FULL))
    ended = decisions.OfferEnded(
        request="r-1", offer=offer, unit="elv", end=decisions.OfferEnd.DECLINED, reason=DeclineReason.FULL
    )
    then(says_no, ended, exhausted("r-1", says_no, ExclusionCode.DECLINED))
    observed = script.passes(minutes=5)
    newer = script.says(capacity("elv", 1, observed))
    then(newer, offered("r-1", newer, observed=observed, attempt=2))
    script.passes(minutes=5)
    says_yes = script.says(accepted("r-1", f"rijnmond.{newer.offset}.0", script.now))
    admit_by = script.now + 4 * HOUR
    promise = decisions.PlacementAccepted(
        request="r-1", offer=f"rijnmond.{newer.offset}.0", unit="elv", owner=OWNER, admit_by=admit_by
    )
    then(says_yes, promise)
    asks = script.says(request("r-2", (CareType.ELV_HOOG,), script.now))
    then(asks, exhausted("r-2", asks, ExclusionCode.FULL))
    script.passes(minutes=20)
    comes = script.says(admitted("r-1", "elv", script.now))
    then(comes, decisions.PlacementAdmitted(request="r-1", unit="elv", to_place_seconds=2400))
    looks = script.ticks(minutes=11)
    then(looks, exhausted("r-2", looks, ExclusionCode.FULL, rounds=2))
    return script.records, made


def test_a_night_that_is_well_passes() -> None:
    assert audit(*night()) == []


@pytest.mark.parametrize(
    ("breaks", "invariant"),
    [
        pytest.param(without(decisions.PlacementOffered), "I1", id="a request without an answer"),
        pytest.param(without(decisions.PlacementExhausted), "I1", id="declined, and then nothing"),
        pytest.param(without(decisions.PlacementExhausted, 2), "I1", id="the moment of review passes"),
        pytest.param(change(decisions.PlacementOffered, owner="somebody"), "I1", id="another owner"),
        pytest.param(change(decisions.PlacementOffered, answer_by=EVENING + 9 * HOUR), "I1", id="longer than agreed"),
        pytest.param(change(decisions.PlacementOffered, offer="rijnmond.7.7"), "I9", id="an offer of another name"),
        pytest.param(change(decisions.PlacementOffered, care_type=CareType.GRZ), "I3", id="care that was not asked"),
        pytest.param(change(decisions.PlacementOffered, unit="elders"), "I3", id="a unit that does not exist"),
        pytest.param(
            change(
                decisions.PlacementOffered,
                runners_up=("elv",),
                excluded=(decisions.Exclusion(unit="elv", code=ExclusionCode.OUTSIDE_WINDOW),),
            ),
            "I9",
            id="excluded and a candidate",
        ),
        pytest.param(change(decisions.PlacementExhausted, excluded=()), "I9", id="no reason for a unit"),
        pytest.param(
            change(
                decisions.PlacementExhausted,
                1,
                excluded=(decisions.Exclusion(unit="elv", code=ExclusionCode.AGE_BAND),),
            ),
            "I9",
            id="a reason that is not so",
        ),
        pytest.param(change(decisions.PlacementExhausted, shortfalls=()), "I9", id="no sum of what was short"),
        pytest.param(change(decisions.OfferEnded, still_open=1), "I9", id="an offer beside it that is not there"),
        pytest.param(change(decisions.PlacementExhausted, review_at=EVENING), "I1", id="a review in the past"),
        pytest.param(change(decisions.OfferEnded, reason=DeclineReason.OTHER), "I9", id="a reason nobody gave"),
        pytest.param(change(decisions.OfferEnded, offer="rijnmond.1.0"), "I9", id="an offer that was not open"),
        pytest.param(change(decisions.OfferEnded, end=decisions.OfferEnd.EXPIRED), "I9", id="expired too early"),
        pytest.param(without(decisions.PlacementAccepted), "I1", id="accepted, and nobody decided"),
        pytest.param(without(decisions.PlacementAdmitted), "I1", id="admitted, and nobody decided"),
        pytest.param(change(decisions.PlacementAccepted, unit="other"), "I2", id="accepted where nothing is held"),
        pytest.param(change(decisions.PlacementAccepted, admit_by=EVENING), "I1", id="to be admitted in the past"),
        pytest.param(change(decisions.PlacementAdmitted, unit="other"), "I9", id="admitted where nothing was promised"),
        pytest.param(change(decisions.PlacementAdmitted, request="r-9"), "I9", id="a request that was never made"),
        pytest.param(
            change(
                decisions.PlacementExhausted,
                excluded=(decisions.Exclusion(unit="elv", code=ExclusionCode.DECLINED, detail="123456782"),),
            ),
            "I10",
            id="a citizen service number",
        ),
        pytest.param(
            change(
                decisions.PlacementExhausted,
                excluded=(decisions.Exclusion(unit="elv", code=ExclusionCode.DECLINED, detail="bel 010-4615461"),),
            ),
            "I10",
            id="a telephone number",
        ),
        pytest.param(
            change(
                decisions.PlacementExhausted,
                excluded=(decisions.Exclusion(unit="elv", code=ExclusionCode.DECLINED, detail="zuster@huis.nl"),),
            ),
            "I10",
            id="an e-mail address",
        ),
    ],
)
def test_what_is_wrong_at_night_is_caught(breaks: Break, invariant: str) -> None:
    log, made = night()

    assert invariant in found((log, breaks(made)))


@pytest.mark.parametrize(
    ("case", "invariants"),
    [
        pytest.param("c-man-84", set(), id="a pseudonym"),
        pytest.param("c-111222333", {"I10"}, id="a citizen service number"),
        pytest.param("c-111222334", set(), id="nine figures that are none"),
        pytest.param("c-1112223330", set(), id="ten figures"),
    ],
)
def test_whom_the_log_itself_identifies_got_past_intake(case: str, invariants: set[str]) -> None:
    story = Script()
    story.adopts(agreements())
    story.says(called(case, EVENING))

    assert found((story.records, [])) - {"I9"} == invariants


def one_offer(
    *said: Callable[[Script], Frozen],
    house: Unit = ELV,
    wanted: Profile | None = None,
    free: int = 1,
    minutes: int = 5,
) -> Story:
    """A figure, then whatever is said, then `minutes` later a request that is offered the place.

    Of the status of the house a sound core tells, as it would: only the offer may be wrong.
    """
    script = Script()
    script.adopts(agreements(house))
    observed = script.now
    script.says(capacity(house.id, free, observed))
    for what in said:
        script.says(what(script))
    core = Region.empty(REGION)
    told = [each for record in script.records for each in core.step(record) if isinstance(each.data, UnitStatusChanged)]
    script.passes(minutes=minutes)
    asks = script.says(request("r-1", wanted or profile(house.care_type), script.now))
    answer_by = script.now + timedelta(minutes=8)
    made = offered(
        "r-1", asks, observed=observed, free=free, unit=house.id, care_type=house.care_type, answer_by=answer_by
    )
    return script.records, [*told, *decided(asks, made)]


HIC = CareType.GGZ_HIC
SATURDAY = {"days": ["sat"], "from": "08:00", "until": "22:00"}


@pytest.mark.parametrize(
    ("house", "wanted", "well"),
    [
        pytest.param(ELV, profile(CareType.ELV_HOOG), True, id="plain"),
        pytest.param(ELV, profile(CareType.ELV_HOOG, wlz_indication=True), False, id="Wlz indication at an ELV"),
        pytest.param(
            unit("wlz", CareType.WLZ_CRISIS_VV),
            profile(CareType.WLZ_CRISIS_VV, wlz_indication=True),
            True,
            id="Wlz indication at Wlz crisis",
        ),
        pytest.param(unit("hic", HIC), profile(HIC, legal_title="wvggz-crisismaatregel"), False, id="CM, unregistered"),
        pytest.param(
            unit("hic", HIC, registration="wzd"),
            profile(HIC, legal_title="wvggz-crisismaatregel"),
            False,
            id="CM at a Wzd location",
        ),
        pytest.param(
            unit("hic", HIC, registration="wvggz"),
            profile(HIC, legal_title="wvggz-crisismaatregel"),
            True,
            id="CM at a Wvggz location",
        ),
        pytest.param(
            unit("hic", HIC, registration="wzd+wvggz"), profile(HIC, legal_title="wzd-ibs"), True, id="IBS at both"
        ),
        pytest.param(
            unit("hic", HIC, registration="wvggz"), profile(HIC, legal_title="wzd-ibs"), False, id="IBS at Wvggz"
        ),
        pytest.param(
            unit("elv", CareType.ELV_HOOG, age_bands=["65-79"]), profile(CareType.ELV_HOOG), False, id="too old"
        ),
        pytest.param(unit("elv", CareType.ELV_HOOG, sex="male"), profile(CareType.ELV_HOOG), False, id="men only"),
        pytest.param(unit("elv", CareType.ELV_HOOG, sex="female"), profile(CareType.ELV_HOOG), True, id="women only"),
        pytest.param(ELV, profile(CareType.ELV_HOOG, needs=("oxygen",)), False, id="no oxygen"),
        pytest.param(
            unit("elv", CareType.ELV_HOOG, properties=["oxygen", "iv"]),
            profile(CareType.ELV_HOOG, needs=("oxygen",)),
            True,
            id="oxygen",
        ),
        pytest.param(
            unit("elv", CareType.ELV_HOOG, windows=[SATURDAY]), profile(CareType.ELV_HOOG), True, id="in the window"
        ),
        pytest.param(
            unit("elv", CareType.ELV_HOOG, windows=[SATURDAY | {"until": "20:00"}]),
            profile(CareType.ELV_HOOG),
            False,
            id="after the window, in local time",
        ),
        pytest.param(
            unit("elv", CareType.ELV_HOOG, windows=[SATURDAY | {"from": "20:00", "until": "06:00"}]),
            profile(CareType.ELV_HOOG),
            True,
            id="a window past midnight",
        ),
        pytest.param(
            unit("elv", CareType.ELV_HOOG, windows=[SATURDAY | {"days": ["sun"]}]),
            profile(CareType.ELV_HOOG),
            False,
            id="a window on another day",
        ),
        pytest.param(ELV, profile(CareType.GRZ), False, id="care that was not asked"),
    ],
)
def test_an_offer_against_a_hard_rule_is_caught(house: Unit, wanted: Profile, well: bool) -> None:
    story = one_offer(house=house, wanted=wanted)

    assert found(story) == (set() if well else {"I3"})


@pytest.mark.parametrize(
    ("said", "well"),
    [
        pytest.param((lambda script: stop("elv", script.now),), False, id="stop"),
        pytest.param((lambda script: stop("elv", script.now, until=script.now + HOUR),), False, id="stop with an end"),
        pytest.param((lambda script: stop("elv", script.now, until=script.now),), True, id="stop that has lapsed"),
        pytest.param((lambda script: unit_closed("elv", script.now),), False, id="closed"),
    ],
)
def test_an_offer_during_a_stop_is_caught(said: Sequence[Callable[[Script], Frozen]], well: bool) -> None:
    assert found(one_offer(*said)) == (set() if well else {"I3"})


def test_an_offer_of_a_place_that_is_not_free_is_caught() -> None:
    assert found(one_offer(free=0)) == {"I2"}


@pytest.mark.parametrize(("minutes", "well"), [(479, True), (482, False)])
def test_an_offer_on_a_stale_figure_is_caught(minutes: int, well: bool) -> None:
    assert found(one_offer(minutes=minutes)) == (set() if well else {"I6"})


def test_an_offer_of_a_unit_that_never_reported_is_caught() -> None:
    log, made = one_offer()
    silent = [record for record in log if "capacity" not in record.event.type]

    assert "I6" in found((silent, made))


def test_an_offer_without_points_is_caught_when_age_must_count() -> None:
    log, made = one_offer()

    assert "I9" in found((log, change(decisions.PlacementOffered, score=())(made)))


def test_a_second_hold_on_the_last_place_is_caught() -> None:
    log, made = one_offer()
    script = Script()
    script.records, script.now = log, EVENING + timedelta(minutes=6)
    asks = script.says(request("r-2", (CareType.ELV_HOOG,), script.now))
    second = decided(asks, offered("r-2", asks, observed=EVENING))

    assert found((log, [*made, *second])) == {"I2"}


@pytest.mark.parametrize("ended", [True, False], ids=["the offer ends first", "the offer stays open"])
def test_an_override_leaves_no_offer_open(ended: bool) -> None:
    log, made = one_offer()
    script = Script()
    script.records, script.now = log, EVENING + timedelta(minutes=6)
    moves = script.says(overridden("r-1", "elv", script.now))
    end = decisions.OfferEnded(
        request="r-1", offer=made[-1].id, unit="elv", end=decisions.OfferEnd.WITHDRAWN_OVERRIDDEN
    )
    recorded = decisions.OverrideRecorded(
        request="r-1", unit="elv", role="coordinator", ground=OverrideGround.BY_TELEPHONE, against=()
    )
    outcomes = (end, recorded) if ended else (recorded,)

    assert found((log, [*made, *decided(moves, *outcomes)])) == (set() if ended else {"I2"})


def test_a_place_is_free_again_only_for_a_report_of_after_the_admission() -> None:
    """The same offer, on a report counted before the admission (two on one place) and after it (well)."""

    def story(*, counted_after: bool) -> Story:
        log, made = night()
        script = Script()
        script.records = log
        script.now = EVENING + timedelta(minutes=60)
        observed = script.now if counted_after else EVENING + timedelta(minutes=30)
        newer = script.says(capacity("elv", 1, observed))
        return log, [*made, *decided(newer, offered("r-2", newer, observed=observed, attempt=1))]

    assert found(story(counted_after=True)) == set()
    assert found(story(counted_after=False)) == {"I2"}


def test_a_place_offered_again_to_whom_it_was_refused_is_caught() -> None:
    log, made = night()
    newer = next(record for record in log[3:] if "capacity" in record.event.type)
    same_figure = newer._replace(event=log[1].event)
    log[newer.offset] = same_figure
    made = [
        decision.model_copy(update={"causationid": same_figure.event.id})
        if decision.id.split(".")[1] == str(newer.offset)
        else decision
        for decision in made
    ]

    assert "I3" in found((log, made))


# --- views --------------------------------------------------------------------------------------------------------


def view(**more: Any) -> tuple[bytes, UnitAvailability]:  # noqa: ANN401
    fields: dict[str, Any] = {
        "region": "rijnmond",
        "unit": "elv",
        "organisation": "huis",
        "care_type": CareType.ELV_HOOG,
    }
    fields |= {"status": UnitStatus.OPEN, "as_of": EVENING, "version": 1, "free": 2}
    return b"rijnmond/elv", UnitAvailability.model_validate(fields | more)


def test_views_that_differ_only_in_when_they_were_written_are_the_same() -> None:
    assert same_views([view()], [view(free=9), view(as_of=EVENING + HOUR, version=8)]) == []


@pytest.mark.parametrize("other", [[], [view(free=1)]], ids=["absent", "another figure"])
def test_views_that_say_something_else_are_caught(other: list[tuple[bytes, UnitAvailability]]) -> None:
    assert [violation.invariant for violation in same_views([view()], other)] == ["I8"]
