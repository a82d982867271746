"""A scenario: an evening in a region as a script in Dutch, that a coordinator reads and writes without a programmer.

Who says what and when, in the words of the people, beside what that is for the system; and which decisions should
follow. The words are Dutch because the writer is; each list has the members of the contract's list, by name.
"""

from datetime import datetime, time
from enum import StrEnum
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from spoedplein_schemas.vocabulary import (
    AgeBand,
    CareType,
    CaseId,
    Code,
    Count,
    Frozen,
    OwnerId,
    Pc4,
    RequestId,
    RideId,
    RoomId,
    SiteId,
    Text,
    UnitId,
)


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is not None:
        msg = 'a moment here is local time; write it without a zone, such as "2026-01-10 20:00"'
        raise ValueError(msg)
    return moment


def _on_the_wall(given: object) -> object:
    """A bare number would be seconds since midnight."""
    if not isinstance(given, str | time):
        msg = f'{given} is no time of day; write one between quotes, such as "20:05"'
        raise ValueError(msg)  # noqa: TRY004  pydantic takes no TypeError
    return given


class _Several:
    """One thing, or a list of them."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        return core_schema.no_info_before_validator_function(_listed, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        many = handler(schema)
        return {"anyOf": [many["items"], {"type": "array", "items": many["items"]}]}


def _listed(given: object) -> object:
    return given if isinstance(given, list | tuple) else [given]


Several = _Several()
Clock = Annotated[
    time,
    BeforeValidator(_on_the_wall),
    WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}),
]
LocalMoment = Annotated[
    datetime,
    AfterValidator(_local),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}$"}),
]
Sentence = Annotated[str, Field(min_length=1, max_length=1000)]
#: A code as its professional writes it: `U2`, `oranje`, `ggz B`, `ambulance A1`.
Urgentie = Annotated[Text, Field(examples=["U3", "oranje", "ggz B", "ambulance A1"])]


class Geslacht(StrEnum):
    FEMALE = "vrouw"
    MALE = "man"
    ANY = "maakt niet uit"


class Reden(StrEnum):
    """Waarom een stop, of een plek die dicht is."""

    FULL = "vol"
    STAFF = "personeel"
    CROWDING = "drukte"
    OUTFLOW = "uitstroom stokt"
    ISOLATION = "isolatie"
    TECHNICAL = "techniek"
    OTHER = "andere reden"


class Afwijzing(StrEnum):
    """Waarom een aanbieder nee zegt."""

    FULL = "vol"
    STAFF = "personeel"
    CARE_TOO_COMPLEX = "zorg te complex"
    LEGAL = "juridisch"
    ISOLATION = "isolatie"
    NO_GP = "geen huisarts"
    OTHER = "andere reden"


class Intrekking(StrEnum):
    """Waarom geen plek meer nodig is."""

    FOUND_ELSEWHERE = "elders gevonden"
    NO_LONGER_NEEDED = "niet meer nodig"
    HOSPITALISED = "in het ziekenhuis opgenomen"
    DECEASED = "overleden"
    OTHER = "andere reden"


class Grond(StrEnum):
    """Waarom een professional zelf kiest."""

    CLINICAL_JUDGEMENT = "klinisch oordeel"
    PATIENT_WISH = "wens van de patiënt"
    BY_TELEPHONE = "telefonisch geregeld"
    LOCAL_KNOWLEDGE = "kennis van ter plaatse"
    OTHER = "andere grond"


class Voorziening(StrEnum):
    """Wat iemand van een plek nodig heeft."""

    SINGLE_ROOM = "eenpersoonskamer"
    CLOSED_WARD = "gesloten afdeling"
    OPEN_WARD = "open afdeling"
    ISOLATION_NEGATIVE_FLOW = "isolatie met onderdruk"
    ISOLATION_OTHER = "isolatie"
    BARIATRIC = "bariatrisch"
    OXYGEN = "zuurstof"
    IV = "infuus"
    DIALYSIS = "dialyse"
    TRACHEOSTOMY = "tracheostoma"
    ONE_TO_ONE = "een op een"
    WANDER_DETECTION = "dwaaldetectie"
    PARTNER_STAY = "partner blijft"
    CHILD_SUITED = "geschikt voor kinderen"


class Titel(StrEnum):
    """Onder welke titel iemand wordt opgenomen."""

    VOLUNTARY = "vrijwillig"
    WZD_BESLUIT = "Wzd besluit opname en verblijf"
    WZD_RM = "Wzd rechterlijke machtiging"
    WZD_IBS = "Wzd inbewaringstelling"
    WVGGZ_CM = "Wvggz crisismaatregel"
    WVGGZ_ZM = "Wvggz zorgmachtiging"


class Komst(StrEnum):
    """Hoe iemand binnenkomt."""

    PHONE = "belt"
    SELF_REFERRED = "komt zelf"
    REFERRED = "verwezen"
    AMBULANCE = "ambulance"


class Afloop(StrEnum):
    """Hoe een contact bij de HAP eindigt."""

    TREATED = "behandeld"
    ADVICE = "advies"
    REFERRED_SEH = "naar de SEH"
    REFERRED_OTHER = "elders heen"
    OWN_GP = "eigen huisarts"
    LEFT_UNSEEN = "weggegaan"
    CANCELLED = "afgezegd"


class Vertrek(StrEnum):
    """Hoe een bezoek aan de SEH eindigt."""

    HOME = "naar huis"
    ADMITTED = "opgenomen"
    TRANSFERRED = "overgeplaatst"
    LEFT_UNSEEN = "weggegaan"
    DECEASED = "overleden"


class Rol(StrEnum):
    """Wie iets deed: een rol, nooit een naam."""

    COORDINATOR = "coördinator"
    GP = "huisarts"
    TRIAGIST = "triagist"
    NURSE = "verpleegkundige"
    SPECIALIST = "specialist"
    PROVIDER = "aanbieder"
    AMBULANCE = "ambulance"
    CRISIS_SERVICE = "crisisdienst"
    SYSTEM = "systeem"


class Scripted(Frozen):
    """A table of a script; hyphens where Python has underscores."""

    model_config = ConfigDict(
        use_attribute_docstrings=True, alias_generator=lambda name: name.strip("_").replace("_", "-")
    )


class Telling(Scripted):
    """Een aanbieder telt zijn plekken."""

    plek: UnitId
    """De plek, zoals in de afspraken."""
    vrij: Count
    """Vrij, bemand en meteen te gebruiken."""
    van: Count
    """Bemand in totaal."""
    geteld: Clock | None = None
    """Wanneer geteld; weggelaten: nu."""
    met: tuple[RequestId, ...] = ()
    """Toegezegde aanvragen die al van het aantal vrij af zijn."""


class PlekStatus(Scripted):
    """Een plek gaat dicht, waarschuwt of heeft een stop."""

    plek: UnitId
    """De plek, zoals in de afspraken."""
    reden: Reden = Reden.OTHER
    """Waarom."""
    tot: Clock | None = None
    """Verwacht einde."""


class Plek(Scripted):
    """Een plek, zonder meer."""

    plek: UnitId
    """De plek, zoals in de afspraken."""


class Aanvraag(Scripted):
    """Er wordt een plek gevraagd."""

    aanvraag: RequestId
    """Hoe de aanvraag verder heet."""
    zorg: Annotated[tuple[CareType, ...], Field(min_length=1)]
    """Zorgsoorten, de gewenste eerst."""
    urgentie: Urgentie
    """Zoals de professional haar toekende."""
    leeftijd: AgeBand = AgeBand.OLD
    """In welke groep."""
    geslacht: Geslacht | None = None
    """Van wie de plek nodig heeft."""
    nodig: tuple[Voorziening, ...] = ()
    """Wat de plek moet kunnen."""
    titel: Titel = Titel.VOLUNTARY
    """Onder welke titel."""
    wlz_indicatie: bool = False
    """Is er een Wlz-indicatie?"""
    uiterlijk: Clock | None = None
    """Wanneer de plek er moet zijn."""
    gebied: Pc4 | None = None
    """Vier cijfers van de postcode."""
    vanaf: SiteId | None = None
    """Het spoedplein waar de patiënt nu is."""
    voorkeur: tuple[UnitId, ...] = ()
    """Plekken die gevraagd worden."""
    door: Code = "huisarts"
    """Wie vraagt, als organisatie."""
    rol: Rol | None = None
    """Als wat: een huisarts zoekt eerst zelf, waar dat zo is afgesproken."""


class OverAanvraag(Scripted):
    """Iets over een aanvraag."""

    aanvraag: RequestId
    """Welke."""
    plek: UnitId | None = None
    """Welke plek; weggelaten: de plek die nu is aangeboden of toegezegd."""


class Nee(OverAanvraag):
    """Een aanbieder zegt nee, of neemt een toezegging terug."""

    reden: Afwijzing = Afwijzing.OTHER
    """Waarom."""


class Ingetrokken(OverAanvraag):
    """De aanvrager heeft geen plek meer nodig."""

    reden: Intrekking = Intrekking.NO_LONGER_NEEDED
    """Waarom."""


class Label(OverAanvraag):
    """Welke zorg een ongelabeld verblijf blijkt te zijn."""

    label: CareType
    """De zorgsoort."""


class Overdracht(Scripted):
    """De regie gaat over."""

    aanvraag: RequestId
    """Welke."""
    aan: OwnerId
    """Wie de regie krijgt."""


class EigenKeuze(Scripted):
    """Een professional kiest zelf een plek."""

    aanvraag: RequestId
    """Welke."""
    plek: UnitId
    """De plek die hij kiest."""
    grond: Grond
    """Waarom."""
    rol: Rol = Rol.COORDINATOR
    """Als wat."""


class Voorstel(StrEnum):
    """Wat wordt voorgesteld als het druk is."""

    MUTUAL_HELP = "onderlinge hulp"
    WARNING = "waarschuwing"
    STOP = "stop"
    DIVERT = "omleiden"
    NEIGHBOUR = "buurregio"
    ROAZ = "ROAZ"


class Bezwaar(StrEnum):
    """Waarom een voorstel niet doorgaat."""

    NOT_NEEDED = "niet nodig"
    NO_CAPACITY = "geen ruimte"
    SOLVED_OTHERWISE = "anders opgelost"
    OTHER = "andere reden"


class Kamers(Scripted):
    """Kamers zijn schoon en vrij."""

    waar: SiteId
    """Welk spoedplein."""
    kamers: Annotated[tuple[RoomId, ...], Field(min_length=1)]
    """Welke."""


class InKamer(Scripted):
    """Een patiënt gaat een kamer in of uit."""

    patient: CaseId
    """Wie."""
    kamer: RoomId
    """Welke."""


class Instemming(Scripted):
    """Iemand neemt een voorstel over."""

    voorstel: Voorstel
    """Welk, het laatste van die soort."""
    rol: Rol = Rol.COORDINATOR
    """Als wat."""


class Verwerping(Instemming):
    """Iemand besluit dat een voorstel niet doorgaat."""

    reden: Bezwaar = Bezwaar.NOT_NEEDED
    """Waarom."""


class Antwoord(StrEnum):
    """Wat een buurregio zegt."""

    NONE = "nee"
    ACCEPTED = "ja"
    RELEASED = "toch niet"
    ADMITTED = "opgenomen"


class Buurantwoord(Scripted):
    """Een buurregio antwoordt op de vraag om een plek."""

    aanvraag: RequestId
    """Onze aanvraag."""
    antwoord: Antwoord
    """Nee, ja, toch niet, of opgenomen."""
    plek: UnitId | None = None
    """Bij ja: welke plek daar."""


class Dienst(StrEnum):
    """Welke rij van een spoedplein."""

    HAP = "hap"
    SEH = "seh"


class Binnenkomst(Scripted):
    """Iemand bereikt de HAP of de SEH; het wachten begint."""

    patient: CaseId
    """Pseudoniem."""
    bij: Dienst
    """Welke dienst."""
    waar: SiteId
    """Welk spoedplein."""
    hoe: Komst = Komst.SELF_REFERRED
    """Hoe iemand komt."""
    leeftijd: AgeBand | None = None
    """In welke groep."""
    eerder: CaseId | None = None
    """Zijn naam bij de andere balie, die hem hierheen stuurde."""
    rit: RideId | None = None
    """De rit, wie met de ambulance komt."""


class Triage(Scripted):
    """Een triagist of verpleegkundige kent een urgentie toe."""

    patient: CaseId
    """Wie."""
    urgentie: Urgentie
    """De code."""
    klacht: Code | None = None
    """Code van de ingangsklacht."""


class Patient(Scripted):
    """Iemand is aan de beurt."""

    patient: CaseId
    """Wie."""


class Einde(Scripted):
    """Iemand gaat weg bij de HAP of de SEH."""

    patient: CaseId
    """Wie."""
    afloop: Afloop | Vertrek
    """Hoe het eindigt."""


class Rit(Scripted):
    """Een ambulance kondigt een patiënt aan."""

    rit: RideId
    """Hoe de rit heet."""
    naar: SiteId
    """Welk spoedplein."""
    urgentie: Urgentie
    """De code van de meldkamer."""
    aankomst: Clock
    """Verwacht."""


class RitId(Scripted):
    """Een ambulance is er."""

    rit: RideId
    """Welke."""


class Bericht(Scripted):
    """Elk ander bericht, in de woorden van het contract. Momenten die ontbreken zijn nu."""

    soort: Annotated[str, Field(examples=["capacity.report-asked"])]
    """Naam van het bericht, zoals in de lijst van berichten."""
    inhoud: Annotated[dict[str, Any], Field(default_factory=dict)]
    """Velden, zoals in het JSON Schema van het bericht. Een urgentie mag kort: "U3"."""


class Step(Scripted):
    """Een moment: wie wat zegt, wat dat voor het systeem is, en wat er dan besloten wordt.

    Zonder iets erbij gaat alleen de tijd voorbij.
    """

    om: Clock
    """Plaatselijke tijd; vroeger dan de vorige stap betekent de volgende dag."""
    wie: Annotated[Text, Field(max_length=60)] | None = None
    """Wie er spreekt of iets doet, in gewone woorden."""
    zegt: Sentence | None = None
    """Wat hij zegt of doet, in gewone woorden."""
    meldt: Annotated[tuple[Telling, ...], Several] = ()
    """Aanbieders tellen hun plekken."""
    opent: Annotated[tuple[Plek, ...], Several] = ()
    """Plekken gaan open."""
    sluit: Annotated[tuple[PlekStatus, ...], Several] = ()
    """Plekken gaan dicht."""
    waarschuwt: Annotated[tuple[PlekStatus, ...], Several] = ()
    """Plekken kondigen aan dat een stop dreigt."""
    stopt: Annotated[tuple[PlekStatus, ...], Several] = ()
    """Plekken kondigen een stop aan."""
    heft_stop_op: Annotated[tuple[Plek, ...], Several] = ()
    """Plekken heffen hun stop op."""
    kondigt_aan: Annotated[tuple[Rit, ...], Several] = ()
    """Ambulances kondigen patiënten aan."""
    rijdt_voor: Annotated[tuple[RitId, ...], Several] = ()
    """Ambulances zijn er."""
    geeft_over: Annotated[tuple[RitId, ...], Several] = ()
    """Ambulances hebben hun patiënt overgedragen."""
    kamers_schoon: Annotated[tuple[Kamers, ...], Several] = ()
    """Kamers zijn schoon en vrij."""
    komt: Annotated[tuple[Binnenkomst, ...], Several] = ()
    """Patiënten bereiken de HAP of de SEH."""
    triage: Annotated[tuple[Triage, ...], Several] = ()
    """Patiënten krijgen een urgentie."""
    hertriage: Annotated[tuple[Triage, ...], Several] = ()
    """Wachtenden worden opnieuw beoordeeld."""
    naar_kamer: Annotated[tuple[InKamer, ...], Several] = ()
    """Patiënten gaan een kamer in."""
    aan_de_beurt: Annotated[tuple[Patient, ...], Several] = ()
    """Patiënten zijn aan de beurt."""
    uit_kamer: Annotated[tuple[InKamer, ...], Several] = ()
    """Patiënten verlaten hun kamer."""
    vertrekt: Annotated[tuple[Einde, ...], Several] = ()
    """Patiënten gaan weg."""
    vraagt: Annotated[tuple[Aanvraag, ...], Several] = ()
    """Er worden plekken gevraagd."""
    zegt_toe: Annotated[tuple[OverAanvraag, ...], Several] = ()
    """Aanbieders zeggen ja."""
    wijst_af: Annotated[tuple[Nee, ...], Several] = ()
    """Aanbieders zeggen nee."""
    neemt_terug: Annotated[tuple[Nee, ...], Several] = ()
    """Aanbieders nemen een toezegging terug."""
    neemt_op: Annotated[tuple[OverAanvraag, ...], Several] = ()
    """Patiënten zijn op hun plek."""
    trekt_in: Annotated[tuple[Ingetrokken, ...], Several] = ()
    """Aanvragen worden ingetrokken."""
    geeft_label: Annotated[tuple[Label, ...], Several] = ()
    """Een ongelabeld verblijf krijgt zijn label."""
    draagt_over: Annotated[tuple[Overdracht, ...], Several] = ()
    """De regie gaat over."""
    kiest_zelf: Annotated[tuple[EigenKeuze, ...], Several] = ()
    """Een professional kiest zelf."""
    stemt_in: Annotated[tuple[Instemming, ...], Several] = ()
    """Iemand neemt een voorstel over."""
    verwerpt: Annotated[tuple[Verwerping, ...], Several] = ()
    """Iemand besluit dat een voorstel niet doorgaat."""
    buurregio: Annotated[tuple[Buurantwoord, ...], Several] = ()
    """Buurregio's antwoorden."""
    bericht: Annotated[tuple[Bericht, ...], Several] = ()
    """Elk ander bericht."""
    besluit: tuple[Sentence, ...] = ()
    """Alle besluiten die volgen, in volgorde, zoals het bord ze zegt; `…` staat voor wat dan ook.

    Een regel die met "- " begint is een reden bij het besluit ervoor. Niets hier betekent: er wordt niets besloten.
    """


class Scenario(Scripted):
    """Een avond in een regio, als script: te lezen, te schrijven en af te spelen."""

    titel: Annotated[Text, Field(min_length=1)]
    """Hoe het heet."""
    regio: Annotated[str, Field(examples=["../regions/schiedam.toml"])]
    """Het bestand met de afspraken, gezien vanaf dit bestand."""
    begin: LocalMoment
    """Plaatselijke datum en tijd waarop het begint."""
    verhaal: Annotated[str, Field(max_length=4000)] = ""
    """Waar het over gaat."""
    stap: Annotated[tuple[Step, ...], Field(min_length=1)]
    """Wat er gebeurt, in volgorde van tijd."""
