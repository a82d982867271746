"""Time passing in a quiet region."""

from spoedplein_schemas.vocabulary import Frozen, Instant


class ClockTicked(Frozen):
    """Written by the owner of the region's partition when a deadline passed and nothing else came."""

    ticked_at: Instant
