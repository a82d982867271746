"""What who asks is refused for, as problems: 401 with how to prove oneself, 403, and 503 when nobody can say."""

from http import HTTPStatus
from typing import Final

from spoedplein.portal.access.roles import Action, Role
from spoedplein.portal.problems import ProblemError

REALM: Final = 'Bearer realm="spoedplein"'


class UnauthenticatedError(ProblemError):
    """No token, or one that does not hold; `fault` is then why, after RFC 6750."""

    def __init__(self, detail: str, *, fault: str | None = None) -> None:
        challenge = REALM if fault is None else f'{REALM}, error="invalid_token", error_description="{detail}"'
        code = "token-needed" if fault is None else f"token-{fault}"
        super().__init__(HTTPStatus.UNAUTHORIZED, code, detail, headers={"WWW-Authenticate": challenge})


class RoleError(ProblemError):
    """Whose role may not do this."""

    def __init__(self, role: Role, action: Action) -> None:
        detail = f"As {role.value} you may not {action.value}."
        super().__init__(HTTPStatus.FORBIDDEN, "role-not-allowed", detail, more={"role": role, "action": action})


class TwoFactorsError(ProblemError):
    """Who signed in with one factor only."""

    def __init__(self) -> None:
        detail = "This needs a sign-in with two factors; ask the issuer for one."
        super().__init__(HTTPStatus.FORBIDDEN, "two-factors-needed", detail)


class EmergencyError(ProblemError):
    """Emergency use that cannot be declared so."""

    def __init__(self, detail: str) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, "emergency-not-declared", detail)


class NobodyCanSayError(ProblemError):
    """The issuer's keys cannot be had: the token may well hold."""

    def __init__(self, detail: str, *, retry_seconds: float) -> None:
        headers = {"Retry-After": str(max(1, round(retry_seconds)))}
        super().__init__(HTTPStatus.SERVICE_UNAVAILABLE, "issuer-away", detail, headers=headers)
