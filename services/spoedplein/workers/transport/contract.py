"""Every name that the transport leans on without a promise from its owner; checked before a consumer is made.

A changed name would not fail by itself: an override that nobody calls is silent. So each is listed with its parameters
and, where it is an override, with the method of Faust that must still call it.
"""

import inspect
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, NamedTuple

from aiokafka.consumer.subscription_state import Assignment, Subscription, SubscriptionState, TopicPartitionState
from faust.exceptions import ImproperlyConfigured
from faust.transport.consumer import Consumer, ConsumerThread, ThreadDelegateConsumer
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread
from faust.transport.drivers.aiokafka import Consumer as AIOKafkaConsumer


class Leaning(NamedTuple):
    owner: type
    name: str
    parameters: tuple[str, ...] | None = None  # None: a property
    called_by: str | None = None  # "Class.method" of the same module


LEANINGS = (
    # Fetching: the one override through which records pass.
    Leaning(Consumer, "_wait_next_records", ("timeout",), "Consumer.getmany"),
    Leaning(Consumer, "getmany", ("timeout",), "Consumer._drain_messages"),
    Leaning(Consumer, "_get_active_partitions", ()),
    Leaning(Consumer, "resume_flow", ()),
    Leaning(Consumer, "stop_flow", ()),
    Leaning(Consumer, "resume_partitions", ("tps",)),
    Leaning(Consumer, "on_buffer_drop", ("tp",)),
    Leaning(ThreadDelegateConsumer, "_new_consumer_thread", (), "ThreadDelegateConsumer.__init__"),
    Leaning(AIOKafkaConsumer, "verify_event_path", ("now", "tp")),
    Leaning(AIOKafkaConsumerThread, "_fetch_records", ("consumer", "active_partitions", "timeout", "max_records")),
    Leaning(AIOKafkaConsumerThread, "_ensure_consumer", ()),
    Leaning(
        AIOKafkaConsumerThread, "_create_worker_consumer", ("transport",), "AIOKafkaConsumerThread._create_consumer"
    ),
    Leaning(ConsumerThread, "call_thread", ("fun", "args", "kwargs")),
    # Committing.
    Leaning(Consumer, "_filter_tps_with_pending_acks", ("topics",), "Consumer.force_commit"),
    Leaning(Consumer, "_filter_committable_offsets", ("tps",), "Consumer._commit_tps"),
    Leaning(ThreadDelegateConsumer, "_commit", ("offsets",), "Consumer._commit_offsets"),
    Leaning(Consumer, "commit", ("topics", "start_new_transaction"), "Consumer._commit_handler"),
    Leaning(Consumer, "commit_and_end_transactions", (), "Consumer.on_stop"),
    # Rebalancing.
    Leaning(Consumer, "on_partitions_revoked", ("revoked",), "ThreadDelegateConsumer.threadsafe_partitions_revoked"),
    Leaning(
        Consumer,
        "on_partitions_assigned",
        ("assigned", "generation_id"),
        "ThreadDelegateConsumer.threadsafe_partitions_assigned",
    ),
    # aiokafka, read in the consumer's thread.
    Leaning(SubscriptionState, "subscription"),
    Leaning(SubscriptionState, "fetch_context", ()),
    Leaning(Subscription, "assignment"),
    Leaning(Assignment, "state_value", ("tp",)),
    Leaning(TopicPartitionState, "position"),
    Leaning(TopicPartitionState, "has_valid_position"),
)
# Attributes that an AIOKafkaConsumer gets when it is made.
CONSUMER_ATTRIBUTES = ("_subscription", "_max_poll_records", "_fetch_max_wait_ms", "seek")


def check_faust() -> None:
    """ImproperlyConfigured, with one line for each name that has changed."""
    _refuse([problem for leaning in LEANINGS for problem in problems(leaning)])


def check_aiokafka(consumer: object) -> None:
    """ImproperlyConfigured if this AIOKafkaConsumer has changed."""
    _refuse([f"AIOKafkaConsumer has no {name}" for name in CONSUMER_ATTRIBUTES if not hasattr(consumer, name)])


def problems(leaning: Leaning) -> Iterator[str]:
    owner, name = leaning.owner, leaning.name
    place = f"{owner.__module__}.{owner.__qualname__}.{name}"
    found = inspect.getattr_static(owner, name, None)
    if found is None:
        yield f"{place} is gone"
        return
    if leaning.parameters is None:
        if not isinstance(found, property):
            yield f"{place} is no property any more"
        return
    parameters = tuple(inspect.signature(found).parameters)[1:]
    if parameters != leaning.parameters:
        yield f"{place} takes {parameters}, not {leaning.parameters}"
    if leaning.called_by is not None and not _calls(leaning.called_by, name):
        yield f"{place} is not called by {leaning.called_by} any more"


def _calls(caller: str, name: str) -> bool:
    class_name, method = caller.split(".")
    owner = {each.__name__: each for each in (Consumer, ThreadDelegateConsumer, AIOKafkaConsumerThread)}[class_name]
    function: Any = inspect.getattr_static(owner, method, None)
    function = inspect.unwrap(getattr(function, "fun", function))  # `fun`: mode wraps background tasks in an object
    return function is not None and name in function.__code__.co_names


def _refuse(found: list[str]) -> None:
    if found:
        raise ImproperlyConfigured(
            f"The batch transport cannot work with faust-streaming {version('faust-streaming')} and aiokafka "
            f"{version('aiokafka')}. Install the versions it was tested with, or use kafka:// with plain=True. "
            f"What has changed:\n- " + "\n- ".join(found)
        )
