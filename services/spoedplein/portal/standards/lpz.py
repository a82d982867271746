"""The status of emergency departments in the shape of LPZ's own interface: one entry per location, asked every five
minutes or so.

Read of that interface are `oid`, `locatie` and `beschikbaarheid`, a list per department. What stands in that list, and
the words for a status, could not be read: they are settings, and their defaults are ours.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from spoedplein.portal.standards.picture import Picture
from spoedplein_schemas.agreements import Site, Unit
from spoedplein_schemas.vocabulary import CareType

#: Names of fields, then words for a status; unverified.
WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "department": "afdeling",
        "status": "status",
        "reason": "reden",
        "expected-end": "verwachtEinde",
        "observed-at": "bijgewerkt",
        "open": "open",
        "warning": "dreigende stop",
        "stop": "stop",
        "closed": "gesloten",
        "unknown": "onbekend",
    }
)


def lpz_document(picture: Picture, *, oids: Mapping[str, str], words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Sites with an SEH. `oids` is LPZ's own identifier per site; a site that has none there gets null."""
    told = {**WORDS, **words}
    seh = {unit.site: unit for unit in picture.units if unit.care_type is CareType.SEH}
    return [
        _location(site, seh[site.id], picture, oid=oids.get(site.id), words=told)
        for site in picture.sites
        if site.id in seh
    ]


def _location(site: Site, unit: Unit, picture: Picture, *, oid: str | None, words: Mapping[str, str]) -> dict[str, Any]:
    department = {words[name]: value for name, value in _department(unit, picture, words)}
    return {"oid": oid, "locatie": site.name, "beschikbaarheid": [department]}


def _department(unit: Unit, picture: Picture, words: Mapping[str, str]) -> Iterator[tuple[str, str | None]]:
    view, announced = picture.views.get(unit.id), picture.announced(unit.id)
    yield "department", "SEH"
    yield "status", words[announced.status.value if announced else "unknown"]
    if announced is not None and announced.reason is not None:
        yield "reason", announced.reason.value
    if announced is not None and announced.until is not None:
        yield "expected-end", announced.until.isoformat()
    yield "observed-at", view.observed_at.isoformat() if view is not None and view.observed_at else None
