"""What is asked of a place: coded profiles as requests carry them, by what is wanted first. Mixes: planning values."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from spoedplein.testing.chance import Chance
from spoedplein.testing.world import urgency
from spoedplein_schemas.placement import Profile
from spoedplein_schemas.vocabulary import AgeBand, CareType, LegalTitle, Property, Sex, UrgencySystem

ELDERLY: Final = {AgeBand.ADULT: 5.0, AgeBand.SENIOR: 30.0, AgeBand.OLD: 65.0}
ADULTS: Final = {AgeBand.YOUTH: 6.0, AgeBand.ADULT: 70.0, AgeBand.SENIOR: 20.0, AgeBand.OLD: 4.0}
SOON: Final = {"U2": 15.0, "U3": 55.0, "U4": 30.0}
CRISIS: Final = {"A": 4.0, "B": 26.0, "C": 52.0, "D": 18.0}
BODY: Final = {
    Property.SINGLE_ROOM: 0.12,
    Property.OXYGEN: 0.08,
    Property.IV: 0.06,
    Property.ISOLATION_OTHER: 0.03,
    Property.BARIATRIC: 0.02,
    Property.WANDER_DETECTION: 0.08,
}
WILLING: Final = {LegalTitle.VOLUNTARY: 1.0}


@dataclass(frozen=True, slots=True)
class Wish:
    """`also` are care types that would do as well, `needs` each with its chance of being asked."""

    also: tuple[CareType, ...] = ()
    system: UrgencySystem = UrgencySystem.NTS
    urgencies: dict[str, float] = field(default_factory=lambda: SOON)
    ages: dict[AgeBand, float] = field(default_factory=lambda: ELDERLY)
    titles: dict[LegalTitle, float] = field(default_factory=lambda: WILLING)
    needs: dict[Property, float] = field(default_factory=lambda: BODY)
    with_wlz: float = 0.0


def _crisis(*also: CareType, titles: dict[LegalTitle, float] | None = None, **needs: float) -> Wish:
    asked = {Property(name.replace("_", "-")): share for name, share in needs.items()}
    return Wish(also, UrgencySystem.GGZ, CRISIS, ADULTS, titles=titles or WILLING, needs=asked)


WISHES: Final = {
    CareType.ELV_LAAG: Wish((CareType.ELV_HOOG,), with_wlz=0.05),
    CareType.ELV_HOOG: Wish(with_wlz=0.04),
    CareType.ELV_PALLIATIEF: Wish(needs={Property.SINGLE_ROOM: 0.6, Property.OXYGEN: 0.2, Property.PARTNER_STAY: 0.2}),
    CareType.GRZ: Wish(urgencies={"U3": 20.0, "U4": 80.0}),
    CareType.GGZ_OPEN: _crisis(CareType.GGZ_IHT, single_room=0.2),
    CareType.GGZ_HIC: _crisis(
        titles={LegalTitle.VOLUNTARY: 45.0, LegalTitle.WVGGZ_CM: 40.0, LegalTitle.WVGGZ_ZM: 15.0},
        closed_ward=0.8,
        one_to_one=0.15,
    ),
    CareType.GGZ_IHT: _crisis(CareType.GGZ_OPEN),
    CareType.GGZ_BEOORDELING: _crisis(closed_ward=0.3),
    CareType.WLZ_CRISIS_VV: Wish(
        titles={
            LegalTitle.VOLUNTARY: 55.0,
            LegalTitle.WZD_BESLUIT: 20.0,
            LegalTitle.WZD_IBS: 15.0,
            LegalTitle.WZD_RM: 10.0,
        },
        needs={Property.WANDER_DETECTION: 0.5, Property.CLOSED_WARD: 0.4},
        with_wlz=0.6,
    ),
    CareType.WLZ_CRISIS_GZ: Wish(ages=ADULTS, needs={Property.ONE_TO_ONE: 0.2}, with_wlz=0.8),
    CareType.WMO_SPOED: Wish((CareType.RESPIJT,), ages={AgeBand.ADULT: 40.0, **ELDERLY}, needs={}),
    CareType.RESPIJT: Wish((CareType.WMO_SPOED,), needs={Property.PARTNER_STAY: 0.2, Property.WANDER_DETECTION: 0.2}),
    CareType.ONGELABELD: Wish((CareType.ELV_HOOG,), with_wlz=0.1),
    CareType.WIJKVERPLEGING: Wish(needs={Property.IV: 0.2, Property.OXYGEN: 0.05}),
    CareType.KLINIEK: Wish(
        ages={AgeBand.CHILD: 8.0, AgeBand.YOUTH: 4.0, AgeBand.ADULT: 35.0, AgeBand.SENIOR: 30.0, AgeBand.OLD: 23.0},
        needs={Property.OXYGEN: 0.3, Property.IV: 0.5, Property.ISOLATION_OTHER: 0.05, Property.DIALYSIS: 0.03},
    ),
}


def profile(chance: Chance, care_type: CareType, *, now: datetime, area: str | None) -> Profile:
    wish = WISHES[care_type]
    return Profile(
        care_types=(care_type, *wish.also),
        urgency=urgency(wish.system, chance.pick(wish.urgencies)),
        age_band=chance.pick(wish.ages),
        legal_title=chance.pick(wish.titles),
        wlz_indication=chance.happens(wish.with_wlz),
        sex=chance.pick({Sex.FEMALE: 55.0, Sex.MALE: 45.0}),
        needs=tuple(need for need, share in wish.needs.items() if chance.happens(share)),
        needed_by=now + timedelta(hours=chance.whole(12, 48)) if chance.happens(0.3) else None,
        area=area,
    )


def entered(chance: Chance, wished: Profile, *, now: datetime) -> Profile:
    """The same, with what a professional sometimes adds; some need a place within hours. Shares: planning values."""
    said: dict[str, object] = {}
    if chance.happens(0.5):
        said["medically_stable"] = chance.happens(0.85)
    if chance.happens(0.3):
        said["stay_hours"] = chance.pick({12: 5.0, 72: 30.0, 336: 50.0, 2400: 15.0})
    if chance.happens(0.7):
        said["gp_keeps_treating"] = chance.happens(0.85)
    if not wished.wlz_indication and chance.happens(0.4):
        said["wlz_expected"] = chance.happens(0.8)
    if CareType.ELV_PALLIATIEF in wished.care_types and chance.happens(0.8):
        said["expectancy_under_three_months"] = chance.happens(0.9)
    if chance.happens(0.12):
        said["needed_by"] = now + timedelta(minutes=chance.whole(20, 240))
    return wished.model_copy(update=said)
