"""What two columns tell together that neither tells alone."""

from collections.abc import Callable, Iterator, Sequence
from itertools import permutations

from enclave.airlock import identifying
from enclave.airlock.uploaded_table import UploadedTable
from enclave.identity import cpr
from enclave.identity.cpr import CprClass


Test = Callable[[str, str], bool]

# A pair of columns in which so large a share of the rows is something, is that.
_MOST = 0.9
_FEW = 3


def pairs(
    upload: UploadedTable, names: Sequence[str]
) -> Iterator[tuple[str, str, str, int]]:
    """Find what two columns tell together: a number cut in two, a place on a map."""
    tests = (("a CPR number cut in two", _cut_in_two), ("coordinates", _on_a_map))
    for first, second in permutations(names, 2):
        for rule, test in tests:
            found = _share(upload, first, second, test)
            if found is not None:
                yield first, second, rule, found


def _share(upload: UploadedTable, first: str, second: str, test: Test) -> int | None:
    allowed = upload.rows - _MOST * upload.rows
    total = hits = 0
    for one, other, often, _ in upload.values(first, second):
        total += often
        if test(one, other):
            hits += often
        elif total - hits > allowed:
            return None  # whatever follows: the order of the rows decides nothing
    return hits if hits >= max(_FEW, _MOST * total) else None


def _cut_in_two(day: str, serial: str) -> bool:
    """Return whether a date and four digits make one number, of the same century."""
    if len(serial) != 4 or not serial.isascii() or not serial.isdigit():
        return False
    plain = day.replace("-", "").replace("/", "").replace(".", "")
    if len(plain) == 8 and plain.isdigit():
        year_first = plain[:2] in {"18", "19", "20"}
        year = plain[:4] if year_first else plain[4:]
        plain = (
            plain[6:] + plain[4:6] + plain[2:4] if year_first else plain[:4] + plain[6:]
        )
        return _is_cpr(plain + serial) and cpr.birth_date(plain + serial).year == int(
            year
        )
    return len(plain) == 6 and plain.isdigit() and _is_cpr(plain + serial)


def _is_cpr(text: str) -> bool:
    return text.isascii() and cpr.classify(text) is not CprClass.INVALID


def _on_a_map(one: str, other: str) -> bool:
    return identifying.is_latitude(one) and identifying.is_longitude(other)
