"""Whose is it? Regions and organisations: what one may not know of is 404, what one may know and not do is 403."""

from http import HTTPStatus

from spoedplein.portal.access.principal import Principal
from spoedplein.portal.access.roles import Role
from spoedplein.portal.problems import ProblemError


class NotYoursError(ProblemError):
    """You may know of it, and not do this."""

    def __init__(self, detail: str) -> None:
        super().__init__(HTTPStatus.FORBIDDEN, "not-yours", detail)


class NotFoundError(ProblemError):
    """Not there, or nothing that you may know of: the answer is the same."""

    def __init__(self, detail: str = "There is nothing here by that name that you may see.") -> None:
        super().__init__(HTTPStatus.NOT_FOUND, "not-found", detail)


def may_see_region(principal: Principal, region: str) -> None:
    """NotFoundError for a region that the principal's token does not name; a region is no secret to the public."""
    if principal.role is not Role.PUBLIC and region not in principal.regions:
        raise NotFoundError


def may_act_for_organisation(principal: Principal, organisation: str) -> None:
    """NotYoursError when a provider acts for another organisation than his own."""
    if principal.role is Role.PROVIDER and organisation != principal.organisation:
        raise NotYoursError("You act for your own organisation only.")


def may_act_for_unit(principal: Principal, unit: str, *, organisation: str) -> None:
    """As for its organisation; `organisation` is the unit's own, as the agreements say."""
    may_act_for_organisation(principal, organisation)
    if principal.role is Role.PROVIDER and principal.units is not None and unit not in principal.units:
        raise NotYoursError("You act for units of your own only.")
