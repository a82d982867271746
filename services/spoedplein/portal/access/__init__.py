"""Who asks, what he may do and see, and what is kept of it. Every route declares exactly one `allowed(action)`."""

from spoedplein.portal.access.allowed import Allowed, allowed
from spoedplein.portal.access.entrance import Access
from spoedplein.portal.access.principal import Principal
from spoedplein.portal.access.roles import Action, Role
from spoedplein.portal.access.tenancy import may_act_for_organisation, may_act_for_unit, may_see_region
from spoedplein.portal.access.visit import CurrentVisit, Visit

__all__ = [
    "Access",
    "Action",
    "Allowed",
    "CurrentVisit",
    "Principal",
    "Role",
    "Visit",
    "allowed",
    "may_act_for_organisation",
    "may_act_for_unit",
    "may_see_region",
]
