"""What can be done over HTTP, and which role may. The one table; README shows it and a test compares."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple


class Role(StrEnum):
    """As whom somebody comes. `provider` acts for his own organisation only; `public` is whoever brings no token."""

    COORDINATOR = "coordinator"
    PROVIDER = "provider"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    PUBLIC = "public"


class Action(StrEnum):
    """What is done, in one word per thing that a role may or may not do."""

    READ_SERVICE = "read-service"
    SIGN_IN = "sign-in"
    SIGN_OUT = "sign-out"
    DECLARE_EMERGENCY = "declare-emergency"
    READ_PUBLIC = "read-public"
    READ_AVAILABILITY = "read-availability"
    READ_BOARDS = "read-boards"
    READ_REQUESTS = "read-requests"
    READ_DECISIONS = "read-decisions"
    READ_REPORTS = "read-reports"
    READ_ACCESS_LOG = "read-access-log"
    SEARCH_PLACES = "search-places"
    REQUEST_PLACE = "request-place"
    CANCEL_REQUEST = "cancel-request"
    HAND_OVER = "hand-over"
    OVERRIDE = "override"
    ANSWER_OFFER = "answer-offer"
    ADMIT = "admit"
    LATE_REJECT = "late-reject"
    CONFIRM_PROPOSAL = "confirm-proposal"
    REPORT_CAPACITY = "report-capacity"
    ASK_REPORTS = "ask-reports"


#: Who may declare emergency use (noodknop): those who place people.
EMERGENCY_ROLES: Final = frozenset({Role.COORDINATOR, Role.PROVIDER})


class Rule(NamedTuple):
    """Who may do an action; `cases` when it is about persons' cases, so that each access is put on record.

    `two_factor`: only for who proved himself in two ways, as NEN 7513 wants it for the access log.
    """

    roles: frozenset[Role]
    cases: bool = False
    two_factor: bool = False


def _for(*roles: Role, cases: bool = False, two_factor: bool = False) -> Rule:
    return Rule(frozenset(roles), cases, two_factor)


_C, _P, _A, _O = Role.COORDINATOR, Role.PROVIDER, Role.AUDITOR, Role.OPERATOR

#: Tenancy (regions, own organisation) comes on top: see `tenancy`.
RULES: Final[Mapping[Action, Rule]] = MappingProxyType(
    {
        Action.READ_SERVICE: _for(*Role),
        Action.SIGN_IN: _for(*Role),
        Action.SIGN_OUT: _for(*Role),
        Action.DECLARE_EMERGENCY: Rule(EMERGENCY_ROLES),
        Action.READ_PUBLIC: _for(*Role),
        Action.READ_AVAILABILITY: _for(_C, _P, _A, _O),
        Action.READ_BOARDS: _for(_C, _P, _A, cases=True),
        Action.READ_REQUESTS: _for(_C, _P, _A, cases=True),
        Action.READ_DECISIONS: _for(_C, _P, _A, cases=True),
        Action.READ_REPORTS: _for(_C, _P, _A),
        Action.READ_ACCESS_LOG: _for(_A, cases=True, two_factor=True),
        Action.SEARCH_PLACES: _for(_C, _P),
        Action.REQUEST_PLACE: _for(_C, _P, cases=True),
        Action.CANCEL_REQUEST: _for(_C, _P, cases=True),
        Action.HAND_OVER: _for(_C, _P, cases=True),
        Action.OVERRIDE: _for(_C, cases=True),
        Action.ANSWER_OFFER: _for(_P, _C, cases=True),
        Action.ADMIT: _for(_P, _C, cases=True),
        Action.LATE_REJECT: _for(_P, _C, cases=True),
        Action.CONFIRM_PROPOSAL: _for(_C, _P),
        Action.REPORT_CAPACITY: _for(_P, _C),
        Action.ASK_REPORTS: _for(_C),
    }
)
assert set(RULES) == set(Action)
