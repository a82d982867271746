"""A huisartsenpost that lives: contacts by the hour of the week, triage, doctors who call, refer and close."""

import math
from collections.abc import Callable
from datetime import datetime
from typing import Final

from spoedplein.testing import rates
from spoedplein.testing.chance import MINUTE_MS
from spoedplein.testing.crew import Crew, Ticket
from spoedplein.testing.world import World, urgency
from spoedplein_schemas.agreements import Site
from spoedplein_schemas.hap import (
    ArrivalMode,
    ContactCalled,
    ContactClosed,
    ContactOutcome,
    ContactRegistered,
    ContactRetriaged,
    ContactTriaged,
    ServiceLevel,
    ServiceStatusReported,
)
from spoedplein_schemas.vocabulary import Actor, AgeBand, OverrideReason, Role, Urgency, UrgencySystem

#: Percent: 5 % refers himself (BMC Family Practice 2017); most call first.
MODES: Final = {ArrivalMode.PHONE: 90.0, ArrivalMode.SELF_REFERRED: 5.0, ArrivalMode.REFERRED: 5.0}
AGES: Final = {AgeBand.CHILD: 23.0, AgeBand.YOUTH: 6.0, AgeBand.ADULT: 42.0, AgeBand.SENIOR: 17.0, AgeBand.OLD: 12.0}
OUTCOMES: Final = {
    ContactOutcome.TREATED: 76.0,
    ContactOutcome.REFERRED_SEH: 12.0,
    ContactOutcome.REFERRED_OTHER: 5.0,
    ContactOutcome.OWN_GP: 7.0,
}
CODES: Final = tuple(rates.HAP_URGENCIES)
STATUS_MINUTES: Final = 15
#: Percent of triaged contacts with such a complaint (planning values); most have one that no route names.
COMPLAINTS: Final = {None: 84.0, "medicatie": 6.0, "katheter": 3.0, "zwangerschap": 3.0, "pijn-borst": 4.0}


class Post:
    def __init__(self, world: World, site: Site, *, refer: Callable[[str], None]) -> None:
        """`refer` sends somebody to the SEH of a site."""
        self._world = world
        self._site = site
        self._refer = refer
        self._chance = world.chance(f"hap/{site.id}")
        self._complaints = world.chance(f"hap-complaints/{site.id}")
        self._voice = world.voice(f"hap-{site.id}")
        self._crew = Crew(world, hands=1)

    def begin(self) -> None:
        self._world.by_the_hour(self._chance, contacts_per_hour, self._registers)
        self._roster()
        self._world.after(self._chance.between_ms(0, STATUS_MINUTES), self._reports)

    def takes_over(self, contact: str, code: str | None) -> None:
        """Somebody who waits already; no code: not triaged yet."""
        if code is None:
            self._world.after(self._chance.around_ms(5, 0.5), lambda: self._triages(contact))
        else:
            self._crew.waits(max(0, int(code[1]) - 1), lambda: self._calls(contact))

    def _registers(self) -> None:
        contact = self._world.name("c")
        mode = self._chance.pick(MODES)
        registered = ContactRegistered(
            contact=contact,
            site=self._site.id,
            mode=mode,
            registered_at=self._world.moment(),
            age_band=self._chance.pick(AGES) if self._chance.happens(0.9) else None,
        )
        self._voice.says(registered, subject=contact)
        if self._chance.happens(0.01):
            self._world.after(self._chance.around_ms(3), lambda: self._closes(contact, ContactOutcome.CANCELLED))
        else:
            self._world.after(self._chance.around_ms(5, 0.5), lambda: self._triages(contact))

    def writes_down(self, *, mode: ArrivalMode, visit: str | None = None, call: str | None = None) -> None:
        """Somebody whom the SEH, or the control room, wrote down before."""
        contact = self._world.name("c")
        registered = ContactRegistered(
            contact=contact,
            site=self._site.id,
            mode=mode,
            registered_at=self._world.moment(),
            visit=visit,
            call=call,
        )
        self._voice.says(registered, subject=contact)
        self._world.after(self._complaints.around_ms(5, 0.5), lambda: self._triages(contact))

    def _triages(self, contact: str) -> None:
        code = self._chance.pick(rates.HAP_URGENCIES)
        triaged = ContactTriaged(
            contact=contact,
            site=self._site.id,
            urgency=self._assigned(code),
            triaged_at=self._world.moment(),
            complaint=self._complaints.pick(COMPLAINTS),
        )
        self._voice.says(triaged, subject=contact)
        if code in {"U4", "U5"} and self._chance.happens(0.6):
            self._world.after(self._chance.around_ms(3), lambda: self._closes(contact, ContactOutcome.ADVICE))
            return
        ticket = self._crew.waits(max(0, int(code[1]) - 1), lambda: self._calls(contact))
        self._world.after(self._chance.between_ms(25, 50), lambda: self._looks_again(contact, code, ticket))
        if self._chance.happens(0.03):
            self._world.after(self._chance.between_ms(45, 150), lambda: self._walks_out(contact, ticket))

    def _assigned(self, code: str) -> Urgency:
        """One in twelve times the triagist leaves the proposed code, one step up or down; NTS permits it."""
        if not self._chance.happens(1 / 12):
            return urgency(UrgencySystem.NTS, code, proposed_code=code)
        step = self._chance.one_of((-1, 1))
        proposed = CODES[min(max(CODES.index(code) + step, 0), len(CODES) - 1)]
        reason = self._chance.one_of(tuple(OverrideReason)) if proposed != code else None
        return urgency(UrgencySystem.NTS, code, proposed_code=proposed, override_reason=reason)

    def _looks_again(self, contact: str, code: str, ticket: Ticket) -> None:
        if ticket not in self._crew.waiting or not self._chance.happens(0.25):
            return
        step = self._chance.pick({-2: 5.0, -1: 60.0, 1: 35.0})
        newer = CODES[min(max(CODES.index(code) + step, 0), len(CODES) - 1)]
        retriaged = ContactRetriaged(
            contact=contact,
            site=self._site.id,
            urgency=urgency(UrgencySystem.NTS, newer),
            retriaged_at=self._world.moment(),
        )
        self._voice.says(retriaged, subject=contact)
        self._crew.reranked(ticket, max(0, int(newer[1]) - 1))

    def _calls(self, contact: str) -> int:
        by = Actor(role=Role.GP, organisation=self._site.organisation) if self._chance.happens(0.8) else None
        called = ContactCalled(contact=contact, site=self._site.id, called_at=self._world.moment(), by=by)
        self._voice.says(called, subject=contact)
        takes_ms = self._chance.around_ms(self._chance.pick(rates.HAP_SERVICE_MINUTES), 0.3)
        outcome = self._chance.pick(OUTCOMES)
        self._world.after(takes_ms, lambda: self._closes(contact, outcome))
        return takes_ms

    def _closes(self, contact: str, outcome: ContactOutcome) -> None:
        now = self._world.moment()
        closed = ContactClosed(contact=contact, site=self._site.id, outcome=outcome, closed_at=now)
        self._voice.says(closed, subject=contact)
        if outcome is ContactOutcome.REFERRED_SEH:
            self._world.after(self._chance.around_ms(20), lambda: self._refer(self._site.id))

    def _walks_out(self, contact: str, ticket: Ticket) -> None:
        if self._crew.leaves(ticket):
            self._closes(contact, ContactOutcome.LEFT_UNSEEN)

    def _roster(self) -> None:
        """Doctors for the hour that begins; one in seven hours one of them is missing."""
        expected = contacts_per_hour(self._world.local()) * self._world.intensity
        hands = math.ceil(expected * 0.75 * rates.HAP_SERVICE_MINUTES_MEAN / 60 / 0.8)
        missing = 1 if self._chance.happens(1 / 7) else 0
        self._crew.staffed(max(1, hands - missing))
        self._world.after(60 * MINUTE_MS, self._roster)

    def _reports(self) -> None:
        length = len(self._crew.waiting)
        level = ServiceLevel.BUSY if length > 4 * self._crew.hands else ServiceLevel.OPEN
        if contacts_per_hour(self._world.local()) == 0 and length == 0:
            level = ServiceLevel.CLOSED
        reported = ServiceStatusReported(
            site=self._site.id,
            level=level,
            observed_at=self._world.moment(),
            answer_seconds=None if level is ServiceLevel.CLOSED else self._chance.whole(15, 90 + 20 * length),
        )
        self._voice.says(reported, subject=self._site.id)
        self._world.after(STATUS_MINUTES * MINUTE_MS, self._reports)


def contacts_per_hour(local: datetime) -> float:
    """Of one post, at this local time. Public holidays count as the weekday they fall on."""
    hours = rates.HAP_WEEKEND_HOURS if local.weekday() >= 5 else rates.HAP_WEEKDAY_HOURS
    whole_week = 5 * sum(rates.HAP_WEEKDAY_HOURS) + 2 * sum(rates.HAP_WEEKEND_HOURS)
    return rates.HAP_CONTACTS_PER_WEEK * hours[local.hour] / whole_week
