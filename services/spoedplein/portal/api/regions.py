"""The regions that are coordinated here."""

from typing import Annotated

from fastapi import APIRouter

from spoedplein.portal.access import Action, Principal, Role, allowed
from spoedplein.portal.api.asking import Asked, of_region
from spoedplein.portal.etags import Freshness, freshness
from spoedplein.portal.problems import PROBLEMS
from spoedplein.portal.state import Portal, PortalDep, Standing
from spoedplein_schemas.vocabulary import Frozen, RegionId

router = APIRouter(tags=["regions"], responses=PROBLEMS)


class RegionNow(Frozen):
    """A region: by what agreements it works, and how current what is shown of it is."""

    region: RegionId
    title: str | None
    owner: str | None
    timezone: str
    agreements: str | None
    freshness: Freshness


class Regions(Frozen):
    """Those that whoever asks may see."""

    regions: list[RegionNow]


@router.get("/regions", summary="Regions that are coordinated here")
async def regions(portal: PortalDep, who: Annotated[Principal, allowed(Action.READ_PUBLIC)]) -> Regions:
    """Without a token every region; with one, the regions that it is for."""
    seen = [name for name in portal.live.regions if who.role is Role.PUBLIC or name in who.regions]
    return Regions(regions=[_region(portal, portal.standing(name)) for name in seen])


@router.get("/regions/{region}", summary="One region")
async def region(asked: Annotated[Asked, of_region(Action.READ_PUBLIC)]) -> RegionNow:
    """By what agreements it works, and how current what is shown of it is."""
    return _region(asked.portal, asked.standing)


def _region(portal: Portal, standing: Standing) -> RegionNow:
    agreed = standing.rules.agreements
    return RegionNow(
        region=standing.live.name,
        title=agreed.title if agreed else None,
        owner=agreed.owner if agreed else None,
        timezone=standing.rules.zone.key,
        agreements=standing.rules.version,
        freshness=freshness(portal, standing),
    )
