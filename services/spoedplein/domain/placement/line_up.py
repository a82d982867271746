"""Who waits for one kind of care, in order; those who ask the same of a place together, since one answer is for all."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import merge

from sortedcontainers import SortedList

from spoedplein_schemas.placement import Profile

#: Rank of who is in danger of life (one beyond all for others), whether others are asked, rank, since when, name:
#: who has nothing comes before who could have more, but never before danger of life.
Place = tuple[int, bool, int, int, str]


@dataclass(slots=True)
class Asking:
    """Those who ask the same; `profile` is of one of them."""

    profile: Profile
    places: SortedList[Place] = field(default_factory=SortedList)


class LineUp:
    def __init__(self) -> None:
        self.asking: dict[object, Asking] = {}

    def __iter__(self) -> Iterator[Place]:
        """Everybody, in order."""
        return merge(*(asking.places for asking in self.asking.values()))

    def add(self, profile: Profile, place: Place) -> None:
        key = _asked(profile)
        asking = self.asking.get(key)
        if asking is None:
            asking = self.asking[key] = Asking(profile)
        asking.places.add(place)

    def discard(self, profile: Profile, place: Place) -> None:
        key = _asked(profile)
        asking = self.asking.get(key)
        if asking is not None:
            asking.places.discard(place)
            if not asking.places:
                del self.asking[key]

    def whom(self, wanted: Callable[[Profile], bool]) -> Iterator[str]:
        """Names of those of whom this is true, in order, as they stand when the first is asked for."""
        lines = [list(asking.places) for asking in self.asking.values() if wanted(asking.profile)]
        for *_, name in merge(*lines):
            yield name


def _asked(profile: Profile) -> object:
    """All of a person that the rules look at; of what lies in the moment, nothing."""
    return (
        *(profile.age_band, profile.sex, profile.needs, profile.legal_title, profile.stay_hours),
        *(profile.urgency.system, profile.urgency.code, profile.wlz_indication, profile.wlz_expected),
        *(profile.gp_keeps_treating, profile.medically_stable, profile.expectancy_under_three_months),
    )
