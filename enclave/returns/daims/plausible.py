"""What living people's values can be, by what a column says of itself.

The limits are wide: they are passed by records (the tallest man, the highest survived
temperature) and not by slips of the pen or of a unit.
"""

import re

from enclave.returns.codebook import Column


# Words of a name or label, unit, lowest, highest.
_QUANTITIES: tuple[tuple[str, str, float, float], ...] = (
    (r"\bbmi\b|body mass index", "kg/m2", 5, 200),
    (r"\bage\b|alder", "a", 0, 123),
    (r"\bheight\b|stature", "cm", 20, 275),
    (r"\bheight\b|stature", "m", 0.2, 2.75),
    (r"\bweight\b", "kg", 0.2, 650),
    (r"\btemp(erature)?\b", "Cel", 13, 47),
    (r"\b(systolic|sbp)\b", "mm[Hg]", 20, 370),
    (r"\b(diastolic|dbp)\b", "mm[Hg]", 10, 360),
    (r"\b(heart rate|pulse)\b", "/min", 10, 480),
    (r"\bph\b", "1", 6, 8.5),
    (r"\b(sodium|natrium)\b", "mmol/L", 80, 220),
    (r"\b(potassium|kalium)\b", "mmol/L", 0.5, 15),
    (r"\bh(a)?emoglobin\b|\bhb\b", "mmol/L", 0.5, 18),
)

# How the same unit is written, beside its UCUM code.
_UNITS = {"mmhg": "mm[Hg]", "years": "a", "year": "a", "°c": "Cel", "c": "Cel"}
_UNITS |= {"kg/m²": "kg/m2", "bpm": "/min", "": "1"}

# Amounts of something in something are never below nothing.
_AMOUNT = re.compile(r"^(10\^?\d+|[a-zµ]*(mol|g|U|IU|L))/[a-zµ]*(L|l|g|m3)$")


def plausible_range(column: Column) -> tuple[float, float] | None:
    """Return the lowest and the highest value that can be; None if nothing is known."""
    words = f"{column.name} {column.label}".replace("_", " ").lower()
    unit = _UNITS.get((column.unit or "").lower(), column.unit or "")
    for pattern, of_unit, lowest, highest in _QUANTITIES:
        if of_unit == unit and re.search(pattern, words):
            return lowest, highest
    return (0.0, float("inf")) if _AMOUNT.match(unit) else None
