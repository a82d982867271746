"""What units say of themselves, and the question that has them report now."""

from typing import Annotated, Final

from fastapi import APIRouter, Response

from spoedplein.portal.access import Action, Role, may_act_for_unit
from spoedplein.portal.access.tenancy import NotFoundError
from spoedplein.portal.api.asking import UnitPath
from spoedplein.portal.api.bodies import Spoken
from spoedplein.portal.api.saying import ANSWERS, Answered, Filled, Saying, says
from spoedplein.portal.naming import Name
from spoedplein.portal.problems import PROBLEMS
from spoedplein_schemas import capacity as said
from spoedplein_schemas.vocabulary import Frozen

router = APIRouter(prefix="/regions/{region}", tags=["capacity"], responses={**PROBLEMS, **ANSWERS})


def _of_one(data: type[Frozen]) -> Spoken:
    """Something that is said of the unit in the address, as seen now unless it says when."""
    return Spoken(data, filled=("unit",), optional=("observed_at",))


REPORT: Final = _of_one(said.CapacityReported)
STANDS: Final = _of_one(said.ReportAnswered)
WARN: Final = _of_one(said.WarningAnnounced)
STOP: Final = _of_one(said.StopAnnounced)
LIFT: Final = _of_one(said.StopLifted)
OPEN: Final = _of_one(said.UnitOpened)
CLOSE: Final = _of_one(said.UnitClosed)
ASK: Final = Spoken(said.ReportAsked, filled=("by",), optional=("ask", "asked_at"))


@router.post("/rounds", summary="Ask units to report now", response_model=Answered, openapi_extra=ASK.documented)
async def ask_reports(saying: Annotated[Saying, says(ASK, Action.ASK_REPORTS)]) -> Response:
    """Every unit, or those of some care types; who is silent in time is named."""
    return await saying.becomes(lambda name: _round(saying, name))


def _round(saying: Saying, name: Name) -> Filled:
    return Filled((), {"ask": f"ronde-{name.key[:12]}", "asked_at": saying.now, "by": saying.by})


@router.post(
    "/units/{unit}/figure",
    summary="Tell how many places are free",
    response_model=Answered,
    openapi_extra=REPORT.documented,
)
async def report_capacity(saying: Annotated[Saying, says(REPORT, Action.REPORT_CAPACITY)], unit: UnitPath) -> Response:
    """As counted at `observed_at`, now unless given. An older figure than the one that is known changes nothing."""
    return await saying.becomes(lambda _: _of_unit(saying, unit), unit=unit)


@router.post(
    "/units/{unit}/figure-stands",
    summary="Tell that the last figure still stands",
    response_model=Answered,
    openapi_extra=STANDS.documented,
)
async def confirm_figure(saying: Annotated[Saying, says(STANDS, Action.REPORT_CAPACITY)], unit: UnitPath) -> Response:
    """The answer to a round of who has nothing newer."""
    return await saying.becomes(lambda _: _of_unit(saying, unit), unit=unit)


@router.post(
    "/units/{unit}/warning", summary="A stop threatens", response_model=Answered, openapi_extra=WARN.documented
)
async def announce_warning(saying: Annotated[Saying, says(WARN, Action.REPORT_CAPACITY)], unit: UnitPath) -> Response:
    """Places may still be offered."""
    return await saying.becomes(lambda _: _of_unit(saying, unit), unit=unit)


@router.post("/units/{unit}/stop", summary="Announce a stop", response_model=Answered, openapi_extra=STOP.documented)
async def announce_stop(saying: Annotated[Saying, says(STOP, Action.REPORT_CAPACITY)], unit: UnitPath) -> Response:
    """No admissions until its end; who is in danger of his life is never held back by it."""
    return await saying.becomes(lambda _: _of_unit(saying, unit), unit=unit)


@router.post(
    "/units/{unit}/lift",
    summary="Lift a stop or warning before its end",
    response_model=Answered,
    openapi_extra=LIFT.documented,
)
async def lift_stop(saying: Annotated[Saying, says(LIFT, Action.REPORT_CAPACITY)], unit: UnitPath) -> Response:
    """The unit takes people again."""
    return await saying.becomes(lambda _: _of_unit(saying, unit), unit=unit)


@router.post("/units/{unit}/open", summary="Open the unit", response_model=Answered, openapi_extra=OPEN.documented)
async def open_unit(saying: Annotated[Saying, says(OPEN, Action.REPORT_CAPACITY)], unit: UnitPath) -> Response:
    """It admits again, after having been closed."""
    return await saying.becomes(lambda _: _of_unit(saying, unit), unit=unit)


@router.post("/units/{unit}/close", summary="Close the unit", response_model=Answered, openapi_extra=CLOSE.documented)
async def close_unit(saying: Annotated[Saying, says(CLOSE, Action.REPORT_CAPACITY)], unit: UnitPath) -> Response:
    """It admits nobody, and this is no stop."""
    return await saying.becomes(lambda _: _of_unit(saying, unit), unit=unit)


def _of_unit(saying: Saying, name: str) -> Filled:
    """404 for a unit that is not agreed; a provider speaks for his own only."""
    unit = saying.asked.standing.rules.units.get(name)
    if unit is None:
        raise NotFoundError
    if saying.asked.who.role is Role.PROVIDER:
        may_act_for_unit(saying.asked.who, name, organisation=unit.organisation)
    return Filled((), {"unit": name, "observed_at": saying.now})
