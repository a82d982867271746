"""Professionals who ask each other to think along: answered in time, late, after a call back, never; or cancelled."""

from functools import partial
from typing import Final

from spoedplein.testing import rates
from spoedplein.testing.chance import DAY_MS
from spoedplein.testing.world import BY_HAND, World
from spoedplein_schemas.consult import ConsultAnswered, ConsultAsked, ConsultCancelled, ConsultOutcome
from spoedplein_schemas.vocabulary import Actor, Role

SPECIALTIES: Final = (
    *("geriatrie", "cardiologie", "psychiatrie", "kindergeneeskunde", "neurologie"),
    "ouderengeneeskunde",
)
#: What becomes of a question (planning values).
FATES: Final = {"answered": 78.0, "never": 8.0, "cancelled": 6.0, "calls-back": 8.0}
ENDS: Final = (ConsultOutcome.ADVICE, ConsultOutcome.REFER, ConsultOutcome.TAKE_OVER)
ASKER: Final = Actor(role=Role.GP, organisation="huisarts-oost")


class Consults:
    def __init__(self, world: World) -> None:
        self._world = world
        self._chance = world.chance("consult")
        self._voice = world.voice("consult", BY_HAND)
        self._mean_ms = DAY_MS / (rates.CONSULTS_PER_DAY * max(1, len(world.agreements.sites)) * world.intensity)

    def begin(self) -> None:
        self._world.after(self._chance.until_next_ms(self._mean_ms), self._asks)

    def _asks(self) -> None:
        """Half of the askers name their own term."""
        self._world.after(self._chance.until_next_ms(self._mean_ms), self._asks)
        name, term_ms = self._world.name("k"), self._chance.between_ms(10, 60)
        own_term = self._chance.happens(0.5)
        asked = ConsultAsked(
            consult=name,
            case=self._world.name("c"),
            specialty=self._chance.one_of(SPECIALTIES),
            asked_at=self._world.moment(),
            by=ASKER,
            answer_by=self._world.moment(self._world.now_ms + term_ms) if own_term else None,
        )
        self._voice.says(asked, subject=name)
        after_ms = round(term_ms * self._chance.between(0.2, 1.6))
        match self._chance.pick(FATES):
            case "answered":
                self._world.after(after_ms, partial(self._advises, name))
            case "cancelled":
                self._world.after(after_ms, partial(self._cancels, name))
            case "calls-back":
                self._world.after(after_ms, partial(self._advises, name, ConsultOutcome.CALL_BACK))
                self._world.after(2 * after_ms, partial(self._advises, name))

    def _advises(self, name: str, outcome: ConsultOutcome | None = None) -> None:
        answered = ConsultAnswered(
            consult=name,
            outcome=outcome or self._chance.one_of(ENDS),
            answered_at=self._world.moment(),
            by=Actor(role=Role.SPECIALIST, organisation="ziekenhuis"),
        )
        self._voice.says(answered, subject=name)

    def _cancels(self, name: str) -> None:
        self._voice.says(ConsultCancelled(consult=name, cancelled_at=self._world.moment(), by=ASKER), subject=name)
