"""What intake would not take, with the reason and the mend. The payload is kept redacted."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from spoedplein_schemas.vocabulary import Frozen, Instant


class RefusalCode(StrEnum):
    NOT_JSON = "not-json"
    NOT_AN_OBJECT = "not-an-object"
    TOO_LARGE = "too-large"
    ENVELOPE = "envelope"
    UNKNOWN_TYPE = "unknown-type"
    WRONG_TOPIC = "wrong-topic"
    SCHEMA = "schema"
    UNKNOWN_REGION = "unknown-region"
    UNKNOWN_CODE = "unknown-code"
    UNKNOWN_SITE = "unknown-site"
    UNKNOWN_ROOM = "unknown-room"
    UNKNOWN_UNIT = "unknown-unit"
    CLOCK_AHEAD = "clock-ahead"
    IDENTIFIES_BSN = "identifies-bsn"
    IDENTIFIES_NAME = "identifies-name"
    IDENTIFIES_BIRTH_DATE = "identifies-birth-date"
    IDENTIFIES_PHONE = "identifies-phone"
    IDENTIFIES_ADDRESS = "identifies-address"
    IDENTIFIES_EMAIL = "identifies-email"


class Fault(Frozen):
    """One fault: where (JSON path), what, and how to mend it. Never the offending value."""

    path: str
    code: RefusalCode
    message: Annotated[str, Field(max_length=400)]
    mend: Annotated[str, Field(max_length=400)]


class DeadLetter(Frozen):
    """One refused message. `payload` is redacted; `digest` (SHA-256 of the bytes) lets the sender find his own copy."""

    topic: str
    partition: int
    offset: int
    received_at: Instant
    source: str | None = None
    id: str | None = None
    faults: Annotated[tuple[Fault, ...], Field(min_length=1)]
    digest: str
    payload: str
