"""What Rijnmond agreed, cut down to one site and seven units."""

import hashlib
from datetime import time
from typing import Final

from spoedplein_schemas.agreements import (
    Agreements,
    CareTypeRule,
    Place,
    ServicePoint,
    Site,
    SourceMapping,
    Unit,
)
from spoedplein_schemas.crowding_agreements import CrowdingRule, EscalationRule
from spoedplein_schemas.examples.words import CENTRE, REGION, SITE
from spoedplein_schemas.front_door import CarePath
from spoedplein_schemas.home_care import HomeCareRule
from spoedplein_schemas.hours import AdmissionWindow
from spoedplein_schemas.room_agreements import Lending, Room, RoomRule
from spoedplein_schemas.vocabulary import AgeBand, CareType, Property, Registration, RoomProperty

_ELDERLY: Final = (AgeBand.SENIOR, AgeBand.OLD)
_ADULTS: Final = (AgeBand.ADULT, AgeBand.SENIOR, AgeBand.OLD)

AGREEMENTS: Final = Agreements(
    region=REGION,
    version="2026.1",
    title="Afspraken acute zorg Rijnmond, winter 2026",
    owner=CENTRE,
    sites=(
        Site(
            id=SITE,
            name="Spoedplein Schiedam",
            organisation="ziekenhuis-schiedam",
            place=Place(lon=4.3886, lat=51.9192),
            services=(ServicePoint(care_type=CareType.HAP), ServicePoint(care_type=CareType.SEH)),
        ),
    ),
    units=(
        Unit(
            id="elv-hoog-frankeland",
            name="ELV hoog-complex",
            organisation="frankeland",
            care_type=CareType.ELV_HOOG,
            place=Place(lon=4.4005, lat=51.9213),
            properties=(Property.WANDER_DETECTION, Property.OXYGEN),
            age_bands=_ELDERLY,
        ),
        Unit(
            id="elv-hoog-de-harg",
            name="ELV hoog-complex, De Harg",
            organisation="de-harg",
            care_type=CareType.ELV_HOOG,
            place=Place(lon=4.3712, lat=51.9301),
            properties=(Property.WANDER_DETECTION, Property.SINGLE_ROOM),
            age_bands=_ELDERLY,
        ),
        Unit(
            id="elv-laag-de-harg",
            name="ELV laag-complex, De Harg",
            organisation="de-harg",
            care_type=CareType.ELV_LAAG,
            age_bands=_ADULTS,
            windows=(AdmissionWindow.model_validate({"from": time(8), "until": time(20)}),),
        ),
        Unit(
            id="ongelabeld-schiedam",
            name="Ongelabeld bed",
            organisation="frankeland",
            care_type=CareType.ONGELABELD,
            site=SITE,
            registration=Registration.WZD,
            age_bands=_ELDERLY,
        ),
        Unit(
            id="ggz-hic-singel",
            name="High intensive care",
            organisation="ggz-singel",
            care_type=CareType.GGZ_HIC,
            properties=(Property.CLOSED_WARD, Property.SINGLE_ROOM),
            registration=Registration.WVGGZ,
            age_bands=_ADULTS,
        ),
        Unit(
            id="respijt-nolet",
            name="Logeerhuis",
            organisation="nolet",
            care_type=CareType.RESPIJT,
            age_bands=_ADULTS,
        ),
        Unit(
            id="wijkverpleging-waterweg",
            name="Acute wijkverpleging",
            organisation="thuiszorg-waterweg",
            care_type=CareType.WIJKVERPLEGING,
            age_bands=_ADULTS,
        ),
    ),
    care_paths=(CarePath(id="katheter", name="Katheter verstopt of eruit"),),
    home_care=HomeCareRule(independent_percent=85),
    rooms=(
        Room(id="kamer", site=SITE, home=CareType.SEH, count=9, shared=True, properties=(RoomProperty.SINGLE,)),
        Room(id="acuut", site=SITE, home=CareType.SEH, properties=(RoomProperty.ACUTE,)),
    ),
    lending=(Lending(site=SITE, to=CareType.HAP, keep_free=1),),
    room_rules=(RoomRule(site=SITE),),
    crowding=(CrowdingRule(site=SITE, places=20),),
    escalation=EscalationRule(),
    rules=(CareTypeRule(care_type=CareType.ELV_HOOG, validity_minutes=480, answer_minutes=20),),
    mappings=(
        SourceMapping(
            source="urn:nld:oin:00000099000000001000:systeem:zis-schiedam",
            path="data.urgency.code",
            codes={"ROOD": "red", "ORANJE": "orange"},
        ),
    ),
)

#: Over the agreements as one line of JSON, without what was left out.
SHA256: Final = hashlib.sha256(AGREEMENTS.model_dump_json(exclude_none=True).encode()).hexdigest()
