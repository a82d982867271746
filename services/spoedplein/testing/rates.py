"""How busy a region is: volumes and mixes of Dutch acute care, per post, per SEH, per bed.

Sources are named beside each table; "planning value" marks what no source gave and a region may know better.
"""

from typing import Final

from spoedplein_schemas.home_care import VisitOutcome
from spoedplein_schemas.placement import DeclineReason
from spoedplein_schemas.vocabulary import CareType

#: Four-figure postcodes of the regions that we ship, for areas of rides and requests.
AREAS: Final = {
    "rijnmond": (
        "3111",
        "3117",
        "3118",
        "3119",
        "3121",
        "3131",
        "3015",
        "3025",
        "3032",
        "3054",
        "3061",
        "3079",
        "3081",
    ),
    "nijmegen": ("6511", "6525", "6532", "6541", "6601", "5831"),
}

# --- HAP ------------------------------------------------------------------------------------------------------------

#: 4.4 million contacts a year over 105 posts (InEen benchmark 2022).
HAP_CONTACTS_PER_WEEK: Final = 804.0

#: Share of a week's contacts that falls in each hour, in percent. Anchors (VZinfo): weekdays 18:00-20:00 together
#: 12.3, weekend 10:00-12:00 10.1, weekend 04:00-06:00 0.85. By day on weekdays the own huisarts is open.
HAP_WEEKDAY_HOURS: Final = (
    *(0.32, 0.24, 0.20, 0.17, 0.16, 0.17, 0.24, 0.38),
    *(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    *(1.10, 1.23, 1.23, 1.05, 0.85, 0.65, 0.48),
)
HAP_WEEKEND_HOURS: Final = (
    *(0.42, 0.32, 0.27, 0.24, 0.213, 0.213, 0.33, 0.65),
    *(1.60, 2.35, 2.525, 2.525, 2.15, 2.00, 1.90, 1.80, 1.70),
    *(1.60, 1.50, 1.40, 1.20, 0.95, 0.72, 0.52),
)

#: Percent (BMC Family Practice 2017); U0 is ours: too rare for that table.
HAP_URGENCIES: Final = {"U0": 0.2, "U1": 2.0, "U2": 15.0, "U3": 38.0, "U4": 18.0, "U5": 26.8}
#: Doctor's minutes: telephone 38 %, consultation 52 %, visit 10 % (same); the minutes are planning values.
HAP_SERVICE_MINUTES: Final = {6.0: 38.0, 12.0: 52.0, 38.0: 10.0}
HAP_SERVICE_MINUTES_MEAN: Final = 12.3

# --- SEH ------------------------------------------------------------------------------------------------------------

#: 1.84 million visits over 80 SEHs that never close: 63 a day. The rest comes by ambulance or from the HAP.
SEH_WALK_IN_PER_DAY: Final = 36.0
#: Relative weight of each hour (planning value; no Dutch curve was found).
DAY_HOURS: Final = (
    *(2.2, 1.7, 1.4, 1.2, 1.1, 1.1, 1.4, 2.0, 3.3, 5.0, 6.2, 6.7),
    *(6.6, 6.5, 6.4, 6.3, 6.2, 6.0, 5.7, 5.4, 4.9, 4.2, 3.5, 2.7),
)
#: Percent (planning value).
SEH_URGENCIES: Final = {"red": 1.0, "orange": 15.0, "yellow": 45.0, "green": 37.0, "blue": 2.0}
#: Median from arrival to departure 130 minutes in seven SEHs (2013); of that, in treatment.
SEH_TREATMENT_MINUTES: Final = 92.0
#: Relative; 37 % is admitted (NTvG, 2015).
SEH_DISPOSITIONS: Final = {"home": 56.0, "admit": 37.0, "transfer": 3.0, "elsewhere": 4.0}
#: 571 stops in January 2023 in seven regions; about one per SEH in two or three days, on top of real crowding.
SEH_STOP_DAYS: Final = 3.0

# --- ambulance --------------------------------------------------------------------------------------------------

#: 1.48 million deployments a year (2024), per SEH.
RIDES_PER_SEH_PER_DAY: Final = 51.0
#: Percent: A0 22,124 and A0+A1 725,739 of 1,484,107; 78 % urgent; the split of B is a planning value.
RIDE_URGENCIES: Final = {"A0": 1.5, "A1": 47.4, "A2": 29.1, "B1": 8.0, "B2": 14.0}
#: Of the urgent rides, those that bring a patient to one of our sites (fits 16 % of SEH visits and the referred).
RIDES_TO_SEH: Final = 0.38
#: Calls that became a referral (C1) or self-care advice (C2), per SEH (planning value).
REFERRED_CALLS_PER_DAY: Final = 4.0

# --- places -----------------------------------------------------------------------------------------------------

#: Staffed places of a unit, from and to (planning values).
PLACES: Final = {
    CareType.HAP: (4, 8),
    CareType.SEH: (16, 24),
    CareType.KLINIEK: (26, 44),
    CareType.ELV_LAAG: (6, 14),
    CareType.ELV_HOOG: (8, 18),
    CareType.ELV_PALLIATIEF: (3, 8),
    CareType.GRZ: (14, 30),
    CareType.GGZ_OPEN: (8, 16),
    CareType.GGZ_HIC: (5, 9),
    CareType.GGZ_IHT: (12, 24),
    CareType.GGZ_BEOORDELING: (2, 4),
    CareType.WLZ_CRISIS_VV: (3, 6),
    CareType.WLZ_CRISIS_GZ: (2, 4),
    CareType.WMO_SPOED: (3, 8),
    CareType.RESPIJT: (3, 6),
    CareType.ONGELABELD: (4, 8),
    CareType.WIJKVERPLEGING: (4, 8),
}

#: Mean stay in days. Kliniek: an acute admission ward, which passes on within two days. ELV: about thirty;
#: Wlz crisis: two weeks (V&V), nine (GZ); the rest planning values.
STAY_DAYS: Final = {
    CareType.HAP: 0.02,
    CareType.SEH: 0.09,
    CareType.KLINIEK: 1.2,
    CareType.ELV_LAAG: 24.0,
    CareType.ELV_HOOG: 30.0,
    CareType.ELV_PALLIATIEF: 21.0,
    CareType.GRZ: 38.0,
    CareType.GGZ_OPEN: 14.0,
    CareType.GGZ_HIC: 9.0,
    CareType.GGZ_IHT: 24.0,
    CareType.GGZ_BEOORDELING: 0.25,
    CareType.WLZ_CRISIS_VV: 14.0,
    CareType.WLZ_CRISIS_GZ: 63.0,
    CareType.WMO_SPOED: 10.0,
    CareType.RESPIJT: 7.0,
    CareType.ONGELABELD: 5.0,
    CareType.WIJKVERPLEGING: 0.04,
}

#: Share of the places that is taken when a simulation starts, and that comes in without asking us keeps taken.
OCCUPANCY: Final = {CareType.WIJKVERPLEGING: 0.55, CareType.GGZ_BEOORDELING: 0.5, CareType.RESPIJT: 0.7}
OCCUPANCY_ELSE: Final = 0.87
#: Of the inflow of a unit, what comes without a request to us (planning value).
DIRECT_INFLOW: Final = {CareType.KLINIEK: 0.1, CareType.WIJKVERPLEGING: 0.5}
DIRECT_INFLOW_ELSE: Final = 0.35

#: A unit announces a warning, stop or closure once in so many days (planning value).
UNIT_STATUS_DAYS: Final = 5.0

# --- placement --------------------------------------------------------------------------------------------------

#: Requests per SEH per day by what is asked first. ELV: 96 admissions a day over 80 SEHs; GGZ crisis: 130 contacts a
#: day, 36 % admitted; the rest planning values.
REQUESTS_PER_DAY: Final = {
    CareType.ELV_HOOG: 0.65,
    CareType.ELV_LAAG: 0.45,
    CareType.ELV_PALLIATIEF: 0.20,
    CareType.GRZ: 0.45,
    CareType.GGZ_OPEN: 0.30,
    CareType.GGZ_HIC: 0.35,
    CareType.GGZ_IHT: 0.30,
    CareType.GGZ_BEOORDELING: 0.40,
    CareType.WLZ_CRISIS_VV: 0.45,
    CareType.WLZ_CRISIS_GZ: 0.12,
    CareType.WMO_SPOED: 0.20,
    CareType.RESPIJT: 0.25,
    CareType.ONGELABELD: 0.70,
    CareType.WIJKVERPLEGING: 2.50,
    CareType.KLINIEK: 0.50,
}
TRANSFERS_ASKED_PER_DAY: Final = 0.35
CONSULTS_PER_DAY: Final = 3.0

#: Why a provider with a free place still says no (planning value).
DECLINES: Final = {
    DeclineReason.STAFF: 5.0,
    DeclineReason.CARE_TOO_COMPLEX: 5.0,
    DeclineReason.NO_GP: 2.0,
    DeclineReason.LEGAL: 1.0,
    DeclineReason.ISOLATION: 1.0,
    DeclineReason.OTHER: 2.0,
}
#: Of the offers: never answered, and answered after the term; the rest in time (planning values).
SILENT: Final = 0.05
LATE: Final = 0.03
#: Of the offers that could be taken, still declined.
DECLINED: Final = 0.15
#: Of the acceptances: taken back, patient does not come in time, request withdrawn (planning values).
TAKEN_BACK: Final = 0.04
NOT_IN_TIME: Final = 0.04
WITHDRAWN: Final = 0.03
#: How visits of acute home care end, in percent: 85 without a doctor (Leidraad 2026); the rest planning values.
VISIT_ENDS: Final = {
    VisitOutcome.INDEPENDENT: 85.0,
    VisitOutcome.DOCTOR_CONSULTED: 7.0,
    VisitOutcome.DOCTOR_CAME: 2.0,
    VisitOutcome.SENT_ON: 4.0,
    VisitOutcome.NOT_SEEN: 2.0,
}
#: Minutes at somebody's home (a planning value).
VISIT_MINUTES_MEAN: Final = 38.0
#: Of the visits of which nobody says how they ended (a planning value).
VISIT_NOT_TOLD: Final = 0.06
#: Of the stays in a no-label bed (a planning value).
NEVER_LABELLED: Final = 0.2
