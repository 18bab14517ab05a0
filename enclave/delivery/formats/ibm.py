"""Doubles as SAS transport files keep them: IBM System/360 hexadecimal floating point.

An IBM number has 56 bits of fraction and counts its exponent in sixteens, so every
double between about 5·10⁻⁷⁹ and 7·10⁷⁵ has exactly one of them. A missing value is a
letter in the first byte; SAS has 28 of them, and the special ones tell why.
"""

import numpy as np
import numpy.typing as npt


MISSING = "."
NOT_A_NUMBER = "N"
INFINITE = "I"
MINUS_INFINITE = "M"
TOO_LARGE = "L"

MEANING = {
    NOT_A_NUMBER: "not a number",
    INFINITE: "infinite",
    MINUS_INFINITE: "minus infinite",
    TOO_LARGE: "too large for SAS transport",
}
_LARGEST = 2.0**252
_SMALLEST = 2.0**-260
_FRACTION = np.uint64((1 << 52) - 1)
_HIDDEN_BIT = np.uint64(1 << 52)
_SIGN = np.uint64(1 << 63)


def as_ibm(
    values: npt.NDArray[np.float64], missing: npt.NDArray[np.bool_]
) -> npt.NDArray[np.uint64]:
    """Convert doubles; the result is to be written with its highest byte first.

    What is smaller than the smallest IBM number becomes zero.
    """
    bits = np.ascontiguousarray(values, np.float64).view(np.uint64)
    exponent = (bits >> np.uint64(52) & np.uint64(0x7FF)).astype(np.int64) - 1022
    # value = fraction · 2^-53 · 2^exponent; then the exponent is rounded up to a
    # multiple of four, and the fraction shifted down as much.
    shift = -exponent & 3
    sixteens = (exponent + shift) >> 2
    fraction = ((bits & _FRACTION | _HIDDEN_BIT) << np.uint64(3)) >> shift.astype(
        np.uint64
    )
    made: npt.NDArray[np.uint64] = (
        bits & _SIGN | ((sixteens + 64).astype(np.uint64) << np.uint64(56)) | fraction
    )
    size = np.abs(values)
    made[size < _SMALLEST] = 0
    if missing.any() or not (size < _LARGEST).all():
        for letter, where in _letters(values, size, missing):
            made[where] = np.uint64(ord(letter)) << np.uint64(56)
    return made


def _letters(
    values: npt.NDArray[np.float64],
    size: npt.NDArray[np.float64],
    missing: npt.NDArray[np.bool_],
) -> tuple[tuple[str, npt.NDArray[np.bool_]], ...]:
    """Say which values are missing in which way; a later one counts."""
    return (
        (TOO_LARGE, size >= _LARGEST),
        (INFINITE, values == np.inf),
        (MINUS_INFINITE, values == -np.inf),
        (NOT_A_NUMBER, np.isnan(values)),
        (MISSING, missing),
    )


def from_ibm(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.float64]:
    """Convert IBM numbers to the nearest doubles; what is missing becomes NaN."""
    fraction = (values & np.uint64((1 << 56) - 1)).astype(np.float64)
    sixteens = (values >> np.uint64(56) & np.uint64(0x7F)).astype(np.int64) - 64
    sign = np.where(values & _SIGN, -1.0, 1.0)
    made: npt.NDArray[np.float64] = sign * np.ldexp(fraction, 4 * sixteens - 56)
    first = values >> np.uint64(56)
    letters = (fraction == 0) & (first != 0) & (first != np.uint64(0x80))
    return np.where(letters, np.nan, made)
