"""Backend of an acute-care coordination centre.

Rooms, from the top down; imports only look down:

    cli, __main__   commands: the composition root
    stack           the local stack: embedded PostgreSQL, local Kafka, the live board
    testing         shipped twins: manual clock, builders, seeded workload, auditor
    portal          HTTP: what is live, and what people say
    workers         one module = one Faust app = one process: intake, coordination, archive
    wording         what was decided, in words
    store           PostgreSQL through asyncpg; SQL as SQL
    telemetry       every metric name; structured logs
    domain          decisions; pure
    clock, settings what time it is; what is configured
"""
