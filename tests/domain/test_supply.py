"""What is kept as it changes is what one finds who looks at every unit: sums, who has a place, who is passed over."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from hypothesis import example, given, settings
from hypothesis import strategies as st

from spoedplein.domain.placement.candidates import Candidates
from spoedplein.domain.placement.shortlist import RUNNERS_UP_MAX, Shortlist
from spoedplein.domain.region import Region
from spoedplein.domain.request import Passed, Request
from spoedplein.domain.turn import moment
from spoedplein.testing import builders as say
from spoedplein.testing.builders import SITE, Script
from spoedplein.wording import explaining
from spoedplein_schemas.capacity import ReportAnswered
from spoedplein_schemas.decisions import CodeCount, ExclusionCode, PlacementOffered
from spoedplein_schemas.placement import DeclineReason
from spoedplein_schemas.views import CareTypeAvailability
from spoedplein_schemas.vocabulary import CareType, Frozen, Property, Registration, Sex, UnitStatus, measure_of

ELV, GRZ, SEH = CareType.ELV_HOOG, CareType.GRZ, CareType.SEH
NAMED: Final = 20
NATURES: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"site": SITE},
    {"properties": (Property.OXYGEN,), "validity_minutes": 30},
    {"sex": Sex.MALE, "place": {"lon": 4.4, "lat": 51.9}},
    {"windows": [{"from": "08:00", "until": "20:00"}], "validity_minutes": 45},
    {"registration": Registration.WZD, "place": {"lon": 4.6, "lat": 52.0}},
)
UNITS: Final = (
    *(say.unit(f"elv-{number:02}", ELV, **NATURES[number % len(NATURES)]) for number in range(28)),
    *(say.unit(f"grz-{number:02}", GRZ, **NATURES[number % 4]) for number in range(8)),
    say.unit("seh-schiedam", SEH, site=SITE, validity_minutes=20),
)
NAMES: Final = tuple(each.id for each in UNITS)
BEDS: Final = NAMES[:-1]
PLACED: Final[dict[str, Any]] = {"areas": [{"codes": ["31"], "place": {"lon": 4.4, "lat": 51.92}}]}

SAID = st.one_of(
    st.tuples(st.just("reports"), st.sampled_from(NAMES), st.integers(0, 2), st.integers(0, 40)),
    st.tuples(st.just("reports"), st.sampled_from(NAMES), st.integers(1, 2), st.just(0)),
    st.tuples(st.sampled_from(("reports", "lifts")), st.just(NAMES[-1]), st.integers(1, 2), st.sampled_from((0, 15))),
    st.tuples(st.just("all report"), st.just(""), st.integers(0, 1), st.just(0)),
    st.tuples(st.just("stands"), st.sampled_from(NAMES), st.just(0), st.integers(0, 40)),
    st.tuples(st.just("stops"), st.sampled_from(NAMES), st.integers(5, 90), st.just(0)),
    st.tuples(st.just("closes"), st.sampled_from(NAMES), st.integers(5, 90), st.just(0)),
    st.tuples(st.just("warns"), st.sampled_from(NAMES), st.just(0), st.just(0)),
    st.tuples(st.just("lifts"), st.sampled_from(NAMES), st.just(0), st.just(0)),
    st.tuples(st.just("asks"), st.sampled_from(("U1", "U3")), st.integers(0, 3), st.just(0)),
    st.tuples(st.just("takes"), st.just(""), st.integers(0, 5), st.just(0)),
    st.tuples(st.just("refuses"), st.just(""), st.integers(0, 5), st.just(0)),
    st.tuples(st.just("waits"), st.just(""), st.integers(1, 70), st.just(0)),
    st.tuples(st.just("restarts"), st.just(""), st.just(0), st.just(0)),
)
PROFILES: Final = (
    say.profile(ELV, GRZ),
    say.profile(GRZ, needs=["oxygen"], sex="male"),
    say.profile(ELV, code="U1", area="3118"),
    say.profile(ELV, legal_title="wzd-rm", area="3118"),
)


@dataclass
class Place:
    """A region of which anything may be said."""

    region: Region
    story: Script
    asked: int = 0

    @classmethod
    def new(cls) -> "Place":
        story = Script()
        region = Region.empty(story.region)
        agreed = say.agreements(*UNITS, placement={"excluded_named": NAMED}, **PLACED)
        region.step(story.adopts(agreed))
        return cls(region, story)

    def hears(self, what: str, name: str, number: int, ago: int) -> None:
        self.story.passes(seconds=1)
        match what:
            case "all report":
                for each in BEDS:
                    self._says(say.capacity(each, number + 1, self.story.now))
            case "asks":
                self.asked += 1
                wanted = PROFILES[number].model_copy(update={"urgency": say.urgency(name)})
                self._says(say.request(f"r-{self.asked}", wanted, self.story.now))
            case "takes" | "refuses":
                self._answers(what, number)
            case "waits":
                self.region.step(self.story.ticks(minutes=number))
            case "restarts":
                self.region = Region.restore(self.region.snapshot())
            case _:
                self._of_a_unit(what, name, number, moment(self.region.now - ago * 60_000))

    def _of_a_unit(self, what: str, name: str, number: int, at: datetime) -> None:
        end = moment(self.region.now + number * 60_000)
        said: dict[str, Frozen] = {
            "reports": say.capacity(name, number, at),
            "stands": ReportAnswered(unit=name, ask="ronde-1", observed_at=at),
            "stops": say.stop(name, at, until=end),
            "closes": say.unit_closed(name, at, until=end),
            "warns": say.warning(name, at),
            "lifts": say.lifted(name, at),
        }
        self._says(said[what])

    def _answers(self, what: str, number: int) -> None:
        requests = self.region.state.requests.values()
        offers = [(each.id, offer.id) for each in requests for offer in each.offers.values()]
        if offers:
            answer = say.accepted if what == "takes" else say.declined
            self._says(answer(*offers[number % len(offers)], self.story.now))

    def _says(self, said: Frozen) -> None:
        self.region.step(self.story.says(said))


def counted(region: Region, care_type: CareType) -> CareTypeAvailability:
    """One by one."""
    units, rules, now = region.parts.units, region.parts.rules, region.now
    pairs = [(unit, units.state(unit.id)) for unit in rules.units_of(care_type)]
    fresh = [(unit, state) for unit, state in pairs if units.fresh(unit, state, now=now)]
    observed = [at for unit, state in fresh if (at := units.observed_at(unit, state)) is not None]
    taking = (UnitStatus.OPEN, UnitStatus.WARNING)
    return CareTypeAvailability(
        region=region.name,
        care_type=care_type,
        units=len(pairs),
        units_known=len(fresh),
        units_never=sum(units.observed_at(unit, state) is None for unit, state in pairs),
        measure=measure_of(care_type),
        units_warning=sum(state.status is UnitStatus.WARNING for _, state in pairs),
        units_stop=sum(state.status is UnitStatus.STOP for _, state in pairs),
        units_closed=sum(state.status is UnitStatus.CLOSED for _, state in pairs),
        free=sum(units.free(unit, state, now=now) or 0 for unit, state in fresh if state.status in taking),
        oldest_observed_at=moment(min(observed)) if observed else None,
        as_of=moment(now),
        version=region.offset,
    )


@settings(max_examples=60)
@example([("reports", NAMES[-1], 2, 15), ("lifts", NAMES[-1], 0, 0), ("waits", "", 10, 0)])
@given(st.lists(SAID, min_size=1, max_size=25))
def test_sums_kept_are_sums_counted_one_by_one(said: list[tuple[str, str, int, int]]) -> None:
    place = Place.new()
    for each in said:
        place.hears(*each)
        region = place.region
        for care_type in (ELV, GRZ, SEH):
            shown = region.parts.units.care_type_view(region.name, care_type, now=region.now, version=region.offset)
            assert shown == counted(region, care_type), each


@settings(max_examples=60)
@given(st.lists(SAID, min_size=1, max_size=25), st.sets(st.sampled_from(NAMES), max_size=3), st.integers(0, 2))
def test_who_is_asked_is_who_would_be_found_among_all(
    said: list[tuple[str, str, int, int]], declined: set[str], kept_free: int
) -> None:
    place = Place.new()
    for each in said:
        place.hears(*each)
    region, units = place.region, place.region.parts.units
    candidates = Candidates(units=units, rules=region.parts.rules)
    candidates.keep_free["r-other"] = kept_free
    shortlist = Shortlist(candidates, units=units, rules=region.parts.rules)
    others = [
        Request(say.request("r-other", profile, place.story.now).model_copy(update=more), say.OWNER, region.now)
        for profile in PROFILES
        for more in ({}, {"origin": SITE, "preferred": ("elv-03", "grz-01")})
    ]
    for other in others:
        other.passed = {
            name: Passed(ExclusionCode.DECLINED, DeclineReason.OTHER, region.now, lifts=False)
            for name in sorted(declined)
        }
    for request in (*region.state.requests.values(), *others):
        found, excluded = candidates.find(request, now=region.now)
        ranked = shortlist.best(request, now=region.now)
        passed = shortlist.passed_over(request, now=region.now)
        first = ranked.order[: RUNNERS_UP_MAX + 1]
        assert first == [(points, name) for points, name, _ in found[: len(first)]]
        assert len(first) == min(len(found), RUNNERS_UP_MAX + 1)
        assert shortlist.explained(request, first, ranked, now=region.now) == found[: len(first)]
        assert passed.named == excluded[:NAMED]
        assert Counter({each.code: each.units for each in passed.others}) == Counter(
            each.code for each in excluded[NAMED:]
        )


@given(
    st.lists(st.integers(0, 400), min_size=1, max_size=40),
    st.lists(st.integers(0, 39), max_size=3),
    st.sampled_from([0, 1, 3]),
)
def test_of_many_alike_the_newest_are_found_without_a_look_at_the_rest(
    ages: list[int], preferred: list[int], points: int
) -> None:
    """Ages in seconds; nothing is known of where the patient is, so that age and name are all that differs."""
    story = Script()
    region = Region.empty(story.region)
    names = [f"elv-{number:02}" for number in range(40)]
    weights = {"points_per_age_minute": points}
    region.step(story.adopts(say.agreements(*(say.unit(name, ELV) for name in names), placement=weights)))
    story.passes(minutes=10)
    for name, age in zip(names, ages, strict=False):
        region.step(story.says(say.capacity(name, 1, story.now - timedelta(seconds=age))))
    wanted = say.request("r-1", (ELV,), story.now)
    wanted = wanted.model_copy(update={"preferred": tuple(names[number] for number in preferred)})
    request = Request(wanted, say.OWNER, region.now)
    units, rules = region.parts.units, region.parts.rules
    candidates = Candidates(units=units, rules=rules)

    found, _ = candidates.find(request, now=region.now)
    ranked = Shortlist(candidates, units=units, rules=rules).best(request, now=region.now)

    most = RUNNERS_UP_MAX + 1
    assert ranked.order[:most] == [(points, name) for points, name, _ in found[:most]]


def offered(region: Region, story: Script) -> tuple[PlacementOffered, str]:
    """Somebody needs oxygen, and of thirty houses the last one has it."""
    names = [f"elv-{number:02}" for number in range(30)]
    units = [say.unit(name, ELV, properties=("oxygen",) if name == names[-1] else ()) for name in names]
    region.step(story.adopts(say.agreements(*units, placement={"excluded_named": NAMED})))
    for name in names:
        region.step(story.says(say.capacity(name, 0 if name == names[25] else 1, story.now)))
    region.step(story.says(say.unit_closed(names[24], story.passes(seconds=1))))
    (made,) = region.step(story.says(say.request("r-1", (ELV,), story.passes(seconds=1), needs=["oxygen"])))
    assert isinstance(made.data, PlacementOffered)
    return made.data, explaining.tell(made)


def test_an_offer_names_as_many_as_was_agreed_and_counts_the_others_and_who_explains_names_all() -> None:
    decided, told = offered(Region.empty("rijnmond"), Script())
    assert [each.unit for each in decided.excluded] == [f"elv-{number:02}" for number in range(NAMED)]
    assert decided.not_named == (CodeCount(code=ExclusionCode.PROPERTY_MISSING, units=9),)
    assert "9 others                     property-missing" in told

    in_full, told = offered(Region.empty("rijnmond", in_full=True), Script())
    assert [each.unit for each in in_full.excluded] == [f"elv-{number:02}" for number in range(29)]
    assert in_full.not_named is None
    assert "others" not in told
    assert (in_full.unit, in_full.score) == (decided.unit, decided.score)
