"""What the pages say, in Dutch and in English. Terms of the field stay as they are in both."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from spoedplein.portal.access import Role
from spoedplein.wording import details, room_words
from spoedplein.wording import words as dutch
from spoedplein.wording.english_terms import plain
from spoedplein_schemas.crowding import RejectionGround
from spoedplein_schemas.decisions import ExclusionCode
from spoedplein_schemas.placement import CancelReason, DeclineReason, OverrideGround
from spoedplein_schemas.views import RequestState
from spoedplein_schemas.vocabulary import (
    CareType,
    CrowdingLevel,
    LegalTitle,
    Property,
    ProposalKind,
    Registration,
    Sex,
    StopReason,
    UnitStatus,
)


class Language(StrEnum):
    NL = "nl"
    EN = "en"


#: As people say them.
CARE_TYPE: Final = {
    CareType.HAP: "HAP",
    CareType.SEH: "SEH",
    CareType.KLINIEK: "Kliniek",
    CareType.ELV_LAAG: "ELV laag-complex",
    CareType.ELV_HOOG: "ELV hoog-complex",
    CareType.ELV_PALLIATIEF: "ELV palliatief",
    CareType.GRZ: "GRZ",
    CareType.GGZ_OPEN: "GGZ open",
    CareType.GGZ_HIC: "GGZ HIC (gesloten)",
    CareType.GGZ_IHT: "GGZ IHT (thuis)",
    CareType.GGZ_BEOORDELING: "GGZ beoordelingsplek",
    CareType.WLZ_CRISIS_VV: "Wlz-crisis V&V",
    CareType.WLZ_CRISIS_GZ: "Wlz-crisis GZ",
    CareType.WMO_SPOED: "Wmo-spoed",
    CareType.RESPIJT: "Respijt",
    CareType.ONGELABELD: "Ongelabeld bed",
    CareType.WIJKVERPLEGING: "Acute wijkverpleging",
}
STATUS: Final = {
    UnitStatus.OPEN: ("open", "open"),
    UnitStatus.WARNING: ("waarschuwing", "warning"),
    UnitStatus.STOP: ("stop", "stop"),
    UnitStatus.CLOSED: ("dicht", "closed"),
}
STATE: Final = {
    RequestState.FIRST_TRY: ("eigen poging", "own first try"),
    RequestState.OFFERED: ("aangeboden", "offered"),
    RequestState.WAITING: ("niets past nu", "nothing fits now"),
    RequestState.ACCEPTED: ("toegezegd", "accepted"),
    RequestState.ADMITTED: ("opgenomen", "admitted"),
    RequestState.CANCELLED: ("ingetrokken", "cancelled"),
}
NEXT_STEP: Final = {
    RequestState.FIRST_TRY: ("poging tot", "tries until"),
    RequestState.OFFERED: ("antwoord voor", "answer by"),
    RequestState.WAITING: ("opnieuw bekijken", "looked at again"),
    RequestState.ACCEPTED: ("opname voor", "admission by"),
}
LEVEL: Final = {
    CrowdingLevel.GREEN: ("groen", "green"),
    CrowdingLevel.YELLOW: ("geel", "yellow"),
    CrowdingLevel.ORANGE: ("oranje", "orange"),
    CrowdingLevel.RED: ("rood", "red"),
}
PROPOSAL: Final = {
    ProposalKind.MUTUAL_HELP: ("onderlinge hulp", "mutual help"),
    ProposalKind.WARNING: ("stopwaarschuwing", "warning"),
    ProposalKind.STOP: ("stop", "stop"),
    ProposalKind.DIVERT: ("omleiden", "divert"),
    ProposalKind.NEIGHBOUR: ("buurregio vragen", "ask a neighbour"),
    ProposalKind.ROAZ: ("opschalen naar ROAZ", "escalate to ROAZ"),
}
PROPERTY: Final = {
    Property.SINGLE_ROOM: (details.PROPERTY[Property.SINGLE_ROOM], "single room"),
    Property.CLOSED_WARD: (details.PROPERTY[Property.CLOSED_WARD], "closed ward"),
    Property.OPEN_WARD: (details.PROPERTY[Property.OPEN_WARD], "open ward"),
    Property.ISOLATION_NEGATIVE_FLOW: (details.PROPERTY[Property.ISOLATION_NEGATIVE_FLOW], "isolation, negative flow"),
    Property.ISOLATION_OTHER: (details.PROPERTY[Property.ISOLATION_OTHER], "isolation, other"),
    Property.BARIATRIC: (details.PROPERTY[Property.BARIATRIC], "bariatric"),
    Property.OXYGEN: (details.PROPERTY[Property.OXYGEN], "oxygen"),
    Property.IV: (details.PROPERTY[Property.IV], "IV"),
    Property.DIALYSIS: (details.PROPERTY[Property.DIALYSIS], "dialysis"),
    Property.TRACHEOSTOMY: (details.PROPERTY[Property.TRACHEOSTOMY], "tracheostomy"),
    Property.ONE_TO_ONE: (details.PROPERTY[Property.ONE_TO_ONE], "one-to-one"),
    Property.WANDER_DETECTION: (details.PROPERTY[Property.WANDER_DETECTION], "wander detection"),
    Property.PARTNER_STAY: (details.PROPERTY[Property.PARTNER_STAY], "partner can stay"),
    Property.CHILD_SUITED: (details.PROPERTY[Property.CHILD_SUITED], "suited to children"),
}
REGISTRATION: Final = {
    Registration.NONE: (details.REGISTRATION[Registration.NONE], "none"),
    Registration.WZD: (details.REGISTRATION[Registration.WZD], "Wzd"),
    Registration.WVGGZ: (details.REGISTRATION[Registration.WVGGZ], "Wvggz"),
    Registration.BOTH: (details.REGISTRATION[Registration.BOTH], "Wzd and Wvggz"),
}
SEX: Final = {each: (details.SEX[each], plain(each)) for each in Sex}
TITLE: Final = {
    LegalTitle.VOLUNTARY: ("vrijwillig", "voluntary"),
    LegalTitle.WZD_BESLUIT: ("Wzd: besluit tot opname en verblijf", "Wzd: besluit opname en verblijf"),
    LegalTitle.WZD_RM: ("Wzd: rechterlijke machtiging", "Wzd: rechterlijke machtiging"),
    LegalTitle.WZD_IBS: ("Wzd: inbewaringstelling", "Wzd: inbewaringstelling"),
    LegalTitle.WVGGZ_CM: ("Wvggz: crisismaatregel", "Wvggz: crisismaatregel"),
    LegalTitle.WVGGZ_ZM: ("Wvggz: zorgmachtiging", "Wvggz: zorgmachtiging"),
}
DECLINE: Final = {each: (dutch.DECLINE[each], plain(each)) for each in DeclineReason}
CANCEL: Final = {each: (dutch.CANCEL[each], plain(each)) for each in CancelReason}
GROUND: Final = {each: (dutch.GROUND[each], plain(each)) for each in OverrideGround}
GROUND_OF_REJECTION: Final = {each: (room_words.GROUND_OF_REJECTION[each], plain(each)) for each in RejectionGround}
EXCLUDED: Final = {each: (dutch.EXCLUDED[each], plain(each)) for each in ExclusionCode}
STOP_REASON: Final = {each: (dutch.STOP_REASON[each], plain(each)) for each in StopReason}
ROLE: Final = {
    Role.COORDINATOR: ("coördinator", "coordinator"),
    Role.PROVIDER: ("aanbieder", "provider"),
    Role.AUDITOR: ("auditor", "auditor"),
    Role.OPERATOR: ("beheerder", "operator"),
}

Pair = tuple[str, str]
#: By key: Dutch, English.
TEXTS: Final[Mapping[str, Pair]] = {
    "title": ("spoedplein", "spoedplein"),
    "skip": ("Naar de inhoud", "Skip to content"),
    "menu": ("Pagina's van deze regio", "Pages of this region"),
    "region": ("Regio", "Region"),
    "overview": ("Overzicht", "Overview"),
    "requests": ("Aanvragen", "Requests"),
    "ask": ("Plek vragen", "Ask for a place"),
    "history": ("Verloop", "History"),
    "citizens": ("Voor inwoners", "For citizens"),
    "decisions": ("Besluiten", "Decisions"),
    "other-language": ("English", "Nederlands"),
    "sign-in": ("Aanmelden", "Sign in"),
    "sign-out": ("Afmelden", "Sign out"),
    "as": ("als", "as"),
    "sound": ("Geluid bij meldingen", "Sound with alerts"),
    "intended-use": ("Beoogd gebruik", "Intended use"),
    "as-of": ("Stand van", "As of"),
    "lost": ("Geen verbinding. U ziet de stand van", "Connection lost. You see what was known at"),
    "lost-hint": ("Er wordt opnieuw verbinding gezocht. Bel bij twijfel.", "Reconnecting. When in doubt, telephone."),
    "stale-starting": ("Het portaal leest zich nog in.", "The portal is still reading."),
    "stale-kafka-silent": (
        "Kafka antwoordt niet: wat u ziet kan achterlopen.",
        "Kafka does not answer: what you see may be behind.",
    ),
    "stale-coordination-behind": (
        "De coördinatie loopt achter: wat u ziet kan verouderd zijn.",
        "Coordination is behind: what you see may be old.",
    ),
    "simulated": ("gesimuleerd, {speed}x zo snel", "simulated, {speed}x as fast"),
    "availability": ("Beschikbaarheid", "Availability"),
    "care-type": ("Zorgsoort", "Care type"),
    "free": ("Vrij", "Free"),
    "warnings": ("Let op", "Warning"),
    "stops": ("Stop", "Stop"),
    "closed": ("Dicht", "Closed"),
    "unknown-units": ("Onbekend", "Unknown"),
    "oldest": ("Oudste cijfer", "Oldest figure"),
    "unknown": ("onbekend", "unknown"),
    "withheld": ("te weinig plaatsen om te tonen", "too few places to show"),
    "per-hour": ("per uur", "per hour"),
    "none": ("geen", "none"),
    "units": ("Eenheden", "Units"),
    "unit": ("Plek", "Place"),
    "organisation": ("Organisatie", "Organisation"),
    "status": ("Stand", "Status"),
    "age": ("Leeftijd cijfer", "Age of figure"),
    "held": ("gevraagd", "held"),
    "promised": ("toegezegd", "promised"),
    "properties": ("Voorzieningen", "Properties"),
    "admits": ("Neemt op", "Admits"),
    "admits-now": ("nu", "now"),
    "admits-from": ("vanaf", "from"),
    "never-reported": ("nooit gemeld", "never reported"),
    "conflict": ("minder vrij dan toegezegd", "fewer free than promised"),
    "map": ("Kaart", "Map"),
    "map-note": (
        "Rechte lijnen en schaal; geen wegen. Elke stip is een plek, met wat er vrij is.",
        "To scale, without roads. Each dot is a place, with what is free.",
    ),
    "alerts": ("Meldingen", "Alerts"),
    "no-alerts": ("Geen open meldingen.", "No open alerts."),
    "seen": ("Gezien", "Acknowledge"),
    "seen-before": ("Gezien", "Acknowledged"),
    "alert-immediate": ("Levensbedreigend, nu", "Life-threatening, now"),
    "alert-exhausted": ("Niets past nu", "Nothing fits now"),
    "alert-needed": ("Plek nodig voor", "Place needed by"),
    "alert-overdue": ("Over tijd", "Overdue"),
    "alert-stop": ("Stop", "Stop"),
    "alert-offload": ("Ambulance wacht te lang", "Ambulance waits too long"),
    "alert-proposal": ("Voorstel wacht op bevestiging", "Proposal waits for confirmation"),
    "alert-conflict": ("Minder vrij dan toegezegd", "Fewer free than promised"),
    "spoedplein": ("Spoedplein", "Spoedplein"),
    "spoedpleinen": ("Spoedpleinen", "Spoedpleinen"),
    "waiting": ("wachten", "waiting"),
    "nobody-waits": ("Niemand wacht.", "Nobody waits."),
    "queue": ("Wachtrij", "Queue"),
    "class": ("Klasse", "Class"),
    "number": ("Aantal", "Number"),
    "longest": ("Langst", "Longest"),
    "norm": ("Norm", "Norm"),
    "late": ("te laat", "late"),
    "left-unseen": ("Weggegaan zonder gezien te zijn, laatste etmaal", "Left without being seen, last day"),
    "order": ("Volgorde van nemen", "Order of taking"),
    "patient": ("Patiënt", "Patient"),
    "urgency": ("Urgentie", "Urgency"),
    "since": ("Sinds", "Since"),
    "why-here": ("Waarom deze plaats", "Why this position"),
    "untriaged": ("zonder triage", "not triaged"),
    "immediate": ("Levensbedreigend: buiten de rij", "Life-threatening: outside the order"),
    "underway": ("Ambulances onderweg hierheen", "Ambulances on their way"),
    "arrived": ("is er", "is here"),
    "rooms": ("Kamers", "Rooms"),
    "room-free": ("vrij", "free"),
    "room-taken": ("bezet", "taken"),
    "room-cleaning": ("schoonmaak", "cleaning"),
    "room-out-of-use": ("buiten gebruik", "out of use"),
    "room-unknown": ("onbekend", "unknown"),
    "proposed-for": ("voorgesteld voor", "proposed for"),
    "level": ("Drukte", "Crowding"),
    "proposals": ("Voorstellen", "Proposals"),
    "confirm": ("Bevestigen", "Confirm"),
    "reject": ("Afwijzen", "Reject"),
    "confirmed": ("bevestigd", "confirmed"),
    "answer-by": ("antwoord voor", "answer by"),
    "request": ("Aanvraag", "Request"),
    "state": ("Stand", "State"),
    "next-step": ("Volgende stap", "Next step"),
    "owner": ("Regie", "Regie"),
    "no-requests": ("Geen open aanvragen.", "No open requests."),
    "open-total": ("open", "open"),
    "profile": ("Wat gevraagd wordt", "What is asked"),
    "age-band": ("Leeftijd", "Age"),
    "sex": ("Geslacht", "Sex"),
    "legal-title": ("Juridische titel", "Legal title"),
    "needs": ("Nodig", "Needs"),
    "needed-by": ("Nodig voor", "Needed by"),
    "area": ("Postcodegebied (4 cijfers)", "Postcode area (4 digits)"),
    "wlz": ("Heeft een Wlz-indicatie", "Has a Wlz indication"),
    "gp": ("Huisarts blijft behandelen", "GP goes on treating"),
    "stable": ("Medisch stabiel", "Medically stable"),
    "yes": ("ja", "yes"),
    "no": ("nee", "no"),
    "not-said": ("niet gezegd", "not said"),
    "offers": ("Gevraagd", "Asked"),
    "passed": ("Geweest", "Passed"),
    "course": ("Verloop van deze aanvraag", "Course of this request"),
    "why": ("Waarom", "Why"),
    "actions": ("Doen", "Act"),
    "accept": ("Zegt toe", "Accepts"),
    "decline": ("Wijst af", "Declines"),
    "admit": ("Is opgenomen", "Is admitted"),
    "late-reject": ("Toezegging teruggenomen", "Acceptance taken back"),
    "cancel": ("Intrekken", "Cancel"),
    "hand-over": ("Regie overdragen", "Hand the regie over"),
    "override": ("Anders plaatsen", "Place otherwise"),
    "to-owner": ("Aan", "To"),
    "reason": ("Reden", "Reason"),
    "ground": ("Grond", "Ground"),
    "candidates": ("Wie kan dit nu opnemen", "Who could take this now"),
    "fits": ("Past", "Fits"),
    "excluded": ("Past niet, omdat", "Does not fit, because"),
    "points": ("punten", "points"),
    "nothing-fits": ("Niets past op dit moment.", "Nothing fits at this moment."),
    "order-hint": ("In volgorde van voorkeur; kies er minstens één.", "In order of preference; choose at least one."),
    "choice": ("{place}e keuze", "choice {place}"),
    "rank": ("rang {rank}", "rank {rank}"),
    "example": ("Voorbeeld: man van 84", "Example: a man of 84"),
    "search": ("Kijk wie kan", "See who can"),
    "submit": ("Plek vragen", "Ask for a place"),
    "privacy": (
        "Geen naam, geen BSN, geen geboortedatum, geen adres. Alleen codes.",
        "No name, no BSN, no birth date, no address. Codes only.",
    ),
    "system": ("Systeem", "System"),
    "code": ("Code", "Code"),
    "sent": ("Verstuurd; het besluit volgt.", "Sent; the decision follows."),
    "failed": ("Niet gelukt", "Not done"),
    "decision": ("Besluit", "Decision"),
    "cause": ("Oorzaak", "Cause"),
    "agreements": ("Afspraken, versie", "Agreements, version"),
    "explanation": ("Uitleg", "Explanation"),
    "not-here": ("Dit is er niet, of niet voor u.", "There is no such thing, or not for you."),
    "not-yours": ("Dit mag u met uw rol niet zien.", "Your role may not see this."),
    "too-many": ("Even te veel gevraagd; probeer het zo weer.", "Asked too much just now; try again shortly."),
    "not-now": ("Dat lukt nu niet; probeer het zo weer.", "That does not work now; try again shortly."),
    "hours": ("Uren", "Hours"),
    "show": ("Toon", "Show"),
    "no-history": ("Van deze periode is niets bewaard.", "Nothing is kept of this period."),
    "archive-away": (
        "Het archief antwoordt nu niet; wat er nu is, kunt u wel zien. Probeer het zo weer.",
        "The archive does not answer now; what there is now can be seen. Try again shortly.",
    ),
    "plot-note": (
        "Dichte lijn: vrije plaatsen. Grijs vlak: onbekend, geen geldig cijfer.",
        "Solid line: free places. Grey: unknown, no valid figure.",
    ),
    "citizens-lead": (
        "Vrije plaatsen en drukte in de acute zorg, opgeteld over de regio. In levensgevaar belt u 112.",
        "Free places in acute care and how busy it is, added up over the region. In danger of life call 112.",
    ),
    "citizens-call": (
        "Bel anders eerst uw huisarts of de huisartsenpost. Kom niet omdat hier een plek vrij lijkt.",
        "Otherwise call your GP or the GP post first. Do not come because a place looks free here.",
    ),
    "report-now": ("Nu laten melden", "Ask for reports now"),
    "every-care-type": ("alle zorgsoorten", "every care type"),
    "rounds": ("Meldrondes", "Reporting rounds"),
    "no-rounds": ("Vandaag is niemand gevraagd nu te melden.", "Nobody was asked to report now today."),
    "reported-of": ("{answered} van {asked} gemeld", "{answered} of {asked} reported"),
    "round-closed": ("afgesloten", "closed"),
    "silent": ("nog niet gemeld", "not reported yet"),
    "emergency": ("Noodknop", "Emergency use"),
    "emergency-lead": (
        "Voor als een zaak niet kan wachten en het toegangslogboek niet bereikbaar is. Het opent niets dat u niet mag.",
        "For when a case cannot wait and the access log is out of reach. It opens nothing that you may not see.",
    ),
    "emergency-record": (
        "Een kwartier lang staat elke inzage als noodgebruik in het logboek (NEN 7513), met uw reden.",
        "For a quarter of an hour each access is on record as emergency use (NEN 7513), with your reason.",
    ),
    "emergency-why": ("Reden, 10 tot 200 tekens; geen namen", "Reason, 10 to 200 characters; no names"),
    "emergency-declare": ("Noodgebruik melden", "Declare emergency use"),
    "emergency-on": (
        "Noodgebruik: wat u opent wordt als noodgebruik vastgelegd, een kwartier lang. Uw reden:",
        "Emergency use: what you open is recorded as emergency use, for a quarter of an hour. Your reason:",
    ),
    "emergency-reason": (
        "Noodgebruik is niet gemeld: geef een reden van 10 tot 200 tekens.",
        "Emergency use was not declared: give a reason of 10 to 200 characters.",
    ),
    "log-away": (
        "Het toegangslogboek is nu niet bereikbaar; daarom wordt niets van patiënten getoond. Probeer het zo weer.",
        "The access log is out of reach now, so nothing of patients is shown. Try again shortly.",
    ),
}


class Texts:
    """All of it in one language: `t("free")`, and `t.of(pair)` for a pair of a table."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._index = 0 if language is Language.NL else 1

    def __call__(self, key: str, **values: object) -> str:
        text = TEXTS[key][self._index]
        return text.format(**values) if values else text

    def of(self, pair: Pair) -> str:
        return pair[self._index]

    def span(self, seconds: float) -> str:
        """A length of time, as short as can be: `12 min`, `3u07` or `3h07`, `2 d`."""
        told = dutch.span(max(0.0, seconds))
        return told if self.language is Language.NL else told.replace("u", "h")
