"""Who asks what of which region: what almost every route begins with."""

import re
from datetime import datetime
from typing import Annotated, Any, Final, NamedTuple

from fastapi import Depends, Path
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from spoedplein.domain.turn import moment
from spoedplein.portal import etags
from spoedplein.portal.access import Action, Principal, allowed, may_see_region
from spoedplein.portal.access.roles import RULES
from spoedplein.portal.access.tenancy import NotFoundError
from spoedplein.portal.etags import Freshness
from spoedplein.portal.eyes import sees_all
from spoedplein.portal.state import Portal, PortalDep, Standing
from spoedplein_schemas.vocabulary import EARLIEST_MS, LATEST_MS, millis

_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]")


def _written(sent: object) -> object:
    if not isinstance(sent, str) or not _MOMENT.match(sent):
        msg = "write date, time and time zone as in 2026-01-10T23:40:00+01:00"
        raise ValueError(msg)
    return sent


def _in_reach(at: datetime) -> datetime:
    """The first and last years that a computer knows mean "always": in some zones they cannot be written down."""
    known = millis(at)
    return moment(known) if known in {EARLIEST_MS, LATEST_MS} else at


#: As in the contract; a name of another form names nothing.
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(?:[-.][a-z0-9]+)*$", max_length=64)]
#: In a query, with its time zone. A number is no moment.
Moment = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_in_reach)]
RegionPath = Annotated[Name, Path(description="A region of this portal.", examples=["rijnmond"])]
SitePath = Annotated[Name, Path(description="A spoedplein of the region.", examples=["schiedam"])]
RequestPath = Annotated[Name, Path(description="A request, by its pseudonym.", examples=["r-20260110-0042"])]
OfferPath = Annotated[
    Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=80)],
    Path(description="An offer: the decision that made it.", examples=["rijnmond.1042.0"]),
]
UnitPath = Annotated[Name, Path(description="A unit of the region.", examples=["elv-hoog-frankeland"])]


class Asked(NamedTuple):
    """One question about a region: who asks it, and how the region stands now."""

    portal: Portal
    request: Request
    who: Principal
    standing: Standing

    @property
    def region(self) -> str:
        return self.standing.live.name

    @property
    def freshness(self) -> Freshness:
        return etags.freshness(self.portal, self.standing)

    @property
    def organisation(self) -> str:
        """For whom he acts: his own, or for a coordinator without one that of the region's owner."""
        agreed = self.standing.rules.agreements
        return self.who.organisation or (agreed.owner if agreed else "zcc")

    @property
    def sees_all(self) -> bool:
        return sees_all(self.who, self.region)

    def may(self, action: Action) -> bool:
        """Whether his role lets him, in some region or of some case."""
        return self.who.role in RULES[action].roles

    def oversees(self, action: Action) -> bool:
        """Whether he sees the whole region, and in it what this action shows."""
        return self.sees_all and self.may(action)

    def answer(self, body: BaseModel) -> Response:
        """The body, or 304 for whoever has it."""
        return etags.answer(self.request, body, self.freshness)


def of_region(action: Action) -> Any:  # noqa: ANN401  as Depends itself
    """The route's one `allowed`, and the region of its path; as an annotation of `Asked`.

    404 for a region that is not coordinated here, or is none that whoever asks may know of.
    """

    async def asked(
        region: RegionPath, request: Request, portal: PortalDep, who: Annotated[Principal, allowed(action)]
    ) -> Asked:
        may_see_region(who, region)
        if region not in portal.live.regions:
            raise NotFoundError
        return Asked(portal, request, who, portal.standing(region))

    return Depends(asked)
