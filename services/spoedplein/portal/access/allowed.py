"""The one dependency of every route: who asks, and may he?

@router.get("/boards")
async def boards(who: Annotated[Principal, allowed(Action.READ_BOARDS)]) -> ...
"""

from http import HTTPStatus
from typing import Any

from fastapi import Depends, FastAPI
from starlette.requests import Request

from spoedplein.portal.access.principal import PUBLIC, Principal
from spoedplein.portal.access.roles import RULES, Action, Role
from spoedplein.portal.access.tokens import TokenRefusedError, Verifier
from spoedplein.portal.problems import ProblemError, answer_problem


class UnauthenticatedError(ProblemError):
    """No token, or one that does not hold."""

    def __init__(self, detail: str, *, fault: str | None = None) -> None:
        challenge = 'Bearer realm="spoedplein"'
        if fault is not None:
            challenge += f', error="invalid_token", error_description="{detail}"'
        super().__init__(
            HTTPStatus.UNAUTHORIZED,
            f"token-{fault}" if fault else "token-needed",
            detail,
            headers={"WWW-Authenticate": challenge},
        )


class RoleError(ProblemError):
    """Whose role may not do this."""

    def __init__(self, role: Role, action: Action) -> None:
        detail = f"As {role.value} you may not {action.value}."
        super().__init__(HTTPStatus.FORBIDDEN, "role-not-allowed", detail, more={"role": role, "action": action})


class Access:
    """What the routes of one app share to know who asks."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier

    def add_to(self, app: FastAPI) -> None:
        """Before the first request: `allowed` looks for it there."""
        app.state.access = self
        app.add_exception_handler(ProblemError, answer_problem)

    async def principal(self, request: Request) -> Principal:
        """Raises UnauthenticatedError for a token that does not hold; without one it is the public."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if not scheme:
            return PUBLIC
        if scheme.lower() != "bearer":
            raise UnauthenticatedError("Send a bearer token.", fault="malformed")
        try:
            return await self._verifier.principal(token.strip())
        except TokenRefusedError as error:
            raise UnauthenticatedError(str(error), fault=error.fault) from error


class Allowed:
    """Answers the principal when his role may do the action; 401 and 403 otherwise."""

    def __init__(self, action: Action) -> None:
        self.action = action

    async def __call__(self, request: Request) -> Principal:
        access: Access = request.app.state.access
        principal = await access.principal(request)
        if principal.role not in RULES[self.action].roles:
            if principal.role is Role.PUBLIC:
                raise UnauthenticatedError("This needs a token; sign in, or send one as a bearer token.")
            raise RoleError(principal.role, self.action)
        return principal


def allowed(action: Action) -> Any:  # noqa: ANN401  as Depends itself
    """The annotation of a route's principal, once on every route; see above."""
    return Depends(Allowed(action))
