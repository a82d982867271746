"""A region's agreements: mistakes in the file are named with their line, and a new version takes over at once."""

import tomllib
from datetime import timedelta
from hashlib import sha256

import pytest

from spoedplein.domain.agreements import Rules, adopted, distance_km, read_agreements
from spoedplein.stack.places import deploy_file
from spoedplein.testing.builders import (
    EVENING,
    actor,
    agreements,
    capacity,
    profile,
    registered,
    request,
    site,
    triaged,
    unit,
    urgency,
)
from spoedplein.testing.builders import adopted as taken_over
from spoedplein_schemas.agreements import (
    DEFAULT_RANKS,
    DEFAULT_RULES,
    CareTypeRule,
    Place,
    QueuePolicy,
    ServicePoint,
    UrgencyRank,
)
from spoedplein_schemas.decisions import (
    AgreementsInForce,
    CommandRefused,
    NormBreached,
    PlacementExhausted,
    PlacementOffered,
    Refusal,
)
from spoedplein_schemas.vocabulary import CareType, UrgencySystem, millis
from tests.domain.story import Story

ELV, HAP = CareType.ELV_HOOG, CareType.HAP


@pytest.mark.parametrize("region", ["rijnmond", "nijmegen"])
def test_the_region_files_that_we_ship_are_read(region: str) -> None:
    text = deploy_file("regions", f"{region}.toml").read_text(encoding="utf-8")

    assert read_agreements(text, name=region).version == tomllib.loads(text)["version"]


def test_what_a_region_does_not_name_keeps_its_default() -> None:
    own_rank = UrgencyRank(system=UrgencySystem.NTS, code="U3", rank=2, norm_minutes=180)
    own_rule = CareTypeRule(care_type=ELV, validity_minutes=60, answer_minutes=5)
    rules = Rules(agreements(ranks=(own_rank,), rules=(own_rule,)))

    assert rules.rank(urgency("U3")) == own_rank
    assert {rules.rank(urgency(rank.code, rank.system)) for rank in DEFAULT_RANKS if rank.code != "U3"} == {
        rank for rank in DEFAULT_RANKS if rank.code != "U3"
    }
    assert rules.rule(ELV) == own_rule.model_copy(update={"stay_min_hours": 24, "stay_max_days": 92})
    assert all(rules.rule(rule.care_type) == rule for rule in DEFAULT_RULES if rule.care_type is not ELV)


def test_without_agreements_norms_are_the_defaults_and_nothing_is_known() -> None:
    rules = Rules(None)

    assert (rules.version, rules.units, rules.sites, rules.units_of(ELV)) == (None, {}, {}, [])
    assert rules.service("schiedam", HAP).policy is QueuePolicy.STRICT
    assert rules.rank(urgency("U2")).norm_minutes == 60
    assert str(rules.zone) == "Europe/Amsterdam"


def test_units_are_looked_up_by_id_whatever_their_order_in_the_file() -> None:
    units = [unit(name, ELV, site="schiedam") for name in ("b", "a", "c")]

    for order in (units, units[::-1]):
        rules = Rules(agreements(*order))
        assert [found.id for found in rules.units_of(ELV)] == ["a", "b", "c"]
        assert rules.unit_at("schiedam", ELV) == units[1]


@pytest.mark.parametrize(
    ("one", "other", "kilometres"),
    [
        pytest.param((4.40, 51.92), (4.40, 51.92), 0, id="the same place"),
        pytest.param((4.3967, 51.9192), (4.4777, 51.9244), 6, id="Schiedam to Rotterdam"),
        pytest.param((4.8952, 52.3702), (5.6910, 50.8514), 178, id="Amsterdam to Maastricht"),
        pytest.param((179.9, 0.0), (-179.9, 0.0), 22, id="over the date line"),
    ],
)
def test_distances_are_whole_kilometres(one: tuple[float, float], other: tuple[float, float], kilometres: int) -> None:
    here, there = (Place(lon=lon, lat=lat) for lon, lat in (one, other))

    assert distance_km(here, there) == distance_km(there, here) == kilometres


def test_the_hash_is_over_the_text_and_not_over_the_moment() -> None:
    text = agreements(unit("elv", ELV))
    early, late = (adopted(text, at_ms=at, by=actor()) for at in (0, 10**12))

    assert (
        early.sha256
        == late.sha256
        == sha256(text.model_dump_json(exclude_none=True, by_alias=True).encode()).hexdigest()
    )
    assert adopted(agreements(unit("elv-2", ELV)), at_ms=0, by=actor()).sha256 != early.sha256


# --- adoption -----------------------------------------------------------------------------------------------------


def versions(decided: list[object]) -> list[tuple[str, str | None]]:
    return [(data.version, data.previous) for data in decided if isinstance(data, AgreementsInForce)]


@pytest.mark.parametrize(
    ("version", "minutes_later", "in_force"),
    [
        pytest.param("2026.2", 1, [("2026.2", "2026.1")], id="a new text"),
        pytest.param("2026.1", 1, [], id="the same text adopted again"),
        pytest.param("2026.2", -1, [], id="a text adopted before the one in force"),
    ],
)
def test_the_newest_text_is_in_force(version: str, minutes_later: int, in_force: list[tuple[str, str]]) -> None:
    story = Story(unit("elv", ELV))
    before = story.core.state.adopted
    text = agreements(unit("elv", ELV), version=version)

    assert versions(story.says(taken_over(text, story.now + timedelta(minutes=minutes_later)))) == in_force
    assert (story.core.state.adopted == before) is (not in_force)


@pytest.mark.parametrize(
    ("in_force", "adopted", "older", "outcome"),
    [
        pytest.param("2026.1", "2026.2", False, "2026.2", id="the next"),
        pytest.param("2026.9", "2026.10", False, "2026.10", id="ten is after nine"),
        pytest.param("2026.10", "2026.9", False, "refused", id="nine is before ten"),
        pytest.param("2026.2", "2026.1", False, "refused", id="an older one by mistake"),
        pytest.param("2026.2", "2026.1", True, "2026.1", id="an older one on purpose"),
        pytest.param("2026.1.1", "2026.1", False, "refused", id="without its addition"),
        pytest.param("2026.1", "2026.1.1", False, "2026.1.1", id="with an addition"),
        pytest.param("2026.1", "winter", False, "winter", id="a name is not older than a number"),
        pytest.param("winter", "2026.1", False, "2026.1", id="nor the other way round"),
        pytest.param("winter2", "winter10", False, "winter10", id="counted names"),
        pytest.param("2026.1", "2026.1", False, "2026.1", id="another text under the same version"),
    ],
)
def test_an_older_version_is_refused_unless_it_is_meant(in_force: str, adopted: str, older: bool, outcome: str) -> None:
    story = Story(unit("elv", ELV), version=in_force)
    text = agreements(unit("elv", ELV), title="Andere tekst", version=adopted)
    decided = story.says(taken_over(text, story.passes(minutes=1), older=older))

    refused = [data for data in decided if isinstance(data, CommandRefused)]
    assert story.core.parts.rules.version == (in_force if refused else outcome)
    assert [data.refusal for data in refused] == ([Refusal.OLDER_AGREEMENTS] if outcome == "refused" else [])
    for data in refused:
        assert f"{adopted} is older than {in_force}" in (data.detail or "")


def test_adopting_the_same_text_again_leaves_waiting_requests_in_peace() -> None:
    story = Story(unit("elv", ELV))
    story.says(request("r-1", (ELV,), story.now))
    before = story.requests()

    assert story.says(taken_over(agreements(unit("elv", ELV)), story.passes(minutes=1))) == []
    assert story.requests() == before


def test_a_repeated_message_of_an_older_text_does_not_bring_it_back() -> None:
    story = Story(unit("elv", ELV))
    first = story.script.records[0].event
    story.says(taken_over(agreements(unit("elv", ELV), version="2026.2"), story.passes(minutes=1)))
    story.core.step(story.script.repeats(first))

    assert story.core.parts.rules.version == "2026.2"


def test_decisions_name_the_version_that_they_follow() -> None:
    story = Story(unit("elv", ELV))
    changed = story.script.says(taken_over(agreements(unit("elv", ELV), version="2026.2"), story.passes(minutes=1)))

    assert {made.agreements for made in story.core.step(changed)} == {"2026.2"}
    assert {made.agreements for made in story.core.step(story.script.says(request("r-1", (ELV,), story.now)))} == {
        "2026.2"
    }


def test_what_was_due_before_the_adoption_was_decided_by_the_older_text() -> None:
    story = Story()
    story.all_say([registered("c-1", story.now), triaged("c-1", "U2", story.now)])
    record = story.script.says(taken_over(agreements(version="2026.2"), story.passes(hours=2)))

    decided = story.core.step(record)
    assert [(type(made.data), made.agreements) for made in decided] == [
        (NormBreached, "2026.1"),
        (AgreementsInForce, "2026.2"),
    ]


def test_a_unit_that_comes_in_with_new_agreements_is_offered_to_who_waits() -> None:
    """The figure had come before the unit was agreed; it counts from then on."""
    story = Story()
    story.says(capacity("elv", 1, story.now))
    story.one(story.says(request("r-1", (ELV,), story.now)), PlacementExhausted)

    decided = story.says(taken_over(agreements(unit("elv", ELV), version="2026.2"), story.passes(minutes=1)))

    assert story.one(decided, PlacementOffered).unit == "elv"


def test_a_unit_that_is_no_longer_agreed_is_not_offered_and_its_standing_offer_may_still_be_answered() -> None:
    story = Story(unit("elv", ELV))
    story.says(capacity("elv", 2, story.now))
    story.one(story.says(request("r-1", (ELV,), story.now)), PlacementOffered)
    story.says(taken_over(agreements(version="2026.2"), story.passes(minutes=1)))

    assert story.one(story.says(request("r-2", (ELV,), story.now)), PlacementExhausted).excluded == ()
    assert story.state("r-1") == "offered"
    story.ticks(minutes=31)
    assert story.state("r-1") == "waiting"


def test_new_norms_arrange_the_queue_anew() -> None:
    """U4 goes before U3 from the adoption on; who waits keeps his place in time."""
    story = Story()
    for case, code in (("c-3", "U3"), ("c-4", "U4")):
        story.all_say([registered(case, story.now), triaged(case, code, story.now)])
    order = [waiting.case for waiting in story.board("schiedam").queues[0].next]
    ranks = (
        UrgencyRank(system=UrgencySystem.NTS, code="U4", rank=1, norm_minutes=30),
        UrgencyRank(system=UrgencySystem.NTS, code="U3", rank=2, norm_minutes=60),
    )
    story.says(taken_over(agreements(version="2026.2", ranks=ranks), story.passes(minutes=1)))
    waiting = story.board("schiedam").queues[0].next

    assert order == ["c-3", "c-4"]
    assert [(patient.case, patient.due_at) for patient in waiting] == [
        ("c-4", EVENING + timedelta(minutes=30)),
        ("c-3", EVENING + timedelta(minutes=60)),
    ]
    assert [data.case for data in story.ticks(minutes=31) if isinstance(data, NormBreached)] == ["c-4"]


def test_a_new_queue_policy_holds_from_the_adoption_on() -> None:
    story = Story(sites=[site()])
    story.all_say([registered("c-3", story.now), triaged("c-3", "U3", story.now)])
    story.passes(minutes=60)
    story.all_say([registered("c-2", story.now), triaged("c-2", "U2", story.now)])
    assert [waiting.case for waiting in story.board("schiedam").queues[0].next] == ["c-2", "c-3"]

    point = ServicePoint(care_type=HAP, policy=QueuePolicy.ACCUMULATING, rates=(16, 4, 2, 1, 1, 1))
    story.says(taken_over(agreements(sites=[site("schiedam", point)], version="2026.2"), story.now))

    assert [waiting.case for waiting in story.board("schiedam").queues[0].next] == ["c-3", "c-2"]


def test_admission_hours_are_in_the_time_zone_of_the_region() -> None:
    """Ten in the evening in Amsterdam is four in the afternoon on Curaçao."""
    hours = [{"from": "08:00", "until": "18:00"}]
    outcomes = {}
    for zone in ("Europe/Amsterdam", "America/Curacao"):
        story = Story(unit("elv", ELV, windows=hours), start=EVENING + timedelta(hours=2), timezone=zone)
        story.says(capacity("elv", 1, story.now))
        outcomes[zone] = type(story.says(request("r-1", profile(ELV), story.now))[0])

    assert outcomes == {"Europe/Amsterdam": PlacementExhausted, "America/Curacao": PlacementOffered}


def test_adoption_carries_its_own_moment() -> None:
    assert adopted(agreements(), at_ms=millis(EVENING), by=actor()).adopted_at == EVENING
