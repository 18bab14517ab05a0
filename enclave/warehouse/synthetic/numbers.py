"""CPR numbers for a whole population: each person's own, of every class.

Within a day of birth and a sex, numbers are given out as the authority does: first
those that pass modulus 11, then the others. Since 1 October 2007, and on the first days
of January of some earlier years, any are given out. A few persons have a replacement
number instead, as foreigners and unidentified patients do.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from enclave.identity.cpr import CENTURIES, WEIGHTS
from enclave.warehouse.synthetic.period import Days


REPLACED = 0.002
_NO_CONTROL_SINCE = np.datetime64("2007-10-01")
_STRIDE = 1009  # a prime: steps through a list of any length here without repeating
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"

Ints = NDArray[np.int64]


def cpr_numbers(
    birth: Days, female: NDArray[np.bool_], rng: np.random.Generator
) -> Any:
    """Return one number of ten characters for each person, as an Arrow array.

    Parameters
    ----------
    birth
        Days since 1970.
    female
        True for women, whose numbers are even.
    rng
        Decides who gets which serial, and who a replacement number.
    """
    day, month, year = _parts(birth)
    rank = _rank_within(birth.astype(np.int64) * 2 + female)
    serial = np.empty(len(birth), dtype=np.int64)
    no_control = birth.astype("datetime64[D]") >= _NO_CONTROL_SINCE
    no_control |= (day == 1) & (month == 1) & (year >= 1960)
    kinds = ((year * 2 + female) * 11) + _residue(day, month, year % 100)
    order = np.argsort(kinds, kind="stable")
    found, starts = np.unique(kinds[order], return_index=True)
    for kind, some in zip(found, np.split(order, starts[1:]), strict=True):
        serials = _serials(int(kind) // 22, int(kind) // 11 % 2, int(kind) % 11)
        serial[some] = _pick(serials, rank[some], birth[some], no_control[some])
    number = ((day * 100 + month) * 100 + year % 100) * 10_000 + serial
    text = pc.utf8_lpad(pa.array(number).cast(pa.string()), 10, "0")
    return _with_replacements(text, female, year, rng)


def _parts(birth: Days) -> tuple[Ints, Ints, Ints]:
    dates = birth.astype("datetime64[D]")
    years, months = dates.astype("datetime64[Y]"), dates.astype("datetime64[M]")
    return (
        (dates - months).astype(np.int64) + 1,
        (months - years).astype(np.int64) + 1,
        years.astype(np.int64) + 1970,
    )


def _rank_within(key: Ints) -> Ints:
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    first = np.r_[True, ordered[1:] != ordered[:-1]]
    start = np.maximum.accumulate(np.where(first, np.arange(len(key)), 0))
    rank = np.empty(len(key), dtype=np.int64)
    rank[order] = np.arange(len(key)) - start
    return rank


def _residue(day: Ints, month: Ints, year: Ints) -> Ints:
    digits = (day // 10, day % 10, month // 10, month % 10, year // 10, year % 10)
    total = sum(
        weight * digit for weight, digit in zip(WEIGHTS[:6], digits, strict=True)
    )
    return np.asarray(total) % 11


def _serials(year: int, is_female: int, residue: int) -> tuple[Ints, Ints]:
    """Return the serials that pass modulus 11 and those that do not."""
    leading = [
        int(digit)
        for digit, ranges in CENTURIES.items()
        if any(low <= year - century <= high for low, high, century in ranges)
    ]
    serial = np.arange(10_000)
    fits = np.isin(serial // 1000, leading) & (serial % 2 != is_female)
    fits &= serial % 1000 < 980  # the rest is for test persons
    digits = (serial // 1000, serial // 100 % 10, serial // 10 % 10, serial % 10)
    total = sum(
        weight * digit for weight, digit in zip(WEIGHTS[6:], digits, strict=True)
    )
    passes = (np.asarray(total) + residue) % 11 == 0
    return serial[fits & passes], serial[fits & ~passes]


def _pick(
    serials: tuple[Ints, Ints], rank: Ints, birth: Days, no_control: NDArray[np.bool_]
) -> Ints:
    controlled, free = serials
    mixed = np.concatenate([free, controlled])
    # Not the first ones first: a serial shall not tell how many were born that day.
    step = (rank + birth % 97) * _STRIDE
    late = np.maximum(rank - len(controlled), 0)
    old = np.where(
        rank < len(controlled),
        controlled[step % len(controlled)],
        free[late * _STRIDE % len(free)],
    )
    picked: Ints = np.where(no_control, mixed[step % len(mixed)], old)
    return picked


def _with_replacements(
    text: Any, female: NDArray[np.bool_], year: Ints, rng: np.random.Generator
) -> Any:
    numbers = text.to_numpy(zero_copy_only=False)
    for person in np.flatnonzero(rng.random(len(numbers)) < REPLACED):
        last = 2 * int(rng.integers(5)) + (not female[person])
        letters = "".join(_LETTERS[i] for i in rng.integers(len(_LETTERS), size=2))
        kind = int(rng.integers(3))
        if kind == 2:  # sixty added to the day; the serial stays, and with it the rest
            day = int(numbers[person][:2]) + 60
            numbers[person] = f"{day}{numbers[person][2:]}"
        else:
            national, local = ("7", "6") if year[person] >= 2000 else ("1", "0")
            century = national if kind == 0 else local
            numbers[person] = f"{numbers[person][:6]}{century}{letters}{last}"
    return pa.array(numbers, pa.string())
