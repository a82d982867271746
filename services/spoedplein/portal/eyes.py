"""Through whose eyes a region is seen: everything for its own centre, and otherwise as finely as was agreed."""

from typing import Final

from spoedplein.domain.agreements import Rules
from spoedplein.domain.sharing import Viewer
from spoedplein.portal.access import Principal, Role
from spoedplein_schemas.sharing import Audience

#: Of a region that is theirs.
_SEE_ALL: Final = (Role.COORDINATOR, Role.AUDITOR, Role.OPERATOR)


def sees_all(who: Principal, region: str) -> bool:
    return who.role in _SEE_ALL and region in who.regions


def viewer(rules: Rules, who: Principal, region: str) -> Viewer:
    """What is shared with a provider of the region, and with everybody else."""
    if who.role is Role.PROVIDER and region in who.regions:
        return Viewer(rules, Audience.PROVIDER, organisation=who.organisation)
    return Viewer(rules, Audience.PUBLIC)


def owns(who: Principal, unit: str, *, organisation: str) -> bool:
    """Whether a provider's own unit is meant."""
    own = who.role is Role.PROVIDER and who.organisation == organisation
    return own and (who.units is None or unit in who.units)
