"""What is configured: `SPOEDPLEIN_…` variables, over the TOML file that `SPOEDPLEIN_SETTINGS` names, over defaults."""

import ipaddress
import json
import os
import re
import ssl
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource
from pydantic_settings import SettingsError as UnreadableError

from spoedplein.clock import Clock, ScaledClock, SystemClock
from spoedplein.domain.errors import SpoedpleinError

ENV_PREFIX = "SPOEDPLEIN_"
FILE_VARIABLE = "SPOEDPLEIN_SETTINGS"

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
#: Of the signature algorithms of JOSE, those with which who verifies cannot sign.
ASYMMETRIC: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
)

Seconds = Annotated[float, Field(gt=0, le=86_400)]
LpzWord = Literal[
    "department", "status", "reason", "expected-end", "observed-at", "open", "warning", "stop", "closed", "unknown"
]
#: A name or an address, IPv6 in brackets, and perhaps a port.
_HOST: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\s:\[\]/]+)(?::\d{1,5})?")
_DSN: Final = "is postgresql://user:password@host:port/database"
Port = Annotated[int, Field(ge=0, le=65_535)]


class SettingsError(SpoedpleinError):
    """A setting is missing or wrong; the message names it and the mend."""


class KafkaSecurity(StrEnum):
    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"


class KafkaMechanism(StrEnum):
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    SCRAM_SHA_512 = "SCRAM-SHA-512"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, extra="forbid", frozen=True)

    kafka_bootstrap: str = Field(default="127.0.0.1:9092", description="Kafka brokers, host:port, comma-separated")
    kafka_security: KafkaSecurity = Field(default=KafkaSecurity.PLAINTEXT, description="Kafka security protocol")
    kafka_mechanism: KafkaMechanism = Field(
        default=KafkaMechanism.SCRAM_SHA_512, description="SASL mechanism, when security says SASL"
    )
    kafka_username: str = Field(default="", description="SASL user")
    kafka_password: SecretStr = Field(default=SecretStr(""), description="SASL password")
    kafka_ca_file: Path | None = Field(
        default=None, description="PEM file of the authorities that signed the brokers' certificates"
    )
    kafka_cert_file: Path | None = Field(default=None, description="PEM file of our client certificate, for mutual TLS")
    kafka_key_file: Path | None = Field(default=None, description="PEM file of our client key, for mutual TLS")
    kafka_session_seconds: Seconds = Field(
        default=6, description="A worker silent for so long loses its partitions; 6 is the least that Kafka allows"
    )
    kafka_instance: str | None = Field(
        default=None, description="Name that survives a rolling restart (static membership)"
    )

    postgres_dsn: SecretStr = Field(
        default=SecretStr("postgresql://spoedplein@127.0.0.1:5432/spoedplein"),
        description="PostgreSQL address, with user and database",
    )
    postgres_ca_file: Path | None = Field(
        default=None, description="PEM file of the authority that signed PostgreSQL's certificate; turns TLS on"
    )
    postgres_pool_max: Annotated[int, Field(ge=1, le=50)] = Field(
        default=4, description="Connections that a process may hold"
    )

    regions: dict[str, int] = Field(
        default={"rijnmond": 0}, description='Region to partition, for every topic: {"rijnmond": 0}'
    )
    agreements_files: tuple[Path, ...] = Field(
        default=(), description="TOML files of the regions' agreements, as a JSON list; read again when they change"
    )

    commit_seconds: Seconds = Field(default=0.5, description="Longest time between two commits of consumed offsets")
    batch_records_max: Annotated[int, Field(ge=1, le=100_000)] = Field(
        default=2000, description="Most records in one batch"
    )
    snapshot_seconds: Seconds = Field(
        default=30, description="Longest time that handled log records wait for a snapshot"
    )
    snapshot_records_max: Annotated[int, Field(ge=1)] = Field(
        default=50_000, description="Most log records between two snapshots of a partition"
    )
    snapshot_part_bytes: Annotated[int, Field(ge=1024, le=7_500_000)] = Field(
        default=500_000, description="Largest part of a snapshot"
    )
    tick_seconds: Seconds = Field(
        default=1, description="How often the owner of a region looks whether a deadline passed in silence"
    )
    event_bytes_max: Annotated[int, Field(ge=1024, le=900_000)] = Field(
        default=262_144, description="Largest source message that intake reads"
    )
    clock_ahead_seconds: Seconds = Field(default=120, description="How far a source's clock may run ahead of ours")
    retry_seconds_max: Seconds = Field(
        default=15, description="Longest pause between two tries when PostgreSQL is away"
    )
    retention_months: Annotated[int, Field(ge=1, le=240)] = Field(
        default=60, description="Months that the archive keeps"
    )
    access_log_months: Annotated[int, Field(ge=60, le=1200)] = Field(
        default=60, description="Months that the access log is kept; NEN 7513 asks five years at least"
    )

    oidc_issuer: str = Field(
        default="", description="Whose tokens count: the issuer's URL as its tokens say it; empty: nobody's"
    )
    oidc_audience: str = Field(default="spoedplein", description="What tokens for us name as their audience")
    oidc_client_id: str = Field(default="spoedplein-portal", description="As whom the web page signs users in")
    oidc_client_secret: SecretStr = Field(
        default=SecretStr(""), description="Secret of that client; empty for a public client, which has PKCE only"
    )
    oidc_scope: str = Field(
        default="openid", description="What the web page asks of the issuer; some want offline_access in it as well"
    )
    oidc_ca_file: Path | None = Field(
        default=None, description="PEM file of the authorities that signed the issuer's certificate"
    )
    oidc_algorithms: tuple[str, ...] = Field(
        default=("RS256", "PS256", "ES256", "EdDSA", "Ed25519"),
        description="Signatures that count, as a JSON list; none or HS* never",
    )
    oidc_leeway_seconds: Annotated[int, Field(ge=0, le=300)] = Field(
        default=30, description="How far the issuer's clock may differ from ours"
    )
    oidc_keys_seconds: Seconds = Field(
        default=300, description="How old the issuer's keys may become before a new look"
    )
    oidc_keys_stale_seconds: Seconds = Field(
        default=3600, description="How long keys still count while the issuer does not answer"
    )
    oidc_refetch_seconds: Seconds = Field(
        default=10, description="Shortest time between two looks for a key that we do not know"
    )
    oidc_timeout_seconds: Seconds = Field(default=5, description="How long the issuer may take to answer")
    oidc_role_claim: str = Field(
        default="spoedplein_role", description="Claim with the role, one or a list; dots lead into nested claims"
    )
    oidc_roles: dict[str, str] = Field(
        default={"coordinator": "coordinator", "provider": "provider", "auditor": "auditor", "operator": "operator"},
        description="The issuer's word for a role to ours",
    )
    oidc_regions_claim: str = Field(default="spoedplein_regions", description="Claim with the user's regions")
    oidc_organisation_claim: str = Field(
        default="spoedplein_organisation", description="Claim with the organisation that a provider acts for"
    )
    oidc_units_claim: str = Field(
        default="spoedplein_units", description="Claim that narrows a provider to some of its units"
    )
    oidc_responsible_claim: str = Field(
        default="spoedplein_on_behalf_of", description="Claim with the responsible user, where that is another"
    )
    oidc_two_factor_acr: tuple[str, ...] = Field(
        default=(), description='Values of `acr` that mean two factors, beside `amr` with "mfa"; for the access log'
    )

    access_log_seconds: Seconds = Field(
        default=2, description="Longest wait for the access log, after which case data is refused"
    )
    access_queue_dir: Path | None = Field(
        default=None, description="Where emergency use is kept while PostgreSQL is away; without it there is none then"
    )
    access_queue_max: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        default=10_000, description="Most accesses that are kept there"
    )
    local_stack: bool = Field(
        default=False, description="Set by `spoedplein up` alone: lets the issuer of made-up users run"
    )
    local_issuer_dir: Path | None = Field(
        default=None, description="Set by `spoedplein up` alone: where that issuer keeps its key"
    )

    metrics_host: str = Field(default="127.0.0.1", description="Where /metrics listens")
    metrics_port: Port = Field(default=0, description="Port of /metrics; 0 takes a free one and prints it")
    portal_host: str = Field(default="127.0.0.1", description="Where the portal listens")
    portal_port: Port = Field(default=8080, description="Port of the portal; 0 takes a free one and prints it")
    portal_url: str = Field(
        default="", description="Address of the portal as browsers see it, without a path; needed to sign in there"
    )
    portal_proxies: tuple[str, ...] = Field(
        default=("127.0.0.1", "::1"),
        description="Addresses or networks of the proxies before the portal: what they say of who asks is believed",
    )
    portal_session_seconds: Seconds = Field(
        default=43_200, description="Longest time that a browser stays signed in: a shift"
    )
    portal_body_bytes_max: Annotated[int, Field(ge=1024, le=10_000_000)] = Field(
        default=65_536, description="Largest request that the portal reads"
    )
    portal_rate_per_user: str = Field(
        default="1200/minute", description="Most requests of one user, per second, minute or hour"
    )
    portal_rate_per_address: str = Field(
        default="6000/minute", description="Most requests from one network address, behind which may be a hospital"
    )
    portal_stale_seconds: Seconds = Field(
        default=30, description="So long without an answer of Kafka or of coordination the portal calls itself stale"
    )
    portal_wait_seconds: Seconds = Field(
        default=5, description="Longest time that an answer waits for the decision on what was said"
    )
    portal_push_seconds: Annotated[float, Field(ge=0.05, le=60)] = Field(
        default=0.5, description="How often followers of a stream are told what changed"
    )
    portal_stream_ticks: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=120, description="So many tellings a follower may be behind before he gets a fresh snapshot"
    )
    portal_streams_max: Annotated[int, Field(ge=1, le=100_000)] = Field(
        default=2000, description="Most streams at the same time"
    )
    portal_streams_per_address: Annotated[int, Field(ge=1, le=100_000)] = Field(
        default=200, description="Most of them to one network address, behind which may be a hospital"
    )
    portal_lpz_oids: dict[str, str] = Field(
        default={}, description='Identifier that LPZ gave to a site, by our name of it: {"schiedam": "2.16.528..."}'
    )
    portal_lpz_words: dict[LpzWord, str] = Field(
        default={}, description="Names of fields and statuses in `lpz.json` that are not the default"
    )

    log_level: str = Field(
        default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least severe log line that is written"
    )

    clock_epoch_ms: int | None = Field(
        default=None, description="Simulation only: the moment at which the scaled clock started, ms since 1970"
    )
    clock_started_ms: int = Field(
        default=0, description="Simulation only: the wall clock at that moment, ms since 1970"
    )
    clock_speed: Annotated[float, Field(gt=0, le=10_000)] = Field(
        default=1.0, description="Simulation only: how many times faster the clock runs"
    )

    @model_validator(mode="after")
    def _sasl_has_a_user(self) -> Self:
        if "SASL" in self.kafka_security and not (self.kafka_username and self.kafka_password.get_secret_value()):
            msg = (
                f"kafka_security {self.kafka_security} needs {ENV_PREFIX}KAFKA_USERNAME and {ENV_PREFIX}KAFKA_PASSWORD"
            )
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _an_identity_is_no_right(self) -> Self:
        if self.oidc_client_id == self.oidc_audience:
            msg = "oidc_client_id and oidc_audience differ: otherwise an identity token would count as an access token"
            raise ValueError(msg)
        return self

    @field_validator("kafka_bootstrap")
    @classmethod
    def _are_hosts(cls, brokers: str) -> str:
        if not all(_HOST.fullmatch(each.strip()) for each in brokers.split(",")):
            raise ValueError('is host:port of one or more brokers, as "kafka-1:9092,kafka-2:9092"')
        return brokers

    @field_validator("postgres_dsn")
    @classmethod
    def _is_an_address(cls, dsn: SecretStr) -> SecretStr:
        try:
            parts = urlsplit(dsn.get_secret_value())
        except ValueError:  # Its text holds the password.
            raise ValueError(_DSN) from None
        hosts = parts.netloc.rpartition("@")[2].split(",")
        if parts.scheme not in {"postgresql", "postgres"} or not all(_HOST.fullmatch(each) for each in hosts if each):
            raise ValueError(_DSN)
        return dsn

    @field_validator("oidc_issuer", "portal_url")
    @classmethod
    def _reached_by_tls(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise ValueError("is reached by https; plain http only on this machine")
        return url

    @field_validator("portal_url")
    @classmethod
    def _without_a_path(cls, url: str) -> str:
        if url != "{0.scheme}://{0.netloc}".format(urlsplit(url)) and url:
            raise ValueError("is scheme, host and port, without a path or a slash at its end")
        return url

    @field_validator("portal_proxies")
    @classmethod
    def _are_networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for each in proxies:
            try:
                ipaddress.ip_network(each)
            except ValueError as error:
                raise ValueError(f'write addresses or networks, as ["10.1.2.3", "10.2.0.0/16"]: {error}') from error
        return proxies

    @field_validator("portal_rate_per_user", "portal_rate_per_address")
    @classmethod
    def _is_a_rate(cls, rate: str) -> str:
        if re.fullmatch(r"[1-9][0-9]{0,8}/(second|minute|hour)", rate) is None:
            raise ValueError('is a number per second, minute or hour, as "1200/minute"')
        return rate

    @field_validator("oidc_algorithms")
    @classmethod
    def _algorithms_are_asymmetric(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not names or not set(names) <= ASYMMETRIC:
            raise ValueError(f"write some of {', '.join(sorted(ASYMMETRIC))}; with none or HS* anybody could sign")
        return names

    @classmethod
    def settings_customise_sources(  # noqa: PLR0917  as the library calls it
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del dotenv_settings, file_secret_settings
        named = os.environ.get(FILE_VARIABLE)
        files = (TomlConfigSettingsSource(settings_cls, toml_file=named),) if named else ()
        return (init_settings, env_settings, *files)

    def clock(self) -> Clock:
        if self.clock_epoch_ms is None:
            return SystemClock()
        return ScaledClock(epoch_ms=self.clock_epoch_ms, started_ms=self.clock_started_ms, speed=self.clock_speed)

    def oidc_tls(self) -> ssl.SSLContext:
        return _tls("oidc_ca_file", self.oidc_ca_file)

    def kafka_tls(self) -> ssl.SSLContext | None:
        if "SSL" not in self.kafka_security:
            return None
        context = _tls("kafka_ca_file", self.kafka_ca_file)
        if self.kafka_cert_file is not None:
            try:
                context.load_cert_chain(self.kafka_cert_file, self.kafka_key_file)
            except OSError as error:
                raise _unusable("kafka_cert_file", self.kafka_cert_file, error) from error
        return context

    def postgres_tls(self) -> ssl.SSLContext | None:
        return None if self.postgres_ca_file is None else _tls("postgres_ca_file", self.postgres_ca_file)


def load() -> Settings:
    """The effective settings, or a `SettingsError` that names each wrong one."""
    named = os.environ.get(FILE_VARIABLE)
    if named and not Path(named).is_file():
        msg = f"{FILE_VARIABLE} names {named}, which is not there. Write that file or unset the variable."
        raise SettingsError(msg)
    try:
        return Settings()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{named} is not valid TOML: {error}. Mend it, or unset {FILE_VARIABLE}."
        raise SettingsError(msg) from error
    except UnreadableError as error:
        msg = f"Settings cannot be read: {error}. Lists and tables are written as JSON in a variable."
        raise SettingsError(msg) from error
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'settings'}: {fault['msg']}" for fault in error.errors()
        )
        msg = f"Settings cannot be used. {faults}. `spoedplein settings --all` lists what each means."
        raise SettingsError(msg) from error


def as_environment(settings: Settings) -> dict[str, str]:
    """The same settings as environment variables, secrets in clear: for starting our own processes."""
    values = settings.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    values |= {
        name: value.get_secret_value() for name, value in settings if isinstance(value, SecretStr) and name in values
    }
    return {f"{ENV_PREFIX}{name.upper()}": _as_text(value) for name, value in values.items()}


def _tls(name: str, ca_file: Path | None) -> ssl.SSLContext:
    """Trusts the authorities in the file, or else those of the system."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise _unusable(name, ca_file, error) from error


def _unusable(name: str, file: Path | None, error: OSError) -> SettingsError:
    msg = f"{ENV_PREFIX}{name.upper()} names {file}, which cannot be used: {error.strerror or error}. Mend it."
    return SettingsError(msg)


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
