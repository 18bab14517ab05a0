"""Hospitals and departments, and the codes of the Danish health service for them.

A department is named in words, with its code beside them: two people who write the same
one in different words are then still about the same one. Neither list is public in a
form that may be shipped: a data manager imports it as a code list of the system
``SHAK`` or ``SOR`` and shares it with everybody. Without one, only the shape of a code
is known.
"""

import re
from collections.abc import Mapping

from sqlalchemy.orm import Session

from enclave.cohort.code_lists import lists
from enclave.cohort.code_lists.entries import ListEntry
from enclave.projects.people import Role


# Hospital (4), department (6) or section (7 signs) in the older classification; its
# last signs may be letters.
_SHAK = re.compile(r"\d{4}([0-9A-Z]{2}[0-9A-Z]?)?")
# SOR numbers are made as SNOMED CT's are: an item, SOR's own namespace, the partition.
_SOR = re.compile(r"[1-9]\d{0,7}1000016\d{3}")
_CODE = re.compile(r"(?<!\w)\d[0-9A-Z]{3,}(?!\w)")


SHAK, SOR = "SHAK", "SOR"
Known = Mapping[str, tuple[ListEntry, ...]]


def known(session: Session) -> Known:
    """Return the departments of each system, as data managers' lists have them now."""
    found: dict[str, tuple[ListEntry, ...]] = {}
    for one in lists.shared_by(session, Role.DATA_MANAGER, (SHAK, SOR)):
        found[one.system] = (*found.get(one.system, ()), *one.entries)
    return found


def remark(name: str, known: Known) -> str | None:
    """Return what is odd about how a department is named, or None."""
    codes = _CODE.findall(name)
    if not codes:
        return (
            "names no code: write the department's SHAK or SOR code beside its name,"
            " such as 1301011, so that it is the same one for everybody"
        )
    for code in codes:
        system = SOR if is_sor(code) else SHAK
        if system == SHAK and not _SHAK.fullmatch(code):
            return (
                f"{code} is neither a SHAK code (4, 6 or 7 signs) nor a SOR code:"
                " compare it with the register"
            )
        if system in known and not _listed(code, known[system]):
            return (
                f"{code} is not in the {system} list of this installation: compare it"
                " with the register, or ask a data manager to bring the list up to date"
            )
    return None


def _listed(code: str, entries: tuple[ListEntry, ...]) -> bool:
    hit = [one for one in entries if one.code == code or _holds(one, code)]
    return bool(hit) and not any(one.exclude for one in hit)


def _holds(entry: ListEntry, code: str) -> bool:
    return entry.match != "exact" and code.startswith(entry.code)


def is_sor(code: str) -> bool:
    """Return whether a number has the form of a SOR code, and its check digit."""
    return _SOR.fullmatch(code) is not None and _verhoeff(code) == 0


def _verhoeff(digits: str) -> int:
    """Return the remainder of Verhoeff's check: 0 where nothing was mistyped."""
    left = 0
    for place, digit in enumerate(reversed(digits)):
        left = _combined(left, _moved(int(digit), place))
    return left


def _combined(a: int, b: int) -> int:
    """Return the product in the dihedral group of ten elements: turns, then flips."""
    turned = (a + b if a < 5 else a - b) % 5
    return turned + 5 * ((a < 5) != (b < 5))


def _moved(digit: int, times: int) -> int:
    for _ in range(times % 8):
        digit = _PERMUTATION[digit]
    return digit


_PERMUTATION = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
