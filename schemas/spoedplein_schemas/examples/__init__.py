"""One message of each kind, out of one night in Rijnmond, 10 to 11 January 2026. All of it is made up.

A man of 84 falls at 23:40. His neighbour calls 112; the control room refers to the HAP of Schiedam, which sends a
doctor. He is not ill enough for a hospital and cannot stay home: an ELV bed is asked, one house declines, the next
takes him. Meanwhile the SEH next door fills until it announces a stop, and a GGZ ward takes nobody for want of staff.
"""

from collections.abc import Mapping
from typing import Final

from spoedplein_schemas.envelope import Decision, Event
from spoedplein_schemas.examples.agreed import AGREEMENTS
from spoedplein_schemas.examples.decided import DECIDED
from spoedplein_schemas.examples.said import SAID
from spoedplein_schemas.examples.shown import DEAD_LETTER, SHOWN
from spoedplein_schemas.vocabulary import Frozen

__all__ = ["AGREEMENTS", "DEAD_LETTER", "DECISION_EXAMPLES", "EVENT_EXAMPLES", "VIEW_EXAMPLES"]

#: By class of the data: `EVENT_EXAMPLES[hap.ContactTriaged]` is the whole message.
EVENT_EXAMPLES: Final[Mapping[type[Frozen], Event]] = {type(event.data): event for event in SAID}
DECISION_EXAMPLES: Final[Mapping[type[Frozen], Decision]] = {type(decision.data): decision for decision in DECIDED}
VIEW_EXAMPLES: Final[Mapping[type[Frozen], Frozen]] = {type(view): view for view in SHOWN}
