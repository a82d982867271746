"""Lets a source's message into the log, or says why not: which faults, where, and how to mend each.

Bytes in, `Admitted` or `DeadLetter` out. Nothing that was sent makes it raise, and no value that was sent is repeated
in a fault: those are made of our own words and of what the region agreed.
"""

import hashlib
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Final, NamedTuple, NoReturn

from pydantic import TypeAdapter, ValidationError

from spoedplein.domain import privacy
from spoedplein.domain.faults import FAULTS_MAX, fault, known, of_contract, of_moment, of_privacy
from spoedplein.domain.mapping import map_codes, of_misses
from spoedplein.domain.offsets import transfers_masked
from spoedplein.domain.transfer.relay import SOURCE_PREFIX
from spoedplein.domain.turn import moment
from spoedplein_schemas import EVENT, EVENTS, Event, Kind, encoded, event_class
from spoedplein_schemas.agreements import Agreements, SourceMapping
from spoedplein_schemas.dead_letters import DeadLetter, Fault, RefusalCode
from spoedplein_schemas.envelope import EventId, Source
from spoedplein_schemas.home_care import VisitEnded
from spoedplein_schemas.placement import TransferAnswered
from spoedplein_schemas.vocabulary import Frozen, Topic, millis

#: A dead letter must fit where its message fitted, also when that was all brackets and commas.
PAYLOAD_CHARACTERS_MAX: Final = 16_384
_CUT: Final = " [the rest is not shown]"
#: A key that may not be shown is shown as this, or longer.
_REPLACED: Final = len("[field 1]")


class Admitted(NamedTuple):
    """`value` is what goes into the log: the event in our spelling, so that a repetition is the same bytes."""

    region: str
    value: bytes
    event: Event


class Gate:
    """`regions` maps to partitions; a region without agreements has its sites, rooms and units taken on trust."""

    def __init__(
        self, *, regions: Mapping[str, int], agreements: Mapping[str, Agreements], bytes_max: int, clock_ahead_ms: int
    ) -> None:
        self._regions = frozenset(regions)
        neighbours = (each.region for agreed in agreements.values() for each in agreed.neighbours)
        #: Regions whose transfers may be named here, by their own log.
        self._known_regions = self._regions.union(agreements, neighbours)
        self._bytes_max = bytes_max
        self._clock_ahead_ms = clock_ahead_ms
        self._agreements = dict(agreements)
        self._sites = {region: frozenset(site.id for site in agreed.sites) for region, agreed in agreements.items()}
        self._units = {region: frozenset(unit.id for unit in agreed.units) for region, agreed in agreements.items()}
        self._all_units = frozenset[str]().union(*self._units.values())
        self._rooms = {region: _rooms(agreed) for region, agreed in agreements.items()}
        self._paths = {region: tuple(path.id for path in agreed.care_paths) for region, agreed in agreements.items()}
        self._mappings = {region: _by_source(agreed.mappings) for region, agreed in agreements.items()}

    def admit(
        self, raw: bytes | None, *, topic: str, partition: int, offset: int, received_ms: int, relayed: bool = False
    ) -> Admitted | DeadLetter:
        """`received_ms` is our clock; the three before it say where the message stood.

        `relayed`: it follows from a decision of ours that stands there, and is not of a source.
        """
        judged = self._at_a_glance(raw, topic, received_ms, relayed=relayed) or self._judge(
            raw, topic=topic, received_ms=received_ms, relayed=relayed
        )
        if isinstance(judged, Admitted):
            return judged
        sent = judged.value or {}
        return DeadLetter(
            topic=topic,
            partition=partition,
            offset=offset,
            received_at=moment(received_ms),
            source=self._told(_SOURCE, "source", sent, relayed=relayed),
            id=self._told(_EVENT_ID, "id", sent, relayed=relayed),
            faults=tuple(judged.faults[:FAULTS_MAX]),
            digest=hashlib.sha256(raw or b"").hexdigest(),
            payload=_payload(raw, judged.value),
        )

    def _told(self, form: TypeAdapter[str], key: str, sent: Mapping[str, Any], *, relayed: bool) -> str | None:
        """An identifier of the sender's, if it is one and nothing else."""
        try:
            told = form.validate_python(sent.get(key), strict=True)
        except ValidationError:
            return None
        return None if self._of_privacy({key: told}, relayed=relayed) else told

    def _at_a_glance(self, raw: bytes | None, topic: str, received_ms: int, *, relayed: bool) -> Admitted | None:
        """What most messages are: as the contract has them, from a source whose codes are ours. As `_judge` has it.

        `None` says only that it takes a closer look, at twice the price.
        """
        if raw is None or len(raw) > self._bytes_max or not raw.isascii() or b"\\" in raw:
            return None
        try:
            event = EVENT.validator.validate_json(raw, strict=True)
        except ValidationError:
            return None
        expected = (
            _KINDS[event.type].topic == (Topic.PLACEMENT if relayed else topic)
            and (relayed or not event.source.startswith(SOURCE_PREFIX))
            and event.region in self._regions
            and event.source not in self._mappings.get(event.region, ())
            and "specversion" in event.__pydantic_fields_set__
            # Of a field that is there twice, its sender filled in one, and the bytes have both.
            and privacy.plain_fields(event) == len(_KEYS.findall(raw))
            and _NUMBER_AS_TEXT.search(raw) is None
            and not any(self._of_places(event))
            and not any(self._of_moments(event, received_ms))
        )
        return Admitted(event.region, encoded(event), event) if expected else None

    def _judge(self, raw: bytes | None, *, topic: str, received_ms: int, relayed: bool) -> "Admitted | _Refused":
        try:
            value = read_object(raw, bytes_max=self._bytes_max)
        except UnreadableError as error:
            return _Refused([error.fault])
        kind = _KINDS.get(_text(value.get("type")))
        of_place = [] if relayed else [*_of_topic(kind, topic), *_of_source(value)]
        if identifying := self._of_privacy(value, relayed=relayed):
            return _Refused([*of_place, *identifying], value)
        return self._judge_contract(raw or b"", value, kind, of_place=of_place, received_ms=received_ms)

    def _of_privacy(self, value: dict[str, Any], *, relayed: bool) -> list[Fault]:
        if privacy.is_clean(value):
            return []
        return of_privacy(privacy.findings(transfers_masked(value, self._known_regions, relayed=relayed)))

    def _judge_contract(
        self, raw: bytes, value: dict[str, Any], kind: Kind | None, *, of_place: list[Fault], received_ms: int
    ) -> "Admitted | _Refused":
        if "type" not in value and "specversion" not in value:
            return _Refused([_NO_CLOUD_EVENT], value)
        mapped, misses = map_codes(value, self._mappings_of(value))
        faults = [*_of_envelope(value), *_of_type(value, kind), *of_place, *self._of_region(value)]
        event: Event | None = None
        try:
            message = Event if kind is None else event_class(kind.data)
            # From bytes, for JSON's strictness: text is no number, and a number is no moment.
            sent = raw if mapped is value else json.dumps(mapped)
            event = message.__pydantic_validator__.validate_json(sent, strict=True)
        except ValidationError as error:
            faults += of_contract(error)
        if kind is not None:
            told = {each.path for each in faults}
            faults += (of_moment(path) for path in _not_written_as_moments(value) if path not in told)
        if event is not None and kind is not None:
            faults += [*self._of_places(event), *self._of_moments(event, received_ms)]
        if faults or misses:
            faults = of_misses(faults, misses, event if kind is not None else None)
        if faults or event is None:
            return _Refused(faults, value)
        return Admitted(event.region, encoded(event), event)

    def _mappings_of(self, value: Mapping[str, Any]) -> Sequence[SourceMapping]:
        by_source = self._mappings.get(_text(value.get("region")), {})
        return by_source.get(_text(value.get("source")), ())

    def _of_region(self, value: Mapping[str, Any]) -> Iterator[Fault]:
        region = value.get("region")
        if isinstance(region, str) and region not in self._regions:
            yield fault(
                "$.region",
                RefusalCode.UNKNOWN_REGION,
                f"is no region that is coordinated here; known are {known(sorted(self._regions))}",
                mend="send to the centre of that region, or have it added to the setting `regions`",
            )

    def _of_places(self, event: Event) -> Iterator[Fault]:
        """Sites, rooms, units and care paths that nobody agreed on. A transfer may be about another region's units."""
        region = event.data.by_region if isinstance(event.data, TransferAnswered) else event.region
        if region not in self._agreements:
            return
        names = _NAMED[type(event.data)]
        placement = _KINDS[event.type].topic is Topic.PLACEMENT
        units = self._all_units if placement else self._units[region]
        version = self._agreements[region].version
        for path, name in _places(event.data, names.sites):
            if name not in self._sites[region]:
                yield _unagreed(path, RefusalCode.UNKNOWN_SITE, sorted(self._sites[region]), version=version)
                continue
            rooms = self._rooms[region].get(name, frozenset())
            for room_path, room in _places(event.data, names.rooms):
                if room not in rooms:
                    yield _unagreed(room_path, RefusalCode.UNKNOWN_ROOM, sorted(rooms), version=version)
        if isinstance(event.data, VisitEnded) and event.data.care_path not in (None, *self._paths[region]):
            yield _unagreed("$.data.care_path", RefusalCode.UNKNOWN_CODE, self._paths[region], version=version)
        for path, name in _places(event.data, names.units):
            if name not in units:
                yield _unagreed(path, RefusalCode.UNKNOWN_UNIT, sorted(units), version=version)

    def _of_moments(self, event: Event, received_ms: int) -> Iterator[Fault]:
        """What was observed cannot lie ahead; an expected end or arrival may."""
        for name in _NAMED[type(event.data)].moments:
            held = getattr(event.data, name)
            if isinstance(held, datetime) and millis(held) > received_ms + self._clock_ahead_ms:
                yield fault(
                    f"$.data.{name}",
                    RefusalCode.CLOCK_AHEAD,
                    f"lies more than {self._clock_ahead_ms / 1000:g} s ahead of our clock",
                    mend="set the sending system's clock (NTP), and check the offset that it writes",
                )


class _Refused(NamedTuple):
    """`value` is what could be read of the message, if anything."""

    faults: list[Fault]
    value: dict[str, Any] | None = None


class _Named(NamedTuple):
    """Fields of one kind of event that name something agreed, or a moment that was observed."""

    sites: tuple[str, ...]
    rooms: tuple[str, ...]
    units: tuple[str, ...]
    moments: tuple[str, ...]


def _named(data: type[Frozen]) -> _Named:
    fields = data.model_fields
    return _Named(
        sites=tuple(name for name in ("site", "origin") if name in fields),
        rooms=tuple(name for name in ("room",) if name in fields),
        units=tuple(name for name in ("unit", "preferred") if name in fields),
        moments=tuple(name for name in fields if name.endswith("_at")),
    )


def _by_source(mappings: Iterable[SourceMapping]) -> dict[str, list[SourceMapping]]:
    found: dict[str, list[SourceMapping]] = {}
    for mapping in mappings:
        found.setdefault(mapping.source, []).append(mapping)
    return found


_KINDS: Final[Mapping[str, Kind]] = {kind.type: kind for kind in EVENTS}
_SENDABLE: Final = tuple(kind.type for kind in EVENTS if kind.topic is not Topic.LOG)
_NAMED: Final[Mapping[type[Frozen], _Named]] = {kind.data: _named(kind.data) for kind in EVENTS}
#: In JSON without escapes: every key's end, and perhaps more.
_KEYS: Final = re.compile(rb'"\s*:')
#: Text in which pydantic sees seconds or milliseconds since 1970. It takes "202601102235" for a moment of 1976, in UTC.
_NUMBER_AS_TEXT: Final = re.compile(rb'"[-+\d.](?:\d{9}|[\d.]*[eE][-+]?\d+")')
_WRITTEN_AS_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt _]", re.ASCII)
_SOURCE: Final[TypeAdapter[str]] = TypeAdapter(Source)
_EVENT_ID: Final[TypeAdapter[str]] = TypeAdapter(EventId)


# --- reading ------------------------------------------------------------------------------------------------------


class UnreadableError(ValueError):
    """No JSON object; `fault` says why, and the mend."""

    def __init__(self, code: RefusalCode, message: str, *, mend: str) -> None:
        super().__init__(message)
        self.fault = fault("$", code, message, mend=mend)


_ONE_OBJECT: Final = "send one CloudEvent per record, as a JSON object (structured mode)"


def read_object(raw: bytes | None, *, bytes_max: int) -> dict[str, Any]:
    """One JSON object, as RFC 8259 means it to be exchanged. Raises `UnreadableError`."""
    if raw is None:
        raise UnreadableError(
            RefusalCode.NOT_JSON,
            "the record has no value",
            mend="correct a fact by sending a newer one, never a tombstone",
        )
    if len(raw) > bytes_max:
        raise UnreadableError(
            RefusalCode.TOO_LARGE,
            f"has {len(raw)} bytes; at most {bytes_max} are read",
            mend="send one fact per message",
        )
    value = _parse(raw)
    if not isinstance(value, dict):
        mend = _ONE_OBJECT + ("; CloudEvents' batch mode is not read" if isinstance(value, list) else "")
        raise UnreadableError(RefusalCode.NOT_AN_OBJECT, "is JSON, but not an object", mend=mend)
    return value


def _parse(raw: bytes) -> object:
    """JSON as RFC 8259 means it to be exchanged: UTF-8, no key twice, no NaN, and no deeper than anybody needs."""
    try:
        value = _DECODER.decode(raw.decode())
    except UnicodeDecodeError as error:
        raise _not_json(f"is not UTF-8 from byte {error.start} on") from error
    except json.JSONDecodeError as error:
        raise _not_json(f"is not JSON: {error.msg}, at line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise _not_json(f"is nested more than {privacy.DEPTH_MAX} deep") from error
    if raw.count(b"{") + raw.count(b"[") > privacy.DEPTH_MAX and _is_deeper(value, privacy.DEPTH_MAX):
        raise _not_json(f"is nested more than {privacy.DEPTH_MAX} deep")
    if b"\\u" in raw and not _is_unicode(value):
        raise _not_json("has half a surrogate pair, which is no character")
    return value


def _not_json(message: str) -> UnreadableError:
    return UnreadableError(RefusalCode.NOT_JSON, message, mend=_ONE_OBJECT)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) < len(pairs):
        raise _not_json("has a field twice in one object: readers would differ in which one counts")
    return held


def _no_constant(_name: str) -> NoReturn:
    raise _not_json("has NaN or Infinity, which JSON does not know")


def _whole(digits: str) -> int:
    if len(digits) > 20:
        raise _not_json("has a number of more than twenty digits")
    return int(digits)


def _finite(text: str) -> float:
    if math.isinf(number := float(text)):
        raise _not_json("has a number that is too large")
    return number


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_once, parse_constant=_no_constant, parse_int=_whole, parse_float=_finite
)


def _is_unicode(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_deeper(value: object, levels: int) -> bool:
    layer: list[object] = [value]
    for _ in range(levels):
        layer = [below for each in layer if isinstance(each, dict | list) for below in _inside(each)]
        if not layer:
            return False
    return any(isinstance(each, dict | list) for each in layer)


def _inside(value: dict[str, Any] | list[Any]) -> Iterable[object]:
    return value.values() if isinstance(value, dict) else value


# --- faults -------------------------------------------------------------------------------------------------------

_NO_CLOUD_EVENT: Final = fault(
    "$",
    RefusalCode.ENVELOPE,
    "is no CloudEvent; CloudEvents' binary mode (attributes in ce_ headers) is not read",
    mend="send structured mode: the attributes and `data` in one JSON object",
)


def _of_envelope(value: Mapping[str, Any]) -> Iterator[Fault]:
    """The two attributes that the models fill in when they are left out."""
    if "specversion" not in value:
        yield fault("$.specversion", RefusalCode.ENVELOPE, "is missing", mend='add "specversion": "1.0"')
    if "type" not in value:
        yield fault("$.type", RefusalCode.ENVELOPE, "is missing", mend="add the type of this event")


def _of_type(value: Mapping[str, Any], kind: Kind | None) -> Iterator[Fault]:
    sent = value.get("type")
    if kind is None and isinstance(sent, str):
        likely = get_close_matches(sent[:120], _SENDABLE, n=1)
        mend = f"did you mean {likely[0]}?" if likely else "the AsyncAPI document lists the types"
        yield fault("$.type", RefusalCode.UNKNOWN_TYPE, "is no type of the contract", mend=mend)


def _of_topic(kind: Kind | None, topic: str) -> Iterator[Fault]:
    if kind is None or kind.topic == topic:
        return
    ours = kind.topic is Topic.LOG
    yield fault(
        "$.type",
        RefusalCode.WRONG_TOPIC,
        f"{kind.type} does not belong on {topic}",
        mend="only spoedplein itself writes this type" if ours else f"send it to {kind.topic.value}",
    )


def _of_source(value: Mapping[str, Any]) -> Iterator[Fault]:
    """What regions tell one another comes from their decisions, and never over a source topic."""
    if _text(value.get("source")).startswith(SOURCE_PREFIX):
        yield fault(
            "$.source",
            RefusalCode.ENVELOPE,
            "is a region of spoedplein, which sends nothing here",
            mend="send under the name of your own system, as in urn:nld:oin:<number>:systeem:<name>",
        )


def _not_written_as_moments(value: Mapping[str, Any], path: str = "$") -> Iterator[str]:
    """Where text of other forms stands than moments have, in fields of moments. None of ours is in a list."""
    for name, held in value.items():
        if isinstance(held, dict):
            yield from _not_written_as_moments(held, privacy.step(path, name))
        elif name in privacy.MOMENTS and isinstance(held, str) and not _WRITTEN_AS_MOMENT.match(held):
            yield f"{path}.{name}"


def _rooms(agreed: Agreements) -> dict[str, frozenset[str]]:
    """By site: a room's name says nothing outside its site."""
    sites = {room.site for room in agreed.rooms}
    return {
        site: frozenset(name for room in agreed.rooms if room.site == site for name in room.names) for site in sites
    }


def _unagreed(path: str, code: RefusalCode, names: Iterable[str], *, version: str) -> Fault:
    return fault(
        path,
        code,
        f"is not in the region's agreements, version {version}; known are {known(names)}",
        mend="send the identifier that was agreed, or have the region add it or map yours",
    )


def _places(data: object, fields: Iterable[str]) -> Iterator[tuple[str, str]]:
    for field in fields:
        held = getattr(data, field)
        if isinstance(held, tuple):
            yield from ((f"$.data.{field}[{index}]", name) for index, name in enumerate(held))
        elif held is not None:
            yield f"$.data.{field}", held


# --- what may be told again ---------------------------------------------------------------------------------------


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _payload(raw: bytes | None, value: dict[str, Any] | None) -> str:
    if value is None:
        return privacy.redact_bytes(raw or b"")
    text = json.dumps(privacy.redact(_beginning(value)), separators=(",", ":"))
    return text if len(text) <= PAYLOAD_CHARACTERS_MAX else text[: PAYLOAD_CHARACTERS_MAX - len(_CUT)] + _CUT


def _beginning(value: object) -> object:
    """No more of it than a payload may show, and at least as much: to redact a key is dear."""
    left = PAYLOAD_CHARACTERS_MAX

    def cut(held: object) -> object:
        nonlocal left
        if isinstance(held, dict):
            fields: dict[str, object] = {}
            for name, below in held.items():
                if left < 0:
                    break
                left -= min(len(name), _REPLACED) + len('"":')
                fields[name] = cut(below)
            return fields
        if isinstance(held, list):
            items: list[object] = []
            for item in held:
                if left < 0:
                    break
                left -= len("1,")
                items.append(cut(item))
            return items
        return held

    return cut(value)
