"""The made-up users: of each region a coordinator, an auditor and an operator, and a provider per organisation."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from spoedplein.portal.access.roles import Role
from spoedplein_schemas.agreements import Agreements


@dataclass(frozen=True, slots=True)
class User:
    """`id` is the subject of his tokens; `name` is what the page calls him."""

    id: str
    name: str
    role: Role
    regions: tuple[str, ...]
    organisation: str | None = None
    units: tuple[str, ...] = ()
    on_behalf_of: str | None = None


def made_up(regions: Iterable[Agreements]) -> dict[str, list[User]]:
    """By region, in the order in which the page shows them."""
    return {agreed.region: list(_of(agreed)) for agreed in regions}


def _of(agreed: Agreements) -> Iterator[User]:
    region = (agreed.region,)
    yield User(f"coordinator.{agreed.region}", "Coördinator", Role.COORDINATOR, region, agreed.owner)
    for organisation in sorted(
        {unit.organisation for unit in agreed.units} | {site.organisation for site in agreed.sites}
    ):
        yield User(f"provider.{organisation}", f"Aanbieder {organisation}", Role.PROVIDER, region, organisation)
    yield User(f"auditor.{agreed.region}", "Auditor", Role.AUDITOR, region, agreed.owner)
    yield User(f"operator.{agreed.region}", "Beheerder", Role.OPERATOR, region)
