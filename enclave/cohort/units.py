"""The reviewed table of units: what may be converted into what, and by how much.

Nothing else is ever converted. A factor that is not here is added here, with its
source, by somebody who knows the substance, and seen by a second pair of eyes. The
table stands in ``docs/reference/question.md``, and a test holds the two together.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal, NamedTuple, get_args


class Linear(NamedTuple):
    """``factor · value + offset`` is the value in the first unit of the kind."""

    factor: Fraction
    offset: Fraction = Fraction(0)


Substance = Literal[
    "bilirubin",
    "calcium",
    "cholesterol",
    "c_reactive_protein",
    "creatinine",
    "glucose",
    "haemoglobin",
    "haemoglobin_a1c",
    "transferrin",
    "urate",
    "urea",
]
SCALE = "scale"

# Units of one kind differ by a factor whatever is measured.
KINDS: dict[str, dict[str, str]] = {
    "mass per volume": {
        "g/L": "1",
        "mg/L": "0.001",
        "µg/L": "0.000001",
        "ug/L": "0.000001",
        "ng/L": "0.000000001",
        "g/dL": "10",
        "mg/dL": "0.01",
        "µg/dL": "0.00001",
        "ug/dL": "0.00001",
        "mg/mL": "1",
        "µg/mL": "0.001",
        "ug/mL": "0.001",
        "ng/mL": "0.000001",
        "pg/mL": "0.000000001",
    },
    "amount per volume": {
        "mol/L": "1",
        "mmol/L": "0.001",
        "µmol/L": "0.000001",
        "umol/L": "0.000001",
        "nmol/L": "0.000000001",
        "pmol/L": "0.000000000001",
    },
    "number per volume": {
        "10^9/L": "1",
        "10^6/L": "0.001",
        "10^12/L": "1000",
        "10^3/µL": "1",
        "10^3/uL": "1",
        "/µL": "0.001",
        "/uL": "0.001",
    },
    "activity per volume": {
        "U/L": "1",
        "kU/L": "1000",
        "µkat/L": "60",
        "ukat/L": "60",
    },
    "mass": {"kg": "1", "g": "0.001", "mg": "0.000001"},
    "length": {"m": "1", "cm": "0.01", "mm": "0.001"},
    "pressure": {"mmHg": "1", "mm Hg": "1"},
}

# Grams per mol. Haemoglobin is counted by its iron, as NPU does.
MOLAR_MASSES: dict[Substance, str] = {
    "bilirubin": "584.66",
    "calcium": "40.078",
    "cholesterol": "386.65",
    "c_reactive_protein": "105000",
    "creatinine": "113.12",
    "glucose": "180.156",
    "haemoglobin": "16114",
    "transferrin": "79570",
    "urate": "168.11",
    "urea": "60.056",
}

# Neither a factor nor a mass: mmol/mol = 10.93 · % - 23.5 (IFCC and NGSP).
HAEMOGLOBIN_A1C = {
    "mmol/mol": Linear(Fraction(1)),
    "%": Linear(Fraction("10.93"), Fraction("-23.5")),
}


def units_of(convert: str) -> tuple[str, ...]:
    """Return the units that can be converted, for a substance or for any."""
    if convert == SCALE:
        return tuple(unit for units in KINDS.values() for unit in units)
    return tuple(_of_substance(convert))


def converted(number: float, unit: str, convert: str) -> dict[str, float]:
    """Return the same quantity in every unit of the table that it can be given in.

    The threshold is converted rather than each value, and exactly: 4.35 g/L stays on
    the edge of 435 mg/dL.
    """
    units = _alike(unit, convert)
    size = units[unit]
    quantity = Fraction(repr(number)) * size.factor + size.offset
    return {
        name: float((quantity - other.offset) / other.factor)
        for name, other in units.items()
    }


def _alike(unit: str, convert: str) -> Mapping[str, Linear]:
    if convert == SCALE:
        return _linear(next(kind for kind in KINDS.values() if unit in kind))
    return _of_substance(convert)


def _of_substance(name: str) -> Mapping[str, Linear]:
    if name == "haemoglobin_a1c":
        return HAEMOGLOBIN_A1C
    substance = next(each for each in get_args(Substance) if each == name)
    mass = Fraction(MOLAR_MASSES[substance])
    amounts = {
        unit: Linear(mass * size.factor)
        for unit, size in _linear(KINDS["amount per volume"]).items()
    }
    return _linear(KINDS["mass per volume"]) | amounts


def _linear(sizes: Mapping[str, str]) -> dict[str, Linear]:
    return {unit: Linear(Fraction(size)) for unit, size in sizes.items()}
