"""How long somebody may wait, and how often he is looked at again: the agreements beside what is known of a patient."""

from typing import NamedTuple

from spoedplein.domain.agreements import MINUTE_MS, Rules
from spoedplein.domain.line import UNTRIAGED
from spoedplein.domain.patient import Patient
from spoedplein_schemas.agreements import UrgencyRank
from spoedplein_schemas.vocabulary import Entrance


class Norm(NamedTuple):
    """What was agreed of who has this urgency: his rank, and in how many milliseconds he is to be seen.

    `name` is what breaches are kept by.
    """

    rank: int
    life_threatening: bool
    within_ms: int | None
    name: str

    @classmethod
    def of(cls, agreed: UrgencyRank) -> "Norm":
        minutes = agreed.norm_minutes
        name = f"{agreed.system}:{agreed.code}:{minutes}"
        return cls(agreed.rank, agreed.life_threatening, None if minutes is None else minutes * MINUTE_MS, name)

    def due(self, patient: Patient) -> int | None:
        """When he is to be seen at the latest, in milliseconds."""
        return None if self.within_ms is None else patient.since + self.within_ms

    def is_breached(self, patient: Patient, due: int | None) -> bool:
        """Told once, also when the wait turns out to be longer; a wait that turns out shorter is not late yet.

        Two norms of one moment (ten minutes to triage, ten for orange) are one breach.
        """
        told = patient.breached
        if due is None or not told:
            return False
        return due <= told.get(self.name, -1) or due in told.values()


class Norms:
    """The norms of the agreements in force."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._assigned = {assigned: Norm.of(rank) for assigned, rank in rules.ranks.items()}
        name = f"triage:{rules.triage_ms}"
        self._elsewhere = elsewhere = Norm(UNTRIAGED, life_threatening=False, within_ms=None, name=name)
        #: Who came in at the SEH is triaged in time, whoever triages him.
        self._at_seh = elsewhere._replace(within_ms=rules.triage_ms)

    def of(self, patient: Patient) -> Norm:
        """The norm that holds for him."""
        urgency = patient.urgency
        if urgency is None:
            return self._at_seh if patient.entrance is Entrance.SEH else self._elsewhere
        return self._assigned[urgency.system, urgency.code]

    def reassess_ms(self, patient: Patient, norm: Norm) -> int:
        """How often he is looked at again while he waits; 0 when that is not agreed, or he needs help now."""
        if patient.urgency is None or patient.stands_at is None or patient.stands_in is None or norm.life_threatening:
            return 0
        agreed = self._rules.service(patient.stands_at, patient.stands_in).reassess_minutes
        return agreed[norm.rank] * MINUTE_MS if norm.rank < len(agreed) else 0

    def reassess_at(self, patient: Patient, norm: Norm) -> int | None:
        """The first due moment after the newest assessment that was not told yet."""
        step, assessed, told = self.reassess_ms(patient, norm), patient.urgency_at, patient.reassess_told
        if not step or assessed is None:
            return None
        return assessed + (1 if told is None else max(1, (told - assessed) // step + 1)) * step
