"""Who asks, as far as anything here depends on it."""

from dataclasses import dataclass

from spoedplein.portal.access.roles import Role


@dataclass(frozen=True, slots=True)
class Principal:
    """One authenticated asker; `PUBLIC` is whoever brought nothing.

    `subject` is the issuer's name for the user, a pseudonym to us. `organisation` is set for a provider; `units`
    narrows him to some of its units, None means all of them. `on_behalf_of` is the responsible user where that is
    another. `emergency` when he declared emergency use (noodknop), with the reason kept on record.
    """

    subject: str
    role: Role
    regions: frozenset[str] = frozenset()
    organisation: str | None = None
    units: frozenset[str] | None = None
    on_behalf_of: str | None = None
    emergency: bool = False
    two_factor: bool = False


PUBLIC = Principal(subject="", role=Role.PUBLIC)
