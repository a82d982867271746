"""What an app calls."""

import logging

import faust
from faust.exceptions import ImproperlyConfigured
from faust.types import TP

from . import plain as plain_agent
from .consumer import Transport
from .lanes import Acknowledge, AssignmentCallback, Handler, Lanes, LaneTopic, lanes_of

logger = logging.getLogger(__name__)


def consume(
    app: faust.App,
    topic: str,
    handler: Handler,
    *,
    acknowledge: Acknowledge = "handled",
    together: bool = False,
    plain: bool = False,
) -> None:
    """Deliver `topic` to `handler`, a batch at a time; one handler per topic, registered before the app starts.

    acknowledge: "handled" acknowledges a batch when its handler returns; "manual" leaves it to `acknowledge`.
    together: batches of different partitions may be in hand together: while one handler waits, another goes on.
    plain: by an ordinary Faust agent in batches of one record, on any transport. Slow, and without private attributes.
    """
    lanes = lanes_of(app)
    _check(app, lanes, topic, plain=plain)
    if plain and not lanes.plain:
        plain_agent.use(app, lanes)
    if plain:
        plain_agent.consume(app, lanes, topic)
    lanes.topics[topic] = LaneTopic(handler, acknowledge, together)


def acknowledge(app: faust.App, tp: TP, next_offset: int) -> None:
    """Everything of `tp` below `next_offset` may be committed; takes effect at the next commit of Faust.

    Does nothing if the partition is not (or no longer) ours. ValueError beyond what was delivered: that would lose it.
    """
    lane = lanes_of(app).get(tp)
    if lane is None:
        logger.debug("%s/%d is not ours any more: acknowledging %d does nothing", tp.topic, tp.partition, next_offset)
        return
    lane.acknowledge(next_offset)


def on_assigned(app: faust.App, callback: AssignmentCallback) -> None:
    """Run `callback` with every lane partition of a new assignment, before the first batch of any of them.

    Also with none. It may take long: heartbeats go on meanwhile. It is cancelled if the partitions are revoked before
    it is done.
    """
    lanes_of(app).assigned_callbacks.append(callback)


def begin(app: faust.App, tp: TP) -> None:
    """Called by an `on_assigned` callback: batches of `tp` may come now, while it goes on to see to others.

    Plain delivery has one stream for all partitions, in which it may stand behind what has not begun.
    """
    lanes_of(app).let_begin([tp])


def on_revoked(app: faust.App, callback: AssignmentCallback) -> None:
    """Run `callback` when no handler runs any more, at each rebalance and at an orderly stop (not after a failure).

    Not with none.

    What it acknowledges is committed. A handler that was cancelled may have left its state half changed. Keep it well
    below the session timeout: the whole group waits for it.
    """
    lanes_of(app).revoked_callbacks.append(callback)


def _check(app: faust.App, lanes: Lanes, topic: str, *, plain: bool) -> None:
    if topic in lanes.topics:
        raise ImproperlyConfigured(f"topic {topic!r} has a batch handler already; consume it once")
    if lanes.topics and lanes.plain is not plain:
        raise ImproperlyConfigured(f"consume({topic!r}, plain={plain}): an app is plain for all its topics or for none")
    if app.started:
        raise ImproperlyConfigured(f"consume({topic!r}) comes too late: call it before the app starts")
    if not plain and not isinstance(app.transport, Transport):
        raise ImproperlyConfigured(
            f"consume({topic!r}) needs the batch transport: set the broker URL to kafkabatch://host:port "
            f"(it is {app.conf.broker_consumer[0]}), or pass plain=True"
        )
