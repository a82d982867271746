"""CloudEvents 1.0, structured JSON mode, after the NL GOV profile.

`source` is a URN of the sending system, `type` a reverse domain name with version, `subject` the entity concerned.
`region` and the W3C trace context are extension attributes, lower-case as CloudEvents asks.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from spoedplein_schemas.vocabulary import Code, Frozen, Instant, RegionId, Text

SPEC_VERSION = "1.0"
TYPE_PREFIX = "nl.spoedplein."

EventId = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$")]
#: `urn:nld:oin:<number>:systeem:<name>` where the organisation has an OIN; any URN otherwise.
Source = Annotated[str, Field(pattern=r"^urn:[a-z0-9][a-z0-9-]{0,31}:[A-Za-z0-9._:-]+$", max_length=160)]
TraceParent = Annotated[str, Field(pattern=r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")]


class Envelope(Frozen):
    """What every message has in common. Each message class narrows `type` to its own name, and `data`."""

    specversion: Literal["1.0"] = "1.0"
    id: EventId
    source: Source
    type: str = ""
    subject: Annotated[Text, Field(max_length=120)] | None = None
    time: Instant
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: Annotated[Text, Field(max_length=200)] | None = None
    region: RegionId
    traceparent: TraceParent | None = None
    data: Any


def encoded(message: BaseModel) -> bytes:
    """The message as JSON, as it stands on a topic: without what is absent."""
    return message.__pydantic_serializer__.to_json(message, exclude_none=True)


class Event(Envelope):
    """A fact from a source, as it stands on a source topic and in the log."""


class Decision(Envelope):
    """What coordination decided. `id` is `<region>.<log offset>.<index>`: a replay gives the same.

    `causationid` is the event that led to it; `agreements` the version of the agreements that it follows.
    """

    causationid: EventId
    agreements: Code
