"""A region of the country, made up: its sites with their queues, rooms and levels, and all the units that report."""

from itertools import cycle, islice
from typing import Any, Final

from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.vocabulary import CareType

#: How the sources of a region are shared out over what is not on a site (planning values).
BEDS: Final = {
    CareType.ELV_HOOG: 14,
    CareType.ELV_LAAG: 12,
    CareType.GRZ: 12,
    CareType.WIJKVERPLEGING: 8,
    CareType.ELV_PALLIATIEF: 6,
    CareType.WLZ_CRISIS_VV: 6,
    CareType.GGZ_OPEN: 5,
    CareType.RESPIJT: 5,
    CareType.ONGELABELD: 4,
    CareType.GGZ_HIC: 3,
    CareType.WMO_SPOED: 3,
    CareType.GGZ_IHT: 2,
    CareType.WLZ_CRISIS_GZ: 2,
    CareType.GGZ_BEOORDELING: 1,
}
WARDS_PER_SEH: Final = 3
#: Every source is a linked system that tells its figure every five minutes: three may be missed.
VALIDITY_MINUTES: Final = 15
_OLDER: Final = ["18-64", "65-79", "80+"]
_PROPERTIES: Final = (
    ["single-room", "oxygen"],
    ["single-room", "oxygen", "iv", "wander-detection"],
    ["oxygen", "bariatric"],
    ["single-room", "isolation-other", "oxygen", "iv"],
    ["partner-stay", "wander-detection"],
)
_WARDS: Final = {
    CareType.GGZ_HIC: (["single-room", "closed-ward", "one-to-one"], "wvggz"),
    CareType.GGZ_OPEN: (["single-room", "open-ward"], "none"),
    CareType.GGZ_BEOORDELING: (["single-room", "closed-ward", "one-to-one"], "wzd+wvggz"),
    CareType.WLZ_CRISIS_VV: (["single-room", "closed-ward", "wander-detection"], "wzd"),
    CareType.WLZ_CRISIS_GZ: (["single-room", "closed-ward", "one-to-one"], "wzd"),
}
_DAYTIME: Final = [{"from": "07:00", "until": "22:00"}]


def agreements_of(number: int, *, sites: int, sehs: int, sources: int) -> Agreements:
    """Region `number` with so many sites, the first `sehs` of them with a SEH; `sources` units in all."""
    name = f"regio-{number + 1}"
    places = [f"plein-{each + 1}" for each in range(sites)]
    with_seh = places[:sehs]
    on_site = [unit for place in places for unit in _units_on(place, seh=place in with_seh)][:sources]
    beds = [care_type for care_type, weight in BEDS.items() for _ in range(weight)]
    spread = islice(cycle(beds[::7] + beds[1::7] + beds[2::7] + beds[3::7] + beds[4::7] + beds[5::7] + beds[6::7]),
                    sources - len(on_site))  # fmt: skip
    units = [*on_site, *(_bed(order, care_type, number) for order, care_type in enumerate(spread))]
    return Agreements.model_validate(
        {
            "region": name,
            "version": "2026.1",
            "title": f"Afspraken van {name}",
            "owner": f"zcc-{name}",
            "sites": [_site(place, order, seh=place in with_seh) for order, place in enumerate(places)],
            "units": units,
            "rounds": {"answer_minutes": 30, "remind_minutes": 20, "when_exhausted": True, "rest_minutes": 90},
            "rules": [{"care_type": "elv-laag", "validity_minutes": 540, "answer_minutes": 30, "parallel_offers": 2}],
            "first_tries": [{"care_types": ["elv-laag"], "role": "gp", "minutes": 25}],
            "bridging": [{"care_types": ["elv-laag", "elv-hoog", "grz"], "by": ["wijkverpleging", "ongelabeld"]}],
            "doors": [{"to": "ggz-crisis", "name": "GGZ-crisisdienst"}, {"to": "wijkverpleging", "name": "Nacht"}],
            "care_paths": [{"id": "katheter", "name": "Katheter"}],
            "routes": _routes(),
            "rooms": [room for place in with_seh for room in _rooms(place)],
            "lending": [{"site": place, "to": "hap", "keep_free": 2} for place in with_seh],
            "room_rules": [{"site": place, "cleaning_minutes": 15, "help_from_late": 3} for place in with_seh],
            "crowding": [{"site": place, "places": 20} for place in with_seh],
            "escalation": {"yellow_stops": 1, "orange_stops": 2, "red_stops": 3},
        }
    )


def _site(place: str, order: int, *, seh: bool) -> dict[str, Any]:
    post = {"care_type": "hap", "reassess_minutes": [0, 30, 60, 120]}
    if order % 2:
        post |= {"policy": "accumulating", "rates": [0, 12, 6, 3, 1, 4]}
    department = {"care_type": "seh", "reassess_minutes": [0, 15, 30, 60, 120]}
    return {
        "id": place,
        "name": place,
        "organisation": f"ziekenhuis-{order + 1}",
        "place": {"lon": 4.4 + order / 20, "lat": 51.9},
        "services": [post, department] if seh else [post],
    }


def _units_on(place: str, *, seh: bool) -> list[dict[str, Any]]:
    wards = [("kliniek", f"kliniek-{place}-{each + 1}") for each in range(WARDS_PER_SEH)]
    found = [("hap", f"hap-{place}"), *([("seh", f"seh-{place}"), *wards] if seh else [])]
    return [_unit(name, care_type, site=place, properties=["oxygen", "iv"]) for care_type, name in found]


def _bed(order: int, care_type: CareType, number: int) -> dict[str, Any]:
    properties, registration = _WARDS.get(care_type, (_PROPERTIES[order % len(_PROPERTIES)], "none"))
    unit = _unit(f"{care_type}-{order + 1}", care_type, properties=properties, registration=registration)
    if care_type not in _WARDS and order % 2:
        unit["age_bands"] = _OLDER
    if care_type is CareType.RESPIJT or order % 5 == 0:
        unit["windows"] = _DAYTIME
    return unit | {"place": {"lon": 4.2 + (order * 7 % 40) / 100, "lat": 51.7 + (number + order) % 40 / 100}}


def _unit(name: str, care_type: str, **more: object) -> dict[str, Any]:
    return {
        "id": name,
        "name": name,
        "organisation": f"huis-{name}",
        "care_type": care_type,
        "validity_minutes": VALIDITY_MINUTES,
        **more,
    }


def _routes() -> list[dict[str, Any]]:
    """As the example region has them."""
    return [
        {"id": "u5-volgende-werkdag", "to": "own-gp-next-day", "system": "nts", "codes": ["U5"]},
        {"id": "overdag-eigen-huisarts", "to": "own-gp", "hours": "office", "modes": ["self-referred", "phone"],
         "system": "nts", "codes": ["U4"]},
        {"id": "katheter-thuis", "to": "wijkverpleging", "care_path": "katheter", "complaints": ["katheter"],
         "ranks": [2, 3, 4], "hours": "anw"},
        {"id": "ggz-crisis", "to": "ggz-crisis", "system": "ggz", "codes": ["B", "C", "D"]},
        {"id": "borst-naar-seh", "to": "seh", "entrances": ["hap"], "complaints": ["pijn-borst"], "ranks": [1]},
        {"id": "zelfverwijzer-naar-hap", "to": "hap", "entrances": ["seh"], "modes": ["self-referred"],
         "ranks": [3, 4]},
        {"id": "c1-naar-hap", "to": "hap", "at": "plein-1", "entrances": ["mka"], "refer_to": ["hap"]},
    ]  # fmt: skip


def _rooms(place: str) -> list[dict[str, Any]]:
    """Eighteen single rooms and two acute ones, as Schiedam has them (Leidraad 2026)."""
    return [
        {"id": "kamer", "site": place, "home": "seh", "count": 12, "shared": True, "properties": ["single"]},
        {"id": "spreekkamer", "site": place, "home": "hap", "count": 6, "shared": True, "properties": ["single"]},
        {"id": "acuut", "site": place, "home": "seh", "properties": ["acute"]},
        {"id": "acuut-kind", "site": place, "home": "seh", "properties": ["acute", "child-suited"]},
    ]
