"""The one dependency of every route: who asks, and may he?

@router.get("/v1/regions/{region}/boards")
async def boards(who: Annotated[Principal, allowed(Action.READ_BOARDS)], ...) -> ...
"""

from dataclasses import replace
from typing import Any

from fastapi import Depends
from starlette.requests import Request

from spoedplein.portal.access.entrance import access_of
from spoedplein.portal.access.principal import Principal
from spoedplein.portal.access.refusals import RoleError, TwoFactorsError, UnauthenticatedError
from spoedplein.portal.access.roles import RULES, Action, Role
from spoedplein.portal.access.visit import visit_of


class Allowed:
    """Answers the principal when his role may do the action; 401 and 403 otherwise."""

    def __init__(self, action: Action) -> None:
        self.action = action

    async def __call__(self, request: Request) -> Principal:
        access, visit = access_of(request), visit_of(request)
        visit.action = self.action
        who = await access.principal(request)
        visit.emergency = access.emergency(request, who)
        visit.who = who = replace(who, emergency=visit.emergency is not None)
        rule = RULES[self.action]
        if who.role not in rule.roles:
            if who.role is Role.PUBLIC:
                raise UnauthenticatedError("This needs a token: sign in, or send one as a bearer token.")
            raise RoleError(who.role, self.action)
        if rule.two_factor and not who.two_factor:
            raise TwoFactorsError
        visit.let_in = True
        return who


def allowed(action: Action) -> Any:  # noqa: ANN401  as Depends itself
    """The annotation of a route's principal, once on every route; see above."""
    return Depends(Allowed(action))
