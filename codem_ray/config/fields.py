"""Types of the values in a sweep file, and the base class of its sections."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from codem_ray.errors import ConfigError
from codem_ray.languages import language

T = TypeVar("T")

MAX_COUNT = 10**15
"""Upper limit of every count: above any useful value, and far below integer overflow."""


def _refuse_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")
    return value


# YAML's `true` is not the number 1, and `.inf` is not a learning rate.
Int = Annotated[int, BeforeValidator(_refuse_bool)]
Float = Annotated[float, BeforeValidator(_refuse_bool), Field(allow_inf_nan=False)]
PositiveInt = Annotated[Int, Field(gt=0, le=MAX_COUNT)]
NonNegativeInt = Annotated[Int, Field(ge=0, le=MAX_COUNT)]
PositiveFloat = Annotated[Float, Field(gt=0, le=MAX_COUNT)]
Share = Annotated[Float, Field(ge=0, le=1)]
Seed = Annotated[Int, Field(ge=0, lt=2**32)]
"""The range that NumPy, PyTorch and `random` all accept."""
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
"""Fit for a file name."""


class Section(BaseModel):
    """Base class of the sections: frozen, and unknown keys are refused."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, defer_build=True, use_attribute_docstrings=True
    )


def language_name(name: str) -> str:
    """Return the canonical name of a language; ValueError, for pydantic, when it is unknown."""
    try:
        return language(name).name
    except ConfigError as error:
        raise ValueError(str(error)) from error


LanguageName = Annotated[str, AfterValidator(language_name)]


def refuse_duplicates(values: tuple[T, ...]) -> tuple[T, ...]:
    """Return the values; ValueError, for pydantic, if one occurs more than once."""
    if twice := sorted({str(value) for value in values if values.count(value) > 1}):
        raise ValueError(f"named twice: {', '.join(twice)}")
    return values


DISTINCT = AfterValidator(refuse_duplicates)
