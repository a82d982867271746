"""How every client of ours reaches Kafka: the same credentials for Faust and for bare aiokafka."""

import ssl
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Final

import faust
from aiokafka import AIOKafkaProducer
from aiokafka.conn import AIOKafkaConnection, collect_hosts, create_conn
from aiokafka.errors import (
    KafkaError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from spoedplein.domain.errors import SpoedpleinError
from spoedplein.settings import Settings

_ANSWER_MS_MAX: Final = 10_000
#: What a large record may take: a little less than its topics allow (`max.message.bytes`), which is batch included.
_REQUEST_BYTES_MAX: Final = 8_000_000


class KafkaAccessError(SpoedpleinError):
    """Kafka does not answer, or does not let us in; the message names the setting or the right that is to be mended."""


class Access:
    """First of a worker's needs: that Kafka lets it in, and to the topics that it works on.

    The clients that work then only log what they are refused, and wait for ever.
    """

    def __init__(self, settings: Settings, topics: Iterable[str]) -> None:
        self._settings = settings
        self._topics = tuple(topics)

    async def __aenter__(self) -> None:
        await check_access(self._settings, self._topics)

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Nothing was kept open."""


async def check_access(settings: Settings, topics: Iterable[str] = ()) -> None:
    """A `KafkaAccessError` when no broker answers, when one refuses us, or hides or has not one of these topics."""
    connection = await _connect(settings)
    try:
        answer = await connection.send(MetadataRequest(list(topics), allow_auto_topic_creation=False))
    finally:
        await connection.close()
    refused = [name for code, name, *_ in answer.topics if code == TopicAuthorizationFailedError.errno]
    if refused:
        who = f'user "{settings.kafka_username}"' if settings.kafka_username else "us"
        msg = (
            f"Kafka does not let {who} use {', '.join(sorted(refused))}: give it the rights of deploy/kafka/acls.toml."
        )
        raise KafkaAccessError(msg)
    missing = [name for code, name, *_ in answer.topics if code == UnknownTopicOrPartitionError.errno]
    if missing:
        msg = f"Kafka has no {', '.join(sorted(missing))}: make what deploy/kafka/topics.toml lists, then start again."
        raise KafkaAccessError(msg)


def client_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments for any aiokafka client."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap,
        "security_protocol": settings.kafka_security.value,
        "ssl_context": settings.kafka_tls(),
    }
    if "SASL" in settings.kafka_security:
        options |= {
            "sasl_mechanism": settings.kafka_mechanism.value,
            "sasl_plain_username": settings.kafka_username,
            "sasl_plain_password": settings.kafka_password.get_secret_value(),
        }
    return options


def faust_credentials(settings: Settings) -> faust.SSLCredentials | faust.SASLCredentials | None:
    tls = settings.kafka_tls()
    if "SASL" in settings.kafka_security:
        return faust.SASLCredentials(
            username=settings.kafka_username,
            password=settings.kafka_password.get_secret_value(),
            mechanism=settings.kafka_mechanism.value,
            ssl_context=tls,
        )
    return faust.SSLCredentials(context=tls) if tls is not None else None


def new_producer(settings: Settings) -> AIOKafkaProducer:
    """Idempotent: a retry of its own neither doubles nor reorders what it sends."""
    return AIOKafkaProducer(
        **client_options(settings),
        enable_idempotence=True,
        acks="all",
        linger_ms=2,
        max_batch_size=262_144,
        max_request_size=_REQUEST_BYTES_MAX,
        request_timeout_ms=30_000,
    )


async def _connect(settings: Settings) -> AIOKafkaConnection:
    """To the first broker that answers. What one refuses us, all refuse."""
    options = client_options(settings)
    silent: list[str] = []
    for host, port, _ in collect_hosts(options.pop("bootstrap_servers"), randomize=False):
        where = f"Kafka at {host}:{port}"
        try:
            return await create_conn(
                host, port, client_id="spoedplein-access", request_timeout_ms=_ANSWER_MS_MAX, **options
            )
        except SaslAuthenticationFailed as error:
            msg = (
                f'{where} does not let user "{settings.kafka_username}" in. '
                "Are SPOEDPLEIN_KAFKA_USERNAME and SPOEDPLEIN_KAFKA_PASSWORD right?"
            )
            raise KafkaAccessError(msg) from error
        except UnsupportedSaslMechanismError as error:
            msg = f"{where} does not do {settings.kafka_mechanism}. Is SPOEDPLEIN_KAFKA_MECHANISM right?"
            raise KafkaAccessError(msg) from error
        except ssl.SSLCertVerificationError as error:
            msg = (
                f"{where} shows a certificate that we do not trust: {error.verify_message}. "
                "Does SPOEDPLEIN_KAFKA_CA_FILE hold the authority that signed it?"
            )
            raise KafkaAccessError(msg) from error
        except (OSError, KafkaError, TimeoutError) as error:
            silent.append(f"{host}:{port} ({error or 'no answer in time'})")
    msg = (
        f"Kafka does not answer at {', '.join(silent)}. "
        "Does it run, and are SPOEDPLEIN_KAFKA_BOOTSTRAP and SPOEDPLEIN_KAFKA_SECURITY right?"
    )
    raise KafkaAccessError(msg)
