"""The region files that we ship are agreements, and show all that a region can agree."""

import tomllib

import pytest

from spoedplein.domain.agreements import distance_km
from spoedplein.stack.places import checkout_root, deploy_file
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.vocabulary import CareType, Registration

REGIONS = sorted(path.stem for path in (checkout_root() / "deploy" / "regions").glob("*.toml"))
#: As the Leidraad of 2026 tells of them.
FIVE = ("schiedam", "nijmegen", "amsterdam-noord", "rotterdam", "venlo")


def read(region: str) -> Agreements:
    return Agreements.model_validate(tomllib.loads(deploy_file("regions", f"{region}.toml").read_text()))


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_file_is_valid_and_named_after_its_region(region: str) -> None:
    assert read(region).region == region


@pytest.mark.parametrize("region", REGIONS)
def test_every_place_lies_in_the_netherlands(region: str) -> None:
    agreed = read(region)
    named = [*(site.place for site in agreed.sites), *(unit.place for unit in agreed.units)]
    places = [place for place in named if place is not None]

    assert len(places) > 10
    assert all(3.3 < place.lon < 7.3 and 50.7 < place.lat < 53.6 for place in places)


@pytest.mark.parametrize("region", REGIONS)
def test_every_unit_lies_somewhere(region: str) -> None:
    assert [unit.id for unit in read(region).units if unit.site is None and unit.place is None] == []


@pytest.mark.parametrize("region", FIVE)
def test_a_region_after_the_leidraad_has_every_kind_of_place(region: str) -> None:
    agreed = read(region)

    assert {unit.care_type for unit in agreed.units} == set(CareType) - {CareType.HAP}
    assert {unit.registration for unit in agreed.units} >= {Registration.WZD, Registration.BOTH}


@pytest.mark.parametrize("region", FIVE)
def test_a_region_is_small_enough_to_be_one(region: str) -> None:
    """No house lies farther than an hour's drive from the first site."""
    agreed = read(region)
    here = agreed.sites[0].place
    assert here is not None

    far = [unit.id for unit in agreed.units if unit.place is not None and distance_km(here, unit.place) > 40]
    assert far == []


def test_rijnmond_has_every_kind_of_place() -> None:
    agreed = read("rijnmond")

    assert {unit.care_type for unit in agreed.units} == set(CareType) - {CareType.HAP}
    assert {unit.registration for unit in agreed.units} >= {Registration.WZD, Registration.WVGGZ, Registration.BOTH}


def test_rijnmond_shows_windows_mappings_and_both_queue_policies() -> None:
    agreed = read("rijnmond")

    assert any(window.until < window.from_ for unit in agreed.units for window in unit.windows)
    assert {point.policy.value for site in agreed.sites for point in site.services} == {"strict", "accumulating"}
    assert agreed.mappings[0].codes["1"] == "full"


def test_rijnmond_keeps_the_norms_that_it_does_not_name() -> None:
    norms = {rank.code: rank.norm_minutes for rank in read("rijnmond").ranks if rank.system == "nts"}

    assert norms["U3"] == 180
    assert norms["U2"] == 60
