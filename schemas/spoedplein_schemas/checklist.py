"""What a region should have agreed, as the Leidraad of RHO and hospital (InEen and NVZ, June 2026) lists it.

Titles and questions are in our own words. A theme is covered by settings of the agreements, or by a local document that
is named with its date, or it is open. Also here: what `agreements check` warns of, and which warnings a region accepts.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from spoedplein_schemas.vocabulary import Agreed, Text

Title = Annotated[Text, Field(min_length=1, max_length=200)]


class Theme(StrEnum):
    """The themes, in the order of the Leidraad."""

    WERKAFSPRAKEN = "werkafspraken"
    PASSENDE_PLEK = "passende-plek"
    KETENZORG = "ketenzorg"
    ELKAAR_KENNEN = "elkaar-kennen"
    MEEDENKADVIES = "meedenkadvies"
    ANDERHALVELIJN = "anderhalvelijn"
    ACUUT_AANBOD = "acuut-aanbod"
    BOVENREGIONAAL = "bovenregionaal"
    COLOCATIE = "colocatie"
    RUIMTEGEBRUIK = "ruimtegebruik"
    TRIAGE = "triage"
    DIAGNOSTIEK = "diagnostiek"
    PERSONEEL = "personeel"
    WERKPROCESSEN = "werkprocessen"
    DAG_EN_NACHT = "dag-en-nacht"
    THUIS_BEREIKBAAR = "thuis-bereikbaar"
    THUIS_HUISARTS = "thuis-huisarts"
    THUIS_INFORMATIE = "thuis-informatie"
    THUIS_DIGITAAL = "thuis-digitaal"
    ZORGPLANNING = "zorgplanning"
    KWETSBARE_OUDEREN = "kwetsbare-ouderen"
    ONGELABELD_BED = "ongelabeld-bed"
    REGELDRUK = "regeldruk"
    OPLEIDEN = "opleiden"
    MANTELZORG = "mantelzorg"
    WERKGEVERSCHAP = "werkgeverschap"
    SOCIAAL_DOMEIN = "sociaal-domein"
    SOCIALE_KAART = "sociale-kaart"
    BESTUUR = "bestuur"
    MANDAAT = "mandaat"
    GEGEVENSUITWISSELING = "gegevensuitwisseling"
    BEKOSTIGING = "bekostiging"


class ThemeAgreed(Agreed):
    """A theme that the region agreed on in a document of its own."""

    theme: Theme
    """Which theme of the checklist."""
    document: Title
    """What the document is called."""
    dated: date
    """Its date, between quotes: "2025-11-03"."""
    place: Title | None = None
    """Where people find it."""
    review_by: date | None = None
    """When it is to be looked at again, between quotes; after that day the theme is open."""


class Review(StrEnum):
    """What is well written and yet deserves a look."""

    ABSENT = "absent"
    NIGHT_GAP = "night-gap"
    LEGAL_GAP = "legal-gap"
    NO_PLACE = "no-place"
    LOOSER_NORM = "looser-norm"
    NOT_LIFE_THREATENING = "not-life-threatening"
    LONG_VALIDITY = "long-validity"
    NO_RATES = "no-rates"
    NO_SERVICES = "no-services"
    NO_HOURS = "no-hours"
    NO_NEIGHBOUR = "no-neighbour"
    DOCUMENT_EXPIRED = "document-expired"
    ACCEPTED_IN_VAIN = "accepted-in-vain"


class AcceptedWarning(Agreed):
    """A warning of `agreements check` that the region knows of and accepts."""

    warning: Review
    """Its code."""
    about: Annotated[Text, Field(min_length=1, max_length=120)]
    """What it is about, as the warning says it: a care type, a unit, a code."""
    reason: Title
    """Why it is so."""
