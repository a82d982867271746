"""Every contract that is published, and the two promises: to those who write to us, and to those who read us."""

from enum import StrEnum
from typing import Final, NamedTuple

from pydantic import BaseModel

from spoedplein_schemas import DECISIONS, EVENTS, decision_class, event_class, views
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.crowding import LapseReason, RejectionGround, UnknownReason
from spoedplein_schemas.dead_letters import DeadLetter, RefusalCode
from spoedplein_schemas.decisions import DestinationCode, ExclusionCode, Refusal
from spoedplein_schemas.examples import AGREEMENTS, DEAD_LETTER, DECISION_EXAMPLES, EVENT_EXAMPLES, VIEW_EXAMPLES
from spoedplein_schemas.placement import CancelReason, DeclineReason, OverrideGround
from spoedplein_schemas.rooms import OutOfUse, RoomExclusionCode, RoomProposalEnd
from spoedplein_schemas.vocabulary import (
    CareType,
    CrowdingMeasure,
    ProposalKind,
    RoomProperty,
    StopReason,
    Topic,
    UrgencySystem,
)


class Direction(StrEnum):
    """Who must be able to stay as he is when a schema changes.

    SAID: others write it, and what they write today is taken tomorrow.
    TOLD: we write it, and what readers rely on today is there tomorrow. They pass over fields that they do not know.
    """

    SAID = "said"
    TOLD = "told"


class Contract(NamedTuple):
    """`name` is that of its files, with version: `hap.contact-registered.v1`. `topic` is absent for a region's file."""

    name: str
    model: type[BaseModel]
    example: BaseModel
    direction: Direction
    topic: Topic | None = None

    @property
    def is_cloud_event(self) -> bool:
        return "specversion" in self.model.model_fields


#: Closed lists that may still grow in what we tell: a reader shows or skips a code that is new to him, and goes on.
#: All others are complete: a reader may branch on them.
OPEN_LISTS: Final[frozenset[type[StrEnum]]] = frozenset(
    {
        CancelReason,
        CareType,
        DeclineReason,
        DestinationCode,
        ExclusionCode,
        LapseReason,
        CrowdingMeasure,
        OutOfUse,
        OverrideGround,
        ProposalKind,
        Refusal,
        RefusalCode,
        RejectionGround,
        RoomExclusionCode,
        RoomProperty,
        RoomProposalEnd,
        StopReason,
        UnknownReason,
        UrgencySystem,
    }
)

_VIEWS: Final = (
    ("view.unit-availability.v1", views.UnitAvailability, Topic.AVAILABILITY),
    ("view.care-type-availability.v1", views.CareTypeAvailability, Topic.AVAILABILITY),
    ("view.site-board.v1", views.SiteBoard, Topic.BOARDS),
    ("view.escalation-board.v1", views.EscalationBoard, Topic.BOARDS),
    ("view.requests-board.v1", views.RequestsBoard, Topic.BOARDS),
    ("view.ambulance-board.v1", views.AmbulanceBoard, Topic.BOARDS),
    ("view.rounds-board.v1", views.RoundsBoard, Topic.BOARDS),
    ("view.consults-board.v1", views.ConsultsBoard, Topic.BOARDS),
)

CONTRACTS: Final[tuple[Contract, ...]] = (
    *(
        Contract(
            f"{kind.name}.v{kind.version}",
            event_class(kind.data),
            EVENT_EXAMPLES[kind.data],
            direction=Direction.SAID,
            topic=kind.topic,
        )
        for kind in EVENTS
    ),
    *(
        Contract(
            f"{kind.name}.v{kind.version}",
            decision_class(kind.data),
            DECISION_EXAMPLES[kind.data],
            direction=Direction.TOLD,
            topic=kind.topic,
        )
        for kind in DECISIONS
    ),
    *(
        Contract(name, model, VIEW_EXAMPLES[model], direction=Direction.TOLD, topic=topic)
        for name, model, topic in _VIEWS
    ),
    Contract("dead-letter.v1", DeadLetter, DEAD_LETTER, direction=Direction.TOLD, topic=Topic.DEAD_LETTERS),
    Contract("agreements.v1", Agreements, AGREEMENTS, direction=Direction.SAID),
)
