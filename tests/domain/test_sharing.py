"""Who sees what: levels as agreed, organisations that share less, and figures too small to be told."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoedplein.domain.agreements import Rules
from spoedplein.domain.sharing import ORDER, Viewer
from spoedplein.testing.builders import EVENING, agreements, site, unit
from spoedplein_schemas.sharing import Audience, PublicationLevel, Subject
from spoedplein_schemas.views import QueueBoard, QueueClass, SiteBoard, UnitAvailability
from spoedplein_schemas.vocabulary import CareType, UnitStatus

ELV, HIC, HAP = CareType.ELV_HOOG, CareType.GGZ_HIC, CareType.HAP
UNITS = (
    unit("elv-a", ELV, site="schiedam"),
    unit("elv-b", ELV, site="vlaardingen"),
    unit("elv-c", ELV),
    unit("hic-a", HIC),
)
SITES = (site("schiedam"), site("vlaardingen"))

Row = dict[str, object]


def rules(*rows: Row, least: int = 3) -> Rules:
    return Rules(agreements(*UNITS, sites=SITES, sharing={"least_places": least, "levels": rows}))


def row(audience: str, subject: str, level: str, **more: object) -> Row:
    return {"audience": audience, "subject": subject, "level": level, **more}


def view(name: str, free: int | None, *, staffed: int = 10, status: UnitStatus = UnitStatus.OPEN) -> UnitAvailability:
    known = next(each for each in UNITS if each.id == name)
    return UnitAvailability(
        region="rijnmond", unit=name, organisation=known.organisation, care_type=known.care_type, status=status,
        staffed=None if free is None else staffed, free=free, observed_at=None if free is None else EVENING,
        as_of=EVENING, version=1,
    )  # fmt: skip


VIEWS = [view("elv-a", 1), view("elv-b", 2), view("elv-c", None), view("hic-a", 1, staffed=1)]


@pytest.mark.parametrize(
    ("audience", "rows", "subject", "about", "level"),
    [
        pytest.param("public", (), "availability", None, "region", id="citizens see sums"),
        pytest.param("professional", (), "availability", None, "unit", id="who seeks a place sees the unit"),
        pytest.param("public", (), "stops", None, "region", id="stops per region, as national figures"),
        pytest.param("public", (), "queues", None, "none", id="citizens see no queue"),
        pytest.param(
            "public", (row("public", "stops", "site"),), "stops", None, "site", id="this region tells more"),
        pytest.param(
            "public", (row("public", "availability", "none"),), "availability", None, "none", id="or nothing"),
        pytest.param(
            "public", (row("public", "availability", "none", care_types=["ggz-hic"]),), "availability", HIC,
            "none", id="one care type apart"),
        pytest.param(
            "public", (row("public", "availability", "none", care_types=["ggz-hic"]),), "availability", ELV,
            "region", id="the others as usual"),
        pytest.param(
            "professional",
            (row("professional", "availability", "site"),
             row("professional", "availability", "unit", care_types=["elv-hoog"])), "availability", ELV, "unit",
            id="a row for a care type goes before one for all"),
    ],
)  # fmt: skip
def test_the_level_is_as_agreed(
    *, audience: str, rows: tuple[Row, ...], subject: str, about: CareType | None, level: str
) -> None:
    viewer = Viewer(rules(*rows), Audience(audience))

    assert viewer.level(Subject(subject), care_type=about) == level


@pytest.mark.parametrize(
    ("organisation", "wants", "level"),
    [
        pytest.param("huis-elv-a", "region", "region", id="an organisation shares less"),
        pytest.param("huis-elv-a", "none", "none", id="or nothing"),
        pytest.param("huis-elv-b", "none", "site", id="that is no affair of another"),
    ],
)
def test_an_organisation_may_only_take_away(organisation: str, wants: str, level: str) -> None:
    rows = (
        row("neighbour", "availability", "site"),
        row("neighbour", "availability", wants, organisations=["huis-elv-a"]),
        row("neighbour", "availability", "unit", organisations=["huis-elv-b"]),
    )
    viewer = Viewer(rules(*rows), Audience.NEIGHBOUR)

    assert viewer.level(Subject.AVAILABILITY, care_type=ELV, organisation=organisation) == level


def test_a_provider_always_sees_his_own_units() -> None:
    viewer = Viewer(rules(row("provider", "availability", "none")), Audience.PROVIDER, organisation="huis-elv-b")

    assert [(shown.place, shown.free) for shown in viewer.availability(VIEWS)] == [("elv-b", 2)]


@pytest.mark.parametrize(
    ("level", "least", "shown"),
    [
        pytest.param("none", 3, [], id="nothing"),
        pytest.param(
            "region", 3, [("elv-hoog", None, 3, False, 3, 1), ("ggz-hic", None, None, True, 1, 0)],
            id="a sum; the only bed of its kind is not told"),
        pytest.param(
            "region", 1, [("elv-hoog", None, 3, False, 3, 1), ("ggz-hic", None, 1, False, 1, 0)],
            id="a region that tells that too"),
        pytest.param(
            "site", 3,
            [("elv-hoog", None, None, False, 1, 1), ("elv-hoog", "schiedam", 1, False, 1, 0),
             ("elv-hoog", "vlaardingen", 2, False, 1, 0), ("ggz-hic", None, None, True, 1, 0)],
            id="by site; the unknown is unknown and not none"),
        pytest.param(
            "unit", 3,
            [("elv-hoog", "elv-a", 1, False, 1, 0), ("elv-hoog", "elv-b", 2, False, 1, 0),
             ("elv-hoog", "elv-c", None, False, 1, 1), ("ggz-hic", "hic-a", 1, False, 1, 0)],
            id="by unit, to professionals"),
    ],
)  # fmt: skip
def test_availability_is_as_fine_as_the_level(level: str, least: int, shown: list[tuple[object, ...]]) -> None:
    viewer = Viewer(rules(row("professional", "availability", level), least=least), Audience.PROFESSIONAL)

    assert [
        (each.care_type, each.place, each.free, each.few, each.units, each.units_unknown)
        for each in viewer.availability(VIEWS)
    ] == shown


@pytest.mark.parametrize(
    ("views", "free", "unknown"),
    [
        pytest.param([view("elv-a", 2, status=UnitStatus.STOP), view("elv-b", 3)], 3, 0, id="a stop"),
        pytest.param([view("elv-a", 2, status=UnitStatus.CLOSED), view("elv-b", 3)], 3, 0, id="a closing"),
        pytest.param([view("elv-a", 2, status=UnitStatus.WARNING), view("elv-b", 3)], 5, 0, id="no warning"),
        pytest.param([view("elv-a", 2, status=UnitStatus.STOP)], 0, 0, id="none takes anybody"),
        pytest.param([view("elv-a", None, status=UnitStatus.STOP)], None, 1, id="unknown stays unknown"),
        pytest.param(
            [view("elv-a", 2, status=UnitStatus.STOP), view("elv-b", None)], 0, 1, id="none known is free"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.NEIGHBOUR])
def test_no_place_is_free_behind_a_stop_or_a_closing(
    audience: Audience, views: list[UnitAvailability], free: int | None, unknown: int
) -> None:
    (shown,) = Viewer(rules(), audience).availability(views)
    assert (shown.free, shown.units_unknown) == (free, unknown)


def test_to_citizens_a_single_bed_is_not_told_even_by_unit() -> None:
    viewer = Viewer(rules(row("public", "availability", "unit")), Audience.PUBLIC)

    assert {each.place: each.free for each in viewer.availability(VIEWS)}["hic-a"] is None


def test_stops_are_counted_and_name_no_unit_to_citizens() -> None:
    views = [view("elv-a", 1, status=UnitStatus.STOP), view("elv-b", 1, status=UnitStatus.WARNING), view("elv-c", 1)]

    (shown,) = Viewer(rules(), Audience.PUBLIC).stops(views)
    assert (shown.place, shown.units, shown.warning, shown.stop, shown.closed) == (None, 3, 1, 1, 0)


def test_queues_are_lengths_and_never_patients() -> None:
    waiting = QueueClass(rank=2, length=4, oldest_since=EVENING - timedelta(minutes=30), breaches=0)
    queue = QueueBoard(service=HAP, immediate=("c-1",), classes=(waiting,), next=())
    boards = [
        SiteBoard(
            region="rijnmond", site=name, status=UnitStatus.OPEN, queues=(queue,), underway=(), as_of=EVENING, version=1
        )
        for name in ("schiedam", "vlaardingen")
    ]

    professional, neighbour, public = (
        Viewer(rules(), audience).queues(boards)
        for audience in (Audience.PROFESSIONAL, Audience.NEIGHBOUR, Audience.PUBLIC)
    )
    assert [(shown.place, shown.waiting) for shown in professional] == [("schiedam", 5), ("vlaardingen", 5)]
    assert [(shown.place, shown.waiting) for shown in neighbour] == [(None, 10)]
    assert neighbour[0].oldest_since == EVENING - timedelta(minutes=30)
    assert public == []


@given(
    st.sampled_from(list(Audience)),
    st.sampled_from(list(PublicationLevel)),
    st.lists(st.none() | st.integers(0, 5), min_size=4, max_size=4),
    st.integers(1, 30),
)
def test_a_coarser_level_never_tells_more(
    audience: Audience, level: PublicationLevel, free: list[int | None], least: int
) -> None:
    """Known sums add up to what is free, or to less; below the level of units no unit is named."""
    views = [view(each.id, count) for each, count in zip(UNITS, free, strict=True)]
    shown = Viewer(rules(row(audience, "availability", level), least=least), audience).availability(views)

    named = {each.place for each in shown}
    assert sum(each.free or 0 for each in shown) <= sum(count or 0 for count in free)
    assert all(each.free is None for each in shown if each.few)
    if ORDER.index(level) < ORDER.index(PublicationLevel.UNIT):
        assert named.isdisjoint(each.id for each in UNITS)
    if ORDER.index(level) < ORDER.index(PublicationLevel.SITE):
        assert named <= {None}
