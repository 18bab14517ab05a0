"""The Danish personal number (CPR number) and what hospitals write in its place.

A number is DDMMYY-SSSS: the birth date, then a serial whose first digit tells the
century and whose last digit tells the sex. Numbers issued since 1 October 2007, and
some earlier ones, fail the modulus-11 check, so systems must accept them: failing it is
a class of its own here, never an error.

Sources: CPR-kontoret, "Opbygning af CPR-nummeret", "Personnumre uden kontrolciffer
(modulus 11 kontrol)" and "Erstatningspersonnumre"; NSP, "eCPR"; the official test
persons of MedCom.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from enclave.errors import InputError


class CprClass(StrEnum):
    """What a text is that stands where a CPR number is expected."""

    CPR = "cpr"
    CPR_NO_MOD11 = "cpr_no_mod11"
    X_ECPR = "x_ecpr"
    """National replacement number; its seventh digit is 1 or 7."""
    D_ECPR = "d_ecpr"
    """Local replacement number, unique only where it was issued."""
    DAY60 = "day60"
    """Replacement number with 60 added to the day."""
    TEST = "test"
    """Number of a made-up person: the serial is 398x, 399x, 998x or 999x."""
    INVALID = "invalid"


WEIGHTS = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)

# First and last year that a serial's first digit can mean, as (from, to) of the two
# digits of the year, and the century.
CENTURIES: dict[str, tuple[tuple[int, int, int], ...]] = {
    **dict.fromkeys("0123", ((0, 99, 1900),)),
    **dict.fromkeys("49", ((0, 36, 2000), (37, 99, 1900))),
    **dict.fromkeys("5678", ((0, 57, 2000), (58, 99, 1800))),
}
_ECPR_CENTURIES = {"1": 1900, "7": 2000, "0": 1900, "6": 2000, "5": 1800}
_NATIONAL = "17"

_NUMBER = re.compile(r"(\d{6})-?(\d{4})")
_TEST_SERIAL = re.compile(r"[39]9[89]\d")
_REPLACEMENT = re.compile(r"(\d{6})-?([01567])([A-Z]{2})(\d)")
_IN_TEXT = re.compile(r"(?<![\w.])\d{6}([- ]?)(?:\d{4}|[01567][A-Z]{2}\d)(?![\w])")


@dataclass(frozen=True)
class Finding:
    """A CPR number found in a text: where and of which class, never which.

    ``certain`` is true where it is written with a separator, holds a replacement
    number's letters, or passes modulus 11. One number in eleven does by chance.
    """

    start: int
    end: int
    kind: CprClass
    certain: bool


def normalise(text: str) -> str:
    """Return the ten characters, without hyphen and surrounding space."""
    return text.strip().upper().replace("-", "", 1)


def classify(text: str) -> CprClass:
    """Say what a text is. Nothing is refused: that is for the caller to decide."""
    plain = normalise(text)
    if _REPLACEMENT.fullmatch(plain):
        if _date(plain[:6], _ECPR_CENTURIES[plain[6]]) is None:
            return CprClass.INVALID
        return CprClass.X_ECPR if plain[6] in _NATIONAL else CprClass.D_ECPR
    if not _NUMBER.fullmatch(plain):
        return CprClass.INVALID
    century = _century(plain)
    if _date(plain[:6], century) is None:
        day = int(plain[:2]) - 60
        moved = f"{day:02d}{plain[2:6]}"
        is_moved = day > 0 and _date(moved, century) is not None
        return CprClass.DAY60 if is_moved else CprClass.INVALID
    if _TEST_SERIAL.fullmatch(plain[6:]):
        return CprClass.TEST
    return CprClass.CPR if passes_mod11(plain) else CprClass.CPR_NO_MOD11


def passes_mod11(number: str) -> bool:
    """Check the control digit that most numbers issued before October 2007 have."""
    digits = normalise(number)
    total = sum(
        weight * int(digit) for weight, digit in zip(WEIGHTS, digits, strict=True)
    )
    return total % 11 == 0


def birth_date(number: str) -> date:
    """Return the birth date a number tells.

    Raises
    ------
    InputError
        If the text is no CPR or replacement number. It is not repeated.
    """
    plain = normalise(number)
    kind = classify(plain)
    if kind is CprClass.INVALID:
        raise InputError(
            "This is no CPR number: write ten digits, DDMMYYSSSS, as text, so that a"
            " leading zero is not lost."
        )
    if kind in {CprClass.X_ECPR, CprClass.D_ECPR}:
        found = _date(plain[:6], _ECPR_CENTURIES[plain[6]])
    else:
        day = int(plain[:2]) - (60 if kind is CprClass.DAY60 else 0)
        found = _date(f"{day:02d}{plain[2:6]}", _century(plain))
    assert found is not None  # noqa: S101 - classify() has parsed the same date
    return found


def find(text: str) -> Iterator[Finding]:
    """Find what looks like a CPR number anywhere in a text."""
    for match in _IN_TEXT.finditer(text.upper()):
        plain = match.group().replace(" ", "").replace("-", "")
        kind = classify(plain)
        if kind is CprClass.INVALID:
            continue
        certain = bool(match.group(1)) or not plain.isdigit() or passes_mod11(plain)
        yield Finding(match.start(), match.end(), kind, certain)


def _century(plain: str) -> int:
    year = int(plain[4:6])
    # By its value: a digit of another script is a digit, too.
    spans = CENTURIES[str(int(plain[6]))]
    return next(century for first, last, century in spans if first <= year <= last)


def _date(ddmmyy: str, century: int) -> date | None:
    try:
        return date(century + int(ddmmyy[4:]), int(ddmmyy[2:4]), int(ddmmyy[:2]))
    except ValueError:
        return None
