"""What a measured value must be."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from enclave.cohort.node import Node, Number, Text
from enclave.cohort.units import SCALE, Substance, units_of


# A number this large is a slip, and its conversion would leave the range of numbers.
_LARGEST = 1e15


class _Measured(Node):
    """What every comparison has.

    Attributes
    ----------
    unit
        Compared as text; ``None`` takes the number as it stands.
    convert
        ``None`` for values in ``unit`` alone; ``"scale"`` also for those in a unit of
        the same kind, as g/L and mg/L; the name of a substance also for those that its
        molar mass converts, as mg/dL and mmol/L of glucose. A unit that the table of
        units does not know is never converted.
    """

    unit: Text | None = None
    convert: Literal["scale"] | Substance | None = None

    @model_validator(mode="after")
    def _can_be_converted(self) -> "_Measured":
        if self.convert is None:
            return self
        known = units_of(self.convert)
        if self.unit not in known:
            what = "a unit" if self.convert == SCALE else f"a unit of {self.convert}"
            raise ValueError(
                f"Give {what} that can be converted: {', '.join(known)}. Or leave"
                " convert out, and only values in that very unit are compared."
            )
        return self

    def _check_size(self, *numbers: float) -> None:
        if self.convert is not None and max(map(abs, numbers)) > _LARGEST:
            raise ValueError(
                f"A value that is converted is at most {_LARGEST:g}: check the number."
            )


class Comparison(_Measured):
    """A measured value against one threshold."""

    operator: Literal["<", "<=", ">", ">=", "="]
    threshold: Number

    @model_validator(mode="after")
    def _has_a_threshold_to_convert(self) -> "Comparison":
        self._check_size(self.threshold)
        return self


class Between(_Measured):
    """A measured value from ``lower`` to ``upper``, both included."""

    operator: Literal["between"] = "between"
    lower: Number
    upper: Number

    @model_validator(mode="after")
    def _holds_a_value(self) -> "Between":
        if self.lower > self.upper:
            raise ValueError(
                f"No value lies between {self.lower:g} and {self.upper:g}:"
                " swap the two."
            )
        self._check_size(self.lower, self.upper)
        return self


ValueCondition = Annotated[Comparison | Between, Field(discriminator="operator")]
