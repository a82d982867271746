"""The same region, with some of it agreed otherwise: a text that is adopted while the night goes on."""

from collections.abc import Callable
from typing import Any, Final

from pydantic import ValidationError

from spoedplein.testing.chance import Chance
from spoedplein_schemas.agreements import Agreements

#: What a table of the text loses or gets; the text as its JSON.
Change = Callable[[dict[str, Any], Chance], None]
TABLES: Final = (
    *("units", "rooms", "lending", "room_rules", "crowding", "neighbours", "bridging"),
    *("routes", "doors", "consults", "first_tries", "proposals"),
)
CHANGES_MAX: Final = 3


def redrafted(text: Agreements, chance: Chance, *, version: str) -> Agreements:
    """One to three changes that leave a valid text; a table that something else rests on stays as it is."""
    draft = text.model_dump(mode="json", by_alias=True, exclude_none=True)
    for _ in range(chance.whole(1, CHANGES_MAX)):
        changed = Agreements.model_validate(draft).model_dump(mode="json", by_alias=True, exclude_none=True)
        chance.one_of(KINDS)(changed, chance)
        try:
            Agreements.model_validate(changed)
        except ValidationError:
            continue
        draft = changed
    return Agreements.model_validate(draft | {"version": version})


def _loses_a_row(draft: dict[str, Any], chance: Chance) -> None:
    table = draft.get(chance.one_of(TABLES))
    if table:
        table.pop(chance.whole(0, len(table) - 1))


def _loses_a_table(draft: dict[str, Any], chance: Chance) -> None:
    draft.pop(chance.one_of(("lending", "rooms", "crowding", "escalation", "bridging", "consults")), None)


def _other_minutes(draft: dict[str, Any], chance: Chance) -> None:
    """Half or twice the minutes of one kind, for one care type."""
    rule = chance.one_of(tuple(draft["rules"]))
    name = chance.one_of(tuple(sorted(key for key in rule if key.endswith("_minutes") and rule[key])))
    rule[name] = max(1, round(rule[name] * chance.one_of((0.5, 2))))


def _other_thresholds(draft: dict[str, Any], chance: Chance) -> None:
    if draft.get("crowding"):
        rule = chance.one_of(tuple(draft["crowding"]))
        rule["places"] = chance.whole(5, 40)
        rule["up_minutes"], rule["down_minutes"] = chance.whole(0, 20), chance.whole(0, 60)


def _other_norm(draft: dict[str, Any], chance: Chance) -> None:
    rank = chance.one_of(tuple(each for each in draft["ranks"] if each.get("norm_minutes")))
    rank["norm_minutes"] = max(1, round(rank["norm_minutes"] * chance.one_of((0.5, 2))))


def _other_policy(draft: dict[str, Any], chance: Chance) -> None:
    service = chance.one_of(tuple(each for site in draft["sites"] for each in site["services"]))
    service["policy"] = "strict" if service["policy"] == "accumulating" else "accumulating"


def _at_all_hours(draft: dict[str, Any], chance: Chance) -> None:
    chance.one_of(tuple(draft["units"])).pop("windows", None)


KINDS: Final[tuple[Change, ...]] = (
    _loses_a_row,
    _loses_a_row,
    _loses_a_table,
    _other_minutes,
    _other_thresholds,
    _other_norm,
    _other_policy,
    _at_all_hours,
)
