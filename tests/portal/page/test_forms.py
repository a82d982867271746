"""Every choice that a form offers is one that the contract takes."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import httpx
from pydantic import TypeAdapter

from spoedplein.testing.builders import REGION, accepted, profile, request
from spoedplein.testing.portal import MemoryBackend
from spoedplein.workers.following import Message
from spoedplein_schemas import crowding, placement
from spoedplein_schemas.examples import VIEW_EXAMPLES
from spoedplein_schemas.views import EscalationBoard
from spoedplein_schemas.vocabulary import CareType, Frozen, Topic
from tests.portal.conftest import COORDINATOR

#: By the end of a form's address, what is said by it. A form without choices is not among them.
SAID: Final[Mapping[str, type[Frozen]]] = {
    "requests": placement.Profile,
    "reject": crowding.ProposalRejected,
    "decline": placement.OfferDeclined,
    "late-reject": placement.LateRejected,
    "override": placement.PlacementOverridden,
    "cancel": placement.RequestCancelled,
}
FORM: Final = re.compile(r'<form data-api="[^"]*/([a-z-]+)"[^>]*>(.*?)</form>', re.DOTALL)
#: What a script makes a value of (`data-type`) is left to tests in a browser.
SELECT: Final = re.compile(r'<select(?: id="[^"]*")? name="([^"]+)"(?![^>]*data-type)[^>]*>(.*?)</select>', re.DOTALL)
OPTION: Final = re.compile(r'<option(?: value="([^"]*)")?>([^<]*)</option>')


async def test_every_choice_on_a_form_is_one_that_the_contract_takes(
    client: httpx.AsyncClient, backend: MemoryBackend
) -> None:
    proposed = VIEW_EXAMPLES[EscalationBoard]
    assert isinstance(proposed, EscalationBoard)
    waits = proposed.proposals[0].model_copy(update={"confirmed": False, "answer_by": backend.now + timedelta(hours=1)})
    board = proposed.model_copy(update={"region": REGION, "proposals": (waits,)})
    backend.says(request("r-84", profile(CareType.ELV_HOOG), backend.now))
    assert backend.portal is not None
    backend.portal.take([Message(f"{REGION}/escalation", board, Topic.BOARDS)])

    pages = [await _page(client, backend, path) for path in ("", "/vragen", "/aanvragen/r-84")]
    (offered,) = (each.id for each in backend.archive._decisions.values() if each.type.endswith("placement-offered.v1"))
    backend.says(accepted("r-84", offered, backend.now))
    pages.append(await _page(client, backend, "/aanvragen/r-84"))

    offers = [offer for page in pages for offer in _offers(page)]
    assert {said for said, _, _ in offers} == set(SAID)
    for said, field, value in offers:
        taken: TypeAdapter[object] = TypeAdapter(SAID[said].model_fields[field].rebuild_annotation())
        taken.validate_python(value)


async def _page(client: httpx.AsyncClient, backend: MemoryBackend, path: str) -> str:
    headers = {"Accept": "text/html"} | COORDINATOR.bearer(backend.minter)
    return (await client.get(f"/regio/{REGION}{path}", headers=headers)).text


def _offers(page: str) -> list[tuple[str, str, object]]:
    """What is said, in which field, and with which value: once for each choice that says something."""
    return [
        (said, name.removeprefix("profile.").removesuffix("[]"), [value] if name.endswith("[]") else value)
        for said, form in FORM.findall(page)
        if said in SAID
        for name, options in SELECT.findall(form)
        for value in (code or text for code, text in OPTION.findall(options))
        if value
    ]
