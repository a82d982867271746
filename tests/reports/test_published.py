"""What everybody may read of a report: no more than its tables show, and what the region shares by now."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from spoedplein.domain.agreements import Rules
from spoedplein.reports.report import TOTAL, WITHHELD, Cell, Level, NotSharedError, Report, only, report
from spoedplein.reports.triple_aim import Basis, Parameters, read_parameters
from spoedplein.store.reports import Asked, Found
from spoedplein.testing.builders import agreements, unit
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.vocabulary import CareType

SINCE: Final = datetime(2026, 1, 1, tzinfo=UTC)
UNTIL: Final = datetime(2026, 2, 1, tzinfo=UTC)
ELV, RESPIJT, SEH = CareType.ELV_HOOG, CareType.RESPIJT, CareType.SEH
AGREED: Final = agreements(
    unit("elv-a", ELV), unit("elv-b", ELV), unit("logeerhuis", RESPIJT), unit("seh-a", SEH), unit("seh-b", SEH)
)
ENDS: Final = ("placed", "found_elsewhere", "hospitalised", "still_open", "no_longer_needed", "otherwise")
EFFECT: Final = """
[[effects]]
id = "{basis}"
aim = "cost"
title = "{basis}"
basis = "{basis}"
unit = "uur"
[[effects.parameters]]
name = "uur"
low = 1
high = 2
status = "assumption"
source = "de regio"
"""


def adopts(agreed: Agreements, at: datetime) -> dict[str, Any]:
    adopted = {"agreements": agreed.model_dump(mode="json", by_alias=True, exclude_none=True)}
    return {"appended_at": at, "adopted": adopted}


def sharing(**row: Any) -> Agreements:  # noqa: ANN401  pydantic checks
    return agreements(*AGREED.units, sharing={"levels": [{"audience": "public"} | row]})


def demand(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    """One row per care type as the query gives them, and all of them; what is left out is 0."""
    counts = ("placed_without_site", "placed_from_site", *ENDS[1:])
    told = []
    for row in rows:
        each = dict.fromkeys(counts, 0) | row
        each["placed"] = each["placed_without_site"] + each["placed_from_site"]
        told.append(each | {"requested": sum(each[name] for name in ENDS)})
    names = (*counts, "placed", "requested")
    told.append({"care_type": None} | {name: sum(each[name] for each in told) for name in names})
    more = {"nothing_fitted": 0, "taken_back": 0, "overridden": 0, "promises": 0, "admissions": 0}
    return [more | {"to_promise": None, "to_place": None} | each for each in told]


def looked(care_type: CareType, **staffed: int) -> list[dict[str, Any]]:
    """Once at each of these units, all full."""
    seen = {"care_type": care_type.value, "moment": SINCE, "known": True, "has_place": False}
    return [seen | {"unit_id": name.replace("_", "-"), "staffed": count} for name, count in staffed.items()]


def stopped(*units: str) -> list[dict[str, Any]]:
    """Nine times, for an hour, at each of these."""
    return [
        {
            "unit_id": name,
            "care_type": SEH.value,
            "status": status,
            "reason": "full",
            "decided_at": SINCE + timedelta(days=day, hours=hour),
        }
        for name in units
        for day in range(9)
        for hour, status in ((1, "stop"), (2, "open"))
    ]


def found(**told: Any) -> Found:  # noqa: ANN401  rows of queries
    nothing: dict[str, Any] = dict.fromkeys(Found.__slots__, ())
    nothing |= {"asked": Asked("rijnmond", SINCE, UNTIL), "begins": SINCE, "ends": UNTIL, "demand": demand()}
    return Found(**(nothing | {"agreements": [adopts(AGREED, SINCE)]} | told))


def every_basis() -> Parameters:
    return read_parameters("".join(EFFECT.format(basis=each.value) for each in Basis), name="x")


def public(told: Found, *, level: Level = Level.PUBLIC, rules: Rules | None = None) -> Report:
    return report(told, level=level, k=5, parameters=every_basis(), zone="Europe/Amsterdam", rules=rules)


def table(made: Report, section: str) -> dict[str, dict[str, Cell]]:
    (each,) = [each for each in made.sections if each.id == section]
    return {key: dict(zip(each.columns, cells, strict=True)) for key, cells in each.rows}


def effects(made: Report) -> dict[str, int | None]:
    assert all((each.count is None) == (each.low is None) == (each.high is None) for each in made.effects)
    return {each.effect.basis.value: each.count for each in made.effects}


ALL_WITHHELD: Final = {"placed": None, "placed_without_site": None, "placed_from_site": None}


@pytest.mark.parametrize(
    ("row", "told", "why"),
    [
        pytest.param(
            {"placed_without_site": 18, "placed_from_site": 2},
            {"placed": 20, "placed_without_site": None, "placed_from_site": None},
            "20 - 18 is 2",
            id="two-from-a-site",
        ),
        pytest.param(
            {"placed_without_site": 18, "placed_from_site": 12},
            {"placed": 30, "placed_without_site": 18, "placed_from_site": 12},
            "all are large",
            id="large",
        ),
        pytest.param(
            {"placed_without_site": 10, "placed_from_site": 10, "found_elsewhere": 2},
            ALL_WITHHELD,
            "22 - 20 is 2, and 10 + 10 is 20",
            id="withheld-in-the-table",
        ),
        pytest.param(
            {"placed_without_site": 4, "placed_from_site": 4, "still_open": 30},
            ALL_WITHHELD,
            "two below five that are eight are four and four",
            id="fixed-by-their-sum",
        ),
    ],
)
def test_an_estimate_tells_no_count_that_a_table_withholds(
    row: dict[str, int], told: dict[str, int | None], why: str
) -> None:
    made = public(found(demand=demand({"care_type": ELV.value} | row)))

    counted = effects(made)
    assert {name: counted[name] for name in told} == told, why
    assert table(made, "demand")[TOTAL]["placed"] == (WITHHELD if told["placed"] is None else told["placed"])


def test_an_estimate_rests_on_totals_of_refusals_and_stops_as_they_are_shown() -> None:
    refused = [{"care_type": ELV.value, "reason": reason, "times": times} for reason, times in (("full", 9), ("no", 2))]
    both = found(refusals=refused, statuses=stopped("seh-a", "seh-b"))
    one_house = AGREED.model_copy(update={"units": AGREED.units[:-1]})
    alone = found(refusals=refused[:1], statuses=stopped("seh-a"), agreements=[adopts(one_house, SINCE)])

    assert (effects(public(both))["refused"], effects(public(both))["stops"]) == (11, 18)
    assert (effects(public(alone))["refused"], effects(public(alone))["stops"]) == (9, None)
    assert effects(public(alone, level=Level.INTERNAL))["stops"] == 9


def test_an_estimate_goes_with_the_section_that_is_not_shared() -> None:
    told = found(statuses=stopped("seh-a", "seh-b"), agreements=[adopts(sharing(subject="stops", level="none"), SINCE)])
    assert effects(public(told))["stops"] is None
    assert effects(public(told))["refused"] == 0


@pytest.mark.parametrize(
    ("looks", "shown", "why"),
    [
        pytest.param(looked(ELV, elv_a=2, elv_b=1), True, "a region's figure", id="two-houses"),
        pytest.param(looked(ELV, elv_a=1, elv_b=1), False, "two staffed places are persons", id="few-places"),
        pytest.param(looked(RESPIJT, logeerhuis=9), False, "it is that house's", id="one-house"),
    ],
)
def test_gaps_of_one_house_or_of_few_places_are_not_published(
    looks: list[dict[str, Any]], shown: bool, why: str
) -> None:
    told = found(looks=looks)
    (row,) = table(public(told), "gaps").values()
    assert (set(row.values()) != {WITHHELD}) == shown, why
    assert bool(public(told).hours) == shown

    (row,) = table(public(told, level=Level.INTERNAL), "gaps").values()
    assert WITHHELD not in row.values()


def test_units_of_whoever_does_not_want_to_be_shown_are_in_no_gap_and_no_stop() -> None:
    looks = looked(ELV, elv_a=9, elv_b=9)
    silent = [
        sharing(subject=subject, level="none", organisations=["huis-elv-b", "huis-seh-b"])
        for subject in ("availability", "stops")
    ]
    hidden, shown = (
        public(found(looks=looks, statuses=stopped("seh-a", "seh-b"), agreements=[adopts(each, SINCE)]))
        for each in silent
    )
    assert table(hidden, "gaps")["elv-hoog"]["units"] == WITHHELD
    assert table(hidden, "stops")["seh"]["begun"] == 18
    assert table(shown, "gaps")["elv-hoog"]["units"] == 2
    assert table(shown, "stops")["seh"]["begun"] == WITHHELD


def test_what_is_shared_is_what_was_agreed_last_also_after_the_period() -> None:
    nothing = sharing(subject="reports", level="none")
    since_then = [adopts(AGREED, SINCE), adopts(nothing, UNTIL + timedelta(days=3))]
    with pytest.raises(NotSharedError, match="agreed not to show"):
        public(found(agreements=since_then))
    assert public(found(agreements=since_then), level=Level.INTERNAL).agreements == ("2026.1",)
    with pytest.raises(NotSharedError, match="agreed not to show"):
        public(found(), rules=Rules(nothing))
    assert public(found(agreements=since_then), rules=Rules(AGREED)).sections


def test_nothing_is_published_of_a_region_whose_agreements_are_not_known() -> None:
    with pytest.raises(NotSharedError, match="The archive has no agreements of rijnmond"):
        public(found(agreements=[]))
    assert public(found(agreements=[]), level=Level.INTERNAL).sections


def test_of_one_care_type_is_told_what_the_whole_report_tells_of_it() -> None:
    rows = ({"care_type": ELV.value, "still_open": 9}, {"care_type": RESPIJT.value, "still_open": 2})
    whole = public(found(demand=demand(*rows), looks=looked(ELV, elv_a=9, elv_b=9)))
    part = only(whole, (RESPIJT,))

    assert list(table(part, "demand")) == ["respijt", TOTAL]
    assert all(table(part, "demand")[key] == table(whole, "demand")[key] for key in ("respijt", TOTAL))
    assert (table(part, "gaps"), part.hours) == ({}, {})
    assert (part.effects, part.asked.care_types) == (whole.effects, ("respijt",))
