"""What a region agreed on crowding: thresholds and levels per site, the region's level, who confirms which proposal."""

from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from spoedplein_schemas.vocabulary import Agreed, Count, CrowdingLevel, CrowdingMeasure, ProposalKind, Role, SiteId

_Minutes = Annotated[int, Field(ge=1, le=60 * 24 * 7)]
_Delay = Annotated[int, Field(ge=0, le=60 * 24)]
_Measures = Annotated[int, Field(ge=1, le=8)]


class Threshold(Agreed):
    """When one measure is crowded: minutes, or percent."""

    measure: CrowdingMeasure
    """Which of the eight."""
    enter: Count
    """Crowded above this value."""
    leave: Count
    """Calm again at or below this value, which lies no higher."""

    @model_validator(mode="after")
    def _leaving_is_not_above_entering(self) -> Self:
        if self.leave > self.enter:
            msg = f"{self.measure.value} is left at {self.leave}, above {self.enter}, where it is entered"
            raise ValueError(msg)
        return self


#: Entering: the consensus (ICMED 2012, table 2). Leaving: planning values, a little below. Validations of crowding
#: scores in Dutch SEHs ask for thresholds of their own, so set them per site.
DEFAULT_THRESHOLDS: tuple[Threshold, ...] = (
    Threshold(measure=CrowdingMeasure.OFFLOAD, enter=15, leave=12),
    Threshold(measure=CrowdingMeasure.LEFT_UNSEEN, enter=5, leave=4),
    Threshold(measure=CrowdingMeasure.TRIAGE_DELAY, enter=5, leave=4),
    Threshold(measure=CrowdingMeasure.OCCUPANCY, enter=100, leave=90),
    Threshold(measure=CrowdingMeasure.LENGTH_OF_STAY, enter=240, leave=210),
    Threshold(measure=CrowdingMeasure.EMERGENT_WAIT, enter=30, leave=20),
    Threshold(measure=CrowdingMeasure.ADMITTED_STILL_HERE, enter=10, leave=5),
    Threshold(measure=CrowdingMeasure.BOARDING, enter=10, leave=8),
)


class CrowdingRule(Agreed):
    """Levels of one SEH. Without a row for it the site has no level. Where no source is named: planning values."""

    site: SiteId
    """Whose SEH."""
    places: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Treatment places that are 100 percent; left out: the rooms whose home is the SEH, or unknown without those."""
    window_minutes: _Minutes = 240
    """How far back measures over past cases look."""
    evaluate_minutes: Annotated[int, Field(ge=1, le=60)] = 5
    """How often the measures are counted."""
    validity_minutes: _Minutes = 60
    """A source that was silent for longer leaves its measures unknown."""
    cases_min: Annotated[int, Field(ge=1, le=1000)] = 5
    """With fewer cases a measure over cases is not counted as crowded."""
    yellow_from: _Measures = 2
    """So many crowded measures make the level yellow."""
    orange_from: _Measures = 3
    """So many make it orange."""
    red_from: _Measures = 5
    """So many make it red."""
    up_minutes: _Delay = 10
    """A level is reached after so many minutes on end; 0: at once."""
    down_minutes: _Delay = 30
    """A level is left after so many minutes below it."""
    thresholds: tuple[Threshold, ...] = DEFAULT_THRESHOLDS
    """Measures whose threshold is not the default."""

    @field_validator("thresholds")
    @classmethod
    def _thresholds_not_named_keep_their_default(cls, given: tuple[Threshold, ...]) -> tuple[Threshold, ...]:
        named = {threshold.measure for threshold in given}
        return given + tuple(threshold for threshold in DEFAULT_THRESHOLDS if threshold.measure not in named)

    @model_validator(mode="after")
    def _levels_rise(self) -> Self:
        if not self.yellow_from <= self.orange_from <= self.red_from:
            froms = f"{self.yellow_from}, {self.orange_from} and {self.red_from}"
            msg = (
                f"yellow, orange and red are reached at {froms} measures; each needs at least as many as the one before"
            )
            raise ValueError(msg)
        return self


class EscalationRule(Agreed):
    """The level of the region, by SEHs on a stop at once, and by SEHs at orange or red; 0 does not count.

    Regions watch simultaneous stops (experiment with a control-room coordinator, Noord); numbers are planning values.
    """

    yellow_stops: Count = 1
    """So many SEHs on a stop at once make the region yellow."""
    orange_stops: Count = 2
    """So many make it orange."""
    red_stops: Count = 3
    """So many make it red."""
    yellow_sites: Count = 1
    """So many sites at orange or red make the region yellow."""
    orange_sites: Count = 2
    """So many make it orange."""
    red_sites: Count = 3
    """So many make it red."""
    up_minutes: _Delay = 0
    """A level is reached after so many minutes on end; 0: at once."""
    down_minutes: _Delay = 30
    """A level is left after so many minutes below it."""
    stop_reminder_minutes: _Minutes = 15
    """So long before its announced end a stop or warning is said to end."""


class ProposalRule(Agreed):
    """Who may confirm or reject a kind of proposal, within which time, and from which level it is made."""

    kind: ProposalKind
    """What is proposed."""
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    """Roles of the people who may confirm or reject it."""
    level: CrowdingLevel | None = None
    """From which level: the region's for neighbour and roaz, else the site's. Mutual help has none."""
    answer_minutes: _Minutes = 15
    """Without an answer it lapses after this time."""
    again_minutes: _Minutes = 60
    """Rejected or lapsed, it is proposed again after this time, if it is still needed."""
    exhausted_rank_max: Annotated[int, Field(ge=0, le=5)] | None = None
    """Roaz only: made as well for each request that nothing fits here, with the neighbours or in the meantime, if its
    rank is this or more urgent. Left out: for none.
    """

    @model_validator(mode="after")
    def _a_person_at_a_level(self) -> Self:
        if Role.SYSTEM in self.roles:
            msg = f"{self.kind.value} waits for a person; system is none"
            raise ValueError(msg)
        if (self.level is None) != (self.kind is ProposalKind.MUTUAL_HELP):
            has = "follows from the queues and has no level" if self.level else "needs the level from which it is made"
            msg = f"{self.kind.value} {has}"
            raise ValueError(msg)
        if self.level is CrowdingLevel.GREEN:
            msg = f"{self.kind.value} from green on would be proposed always"
            raise ValueError(msg)
        if self.exhausted_rank_max is not None and self.kind is not ProposalKind.ROAZ:
            msg = f"{self.kind.value} is not made for a request; only roaz has exhausted_rank_max"
            raise ValueError(msg)
        return self


_ON_THE_FLOOR = (Role.COORDINATOR, Role.NURSE, Role.SPECIALIST)
#: Planning values: who decides is for each region to agree.
DEFAULT_PROPOSALS: tuple[ProposalRule, ...] = (
    ProposalRule(kind=ProposalKind.MUTUAL_HELP, roles=(*_ON_THE_FLOOR, Role.GP, Role.TRIAGIST)),
    ProposalRule(kind=ProposalKind.WARNING, roles=_ON_THE_FLOOR, level=CrowdingLevel.ORANGE),
    ProposalRule(kind=ProposalKind.STOP, roles=(Role.COORDINATOR, Role.SPECIALIST), level=CrowdingLevel.RED),
    ProposalRule(kind=ProposalKind.DIVERT, roles=(Role.COORDINATOR, Role.AMBULANCE), level=CrowdingLevel.RED),
    ProposalRule(kind=ProposalKind.NEIGHBOUR, roles=(Role.COORDINATOR,), level=CrowdingLevel.ORANGE),
    ProposalRule(kind=ProposalKind.ROAZ, roles=(Role.COORDINATOR,), level=CrowdingLevel.RED),
)
