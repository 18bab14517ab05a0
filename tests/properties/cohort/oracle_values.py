"""What a result says, for the oracle: comparisons, units, limits."""

import math
from decimal import Decimal, localcontext


def has_value(event, asked):
    if asked is None:
        return True
    if event["value"] is None or math.isnan(event["value"]):
        return False
    if asked["convert"] is not None:
        asked = in_unit(event["unit"], asked)
    elif asked["unit"] is not None and event["unit"] != asked["unit"]:
        return False
    if asked is None:
        return False
    numbers = stands_for(event["operator"], event["value"])
    return bool(numbers) and all(fits(number, asked) for number in numbers)


# Decimal places between units, which is all the trials use: by hand, from the tables of
# docs/reference/question.md.
GRAMS = {"g/L": "1", "mg/L": "1e-3", "g/dL": "1e1", "mg/dL": "1e-2"}
MOLES = {"mmol/L": "1e-3", "µmol/L": "1e-6", "nmol/L": "1e-9"}
OTHERS = (
    {"10^9/L": "1e9", "10^6/L": "1e6"},
    {"U/L": "1", "kU/L": "1e3"},
    {"mm Hg": "1", "mmHg": "1"},
)
GLUCOSE = "180.156"


def in_unit(unit, asked):
    """Ask the same in another unit, or nothing where there is no way to it."""
    if asked["convert"] == "haemoglobin_a1c":
        return in_unit_of_a1c(unit, asked)
    grams = {name: Decimal(size) for name, size in GRAMS.items()}
    moles = {name: Decimal(size) for name, size in MOLES.items()}
    if asked["convert"] == "glucose":
        grams |= {name: size * Decimal(GLUCOSE) for name, size in moles.items()}
    others = [{name: Decimal(size) for name, size in units.items()} for units in OTHERS]
    kind = next(units for units in (grams, moles, *others) if asked["unit"] in units)
    if unit not in kind:
        return None
    return changed(
        asked, lambda number: Decimal(repr(number)) * kind[asked["unit"]] / kind[unit]
    )


def in_unit_of_a1c(unit, asked):
    if unit not in ("%", "mmol/mol"):
        return None
    if unit == asked["unit"]:
        return asked
    if unit == "%":
        return changed(
            asked,
            lambda number: (Decimal(repr(number)) + Decimal("23.5")) / Decimal("10.93"),
        )
    return changed(
        asked,
        lambda number: Decimal(repr(number)) * Decimal("10.93") - Decimal("23.5"),
    )


def changed(asked, calculate):
    numbers = {"threshold", "lower", "upper"} & asked.keys()
    with localcontext(prec=60):
        return asked | {name: float(calculate(asked[name])) for name in numbers}


def is_abnormal(event, asked):
    """Compare with the limits of the row itself."""
    if asked is None:
        return True
    below = {"operator": "<", "threshold": event["low"]}
    above = {"operator": ">", "threshold": event["high"]}
    sides = {"low": [below], "high": [above], "low_or_high": [below, above]}[asked]
    return any(
        side["threshold"] is not None
        and not math.isnan(side["threshold"])
        and has_value(event, {**side, "unit": None, "convert": None})
        for side in sides
    )


def stands_for(operator, value):
    """Return the smallest and largest numbers that a written result stands for."""
    return {
        None: [value],
        "=": [value],
        "<": [-math.inf, math.nextafter(value, -math.inf)],
        "<=": [-math.inf, value],
        ">": [math.nextafter(value, math.inf), math.inf],
        ">=": [value, math.inf],
    }.get(operator, [])


def fits(number, asked):
    if asked["operator"] == "between":
        return asked["lower"] <= number <= asked["upper"]
    threshold = asked["threshold"]
    return {
        "<": number < threshold,
        "<=": number <= threshold,
        ">": number > threshold,
        ">=": number >= threshold,
        "=": number == threshold,
    }[asked["operator"]]
