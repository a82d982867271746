"""People who ask for places and people who give them: what they say follows from what coordination decided.

A provider who is offered a patient accepts, declines with a reason, answers too late or not at all; an accepted patient
comes, stays away, or is refused at the door after all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from spoedplein.testing import rates
from spoedplein.testing.capacity import House, Houses
from spoedplein.testing.chance import DAY_MS, MINUTE_MS
from spoedplein.testing.seh import per_hour
from spoedplein.testing.travellers import Travellers
from spoedplein.testing.wishes import entered, profile
from spoedplein.testing.world import BY_HAND, Voice, World
from spoedplein_schemas import Decision, decisions, request_decisions, transfer
from spoedplein_schemas.home_care import VisitEnded, VisitOutcome
from spoedplein_schemas.placement import (
    CancelReason,
    DeclineReason,
    FirstTryAbandoned,
    LabelDecided,
    LateRejected,
    OfferAccepted,
    OfferDeclined,
    OverrideGround,
    OwnershipHandedOver,
    PatientAdmitted,
    PlacementOverridden,
    PlacementRequested,
    RequestCancelled,
    TransferAnswered,
    TransferAsked,
    TransferOutcome,
    TransferReason,
)
from spoedplein_schemas.views import OpenRequest, RequestState
from spoedplein_schemas.vocabulary import Actor, CareType, Frozen, Role, UnitStatus, millis

#: Neighbours of the regions that we ship, for transfers.
NEIGHBOURS: Final = ("haaglanden", "drechtsteden", "arnhem")
LABELS: Final = {CareType.ELV_HOOG: 45.0, CareType.ELV_LAAG: 25.0, CareType.WLZ_CRISIS_VV: 20.0, CareType.RESPIJT: 10.0}
LEAVES_OPEN: Final = {UnitStatus.OPEN, UnitStatus.WARNING}


@dataclass(slots=True)
class Wanted:
    """A request that is open in the simulated world; `coming_to` is the unit that expects the patient."""

    request: str
    owner: str
    first_choice: CareType
    coming_to: str | None = None
    requester: str = ""


class Requests:
    def __init__(self, world: World, houses: Houses) -> None:
        self._world = world
        self._houses = houses
        self._chance = world.chance("placement")
        self._entered = world.chance("placement-entered")
        self._tries = world.chance("placement-first-try")
        self._stays = world.chance("placement-stay")
        self._telephone = world.chance("placement-telephone")
        self._visits = world.chance("placement-visits")
        self._neighbours = world.chance("placement-neighbours")
        self._coordinator = world.voice("zcc-placement", BY_HAND)
        self._open: dict[str, Wanted] = {}
        #: Shared with the neighbours' simulations, when there are any.
        self.travellers = Travellers()
        self._sites = tuple(site.id for site in world.agreements.sites)
        self._reactions: dict[type[Frozen], Callable[[Any], None]] = {
            decisions.PlacementOffered: self._offered,
            decisions.PlacementAccepted: self._accepted,
            decisions.OfferEnded: self._ended,
            decisions.PlacementReopened: self._ended,
            decisions.PlacementExhausted: self._exhausted,
            decisions.AdmissionOverdue: self._overdue,
            request_decisions.FirstTryBegun: self._tries_first,
            decisions.LabelRecorded: self._flows_on,
            decisions.PlacementAdmitted: self._placed,
            decisions.PlacementCancelled: self._gone,
            decisions.OwnershipChanged: self._owned,
            decisions.OverrideRecorded: self._set_aside,
            transfer.TransferAsked: self._sends,
            transfer.TransferConfirmed: self._goes_elsewhere,
            transfer.GuestExpected: self._expects_guest,
            transfer.BridgingSought: self._bridged,
        }

    def begin(self) -> None:
        count = len(self._sites)
        for care_type, per_day in rates.REQUESTS_PER_DAY.items():
            self._daily(per_day * count, partial(self._somebody_asks, care_type))
        self._daily(rates.TRANSFERS_ASKED_PER_DAY * count, self._neighbour_asks)

    def react(self, decision: Decision) -> None:
        """People see a decision when it is made, and do what they do."""
        reaction = self._reactions.get(type(decision.data))
        if reaction is not None:
            self._world.at(millis(decision.time), partial(reaction, decision.data))

    def takes_over(self, request: OpenRequest) -> None:
        """A request that is open already: its providers and its owner act on what is decided from here on."""
        self._open[request.request] = Wanted(request.request, request.owner, request.care_types[0])
        if request.state is RequestState.ACCEPTED and request.unit is not None:
            self._expects(request.request, request.unit)

    def ask(self, care_type: CareType, site: str | None) -> None:
        """A request from the SEH of a site, or from the control room. Who asks first often holds the regie first."""
        region_owner = self._world.agreements.owner
        requester = f"seh-{site}" if site else "mka"
        held_elsewhere = self._chance.happens(0.3)
        self._asks(care_type, requester=requester, owner=requester if held_elsewhere else region_owner, site=site)

    def _daily(self, per_day: float, action: Callable[[], None]) -> None:
        self._world.by_the_hour(self._chance, lambda local: per_hour(per_day, local), action)

    def _somebody_asks(self, care_type: CareType) -> None:
        requester = self._chance.one_of(("huisarts-oost", "huisarts-west", "crisisdienst", "wijkteam"))
        owner = requester if self._chance.happens(0.25) else self._world.agreements.owner
        site = self._chance.one_of(self._sites) if self._chance.happens(0.3) else None
        self._asks(care_type, requester=requester, owner=owner, site=site)

    def _asks(self, care_type: CareType, *, requester: str, owner: str, site: str | None) -> None:
        name, now = self._world.name("r"), self._world.moment()
        wished = profile(self._chance, care_type, now=now, area=self._world.area(self._chance))
        wished = entered(self._entered, wished, now=now)
        fitting = self._houses.of((care_type,))
        liked = self._chance.one_of(tuple(fitting)).unit.id if fitting and self._chance.happens(0.15) else None
        requested = PlacementRequested(
            request=name,
            case=self._world.name("c"),
            requester=requester,
            owner=owner,
            profile=wished,
            requested_at=self._world.moment(),
            origin=site,
            preferred=() if liked is None else (liked,),
            requester_role=Role.GP if requester.startswith("huisarts") else None,
        )
        self._open[name] = Wanted(name, owner, care_type, requester=requester)
        self._coordinator.says(requested, subject=name)
        if self._chance.happens(rates.WITHDRAWN):
            self._world.after(self._chance.around_ms(30, 0.8), partial(self._withdraws, name))
        if owner != self._world.agreements.owner:
            self._world.after(self._chance.around_ms(25, 0.6), partial(self._hands_over, name))

    def _neighbour_asks(self) -> None:
        """A neighbour of whom we only hear: he keeps the request and its owner."""
        name, neighbour = self._world.name("t"), self._chance.one_of(NEIGHBOURS)
        agreed = [each.region for each in self._world.agreements.neighbours if each.takes]
        neighbour = agreed[0] if agreed else neighbour
        care_type = self._chance.one_of((CareType.ELV_HOOG, CareType.GGZ_HIC, CareType.WLZ_CRISIS_VV))
        asked = TransferAsked(
            request=name,
            from_region=neighbour,
            asked_at=self._world.moment(),
            requester=f"zcc-{neighbour}",
            owner=f"zcc-{neighbour}",
            answer_by=self._world.moment(self._world.now_ms + 40 * MINUTE_MS),
            profile=profile(self._chance, care_type, now=self._world.moment(), area=None),
        )
        if not self.travellers.played:
            self._world.voice("neighbours").says(asked, subject=name)

    # --- who tries himself first, and what follows a stay ---------------------------------------------------------

    def _tries_first(self, begun: request_decisions.FirstTryBegun) -> None:
        """The GP phones around: he finds a place himself, gives up, or is still at it when his time is over."""
        wanted = self._open.get(begun.request)
        if wanted is None:
            return
        wanted.owner = begun.owner
        minutes = (millis(begun.until) - self._world.now_ms) / MINUTE_MS
        after = round(self._tries.between(0.2, 0.9) * minutes * MINUTE_MS)
        if self._tries.happens(0.35):
            self._world.after(after, partial(self._abandons, begun.request))
        elif self._tries.happens(0.3):
            self._world.after(after, partial(self._finds_himself, begun.request))

    def _abandons(self, request: str) -> None:
        wanted = self._open.get(request)
        if wanted is None:
            return
        by = Actor(role=Role.GP, organisation=wanted.owner)
        said = FirstTryAbandoned(request=request, abandoned_at=self._world.moment(), by=by)
        self._coordinator.says(said, subject=request)

    def _finds_himself(self, request: str) -> None:
        wanted = self._open.pop(request, None)
        if wanted is None:
            return
        self._leaves_place(wanted)
        by = Actor(role=Role.GP, organisation=wanted.owner)
        reason = CancelReason.FOUND_ELSEWHERE
        said = RequestCancelled(request=request, reason=reason, cancelled_at=self._world.moment(), by=by)
        self._coordinator.says(said, subject=request)

    def _flows_on(self, recorded: decisions.LabelRecorded) -> None:
        """The label says where to next: a request that follows from the stay."""
        if not self._stays.happens(0.6):
            return
        name, now, region_owner = self._world.name("v"), self._world.moment(), self._world.agreements.owner
        wished = profile(self._stays, recorded.label, now=now, area=self._world.area(self._stays))
        requested = PlacementRequested(
            request=name,
            case=self._world.name("c"),
            requester=region_owner,
            owner=region_owner,
            profile=entered(self._entered, wished, now=now),
            requested_at=now,
            follows=recorded.request,
        )
        self._open[name] = Wanted(name, region_owner, recorded.label)
        self._coordinator.says(requested, subject=name)

    # --- what providers do ----------------------------------------------------------------------------------------

    def _offered(self, offered: decisions.PlacementOffered) -> None:
        house = self._houses.by_unit.get(offered.unit)
        if house is None or self._chance.happens(rates.SILENT):
            return
        term_ms = max(MINUTE_MS, millis(offered.answer_by) - self._world.now_ms)
        share = self._chance.between(1.02, 1.4) if self._chance.happens(rates.LATE) else self._chance.between(0.05, 0.8)
        self._world.after(round(term_ms * share), partial(self._answers, house, offered.request, offered.offer))

    def _answers(self, house: House, request: str, offer: str) -> None:
        reason = self._refusal(house)
        by, now = _provider(house), self._world.moment()
        said: Frozen
        if reason is None:
            said = OfferAccepted(request=request, offer=offer, accepted_at=now, by=by)
        else:
            said = OfferDeclined(request=request, offer=offer, reason=reason, declined_at=now, by=by)
        self._desk(house).says(said, subject=request)

    def _refusal(self, house: House) -> DeclineReason | None:
        if house.room == 0:
            return DeclineReason.FULL
        if house.status not in LEAVES_OPEN:
            return DeclineReason.STAFF
        return self._chance.pick(rates.DECLINES) if self._chance.happens(rates.DECLINED) else None

    def _accepted(self, accepted: decisions.PlacementAccepted) -> None:
        self._expects(accepted.request, accepted.unit)

    def _set_aside(self, recorded: decisions.OverrideRecorded) -> None:
        self._expects(recorded.request, recorded.unit)

    def _expects(self, request: str, unit: str) -> None:
        wanted, house = self._open.get(request), self._houses.by_unit.get(unit)
        if wanted is None or house is None or wanted.coming_to == unit:
            return
        self._leaves_place(wanted)
        wanted.coming_to = unit
        house.promise(request)
        if self._chance.happens(rates.TAKEN_BACK):
            self._world.after(self._chance.between_ms(8, 60), partial(self._takes_back, request, house))
        elif not self._chance.happens(rates.NOT_IN_TIME):
            self._world.after(self._chance.around_ms(70, 0.5), partial(self._comes, request, house))

    def _takes_back(self, request: str, house: House, reason: DeclineReason | None = None) -> None:
        if not self._is_coming(request, house):
            return
        rejected = LateRejected(
            request=request,
            unit=house.unit.id,
            reason=reason or self._chance.pick(rates.DECLINES),
            rejected_at=self._world.moment(),
            by=_provider(house),
        )
        self._leaves_place(self._open[request])
        self._desk(house).says(rejected, subject=request)

    def _comes(self, request: str, house: House) -> None:
        if not self._is_coming(request, house) or self.travellers.is_in(request):
            return
        if not house.admit(request):
            self._takes_back(request, house, DeclineReason.FULL)
            return
        admitted = PatientAdmitted(request=request, unit=house.unit.id, admitted_at=self._world.moment())
        self._open.pop(request)
        self.travellers.arrive(request)
        self._desk(house).says(admitted, subject=request)
        if house.unit.care_type is CareType.WIJKVERPLEGING and not self._visits.happens(rates.VISIT_NOT_TOLD):
            self._world.after(self._visits.around_ms(rates.VISIT_MINUTES_MEAN), partial(self._visited, request, house))
        if house.unit.care_type is CareType.ONGELABELD and not self._stays.happens(rates.NEVER_LABELLED):
            days = self._chance.between(0.3, 2.0) / self._world.intensity
            self._world.after(round(days * DAY_MS), partial(self._labels, request, house))

    def _visited(self, request: str, house: House) -> None:
        """The nurse says how it ended; now and then the doctor whom she called decides otherwise a little later."""
        paths = self._world.agreements.care_paths
        ended = VisitEnded(
            request=request,
            unit=house.unit.id,
            ended_at=self._world.moment(),
            outcome=self._visits.pick(rates.VISIT_ENDS),
            care_path=self._visits.one_of(paths).id if paths and self._visits.happens(0.8) else None,
            by=Actor(role=Role.NURSE, organisation=house.unit.organisation),
        )
        self._desk(house).says(ended, subject=request)
        if ended.outcome is VisitOutcome.DOCTOR_CONSULTED and self._visits.happens(0.2):
            self._world.after(self._visits.around_ms(12), partial(self._sent_on, ended, house))

    def _sent_on(self, ended: VisitEnded, house: House) -> None:
        changed = {"outcome": VisitOutcome.SENT_ON, "ended_at": self._world.moment()}
        self._desk(house).says(ended.model_copy(update=changed), subject=ended.request)

    def _labels(self, request: str, house: House) -> None:
        decided = LabelDecided(
            request=request,
            unit=house.unit.id,
            label=self._chance.pick(LABELS),
            decided_at=self._world.moment(),
            by=Actor(role=Role.SPECIALIST, organisation=house.unit.organisation),
        )
        self._desk(house).says(decided, subject=request)

    # --- what owners do -------------------------------------------------------------------------------------------

    def _ended(self, ended: decisions.OfferEnded | decisions.PlacementReopened) -> None:
        wanted = self._open.get(ended.request)
        if wanted is not None and wanted.coming_to == ended.unit:
            self._leaves_place(wanted)

    def _exhausted(self, exhausted: decisions.PlacementExhausted) -> None:
        """Asks again who has what, phones around, tries the neighbours, and in the end finds it elsewhere."""
        wanted = self._open.get(exhausted.request)
        if wanted is None:
            return
        if exhausted.rounds > 1 and self._chance.happens(0.15):
            self._world.after(self._chance.around_ms(20), partial(self._phones, wanted))
        elif exhausted.rounds > 2 and self._chance.happens(0.2):
            self._world.after(self._chance.around_ms(25), partial(self._neighbour_answers, wanted))
        elif exhausted.rounds > 4 and self._chance.happens(0.3):
            self._world.after(self._chance.around_ms(15), partial(self._withdraws, wanted.request))
        elif self._chance.happens(0.03):
            self._houses.ask((wanted.first_choice,))

    def _phones(self, wanted: Wanted) -> None:
        """By telephone somebody made room: an override, with its ground."""
        fitting = tuple(house for house in self._houses.of((wanted.first_choice,)) if house.room > 0)
        if wanted.request not in self._open or wanted.coming_to is not None or not fitting:
            return
        house = self._chance.one_of(fitting)
        overridden = PlacementOverridden(
            request=wanted.request,
            unit=house.unit.id,
            ground=self._chance.one_of(tuple(OverrideGround)),
            overridden_at=self._world.moment(),
            by=Actor(role=Role.COORDINATOR, organisation=self._world.agreements.owner),
        )
        said = partial(self._coordinator.says, overridden, subject=wanted.request)
        if self._telephone.happens(0.4):
            self._is_in_before(wanted, house, said)
        else:
            said()

    def _is_in_before(self, wanted: Wanted, house: House, said: Callable[[], None]) -> None:
        """He is in the place before anybody writes down who placed him there; now and then nobody does."""
        wanted.coming_to = house.unit.id
        self._comes(wanted.request, house)
        if self._telephone.happens(0.9):
            self._world.after(self._telephone.around_ms(4, 0.6), said)

    def _neighbour_answers(self, wanted: Wanted) -> None:
        """By telephone, beside what the regions say to each other: now and then it ends as found elsewhere."""
        if wanted.request not in self._open or wanted.coming_to is not None:
            return
        if self._chance.happens(0.4):
            self._world.after(self._chance.around_ms(10), partial(self._withdraws, wanted.request))

    # --- regions together -----------------------------------------------------------------------------------------

    def _sends(self, asked: transfer.TransferAsked) -> None:
        if asked.by is None:
            self.travellers.known_as(asked.transfer, asked.request)
        elif not self._neighbours.happens(0.15):
            self._world.after(self._neighbours.around_ms(9, 0.6), partial(self._telephones, asked))

    def _telephones(self, asked: transfer.TransferAsked) -> None:
        """What they say there is entered by whoever called; now and then he calls again, with other news."""
        has_place = self._neighbours.happens(0.4)
        place = f"{asked.profile.care_types[0]}-{asked.to_region}" if has_place else None
        self._enters(asked, TransferOutcome.ACCEPTED if has_place else TransferOutcome.NONE, unit=place)
        if has_place and self._neighbours.happens(0.1):
            again = partial(self._enters, asked, TransferOutcome.RELEASED)
            self._world.after(self._neighbours.around_ms(25), again)

    def _enters(self, asked: transfer.TransferAsked, outcome: TransferOutcome, *, unit: str | None = None) -> None:
        said = TransferAnswered(
            request=asked.transfer,
            by_region=asked.to_region,
            answered_at=self._world.moment(),
            outcome=outcome,
            unit=unit,
            reason=TransferReason.NOTHING_FITS if outcome is TransferOutcome.NONE else None,
        )
        self._coordinator.says(said, subject=asked.transfer)

    def _goes_elsewhere(self, confirmed: transfer.TransferConfirmed) -> None:
        wanted = self._open.get(confirmed.request)
        if wanted is None:
            return
        self._leaves_place(wanted)
        if confirmed.by is not None and not self._neighbours.happens(rates.NOT_IN_TIME):
            wanted.coming_to = confirmed.unit
            self._world.after(self._neighbours.around_ms(70, 0.5), partial(self._is_there, confirmed))

    def _is_there(self, confirmed: transfer.TransferConfirmed) -> None:
        """He arrived in a place of which we know the name only."""
        wanted = self._open.get(confirmed.request)
        if wanted is None or wanted.coming_to != confirmed.unit or self.travellers.is_in(confirmed.request):
            return
        self._open.pop(confirmed.request)
        self.travellers.arrive(confirmed.request)
        arrived = PatientAdmitted(request=confirmed.request, unit=confirmed.unit, admitted_at=self._world.moment())
        self._coordinator.says(arrived, subject=confirmed.request)

    def _expects_guest(self, expected: transfer.GuestExpected) -> None:
        """A neighbour's patient comes, as any other would."""
        house = self._houses.by_unit.get(expected.unit)
        if house is not None:
            wanted = Wanted(expected.transfer, expected.owner, house.unit.care_type)
            self._open.setdefault(expected.transfer, wanted)
            self._expects(expected.transfer, expected.unit)

    def _bridged(self, sought: transfer.BridgingSought) -> None:
        self._open[sought.bridge] = Wanted(sought.bridge, sought.owner, sought.care_types[0])

    def _withdraws(self, request: str) -> None:
        if request not in self._open:
            return
        cancelled = RequestCancelled(
            request=request,
            reason=self._chance.one_of(tuple(CancelReason)),
            cancelled_at=self._world.moment(),
            by=Actor(role=Role.COORDINATOR, organisation=self._world.agreements.owner),
        )
        self._leaves_place(self._open.pop(request))
        self._coordinator.says(cancelled, subject=request)

    def _hands_over(self, request: str) -> None:
        wanted = self._open.get(request)
        if wanted is None:
            return
        handed = OwnershipHandedOver(
            request=request,
            from_owner=wanted.owner,
            to_owner=self._world.agreements.owner,
            handed_over_at=self._world.moment(),
            by=Actor(role=Role.COORDINATOR, organisation=wanted.owner),
        )
        self._coordinator.says(handed, subject=request)

    def _owned(self, changed: decisions.OwnershipChanged) -> None:
        if changed.request in self._open:
            self._open[changed.request].owner = changed.owner

    def _overdue(self, overdue: decisions.AdmissionOverdue) -> None:
        house = self._houses.by_unit.get(overdue.unit)
        if house is None:
            return
        if self._chance.happens(0.5):
            self._world.after(self._chance.around_ms(20), partial(self._comes, overdue.request, house))
        else:
            self._world.after(self._chance.around_ms(12), partial(self._withdraws, overdue.request))

    def _placed(self, admitted: decisions.PlacementAdmitted) -> None:
        self._open.pop(admitted.request, None)

    def _gone(self, cancelled: decisions.PlacementCancelled) -> None:
        wanted = self._open.pop(cancelled.request, None)
        if wanted is not None:
            self._leaves_place(wanted)

    # --- shared ---------------------------------------------------------------------------------------------------

    def _is_coming(self, request: str, house: House) -> bool:
        wanted = self._open.get(request)
        return wanted is not None and wanted.coming_to == house.unit.id

    def _leaves_place(self, wanted: Wanted) -> None:
        house = self._houses.by_unit.get(wanted.coming_to or "")
        if house is not None:
            house.release(wanted.request)
        wanted.coming_to = None

    def _desk(self, house: House) -> Voice:
        return self._world.voice(f"placement-{house.unit.organisation}", BY_HAND)


def _provider(house: House) -> Actor:
    return Actor(role=Role.PROVIDER, organisation=house.unit.organisation)
