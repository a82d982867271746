"""Proposals: what people could do when it is crowded. Nothing happens until somebody of an agreed role confirms."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Response
from pydantic import StringConstraints

from spoedplein.portal.access import Action
from spoedplein.portal.api.bodies import Spoken
from spoedplein.portal.api.saying import ANSWERS, Answered, Filled, Saying, says
from spoedplein.portal.problems import PROBLEMS
from spoedplein_schemas.crowding import ProposalConfirmed, ProposalRejected

router = APIRouter(prefix="/regions/{region}/proposals", tags=["escalation"], responses={**PROBLEMS, **ANSWERS})

CONFIRM: Final = Spoken(ProposalConfirmed, filled=("proposal", "by"), optional=("confirmed_at",))
REJECT: Final = Spoken(ProposalRejected, filled=("proposal", "by"), optional=("rejected_at",))
ProposalPath = Annotated[
    Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9.-]*\.[0-9]{1,18}\.[0-9]{1,9}$", max_length=120)],
    Path(description="The decision that made it.", examples=["rijnmond.1042.0"]),
]


@router.post(
    "/{proposal}/confirm", summary="Take a proposal over", response_model=Answered, openapi_extra=CONFIRM.documented
)
async def confirm_proposal(
    saying: Annotated[Saying, says(CONFIRM, Action.CONFIRM_PROPOSAL)], proposal: ProposalPath
) -> Response:
    """And have it done. 409 when it is not open any more, or is not for this role to confirm."""
    return await saying.becomes(lambda _: _answer(saying, proposal, "confirmed_at"), proposal=proposal)


@router.post(
    "/{proposal}/reject", summary="Decide against a proposal", response_model=Answered, openapi_extra=REJECT.documented
)
async def reject_proposal(
    saying: Annotated[Saying, says(REJECT, Action.CONFIRM_PROPOSAL)], proposal: ProposalPath
) -> Response:
    """With the ground for it."""
    return await saying.becomes(lambda _: _answer(saying, proposal, "rejected_at"), proposal=proposal)


def _answer(saying: Saying, proposal: str, moment: str) -> Filled:
    return Filled((), {"proposal": proposal, moment: saying.now, "by": saying.by})
