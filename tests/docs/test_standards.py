"""What README says of standards is what the code's tables say: which word is which, and what has none."""

import pytest

from spoedplein.portal.standards import lpz
from spoedplein.portal.standards.fhir import terms
from spoedplein.portal.standards.fhir.answers import MOVES
from spoedplein.portal.standards.fhir.capability import SERVED, interactions
from spoedplein.portal.standards.fhir.measures import COUNTED
from spoedplein.portal.standards.have import BED_TYPE, CHILDREN_BED_TYPE, ISOLATION_BED_TYPE, TRAFFIC
from spoedplein_schemas import kind_of
from spoedplein_schemas.vocabulary import CareType, UnitStatus
from tests.docs.reading import Page, bare, names, words

NOTHING = "\N{EN DASH}"


@pytest.fixture(scope="module")
def readme() -> Page:
    return Page("README.md")


def cell(word: str | None) -> str:
    return NOTHING if word is None else f"`{word}`"


def test_every_resource_is_listed_with_what_can_be_done_and_asked(readme: Page) -> None:
    listed = [
        (bare(row["Resource"]), words(row["Interactions"]), names(row["Searched by"]), row["What it is"])
        for row in readme.table("FHIR resources")
    ]
    assert listed == [
        (each.kind, set(interactions(each)), {one.name for one in each.parameters}, each.says) for each in SERVED
    ]


def test_every_care_type_is_listed_with_its_words(readme: Page) -> None:
    listed = [
        (bare(row["Care type"]), row["`Location.type`"], row["`BedType`"])
        for row in readme.table("Care types in other words")
    ]
    assert listed == [(each, cell(terms.LOCATION_TYPE[each]), cell(BED_TYPE[each])) for each in CareType]


def test_the_other_bed_types_are_named(readme: Page) -> None:
    said = names(readme.section("Care types in other words"))
    assert {*CHILDREN_BED_TYPE.values(), *ISOLATION_BED_TYPE.values()} <= said


def test_every_status_of_a_unit_is_listed_with_its_words(readme: Page) -> None:
    rows = readme.table("Statuses of units in other words")
    told = [(row["Status"], row["`Location.status`"], row["`EMSTrafficStatus`"], row["LPZ"]) for row in rows]
    assert told == [
        *(
            (cell(each), cell(terms.LOCATION_STATUS[each]), cell(TRAFFIC[each]), cell(lpz.WORDS[each]))
            for each in UnitStatus
        ),
        ("not known to be open", cell("active"), NOTHING, cell(lpz.WORDS["unknown"])),
    ]


@pytest.mark.parametrize(
    ("title", "columns", "table"),
    [
        pytest.param("Places as slots", ("Place", "`Slot.status`"), terms.SLOT_STATUS, id="slots"),
        pytest.param(
            "Requests as ServiceRequest", ("State", "`ServiceRequest.status`"), terms.REQUEST_STATUS, id="requests"
        ),
        pytest.param("Offers as Task", ("Offer", "`Task.status`"), terms.TASK_STATUS, id="offers"),
    ],
)
def test_every_state_is_listed_with_its_code(
    readme: Page, title: str, columns: tuple[str, str], table: dict[str, str]
) -> None:
    listed = [tuple(bare(row[column]) for column in columns) for row in readme.table(title)]
    assert listed == list(table.items())


def test_what_a_provider_may_write_is_listed_with_the_event(readme: Page) -> None:
    listed = {bare(row["Offer"]): names(row["May be set to"]) for row in readme.table("Offers as Task")}
    assert listed == {
        phase: {word for move in MOVES if phase in move.was for word in (move.status, kind_of(move.event).name)}
        for phase in terms.OfferPhase
    }


def test_every_count_is_listed_with_saners_word(readme: Page) -> None:
    listed = [(bare(row["Count"]), row["SANER"], row["Meaning"]) for row in readme.table("Counts as SANER")]
    assert listed == [(each.field, cell(each.of_beds), each.meaning) for each in COUNTED]
