"""Triple Aim: what placements may have brought, estimated from parameters that are shown with it. Never measured.

Improving care as experienced, the health of a population, and cost (Samenwerking eerste en tweede lijn, 2015).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Annotated, Final, Self

from pydantic import Field, ValidationError, model_validator

from spoedplein.domain.errors import SpoedpleinError
from spoedplein_schemas.vocabulary import Frozen

Figure = Annotated[float, Field(ge=0, le=1_000_000)]
Words = Annotated[str, Field(min_length=1, max_length=300)]


class ParametersError(SpoedpleinError):
    """The parameters cannot be used; the message names the place and the mend."""


class Aim(StrEnum):
    EXPERIENCE = "experience"
    HEALTH = "health"
    COST = "cost"


class Basis(StrEnum):
    """What of the report is multiplied."""

    PLACED = "placed"
    #: A request may name the site where the patient is. Who is not said to be at one need not be at home.
    PLACED_WITHOUT_SITE = "placed_without_site"
    PLACED_FROM_SITE = "placed_from_site"
    HOSPITALISED = "hospitalised"
    REFUSED = "refused"
    STOPS = "stops"


class Status(StrEnum):
    SOURCE = "source"
    ASSUMPTION = "assumption"


class Parameter(Frozen):
    """A figure with its range and where it is from. An assumption is the region's to set."""

    name: Words
    low: Figure
    high: Figure
    status: Status
    source: Words

    @model_validator(mode="after")
    def _low_is_not_above_high(self) -> Self:
        if self.low > self.high:
            msg = f"low ({self.low:g}) is above high ({self.high:g})"
            raise ValueError(msg)
        return self


class Effect(Frozen):
    id: Words
    aim: Aim
    title: Words
    basis: Basis
    unit: Words
    divide_by: Annotated[float, Field(gt=0)] = 1
    parameters: Annotated[tuple[Parameter, ...], Field(min_length=1)]


class Parameters(Frozen):
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """An effect over the count that it rests on; None where that count is not published."""

    effect: Effect
    count: int | None
    low: float | None
    high: float | None

    @property
    def assumed(self) -> bool:
        return any(each.status is Status.ASSUMPTION for each in self.effect.parameters)


#: Shipped beside this module; a region gives its own.
SHIPPED: Final = "triple_aim.toml"


def read_parameters(text: str, *, name: str) -> Parameters:
    """Raises `ParametersError` that names what is wrong."""
    try:
        return Parameters.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        msg = f"{name}: not valid TOML: {error}"
        raise ParametersError(msg) from error
    except ValidationError as error:
        faults = [f"{name}: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise ParametersError("\n".join(faults)) from error


def shipped() -> Parameters:
    return read_parameters(files(__package__).joinpath(SHIPPED).read_text(encoding="utf-8"), name=SHIPPED)


def estimates(parameters: Parameters, counts: Mapping[Basis, int | None]) -> tuple[Estimate, ...]:
    return tuple(_estimate(effect, counts.get(effect.basis)) for effect in parameters.effects)


def _estimate(effect: Effect, count: int | None) -> Estimate:
    if count is None:
        return Estimate(effect, None, None, None)
    low = high = count / effect.divide_by
    for each in effect.parameters:
        low, high = low * each.low, high * each.high
    return Estimate(effect, count, round(low, 1), round(high, 1))
