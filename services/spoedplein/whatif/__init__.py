"""A region's past, lived again under other agreements or with other places, and the difference between the two.

A log holds what providers answered to the offers that were made, and nothing about offers that were not. So people are
modelled, in one way for both sides, and every answer is counted as recorded or assumed:

    held fixed     who came, was triaged, was sent on and left unseen, and when; when a service point called somebody,
                   into which room and until when; who asked for what; stops, openings and closings
    called         whom the log called; by a side that queues otherwise, the head of its own queue (`calls`)
    reports        as they were sent, plus places given, less who lies there only in this history
    answers        the same unit asked for the same request says what it said, as long after the offer; silence is one
    neighbours     and who was proposed something, answer the same question as in the log, and no other (`names`)
    assumed        any other offer is accepted after the unit's median time to answer (or declined, if so asked)
    admissions     as long after the acceptance as in the log; otherwise after the unit's median
    professionals  an override, or a place found elsewhere, is repeated unless the request has a place here by then

The same agreements and the same places give the log's own history again, decision by decision: `Comparison` says so.
Nothing here reads a clock, draws chance or does I/O.
"""
