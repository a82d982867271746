"""What this system is for and what it is not, in the one wording that documents, API and screens show."""

from typing import Final

INTENDED_USE: Final = (
    "Logistic and administrative support to authorised coordinators. It shares availability and records requests, "
    "offers and decisions. It shows places whose registered properties meet requirements entered by the professional, "
    "with reasons and data age. It does not triage, diagnose, predict or advise treatment, does not alter an urgency "
    "assigned by a professional, and takes no decision: the professional decides and may always deviate. It replaces "
    "neither the telephone nor 112."
)
