"""The hard rules: who may be offered which place, when. The last columns are the outcome and its reason."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from spoedplein.domain.eligibility import exclusion, opens_at
from spoedplein.testing.builders import (
    EVENING,
    accepted,
    admitted,
    capacity,
    lifted,
    opened,
    profile,
    request,
    stop,
    unit,
    unit_closed,
    warning,
)
from spoedplein_schemas.agreements import Unit
from spoedplein_schemas.capacity import ReportAnswered
from spoedplein_schemas.decisions import PlacementOffered
from spoedplein_schemas.placement import Profile
from spoedplein_schemas.vocabulary import (
    AgeBand,
    CareType,
    Frozen,
    LegalTitle,
    Property,
    Registration,
    Sex,
    millis,
)
from tests.domain.story import Story

AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
ELV, GGZ, WLZ, RESPIJT = CareType.ELV_HOOG, CareType.GGZ_HIC, CareType.WLZ_CRISIS_VV, CareType.RESPIJT
MINUTE: Final = timedelta(minutes=1)
OFFERED: Final = ("offered", None)
#: An ELV figure is valid for eight hours.
VALIDITY: Final = timedelta(hours=8)


def why_not(
    person: Profile,
    place: Unit,
    *,
    at: datetime = EVENING,
    said: tuple[Frozen, ...] | None = None,
    **agreed: Any,  # noqa: ANN401  pydantic checks
) -> Any:  # noqa: ANN401
    """("offered", None), or the code and the detail; one place was free just before, unless `said` says otherwise."""
    start = min(EVENING, at) - timedelta(days=1)
    story = Story(place, start=start, **agreed)
    story.jumps(at)
    story.all_say((capacity(place.id, 1, at),) if said is None else said)
    parts = story.core.parts
    found = exclusion(person, parts.rules.units[place.id], parts.units, rules=parts.rules, now=millis(at))
    return OFFERED if found is None else (found.code.value, found.detail)


def place(care_type: CareType = ELV, **more: Any) -> Unit:  # noqa: ANN401  pydantic checks
    return unit("plek", care_type, **more)


# --- the law ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "none", "wzd", "wvggz", "both"),
    [
        pytest.param(LegalTitle.VOLUNTARY, True, True, True, True, id="voluntary: anywhere"),
        pytest.param(LegalTitle.WZD_BESLUIT, False, True, False, True, id="Wzd besluit tot opname en verblijf"),
        pytest.param(LegalTitle.WZD_RM, False, True, False, True, id="Wzd rechterlijke machtiging"),
        pytest.param(LegalTitle.WZD_IBS, False, True, False, True, id="Wzd inbewaringstelling"),
        pytest.param(LegalTitle.WVGGZ_CM, False, False, True, True, id="Wvggz crisismaatregel"),
        pytest.param(LegalTitle.WVGGZ_ZM, False, False, True, True, id="Wvggz zorgmachtiging"),
    ],
)
def test_a_compulsory_title_needs_a_location_registered_for_its_law(
    *, title: LegalTitle, none: bool, wzd: bool, wvggz: bool, both: bool
) -> None:
    """CIZ factsheet opname en verblijf in de Wzd; Wzd and Wvggz do not stand in for each other."""
    expected = dict(zip(Registration, (none, wzd, wvggz, both), strict=True))
    found = {
        registration: why_not(profile(GGZ, legal_title=title), place(GGZ, registration=registration))
        for registration in Registration
    }

    assert found == {
        registration: OFFERED if may else ("legal-title", f"registered: {registration.value}")
        for registration, may in expected.items()
    }


@pytest.mark.parametrize(
    ("care_type", "indicated", "not_indicated"),
    [
        pytest.param(CareType.ELV_LAAG, "wlz-indication", "offered", id="ELV low"),
        pytest.param(CareType.ELV_HOOG, "wlz-indication", "offered", id="ELV high"),
        pytest.param(CareType.ELV_PALLIATIEF, "wlz-indication", "offered", id="ELV palliative"),
        pytest.param(CareType.WLZ_CRISIS_VV, "offered", "offered", id="Wlz crisis V&V"),
        pytest.param(CareType.WLZ_CRISIS_GZ, "offered", "offered", id="Wlz crisis GZ"),
        pytest.param(CareType.RESPIJT, "offered", "offered", id="respite"),
        pytest.param(CareType.ONGELABELD, "offered", "offered", id="no label yet"),
        pytest.param(CareType.GRZ, "offered", "offered", id="GRZ"),
    ],
)
def test_a_wlz_indication_rules_elv_out(care_type: CareType, indicated: str, not_indicated: str) -> None:
    with_it, without = profile(care_type, wlz_indication=True), profile(care_type)

    assert (why_not(with_it, place(care_type))[0], why_not(without, place(care_type))[0]) == (indicated, not_indicated)


# --- what the care is for -----------------------------------------------------------------------------------------

LAAG, PALLIATIEF, WLZ_GZ = CareType.ELV_LAAG, CareType.ELV_PALLIATIEF, CareType.WLZ_CRISIS_GZ
WMO, GRZ = CareType.WMO_SPOED, CareType.GRZ
GP_AGREED: Final = [{"care_type": "elv-laag", "validity_minutes": 480, "answer_minutes": 30, "gp_required": True}]
ZORGKANTOOR, LHV, VERENSO, LEEDE, REGION = "zorgkantoren", "LHV", "Verenso", "huisterleede.nl", "region's agreement"


@pytest.mark.parametrize(
    ("care_type", "person", "source", "outcome", "reason"),
    [
        (WLZ, {"wlz_indication": True}, ZORGKANTOOR, "offered", None),
        (WLZ, {"wlz_expected": True}, ZORGKANTOOR, "offered", None),
        (WLZ, {}, ZORGKANTOOR, "offered", None),
        (WLZ, {"wlz_expected": False}, ZORGKANTOOR, "wlz-needed", "indication, now or within two weeks"),
        (WLZ_GZ, {"wlz_expected": False}, ZORGKANTOOR, "wlz-needed", "indication, now or within two weeks"),
        (WLZ, {"wlz_indication": True, "wlz_expected": False}, ZORGKANTOOR, "offered", None),
        (ELV, {"wlz_expected": False}, ZORGKANTOOR, "offered", None),
        (PALLIATIEF, {"expectancy_under_three_months": True}, LEEDE, "offered", None),
        (PALLIATIEF, {}, LEEDE, "offered", None),
        (PALLIATIEF, {"expectancy_under_three_months": False}, LEEDE, "life-expectancy", "under three months"),
        (ELV, {"expectancy_under_three_months": False}, LEEDE, "offered", None),
        (RESPIJT, {"medically_stable": True}, LHV, "offered", None),
        (RESPIJT, {}, LHV, "offered", None),
        (RESPIJT, {"medically_stable": False}, LHV, "medically-unstable", None),
        (WMO, {"medically_stable": False}, LHV, "medically-unstable", None),
        (ELV, {"medically_stable": False}, LHV, "offered", None),
        (ELV, {"stay_hours": 23}, VERENSO, "stay-too-short", "from 24 hours"),
        (ELV, {"stay_hours": 24}, VERENSO, "offered", None),
        (ELV, {"stay_hours": 92 * 24}, VERENSO, "offered", None),
        (ELV, {"stay_hours": 92 * 24 + 1}, VERENSO, "stay-too-long", "to 92 days"),
        (GRZ, {"stay_hours": 200 * 24}, "no limit verified", "offered", None),
        (LAAG, {"gp_keeps_treating": True}, REGION, "offered", None),
        (LAAG, {"gp_keeps_treating": False}, REGION, "gp-needed", "GP does not go on"),
        (LAAG, {}, REGION, "gp-needed", "not entered"),
        (ELV, {"gp_keeps_treating": False}, REGION, "offered", None),
    ],
)
def test_what_was_entered_of_a_person_is_held_against_what_the_care_is_for(
    *, care_type: CareType, person: dict[str, Any], source: str, outcome: str, reason: str | None
) -> None:
    """What nobody entered keeps nobody out; only the GP must be entered, where that was agreed."""
    assert source
    assert why_not(profile(care_type, **person), place(care_type), rules=GP_AGREED) == (outcome, reason)


def test_without_that_agreement_nobody_asks_for_the_gp() -> None:
    assert why_not(profile(LAAG, gp_keeps_treating=False), place(LAAG)) == OFFERED


# --- the person and the place -------------------------------------------------------------------------------------

CLOSED, OPEN = Property.CLOSED_WARD, Property.OPEN_WARD
OXYGEN, LIFT = Property.OXYGEN, Property.BARIATRIC
OLD, ADULT, CHILD = AgeBand.OLD, AgeBand.ADULT, AgeBand.CHILD
SENIORS = {"age_bands": ("65-79", "80+")}


@pytest.mark.parametrize(
    ("person", "the_place", "outcome", "reason"),
    [
        pytest.param({"age_band": OLD}, SENIORS, "offered", None, id="80+ in a house for 65 and over"),
        pytest.param({"age_band": ADULT}, SENIORS, "age-band", "takes 65-79, 80+", id="40 in a house for 65 and over"),
        pytest.param(
            {"age_band": ADULT},
            {"age_bands": SENIORS["age_bands"] * 20},
            "age-band",
            "takes 65-79, 80+",
            id="the same, written down over and over",
        ),
        pytest.param({"age_band": CHILD}, {}, "offered", None, id="a child where no age was agreed"),
        pytest.param({"sex": Sex.FEMALE}, {"sex": "any"}, "offered", None, id="a woman, any room"),
        pytest.param({"sex": Sex.FEMALE}, {"sex": "female"}, "offered", None, id="a woman, a room for women"),
        pytest.param({"sex": Sex.FEMALE}, {"sex": "male"}, "sex", "takes male", id="a woman, a room for men"),
        pytest.param({"sex": None}, {"sex": "any"}, "offered", None, id="sex not given, any room"),
        pytest.param({"sex": None}, {"sex": "female"}, "sex", "takes female", id="sex not given, a room for women"),
        pytest.param({"sex": Sex.ANY}, {"sex": "male"}, "sex", "takes male", id="sex left open, a room for men"),
        pytest.param({"needs": []}, {"properties": [OXYGEN]}, "offered", None, id="needs nothing, the place has more"),
        pytest.param({"needs": [OXYGEN]}, {"properties": [OXYGEN, LIFT]}, "offered", None, id="needs oxygen, there"),
        pytest.param(
            {"needs": [OXYGEN]}, {"properties": []}, "property-missing", "lacks oxygen", id="needs oxygen, not there"
        ),
        pytest.param(
            {"needs": [OXYGEN, LIFT]}, {"properties": [OXYGEN]}, "bariatric", "lacks bariatric", id="one of two"
        ),
        pytest.param(
            {"needs": ["isolation-negative-flow"]},
            {"properties": ["isolation-other"]},
            "isolation",
            "lacks isolation-negative-flow",
            id="negative flow is needed, the unit has another isolation",
        ),
        pytest.param(
            {"needs": ["isolation-other"]}, {"properties": ["isolation-other"]}, "offered", None, id="isolation, there"
        ),
        pytest.param({"needs": [LIFT]}, {"properties": [OXYGEN]}, "bariatric", "lacks bariatric", id="bariatric"),
        pytest.param({"needs": [CLOSED]}, {"properties": [CLOSED]}, "offered", None, id="needs a closed ward, it is"),
        pytest.param({"needs": [CLOSED]}, {"properties": [OPEN]}, "ward-open", None, id="closed ward, open"),
        pytest.param({"needs": [OPEN]}, {"properties": [OPEN]}, "offered", None, id="needs an open ward, it is"),
        pytest.param({"needs": [OPEN]}, {"properties": [CLOSED]}, "ward-closed", None, id="open ward, it is closed"),
        pytest.param(
            {"needs": [OPEN]}, {"properties": [OPEN, CLOSED]}, "ward-closed", None, id="open ward, partly closed"
        ),
        pytest.param(
            {"needs": [OPEN]}, {"properties": []}, "property-missing", "lacks open-ward", id="open ward, not stated"
        ),
        pytest.param({}, {"properties": [CLOSED]}, "offered", None, id="asks for no kind of ward, it is closed"),
    ],
)
def test_what_a_person_needs_is_what_the_place_has(
    person: dict[str, Any], the_place: dict[str, Any], outcome: str, reason: str | None
) -> None:
    assert why_not(profile(ELV, **person), place(**the_place)) == (outcome, reason)


def test_of_several_rules_the_one_that_no_waiting_mends_is_given() -> None:
    """Law, then person, then status, then hours, then figure."""
    shut = place(registration="none", age_bands=("18-64",), windows=[{"from": "08:00", "until": "10:00"}])
    held = profile(ELV, legal_title=LegalTitle.WZD_RM)
    said = (stop("plek", EVENING),)

    assert why_not(held, shut, said=said)[0] == "legal-title"
    assert why_not(profile(ELV), shut, said=said)[0] == "age-band"
    assert why_not(profile(ELV, age_band=ADULT), shut, said=said)[0] == "stop"
    assert why_not(profile(ELV, age_band=ADULT), shut, said=())[0] == "outside-window"
    assert why_not(profile(ELV, age_band=ADULT), place(), said=())[0] == "never-reported"


# --- hours --------------------------------------------------------------------------------------------------------

WEEK = ["mon", "tue", "wed", "thu", "fri"]
OFFICE = {"from": "08:00", "until": "18:00"}
NIGHT = {"from": "22:00", "until": "06:00"}


def local(text: str, *, fold: int = 0) -> datetime:
    """A time on the clock in Amsterdam; `fold=1` is the second 02:30 of the night on which summer time ends."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=AMSTERDAM, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("windows", "moment", "admits", "next_opens"),
    [
        pytest.param([], "2026-01-10 03:00:00", True, None, id="no hours agreed: always"),
        pytest.param([OFFICE], "2026-01-12 07:59:59", False, "2026-01-12 08:00:00", id="a second before opening"),
        pytest.param([OFFICE], "2026-01-12 08:00:00", True, None, id="at opening"),
        pytest.param([OFFICE], "2026-01-12 17:59:59", True, None, id="the last second"),
        pytest.param([OFFICE], "2026-01-12 18:00:00", False, "2026-01-13 08:00:00", id="at closing"),
        pytest.param([OFFICE | {"days": WEEK}], "2026-01-10 12:00:00", False, "2026-01-12 08:00:00", id="Saturday"),
        pytest.param([OFFICE | {"days": WEEK}], "2026-01-09 19:00:00", False, "2026-01-12 08:00:00", id="Friday night"),
        pytest.param([OFFICE | {"days": ["sat"]}], "2026-01-10 12:00:00", True, None, id="Saturdays only, and it is"),
        pytest.param([OFFICE | {"days": ["sat"]}], "2026-01-10 19:00:00", False, "2026-01-17 08:00:00", id="in a week"),
        pytest.param([NIGHT], "2026-01-10 21:59:59", False, "2026-01-10 22:00:00", id="before a night window"),
        pytest.param([NIGHT], "2026-01-10 23:59:59", True, None, id="before midnight"),
        pytest.param([NIGHT], "2026-01-11 00:00:00", True, None, id="at midnight"),
        pytest.param([NIGHT], "2026-01-11 05:59:59", True, None, id="after midnight"),
        pytest.param([NIGHT], "2026-01-11 06:00:00", False, "2026-01-11 22:00:00", id="at the end of the night"),
        pytest.param([NIGHT | {"days": ["fri"]}], "2026-01-10 03:00:00", True, None, id="the night after Friday"),
        pytest.param(
            [NIGHT | {"days": ["fri"]}], "2026-01-09 03:00:00", False, "2026-01-09 22:00:00", id="the night before it"
        ),
        pytest.param([NIGHT | {"days": ["sun"]}], "2026-01-12 03:00:00", True, None, id="from Sunday into Monday"),
        pytest.param([{"from": "00:00", "until": "00:00"}], "2026-01-10 00:00:00", True, None, id="all day"),
        pytest.param(
            [{"from": "00:00", "until": "00:00", "days": ["mon"]}], "2026-01-11 23:59:59", False, "2026-01-12 00:00:00",
            id="all of Monday, on Sunday",
        ),
        pytest.param(
            [{"from": "08:00", "until": "08:00", "days": ["mon"]}], "2026-01-11 12:00:00", False, "2026-01-12 00:00:00",
            id="equal times mean all day, from midnight",
        ),
        pytest.param([OFFICE, NIGHT], "2026-01-12 19:00:00", False, "2026-01-12 22:00:00", id="the first of two"),
        pytest.param([OFFICE, NIGHT], "2026-01-12 23:00:00", True, None, id="in the second of two"),
    ],
)  # fmt: skip
def test_a_place_admits_in_its_hours(
    windows: list[dict[str, Any]], moment: str, admits: bool, next_opens: str | None
) -> None:
    at = local(moment)
    the_place = place(windows=windows)
    hours = ", ".join(f"{window['from']}-{window['until']}" for window in windows)
    rules = Story(the_place).core.parts.rules

    assert why_not(profile(ELV), the_place, at=at) == (OFFERED if admits else ("outside-window", f"admits {hours}"))
    assert opens_at(the_place, rules=rules, now=millis(at)) == millis(local(next_opens) if next_opens else at)


@pytest.mark.parametrize(
    ("window", "utc", "admits"),
    [
        # 2026-03-29: 01:59:59 is followed by 03:00:00, at 01:00 UTC.
        pytest.param(("02:30", "06:00"), "2026-03-29 00:59", False, id="spring: the minute before the jump"),
        pytest.param(("02:30", "06:00"), "2026-03-29 01:00", True, id="spring: 03:00, half past two never was"),
        pytest.param(("22:00", "02:30"), "2026-03-29 00:59", True, id="spring: still the night window"),
        pytest.param(("22:00", "02:30"), "2026-03-29 01:00", False, id="spring: its end was jumped over"),
        pytest.param(("08:00", "18:00"), "2026-03-29 06:00", True, id="spring: 08:00 is an hour earlier in UTC"),
        pytest.param(("08:00", "18:00"), "2026-03-29 05:59", False, id="spring: 07:59"),
        # 2026-10-25: 02:59:59 is followed by 02:00:00, at 01:00 UTC.
        pytest.param(("02:30", "06:00"), "2026-10-25 00:30", True, id="autumn: the first half past two"),
        pytest.param(("02:30", "06:00"), "2026-10-25 01:15", False, id="autumn: back at a quarter past two"),
        pytest.param(("02:30", "06:00"), "2026-10-25 01:30", True, id="autumn: the second half past two"),
        pytest.param(("22:00", "02:30"), "2026-10-25 01:15", True, id="autumn: the night window comes back"),
        pytest.param(("08:00", "18:00"), "2026-10-25 06:59", False, id="autumn: 07:59"),
        pytest.param(("08:00", "18:00"), "2026-10-25 07:00", True, id="autumn: 08:00"),
    ],
)
def test_hours_are_those_on_the_wall_on_the_nights_that_the_clock_changes(
    window: tuple[str, str], utc: str, admits: bool
) -> None:
    at = datetime.strptime(utc, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    the_place = place(windows=[{"from": window[0], "until": window[1]}])

    assert (why_not(profile(ELV), the_place, at=at) == OFFERED) is admits


@pytest.mark.parametrize(
    ("window", "utc", "opens_utc"),
    [
        pytest.param(("08:00", "18:00"), "2026-03-28 20:00", "2026-03-29 06:00", id="the morning after spring forward"),
        pytest.param(("08:00", "18:00"), "2026-10-24 20:00", "2026-10-25 07:00", id="the morning after autumn back"),
        pytest.param(("02:45", "06:00"), "2026-10-24 20:00", "2026-10-25 00:45", id="the first of two 02:45"),
        pytest.param(("02:45", "06:00"), "2026-10-25 01:15", "2026-10-25 01:45", id="the second of two 02:45"),
    ],
)
def test_the_next_opening_is_right_around_the_change_of_the_clock(
    window: tuple[str, str], utc: str, opens_utc: str
) -> None:
    now, opens = (datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC) for text in (utc, opens_utc))
    the_place = place(windows=[{"from": window[0], "until": window[1]}])
    rules = Story(the_place).core.parts.rules

    assert opens_at(the_place, rules=rules, now=millis(now)) == millis(opens)


@pytest.mark.parametrize(
    ("needed_by", "outcome"),
    [
        pytest.param(None, "outside-window", id="can wait"),
        pytest.param("2026-01-12 08:00:00", "outside-window", id="needed at opening"),
        pytest.param("2026-01-12 07:59:00", "needed-by", id="needed a minute before opening"),
        pytest.param("2026-01-11 23:00:00", "needed-by", id="needed tonight"),
    ],
)
def test_a_place_that_opens_too_late_is_excluded_for_the_time_that_it_is_needed(
    needed_by: str | None, outcome: str
) -> None:
    by = local(needed_by) if needed_by else None
    found = why_not(
        profile(ELV, needed_by=by), place(windows=[OFFICE | {"days": WEEK}]), at=local("2026-01-11 21:00:00")
    )

    assert found == (outcome, "admits 08:00-18:00")


def test_a_place_that_admits_now_is_in_time_whatever_the_hour_of_need() -> None:
    assert why_not(profile(ELV, needed_by=EVENING - MINUTE), place()) == OFFERED


# --- status -------------------------------------------------------------------------------------------------------

FIGURE = capacity("plek", 1, EVENING - 10 * MINUTE)


@pytest.mark.parametrize(
    ("said", "outcome", "reason"),
    [
        pytest.param([], "offered", None, id="nothing said"),
        pytest.param([warning("plek", EVENING)], "offered", None, id="a warning keeps nobody out"),
        pytest.param([stop("plek", EVENING, until=EVENING + 30 * MINUTE)], "stop", "until 10-01 20:30", id="stop"),
        pytest.param([stop("plek", EVENING)], "stop", "until 11-01 00:00", id="a stop without end: as agreed, 4 h"),
        pytest.param([unit_closed("plek", EVENING)], "closed", None, id="closed"),
        pytest.param(
            [unit_closed("plek", EVENING, until=EVENING + 60 * MINUTE)], "closed", "until 10-01 21:00", id="closed till"
        ),
        pytest.param([stop("plek", EVENING - MINUTE), lifted("plek", EVENING)], "offered", None, id="stop lifted"),
        pytest.param([unit_closed("plek", EVENING - MINUTE), opened("plek", EVENING)], "offered", None, id="opened"),
        pytest.param(
            [lifted("plek", EVENING), stop("plek", EVENING - MINUTE)], "offered", None, id="lifted, stop late"
        ),
    ],
)
def test_a_stop_or_closing_keeps_new_patients_out(said: list[Frozen], outcome: str, reason: str | None) -> None:
    assert why_not(profile(ELV), place(), said=(FIGURE, *said)) == (outcome, reason)


@pytest.mark.parametrize(
    ("code", "on_stop", "when_closed"),
    [
        pytest.param("U0", "offered", "closed", id="U0"),
        pytest.param("U1", "offered", "closed", id="U1"),
        pytest.param("U2", "stop", "closed", id="U2"),
        pytest.param("U5", "stop", "closed", id="U5"),
    ],
)
def test_a_stop_never_holds_back_a_life_threatening_case(code: str, on_stop: str, when_closed: str) -> None:
    """LNAZ: a stop asks to divert if possible. Closed is another thing: there is nobody to take him in."""
    person = profile(ELV, code=code)
    found = [
        why_not(person, place(), said=(FIGURE, shut))[0]
        for shut in (stop("plek", EVENING), unit_closed("plek", EVENING))
    ]

    assert found == [on_stop, when_closed]


# --- the figure ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("late_ms", "confirmed", "outcome", "reason"),
    [
        pytest.param(-1, False, "offered", None, id="a millisecond before its validity ends"),
        pytest.param(0, False, "offered", None, id="at the end of its validity"),
        pytest.param(1, False, "stale", "last seen 480 min ago", id="a millisecond after"),
        pytest.param(3_600_000, False, "stale", "last seen 540 min ago", id="an hour after"),
        pytest.param(3_600_000, True, "offered", None, id="an hour after, but the source said that it stands"),
    ],
)
def test_a_figure_past_its_validity_is_no_ground_for_an_offer(
    late_ms: int, confirmed: bool, outcome: str, reason: str | None
) -> None:
    now = EVENING + VALIDITY + timedelta(milliseconds=late_ms)
    said: list[Frozen] = [capacity("plek", 1, EVENING)]
    if confirmed:
        said.append(ReportAnswered(ask="vraag-1", unit="plek", observed_at=EVENING + VALIDITY))

    assert why_not(profile(ELV), place(), at=now, said=tuple(said)) == (outcome, reason)


def test_a_place_that_never_reported_is_not_offered_even_if_it_says_that_its_figure_stands() -> None:
    assert why_not(profile(ELV), place(), said=()) == ("never-reported", None)
    answered = ReportAnswered(ask="vraag-1", unit="plek", observed_at=EVENING)
    assert why_not(profile(ELV), place(), said=(answered,)) == ("never-reported", None)


def test_a_units_own_validity_goes_before_that_of_its_care_type() -> None:
    said = (capacity("plek", 1, EVENING - 31 * MINUTE),)

    assert why_not(profile(ELV), place(validity_minutes=30), said=said) == ("stale", "last seen 31 min ago")
    assert why_not(profile(ELV), place(validity_minutes=31), said=said) == OFFERED


@pytest.mark.parametrize(
    ("free", "steps", "outcome", "reason"),
    [
        pytest.param(0, "", "full", "0 free, 0 promised or held", id="none free"),
        pytest.param(1, "", "offered", None, id="one free"),
        pytest.param(1, "held", "full", "1 free, 1 promised or held", id="the last one is held"),
        pytest.param(2, "held", "offered", None, id="one of two is held"),
        pytest.param(1, "held promised", "full", "1 free, 1 promised or held", id="the last one is promised"),
        pytest.param(1, "held promised admitted", "full", "1 free, 1 promised or held", id="admitted, not counted yet"),
        pytest.param(1, "held promised admitted counted", "offered", None, id="one free, counted with the patient in"),
        pytest.param(1, "held promised named", "offered", None, id="one free, the report names who is coming"),
    ],
)
def test_a_place_that_is_held_or_promised_is_not_free(free: int, steps: str, outcome: str, reason: str | None) -> None:
    story = Story(place())
    story.says(capacity("plek", free, story.now))
    offer = ""
    for step in steps.split():
        story.passes(minutes=1)
        said: dict[str, Frozen] = {
            "held": request("r-1", (ELV,), story.now),
            "promised": accepted("r-1", offer or "none", story.now),
            "admitted": admitted("r-1", "plek", story.now),
            "counted": capacity("plek", free, story.now),
            "named": capacity("plek", free, story.now, includes=["r-1"]),
        }
        decided = story.says(said[step])
        offer = offer or story.one(decided, PlacementOffered).offer
    parts = story.core.parts
    found = exclusion(profile(ELV), parts.rules.units["plek"], parts.units, rules=parts.rules, now=story.now_ms)

    assert (OFFERED if found is None else (found.code.value, found.detail)) == (outcome, reason)
