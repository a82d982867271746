"""The same core on the same log under other runtimes: only what carries it differs.

    python -m loadtests run peers

What is fair
- One log, made before: the first hours of a national day, four partitions, the same bytes for everybody, on one broker.
- The same work for each event (`job`): decode and validate with the contracts, `Region.step`, encode what was decided,
  send it to a topic. Each process has one interpreter, as each of these runtimes advises for Python.
- At least every half second what was decided is durable: state in the runtime's own store, its changelog with it where
  it has one, and the place in the log. Each runtime keeps state in the best way that its documentation knows for one
  large object per key; which way that is, and why, stands at the top of its module.
- Each has an environment of its own (`environments`), with versions pinned here.
- They take turns, so that a slow minute of the machine hits all. The clock runs from the first event to the end of the
  last one's handling, with all checkpoints on the way; the last checkpoint is waited for and checked, not timed. CPU is
  the process's own, all threads; the broker's is not in it.
- Afterwards what each made durable is read without it (`kept`) and compared with a plain fold of the log: decisions as
  a set of ids with their bytes, none twice, and the snapshot of every region. One difference, and no bar is passed.

Beside them stand our coordination worker, which also publishes views and counts what it does, and a bare loop that only
reads, sends on and commits: the limit. `job` alone in each environment tells what no runtime can save.
"""
