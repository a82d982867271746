"""How long people waited on one side, who was called before somebody who had come earlier, and who waits still."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from spoedplein.domain.line import UNTRIAGED as TRIAGE
from spoedplein.domain.queue import Patient
from spoedplein.domain.region import Region
from spoedplein.whatif.calls import about, calls
from spoedplein_schemas import Decision
from spoedplein_schemas.decisions import PatientTaken
from spoedplein_schemas.vocabulary import CareType, Frozen, Urgency

UNTRIAGED: Final = "untriaged"


class Waits:
    """Queues go by `site/service/urgency`, patients by their key. Seconds."""

    def __init__(self, core: Region) -> None:
        self._core = core
        self._patient: Patient | None = None
        #: Until they were called.
        self.waited: dict[str, int] = {}
        #: How often somebody who had come later was called before a patient of this urgency who waited in the same
        #: queue. Who is called in danger of life overtakes nobody: he stands outside the order.
        self.overtaken: Counter[str] = Counter()
        self.still: Counter[str] = Counter()

    def before(self, data: Frozen) -> None:
        """Whom this calls, if anybody."""
        key = about(data) if calls(data) else None
        self._patient = None if key is None else self._core.parts.queues.patients.get(key)

    def after(self, made: Iterable[Decision]) -> None:
        taken, patient = next((each.data for each in made if isinstance(each.data, PatientTaken)), None), self._patient
        if taken is None or patient is None:
            return
        self.waited[patient.key] = taken.waited_seconds
        if taken.urgency is not None and self._core.parts.rules.rank(taken.urgency).life_threatening:
            return
        queues = self._core.parts.queues
        # Who waits for triage cannot be called yet, and so is overtaken by nobody.
        for each in queues.line(taken.site, taken.service).classes[:TRIAGE]:
            for since, key in each:
                if since >= patient.since:
                    break
                self.overtaken[queue_name(taken.site, taken.service, queues.patients[key].urgency)] += 1

    def ended(self, *, now: int) -> None:
        """Who waits when the log ends; the later facts of a wait that is not over are not in it."""
        queues = self._core.parts.queues
        for key, patient in queues.patients.items():
            if patient.place is not None and queues.waits(key) and patient.since <= now:
                self.still[queue_name(*patient.place, patient.urgency)] += 1


def queue_name(site: str, service: CareType, urgency: Urgency | None) -> str:
    told = f"{urgency.system.value} {urgency.code}" if urgency else UNTRIAGED
    return f"{site}/{service.value}/{told}"
