"""How cost grows with what there is: waiting patients, units, regions, attributes asked.

    python -m loadtests run growth

Every size is built once and all of them stand in memory; then they take turns, round after round, so that a slow minute
of the machine hits all. A run of a figure is one round: CPU time of this thread over the operations done in it, per
operation. Each operation leaves as much waiting as it found. The garbage of building is collected and put aside first
(`gc.freeze`), so that no figure holds a collection that another size caused.

  rooms      the queues of the core (`domain.queue`) and the whole core, with 100 to 1,000,000 waiting
  lines      one queue as a data structure (`domain.line`) beside other ways to keep one (`rivals`)
  places     the whole core with 100 to 100,000 units, 1 to 60 regions, and more and more attributes asked
  keeping    memory per patient and per unit, and snapshots: size, time to write, time to read
"""
