"""Kafka through Faust, a batch at a time: a Faust transport with the URL scheme `kafkabatch`.

    app = faust.App("ward", broker="kafkabatch://localhost:9092")

    async def store(batch: Batch) -> None: ...

    consume(app, "vitals", store)

Faust hands each record of a topic to its agents by itself, through four tasks, a lock and a wake-up. For the topics
given to `consume` this transport hands one partition's part of each fetch to one handler. Worker, assignment, timers,
producer, tables and all other topics are Faust's, unchanged.

What is promised for those topics
- At least once. An offset is committed only when its batch was handled ("handled") or acknowledged ("manual"). A
  handler that raises stops the app with its batch not acknowledged; Faust's agents would lose the event.
- Order. Within a partition batches come one after another, and within one assignment no record comes twice.
- Rebalances. When partitions are revoked a running handler gets a second to finish and is then cancelled, its batch
  not acknowledged; then the on_revoked callbacks run, then what is acknowledged is committed. After an assignment the
  on_assigned callbacks run, then the first batch; of a partition for which one calls `begin`, from then on. An orderly
  stop ends in the same way as a revocation.
- The committed offset reaches the end of the log, past transaction markers and compacted offsets too.
- Nothing is delivered while flow is stopped (consumer, app.flow_control, or the partition), nothing is skipped after.

What it costs
- One handler runs at a time, or with `consume(together=True)` one for each partition that has a batch; nothing is
  fetched until all are done. A handler that waits holds up every partition of its app, ordinary agents and changelogs
  too. Heartbeats go on in Faust's consumer thread: the app stays in its group for `broker_max_poll_interval`; then it
  leaves, the handler is cancelled, and the app joins again.
- A batch is what one fetch brought, at most `broker_max_poll_records` over all partitions when that is set.
- `broker_commit_every`, Faust's sensors, and `seek` do not cover these topics. No `exactly_once`.
- It leans on private names of Faust and aiokafka: `contract.py` lists each, with who must call it. They are checked
  when the consumer is made, so that an upgrade fails with the list of what has changed. `consume(plain=True)` needs
  none of them: see `plain.py`.

Imports nothing but Faust, aiokafka and the standard library.
"""

from .api import acknowledge, begin, consume, on_assigned, on_revoked
from .consumer import Transport
from .lanes import Batch, Handler, Record

__all__ = ["Batch", "Handler", "Record", "Transport", "acknowledge", "begin", "consume", "on_assigned", "on_revoked"]
