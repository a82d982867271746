"""Waiting at a service point: the HAP or the SEH of a site.

Life-threatening patients stand outside every order. Below them the region chose strict classes, or accumulating
priority (rate of the class times the time waited: Stanford, Taylor and Ziedins 2014), under which no class starves.
Inside a class the order is by start of waiting (`line`).

In which queue somebody stands follows from the front door: in that of the service to which he is routed, and otherwise
where he came in. He is in one queue until a source says that his waiting ended, or that he was written down anew
elsewhere; only a call that the control room referred to something without a queue stands in none.

What a source says about one patient may come twice or out of order; each fact is kept with its own time (`patient`),
and the state follows from the facts, not from the order in which they came.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache

from spoedplein.domain.agreements import Rules
from spoedplein.domain.front_door import SERVICES, Contact, FrontDoor, Routed
from spoedplein.domain.line import RANKS, UNTRIAGED, Line, Load, Place, rate
from spoedplein.domain.lined_up import KEEP_MS, line_up, standing_of
from spoedplein.domain.norms import Norm, Norms
from spoedplein.domain.patient import Assigned, Patient, Redirected
from spoedplein.domain.timers import Timer, Timers
from spoedplein.domain.turn import Turn, moment
from spoedplein_schemas.agreements import QueuePolicy
from spoedplein_schemas.decisions import (
    NormBreached,
    PatientGone,
    PatientImmediate,
    PatientQueued,
    PatientTaken,
    ReassessmentDue,
)
from spoedplein_schemas.front_door import ContactRouted, Redirection, RouteBasis
from spoedplein_schemas.hap import ArrivalMode
from spoedplein_schemas.views import QueueBoard, QueueClass, Waiting
from spoedplein_schemas.vocabulary import AgeBand, CareType, Destination, Entrance, Urgency

__all__ = ["KEEP_MS", "RANKS", "UNTRIAGED", "Patient", "Queues"]

_ENTRANCE = {CareType.HAP: Entrance.HAP, CareType.SEH: Entrance.SEH}
_CAME_TO = {Entrance.HAP: CareType.HAP, Entrance.SEH: CareType.SEH}
_ENDED = ("taken", "gone", "moved-on")
_NOWHERE = (None, None)
_STAYS = (RouteBasis.AS_REGISTERED, RouteBasis.LIFE_THREATENING)
_EMPTY = Load(0, 0)


class Queues:
    """Every queue of a region over one dictionary of patients."""

    def __init__(self, patients: dict[str, Patient], *, rules: Rules, timers: Timers) -> None:
        self.patients = patients
        self.changed: set[str] = set()
        self.moved: set[str] = set()
        self._rules = rules
        self._timers = timers
        self._door = FrontDoor(rules)
        self._norms = Norms(rules)
        #: Who was routed by these agreements, with all that is known of him but the end of his waiting.
        self._routed: set[str] = set()
        self._line_up()

    def _line_up(self) -> None:
        """Everybody where he stands."""
        found = line_up(self.patients, self._norms, waits=self._waits)
        self._lines, self._standing, self._unseen = found.lines, found.standing, found.unseen
        self.changed = {site for site, _ in found.lines}
        for timer, dues in found.dues.items():
            self._timers.fill(timer, dues)

    # --- what is said ---------------------------------------------------------------------------------------------

    def arrived(
        self,
        turn: Turn,
        *,
        case: str,
        site: str,
        service: CareType,
        at: int,
        mode: ArrivalMode | None = None,
        age_band: AgeBand | None = None,
        earlier: Iterable[str] = (),
    ) -> None:
        """`earlier` are keys of the same person's registrations before this one: there he waits no longer.

        So is a call of this name that was referred to this site.
        """
        patient = self._patient(turn, case=case, site=site, entrance=_ENTRANCE[service])
        call = self.patients.get(key_of(case, site="", entrance=Entrance.MKA))
        known = () if call is None or call.stands_at != site else (call.key,)
        named = [key for key in (*earlier, *known) if key not in patient.earlier]
        if named:
            patient.earlier = sorted({*patient.earlier, *named})
        if patient.arrives(at, mode, age_band) or named:
            self._settle(turn, patient)
            for key in patient.earlier:
                self._follow(turn, key, patient)

    def triaged(
        self,
        turn: Turn,
        *,
        case: str,
        site: str,
        service: CareType,
        urgency: Urgency,
        at: int,
        complaint: str | None = None,
    ) -> None:
        """The newest urgency by the source's time counts; at the same moment the more urgent one."""
        patient = self._patient(turn, case=case, site=site, entrance=_ENTRANCE[service])
        assigned = self._assign(patient, urgency, at)
        if patient.complains(at, complaint) or assigned:
            self._settle(turn, patient)

    def redirected(self, turn: Turn, *, case: str, site: str, service: CareType, found: Redirected) -> None:
        patient = self._patient(turn, case=case, site=site, entrance=_ENTRANCE[service])
        if patient.is_redirected(found):
            self._settle(turn, patient)

    def referred(
        self, turn: Turn, *, call: str, site: str | None, urgency: Urgency, refer_to: CareType | None, at: int
    ) -> None:
        """A call that the control room referred; the newest word about it counts, and it waits since the first.

        Who is written down under the name of the call, at the site that it was referred to, is the same person.
        """
        patient = self._patient(turn, case=call, site="", entrance=Entrance.MKA)
        said = (at, urgency.code, refer_to or "", site or "")
        known = patient.arrived_at if patient.referred_at is None else patient.referred_at
        earlier = patient.arrives(at, ArrivalMode.PHONE, None)
        code = patient.urgency.code if patient.urgency else ""
        if known is not None and said <= (known, code, patient.refer_to or "", patient.site):
            if earlier:
                self._settle(turn, patient)
            return
        patient.referred_at, patient.site, patient.refer_to = at, site or "", refer_to
        patient.assigned.clear()
        self._assign(patient, urgency, at)
        self._settle(turn, patient)
        for entrance in (Entrance.HAP, Entrance.SEH):
            later = self.patients.get(key_of(call, site=patient.stands_at or "", entrance=entrance))
            if later is not None and patient.key not in later.earlier:
                later.earlier.append(patient.key)
                self._follow(turn, patient.key, later)

    def taken(self, turn: Turn, *, case: str, site: str, service: CareType, at: int) -> None:
        patient = self._patient(turn, case=case, site=site, entrance=_ENTRANCE[service])
        if patient.taken_at is None or at < patient.taken_at:
            patient.taken_at = at
            self._settle_ended(turn, patient)

    def gone(self, turn: Turn, *, case: str, site: str, service: CareType, outcome: str, at: int) -> None:
        patient = self._patient(turn, case=case, site=site, entrance=_ENTRANCE[service])
        if patient.gone_at is None or (at, outcome) < (patient.gone_at, patient.outcome or ""):
            patient.gone_at, patient.outcome = at, outcome
            self._settle_ended(turn, patient)

    # --- what becomes due -----------------------------------------------------------------------------------------

    def norm_passed(self, turn: Turn, key: str) -> None:
        patient = self.patients[key]
        norm = self._norms.of(patient)
        due = norm.due(patient)
        if due is None or patient.stands_at is None or patient.stands_in is None or not self._waits(patient):
            return
        patient.breached[norm.name] = due
        self._stand(patient)
        turn.decide(
            NormBreached(
                case=patient.case,
                site=patient.stands_at,
                service=patient.stands_in,
                due_at=moment(due),
                waited_seconds=_seconds(turn.now - patient.since),
                urgency=patient.urgency,
            ),
            subject=patient.case,
        )

    def reassessment_due(self, turn: Turn, key: str) -> None:
        """Told once for each due moment; of several that passed unheard, the newest, with their number."""
        patient = self.patients[key]
        norm, assessed = self._norms.of(patient), patient.urgency_at
        step = self._norms.reassess_ms(patient, norm)
        if not step or assessed is None or patient.urgency is None or not self._waits(patient):
            return
        missed = (turn.now - assessed) // step
        patient.reassess_told = due = assessed + missed * step
        self._timers.set(Timer.REASSESS, key, self._norms.reassess_at(patient, norm))
        if patient.stands_at is None or patient.stands_in is None:
            return
        turn.decide(
            ReassessmentDue(
                case=patient.case,
                site=patient.stands_at,
                service=patient.stands_in,
                rank=norm.rank,
                urgency=patient.urgency,
                assessed_at=moment(assessed),
                due_at=moment(due),
                missed=missed,
            ),
            subject=patient.case,
        )

    def agreements_changed(self, turn: Turn) -> None:
        """Who waits stays where he is; only whose queue is not there any more is routed anew."""
        for patient in list(self.patients.values()):
            here = patient.stands_at, patient.stands_in
            if here[0] is not None and here[1] is not None and not self._rules.has_service(here[0], here[1]):
                self._settle(turn, patient)

    def forget(self, key: str) -> None:
        """Whoever waits although this was a registration of him too, does so because it was the earlier one."""
        for name in self.patients[key].earlier:
            other = self.patients.get(name)
            if other is not None and other.successor == key and self._ended(other) is None:
                other.successor = None
        self._leave(self.patients.pop(key))
        self._routed.discard(key)

    # --- what others see ------------------------------------------------------------------------------------------

    def take_moved(self) -> list[str]:
        """Keys of patients whose place changed since the last call, in order."""
        moved, self.moved = sorted(self.moved), set()
        return moved

    def waits(self, key: str) -> bool:
        """Whether he stands in a queue."""
        return key in self._standing

    def line(self, site: str, service: CareType) -> Line:
        """Who waits here, class by class."""
        return self._lines.get((site, service)) or Line()

    def load(self, site: str, service: CareType) -> Load:
        line = self._lines.get((site, service))
        return Load(line.waiting, line.late) if line else _EMPTY

    def late(self, site: str, service: CareType) -> int:
        """How many wait longer than their norm."""
        line = self._lines.get((site, service))
        return line.late if line else 0

    def priority(self, site: str, service: CareType, *, now: int) -> Callable[[int, int], int]:
        """From rank and start of waiting, what heads are compared by; the lower rank goes before its equals."""
        point = self._rules.service(site, service)
        if point.policy is QueuePolicy.STRICT:
            return lambda _rank, _since: 0
        return lambda rank, since: rate(point, rank) * max(0, now - since)

    def board(self, site: str, service: CareType, *, now: int) -> QueueBoard:
        line = self.line(site, service)
        counts = [0 for _ in RANKS]
        following = []
        order = line.order(self._rules.service(site, service), now=now)
        for _, (rank, (_, key)) in zip(range(self._rules.board_size), order, strict=False):
            following.append(self._waiting(self.patients[key], ahead=tuple(counts)))
            counts[rank] += 1
        return QueueBoard(
            service=service,
            immediate=tuple(self.patients[key].case for _, key in line.immediate),
            classes=tuple(self._class(line, rank) for rank in RANKS),
            next=tuple(following),
            left_unseen=line.left_unseen,
        )

    def _class(self, line: Line, rank: int) -> QueueClass:
        head, due = line.head(rank), line.next_due(rank)
        return QueueClass(
            rank=rank,
            length=line.classes[rank].size,
            code=line.code(rank),
            oldest_since=None if head is None else moment(head[0]),
            next_due_at=None if due is None else moment(due),
            breaches=line.breaches[rank],
        )

    def _waiting(self, patient: Patient, *, ahead: tuple[int, ...]) -> Waiting:
        norm = self._norms.of(patient)
        due = norm.due(patient)
        return Waiting(
            case=patient.case,
            rank=norm.rank,
            urgency=patient.urgency,
            since=moment(patient.since),
            due_at=None if due is None else moment(due),
            breached=norm.is_breached(patient, due),
            ahead=ahead,
            beside=patient.beside,
        )

    # --- facts ----------------------------------------------------------------------------------------------------

    def _patient(self, turn: Turn, *, case: str, site: str, entrance: Entrance) -> Patient:
        key = key_of(case, site=site, entrance=entrance)
        patient = self.patients.get(key)
        if patient is None:
            patient = Patient(key=key, case=case, site=site, entrance=entrance, settled_at=turn.now)
            patient.stands_at, patient.stands_in = _home(patient) or (None, None)
            self.patients[key] = patient
        return patient

    def _assign(self, patient: Patient, urgency: Urgency, at: int) -> bool:
        """Scales stand side by side: the newest of each is kept, that of all sorts him. Whether he stands otherwise."""
        known, since = patient.assigned.get(urgency.system), patient.since
        first = patient.urgency_at if patient.first_assigned_at is None else patient.first_assigned_at
        patient.first_assigned_at = at if first is None else min(first, at)
        found = Assigned(urgency, at)
        if not patient.assigned:
            patient.assigned[urgency.system] = found
            patient.urgency, patient.urgency_at = urgency, at
            return True
        if known is not None and self._newest(known) <= self._newest(found):
            return patient.since != since
        patient.assigned[urgency.system] = found
        newest = min(patient.assigned.values(), key=self._newest)
        patient.urgency, patient.urgency_at = newest.urgency, newest.at
        return True

    def _newest(self, assigned: Assigned) -> tuple[int, int, str, str]:
        """Sorts the newest first; of one moment the more urgent."""
        urgency = assigned.urgency
        return -assigned.at, self._rules.rank(urgency).rank, urgency.system, urgency.code

    def _follow(self, turn: Turn, key: str, later: Patient) -> None:
        """He was written down before, and waits there no longer, if that was indeed before."""
        earlier = self.patients.get(key)
        if earlier is None:
            site, entrance, case = key.split("/")
            earlier = self._patient(turn, case=case, site=site, entrance=Entrance(entrance))
        earlier.successor = max(earlier.successor or "", later.key)
        self._settle(turn, earlier)

    def _moved_on(self, patient: Patient) -> bool:
        """Of two registrations that name each other the later one waits: he is in one queue, never in two or none."""
        if patient.successor is None:
            return False
        later = self.patients.get(patient.successor)
        if later is None or patient.arrived_at is None or later.arrived_at is None:
            return True
        return (later.arrived_at, later.key) > (patient.arrived_at, patient.key)

    # --- what follows from them -----------------------------------------------------------------------------------

    def _settle(self, turn: Turn, patient: Patient) -> None:
        """Bring queue, place, deadlines and what was told in line with the facts."""
        contact = Contact.of(patient)
        agreed = self._door.route(contact)
        routed = agreed if patient.redirected is None else self._by_hand(patient, patient.redirected, agreed)
        patient.stands_at, patient.stands_in = self._queue_of(patient, routed) or _NOWHERE
        self._routed.add(patient.key)
        ended = self._ended(patient)
        if ended is not None:
            self._ends(turn, patient, ended)
            return
        before, patient.told = patient.told, _told(patient)
        if patient.told != before:
            patient.settled_at = turn.now
        norm = self._norms.of(patient)
        due = norm.due(patient)
        self._place(patient, norm, due, waits=patient.stands_at is not None)
        self._tell_route(turn, patient, contact, routed=routed, agreed=agreed)
        if patient.told != before:
            self._tell_waiting(turn, patient, due)

    def _settle_ended(self, turn: Turn, patient: Patient) -> None:
        """As `_settle`, when nothing was said but that his waiting ended: in which queue he stood hangs on other facts.

        Of who was never heard of before, the end of his waiting is also the start of it.
        """
        ended, heard = self._ended(patient), patient.arrived_at is not None or patient.urgency_at is not None
        if ended is None or not heard or patient.key not in self._routed:
            self._settle(turn, patient)
        else:
            self._ends(turn, patient, ended)

    def _ends(self, turn: Turn, patient: Patient, ended: str) -> None:
        before, patient.told = patient.told, ended
        if ended != before:
            patient.settled_at = turn.now
        norm = self._norms.of(patient)
        due = norm.due(patient)
        self._place(patient, norm, due, waits=False)
        if before is not None and before not in _ENDED:
            self._tell_ended(turn, patient, due)

    def _by_hand(self, patient: Patient, found: Redirected, agreed: Routed) -> Routed:
        """What a professional decided stands, unless somebody became life-threatening after it."""
        if agreed.basis is RouteBasis.LIFE_THREATENING and found.at < (patient.urgency_at or 0):
            return agreed
        next_day = found.destination is Destination.OWN_GP_NEXT_DAY
        return Routed(
            destination=found.destination,
            site=found.site if found.destination in SERVICES else None,
            basis=RouteBasis.REDIRECTED,
            care_path=found.care_path,
            from_at=self._door.calendar.next_working_day(found.at) if next_day else None,
        )

    def _queue_of(self, patient: Patient, routed: Routed) -> Place | None:
        service = None if routed.walks else SERVICES.get(routed.destination)
        if service is not None and routed.site and self._rules.has_service(routed.site, service):
            return routed.site, service
        return _home(patient)

    def _ended(self, patient: Patient) -> str | None:
        """How his waiting ended, if it did."""
        if patient.taken_at is not None:
            return "taken"
        if patient.gone_at is not None:
            return "gone"
        return "moved-on" if self._moved_on(patient) else None

    def _waits(self, patient: Patient) -> bool:
        return patient.stands_at is not None and self._ended(patient) is None

    def _stand(self, patient: Patient) -> None:
        norm = self._norms.of(patient)
        self._place(patient, norm, norm.due(patient), waits=self._waits(patient))

    def _place(self, patient: Patient, norm: Norm, due: int | None, *, waits: bool) -> None:
        """Put the patient where he belongs now, if he does not stand there; and set his deadlines."""
        key, place = patient.key, patient.place
        self.moved.add(key)
        breached = waits and norm.is_breached(patient, due)
        due = None if breached or not waits else due
        self._set_timers(patient, norm, waits=waits, due=due)
        stands = None
        if waits and place is not None:
            stands = place, standing_of(patient, norm, due, breached=breached)
            if stands == self._standing.get(key):
                self.changed.add(place[0])
                return
        self._leave(patient)
        if place is None:
            return
        self.changed.add(place[0])
        line = self._lines.get(place) or self._lines.setdefault(place, Line())
        if stands is not None:
            line.add(stands[1])
            self._standing[key] = stands
        elif patient.left_unseen:
            line.left_unseen += 1
            self._unseen[key] = place

    def _leave(self, patient: Patient) -> None:
        unseen = self._unseen.pop(patient.key, None)
        if unseen is not None:
            self._lines[unseen].left_unseen -= 1
            self.changed.add(unseen[0])
        stood = self._standing.pop(patient.key, None)
        if stood is not None:
            place, standing = stood
            self._lines[place].remove(standing)
            self.changed.add(place[0])

    def _set_timers(self, patient: Patient, norm: Norm, *, waits: bool, due: int | None) -> None:
        """`due` is a norm that is not breached yet."""
        timers, key = self._timers, patient.key
        timers.set(Timer.NORM, key, None if due is None else due + 1)
        timers.set(Timer.REASSESS, key, self._norms.reassess_at(patient, norm) if waits else None)
        timers.set(Timer.FORGET_PATIENT, key, None if waits else patient.settled_at + KEEP_MS)

    # --- what is told ---------------------------------------------------------------------------------------------

    def _tell_route(self, turn: Turn, patient: Patient, contact: Contact, *, routed: Routed, agreed: Routed) -> None:
        """Once for each destination. Where nothing was agreed, only what leads away from where he came in."""
        stays = routed.basis in _STAYS and (patient.urgency is None or not self._door.agreed)
        if patient.routed is None and stays and (patient.stands_at, patient.stands_in) == _home(patient):
            return
        said = _said(routed)
        if patient.redirected is not None:
            said = "|".join((said, *map(str, patient.redirected.sorts())))
        if said == patient.routed:
            return
        patient.routed = said
        found = patient.redirected if routed.basis is RouteBasis.REDIRECTED else None
        judged = found.at if found else contact.at
        hour = self._door.calendar.hour(judged)
        turn.decide(
            ContactRouted(
                case=patient.case,
                entrance=patient.entrance,
                site=patient.site or None,
                destination=routed.destination,
                at=routed.site,
                basis=routed.basis,
                route=routed.route,
                care_path=routed.care_path,
                from_at=None if routed.from_at is None else moment(routed.from_at),
                urgency=patient.urgency,
                mode=patient.mode,
                hours=hour.kind,
                holiday=hour.holiday,
                judged_at=moment(judged),
                age_seconds=_seconds(turn.now - judged),
                passed=() if found else self._door.passed(contact, routed.destination),
                redirection=None if found is None else _redirection(found, agreed),
            ),
            subject=patient.case,
        )

    def _tell_waiting(self, turn: Turn, patient: Patient, due: int | None) -> None:
        if patient.stands_at is None or patient.stands_in is None:
            return
        place, standing = self._standing[patient.key]
        rank, entry = standing.rank, standing.entry
        if rank is None and patient.urgency is not None:
            turn.decide(
                PatientImmediate(case=patient.case, site=place[0], service=place[1], urgency=patient.urgency),
                subject=patient.case,
            )
            return
        assert rank is not None, "only life-threatening patients stand outside the classes"
        line = self._lines[place]
        ahead = line.ahead(self._rules.service(*place), rank, entry, now=turn.now)
        turn.decide(
            PatientQueued(
                case=patient.case,
                site=place[0],
                service=place[1],
                rank=rank,
                position=sum(ahead) + 1,
                ahead=ahead,
                before=line.before(ahead),
                urgency=patient.urgency,
                due_at=None if due is None else moment(due),
            ),
            subject=patient.case,
        )

    def _tell_ended(self, turn: Turn, patient: Patient, due: int | None) -> None:
        site, service = patient.stands_at, patient.stands_in
        if site is None or service is None:
            return
        if patient.taken_at is not None:
            turn.decide(
                PatientTaken(
                    case=patient.case,
                    site=site,
                    service=service,
                    waited_seconds=_seconds(patient.taken_at - patient.since),
                    within_norm=None if due is None else patient.taken_at <= due,
                    urgency=patient.urgency,
                ),
                subject=patient.case,
            )
            return
        ended = turn.now if patient.gone_at is None else patient.gone_at
        turn.decide(
            PatientGone(
                case=patient.case,
                site=site,
                service=service,
                waited_seconds=_seconds(ended - patient.since),
                outcome="moved-on" if patient.gone_at is None else patient.outcome or "other",
                left_unseen=patient.left_unseen,
            ),
            subject=patient.case,
        )


def key_of(case: str, *, site: str, entrance: Entrance) -> str:
    """Calls of the control room have no site."""
    return f"{site}/{entrance}/{case}"


def _home(patient: Patient) -> Place | None:
    """The queue of where he came in; a call came in nowhere."""
    service = _CAME_TO.get(patient.entrance)
    return None if service is None else (patient.site, service)


def _told(patient: Patient) -> str:
    """The state of who waits: where, and with which urgency."""
    urgency = patient.urgency
    code = "untriaged" if urgency is None else f"{urgency.system}:{urgency.code}"
    return f"{patient.stands_at or ''}/{patient.stands_in or ''}/{code}"


@lru_cache(maxsize=4096)
def _said(routed: Routed) -> str:
    """What is told of a route, to compare; the same for very many."""
    return "|".join(map(str, (routed.basis, routed.destination, routed.site, routed.route, routed.care_path)))


def _redirection(found: Redirected, agreed: Routed) -> Redirection:
    return Redirection(role=found.role, ground=found.ground, agreed=agreed.destination, agreed_route=agreed.route)


def _seconds(duration_ms: int) -> int:
    return max(0, duration_ms) // 1000
