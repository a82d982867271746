"""Every process as its own principal, over TLS, with the rights of deploy/kafka/acls.toml and no more than those."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import uvloop
from aiokafka.conn import create_conn
from aiokafka.errors import ClusterAuthorizationFailedError, TopicAuthorizationFailedError
from aiokafka.protocol.fetch import FetchRequest
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicCollection

from spoedplein.clock import ScaledClock, SystemClock
from spoedplein.domain.region import Region, fold
from spoedplein.domain.turn import moment
from spoedplein.stack.places import deploy_file
from spoedplein.stack.topics import load_topics
from spoedplein.testing import builders as say
from spoedplein.testing.witness import Witness
from spoedplein.workers.connection import client_options
from spoedplein.workers.output import Outbox, Outgoing
from spoedplein.workers.reading import last_value, newest_by_key
from spoedplein_schemas import kind_of
from spoedplein_schemas.vocabulary import CareType, Frozen, Topic
from tests.system.conftest import EPOCH_MS, alone
from tests.system.secured import OPERATOR, SecuredSystem

pytestmark = [pytest.mark.system, pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(300)]

REGION = "rijnmond"
ANSWER_SECONDS_MAX = 30.0
#: After which uvloop breaks off a connection whose other side does not end TLS.
TLS_END_SECONDS = 30.0
WRONG_PASSWORD = "not-the-secret"  # noqa: S105
#: Settings that are wrong; a function has it from the running system.
Wrong = dict[str, object]
READ, WRITE = frozenset({"DESCRIBE", "READ"}), frozenset({"DESCRIBE", "WRITE"})
SOURCES = {
    "source-hap-schiedam": Topic.HAP,
    "source-seh-schiedam": Topic.SEH,
    "source-ambulance-rijnmond": Topic.AMBULANCE,
    "source-capacity-rijnmond": Topic.CAPACITY,
    "source-placement-rijnmond": Topic.PLACEMENT,
}
RIGHTS = {
    **{source: {topic: WRITE} for source, topic in SOURCES.items()},
    "intake": {
        **dict.fromkeys(SOURCES.values(), READ),
        Topic.DECISIONS: READ,  # what one region asks of another is in its decisions
        Topic.LOG: WRITE,
        Topic.DEAD_LETTERS: WRITE,
    },
    "coordination": {
        Topic.LOG: READ | WRITE,
        Topic.DECISIONS: READ | WRITE,
        Topic.SNAPSHOTS: READ | WRITE,
        Topic.AVAILABILITY: WRITE,
        Topic.BOARDS: WRITE,
    },
    "archive": {Topic.LOG: READ, Topic.DECISIONS: READ, Topic.AVAILABILITY: READ},
    "board": {Topic.AVAILABILITY: READ, Topic.BOARDS: READ, Topic.DECISIONS: READ},
    "stranger": {},
}


def _other_ca(secured: SecuredSystem) -> Path:
    return secured.other_authority.file


PASSWORD: Wrong = {"kafka_password": WRONG_PASSWORD}
CLEAR: Wrong = {"kafka_security": "PLAINTEXT"}
OTHER_CA: Wrong = {"kafka_ca_file": _other_ca, "postgres_ca_file": _other_ca}
OTHER_PG_CA: Wrong = {"postgres_ca_file": _other_ca}
PG_PASSWORD: Wrong = {"postgres_dsn": lambda secured: secured.dsn("archive", password=WRONG_PASSWORD)}
NO_TLS: Wrong = {"postgres_dsn": lambda secured: secured.clear_dsn}


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory, kafka_jars: Path) -> Iterator[SecuredSystem]:
    state = tmp_path_factory.mktemp("secured")
    state.chmod(0o711)  # PostgreSQL runs as another user when we are root.
    system = SecuredSystem(
        state,
        jars=kafka_jars,
        users=[*RIGHTS, OPERATOR],
        agreements_file=alone(deploy_file("regions", "rijnmond.toml"), state),
        clock=ScaledClock(epoch_ms=EPOCH_MS, started_ms=SystemClock().now_ms(), speed=1.0),
    )
    with system:
        yield system


def test_what_sources_publish_reaches_decisions_and_the_archive(secured: SecuredSystem) -> None:
    witness = Witness(secured.settings(OPERATOR, postgres_dsn=secured.clear_dsn), REGION)
    now = moment(secured.clock.epoch_ms)
    said: dict[str, list[Frozen]] = {
        "source-capacity-rijnmond": [say.capacity(unit.id, 2, now) for unit in secured.agreements.units],
        "source-hap-schiedam": [say.registered("c-1", now), say.triaged("c-1", "U2", now)],
        "source-placement-rijnmond": [say.request("r-1", [CareType.ELV_HOOG, CareType.RESPIJT], now)],
    }
    _publish(secured, witness, said, now)
    asyncio.run(_send(secured, "source-hap-schiedam", Topic.HAP, b"no event"))
    _check_decided(witness, "decision.placement-offered")
    witness.until(lambda: len(witness.dead_letters()) == 1, "the refused message is not told of")
    witness.until(lambda: _snapshots(secured) != {}, "no snapshot")

    secured.stop_worker("coordinate")
    secured.start_worker("coordinate")
    _publish(secured, witness, {"source-hap-schiedam": [say.triaged("c-2", "U1", now)]}, now)
    _check_decided(witness, "decision.patient-queued")

    _check_archived(witness)
    users = witness.archived("SELECT DISTINCT usename FROM pg_stat_activity WHERE application_name LIKE 'spoedplein-%'")
    assert [row["usename"] for row in users] == ["archive"]


@pytest.mark.parametrize("principal", RIGHTS)
def test_a_principal_has_the_rights_that_it_needs_and_no_others(secured: SecuredSystem, principal: str) -> None:
    admin = secured.principals.admin(principal, secured.bootstrap)
    topics = TopicCollection([topic.name for topic in load_topics()])
    answers = admin.describe_topics(topics, include_authorized_operations=True)
    granted = {}
    for topic, answer in answers.items():
        try:
            granted[topic] = frozenset(operation.name for operation in answer.result().authorized_operations)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_AUTHORIZATION_FAILED:
                raise
    assert granted == RIGHTS[principal]


@pytest.mark.parametrize(
    ("principal", "topic"),
    [
        pytest.param("source-hap-schiedam", Topic.DECISIONS, id="a source decides"),
        pytest.param("source-hap-schiedam", Topic.SEH, id="a source speaks for another"),
        pytest.param("source-hap-schiedam", Topic.LOG, id="a source passes intake by"),
        pytest.param("intake", Topic.DECISIONS, id="intake decides"),
        pytest.param("coordination", Topic.HAP, id="coordination speaks for a source"),
        pytest.param("archive", Topic.DECISIONS, id="the archive decides"),
        pytest.param("archive", Topic.LOG, id="the archive changes the log"),
        pytest.param("stranger", Topic.HAP, id="somebody without rights"),
    ],
)
async def test_writing_is_refused(secured: SecuredSystem, principal: str, topic: Topic) -> None:
    # The second is what a producer hears that may write nothing at all.
    with pytest.raises((TopicAuthorizationFailedError, ClusterAuthorizationFailedError)):
        await _send(secured, principal, topic, b"{}")


@pytest.mark.parametrize(
    ("principal", "topic"),
    [
        pytest.param("source-hap-schiedam", Topic.LOG, id="a source reads the log"),
        pytest.param("source-hap-schiedam", Topic.HAP, id="a source reads what others of its kind say"),
        pytest.param("intake", Topic.LOG, id="intake reads the log"),
        pytest.param("coordination", Topic.HAP, id="coordination reads a source"),
        pytest.param("board", Topic.LOG, id="the board reads the log"),
    ],
)
async def test_reading_is_refused(secured: SecuredSystem, principal: str, topic: Topic) -> None:
    assert await _fetch(secured, principal, topic) == KafkaError.TOPIC_AUTHORIZATION_FAILED


async def test_reading_is_granted_to_who_needs_it(secured: SecuredSystem) -> None:
    assert await _fetch(secured, "archive", Topic.LOG) == KafkaError.NO_ERROR


def test_a_worker_may_not_take_over_another_ones_place(secured: SecuredSystem) -> None:
    client = secured.principals.client("archive", secured.bootstrap)
    consumer = Consumer({**client, "group.id": "spoedplein-coordination"})
    try:
        consumer.subscribe([Topic.LOG])
        answer = consumer.poll(ANSWER_SECONDS_MAX)
    finally:
        consumer.close()

    error = None if answer is None else answer.error()
    assert error is not None
    assert error.code() == KafkaError.GROUP_AUTHORIZATION_FAILED


@pytest.mark.parametrize(
    ("command", "principal", "wrong", "words"),
    [
        pytest.param("intake", "intake", PASSWORD, 'does not let user "intake" in', id="kafka: password, intake"),
        pytest.param("archive", "archive", PASSWORD, 'does not let user "archive" in', id="kafka: password, archive"),
        pytest.param("coordinate", "coordination", OTHER_CA, "certificate that we do not trust", id="kafka: authority"),
        pytest.param(
            "coordinate", "coordination", {"kafka_ca_file": "/none.pem"}, "names /none.pem", id="kafka: no such file"
        ),
        pytest.param("coordinate", "coordination", CLEAR, "KAFKA_SECURITY right", id="kafka: clear text"),
        pytest.param("archive", "board", {}, 'let user "board" use spoedplein.log.v1', id="kafka: another's user"),
        pytest.param("migrate", "archive", OTHER_CA, "certificate that we do not trust", id="postgres: authority"),
        pytest.param("archive", "archive", OTHER_PG_CA, "certificate that we do not trust", id="postgres: archive too"),
        pytest.param("archive", "archive", PG_PASSWORD, "password authentication failed", id="postgres: password"),
        pytest.param("migrate", "archive", NO_TLS, "rejected SSL", id="postgres: without TLS"),
    ],
)
def test_a_command_that_is_not_let_in_says_why_in_one_sentence(
    secured: SecuredSystem, *, command: str, principal: str, wrong: Wrong, words: str
) -> None:
    settings = secured.settings(principal, **{name: _resolve(secured, value) for name, value in wrong.items()})

    done = secured.run(command, settings)

    told = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert (done.returncode, len(told)) == (1, 1), done.stderr
    assert told[0].startswith("spoedplein: ")
    assert words in told[0]
    assert "Traceback" not in done.stderr
    for secret in (*secured.secrets, WRONG_PASSWORD):
        assert secret not in done.stdout + done.stderr


def test_a_worker_that_reads_a_partition_does_not_wait_for_the_end_of_tls(secured: SecuredSystem) -> None:
    """Uvloop waits half a minute for it when an answer is still to come; a takeover reads eight times."""

    async def read() -> bytes | None:
        async with asyncio.timeout(TLS_END_SECONDS / 2):
            return await last_value(secured.settings("coordination"), Topic.LOG, 0)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(read()) is not None


def _publish(secured: SecuredSystem, witness: Witness, said: dict[str, list[Frozen]], at: datetime) -> None:
    """Each source says its own, as itself."""
    for source, data in said.items():
        speaker = Witness(secured.settings(source), REGION)
        speaker.publish([say.event(each, at=at) for each in data])
        witness.published |= speaker.published


async def _send(secured: SecuredSystem, principal: str, topic: Topic, value: bytes) -> None:
    async with Outbox(secured.settings(principal)) as outbox:
        await outbox.send(topic, 0, [Outgoing(REGION.encode(), value)])


def _check_decided(witness: Witness, expected: str) -> None:
    """`expected` is a type of decision that must be among them."""
    log, decisions, lines = witness.settled()
    assert lines == [found.model_dump_json(exclude_none=True).encode() for found in fold(log, Region.empty(REGION))]
    assert expected in {kind_of(type(found.data)).name for found in decisions}


def _check_archived(witness: Witness) -> None:
    counts = "SELECT (SELECT count(*) FROM spoedplein.events) AS log, (SELECT count(*) FROM spoedplein.decisions) AS "
    counts += "decided, (SELECT count(*) FROM spoedplein.availability) AS available"

    def whole() -> bool:
        found = witness.archived(counts)[0]
        return (found["log"], found["decided"]) == (len(witness.log()), len(witness.decisions())) and found[
            "available"
        ] > 0

    witness.until(whole, "rows are missing in the archive")


def _snapshots(secured: SecuredSystem) -> dict[bytes, bytes]:
    return asyncio.run(newest_by_key(secured.settings(OPERATOR), Topic.SNAPSHOTS, 0))


async def _fetch(secured: SecuredSystem, principal: str, topic: Topic) -> int:
    """The number of Kafka's answer to a bare request for records, which no client has looked at before."""
    options = client_options(secured.settings(principal))
    host, port = options.pop("bootstrap_servers").split(":")
    connection = await create_conn(host, int(port), **options)
    try:
        answer = await connection.send(FetchRequest(100, 1, 1_000_000, 0, [(topic, [(0, 0, 1_000_000)])]))
    finally:
        await connection.close()
    [(_, [(_, code, *_)])] = answer.topics
    return int(code)


def _resolve(secured: SecuredSystem, value: object) -> object:
    return value(secured) if callable(value) else value
