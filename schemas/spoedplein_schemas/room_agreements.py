"""What a site agreed on its treatment rooms: whose they are, who may borrow them when, cleaning, mutual help."""

from typing import Annotated

from pydantic import Field

from spoedplein_schemas.hours import AdmissionWindow
from spoedplein_schemas.vocabulary import AgeBand, Agreed, CareType, Count, RoomId, RoomProperty, SiteId

_Minutes = Annotated[int, Field(ge=1, le=24 * 60)]


class Room(Agreed):
    """A treatment room, or `count` like ones: `kamer` with a count of 3 is kamer-1, kamer-2 and kamer-3."""

    id: RoomId
    """By which messages name it, within its site."""
    site: SiteId
    """Where it is."""
    home: CareType
    """The side that it belongs to: hap or seh."""
    count: Annotated[int, Field(ge=1, le=200)] = 1
    """How many rooms like this; above 1 they are numbered."""
    shared: bool = False
    """Whether the other side can borrow it at all."""
    properties: tuple[RoomProperty, ...] = ()
    """What it can do. An acute room is kept for the most urgent."""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.id,) if self.count == 1 else tuple(f"{self.id}-{number}" for number in range(1, self.count + 1))


class Lending(Agreed):
    """The harmonica: when one side may borrow shared rooms of the other."""

    site: SiteId
    """Where this was agreed."""
    to: CareType
    """The side that borrows: hap or seh."""
    windows: tuple[AdmissionWindow, ...] = ()
    """Local hours in which it may; left out means always."""
    keep_free: Count = 0
    """So many rooms of the lending side stay free for itself."""
    only_when_late: bool = False
    """Only while somebody of the borrowing side waits past his norm."""


class RoomRule(Agreed):
    """How a site works with its rooms. Without a row for it no room is proposed there, and no mutual help."""

    site: SiteId
    """Whose rooms."""
    cleaning_minutes: Annotated[int, Field(ge=0, le=24 * 60)] = 15
    """A room that is not reported clean by then is overdue; 0: rooms are ready at once and nobody reports cleaning."""
    follow_minutes: _Minutes = 10
    """A proposal that nobody follows lapses after this time; never that of a life-threatening patient."""
    validity_minutes: _Minutes = 240
    """Without a word on any room of the site for longer than this, which rooms are free is not known."""
    acute_rank_max: Annotated[int, Field(ge=0, le=4)] = 1
    """The last rank for which an acute room may be proposed."""
    keep_acute: Count = 1
    """So many acute rooms stay free for the life-threatening."""
    child_bands: tuple[AgeBand, ...] = (AgeBand.CHILD, AgeBand.YOUTH)
    """Who is better off in a child-suited room."""
    help_from_late: Annotated[int, Field(ge=1, le=1000)] = 2
    """Mutual help is proposed when so many wait past their norm on one side, and nobody does on the other."""
    help_slack: Count = 3
    """And no more than so many wait there."""
