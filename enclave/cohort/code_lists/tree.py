"""The codes of a snapshot as trees: what stands below what.

A code's parent is the one that its classification names. Where it names none, SKS,
ICD-10 and ATC are built so that a shorter code holds every longer one that begins with
it; a level between two codes is shown even if nobody gave it a label.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from enclave.errors import NotFoundError
from enclave.warehouse.content import rows_of
from enclave.warehouse.engine import reading_engine
from enclave.warehouse.snapshot import Snapshot


# Lengths at which a code of a system has a level of its own: in SKS the letter of the
# part, the chapter of ICD-10 and its category; in ATC what stands above a substance.
_LEVELS = {"SKS": (1, 2, 4), "ICD10": (1, 3), "ATC": (1, 3, 4, 5)}


class Row(NamedTuple):
    """A code as the table ``code`` has it."""

    system: str
    code: str
    label_en: str | None
    label_da: str | None
    parent: str | None


@dataclass(frozen=True)
class TreeCode:
    """One code in its tree.

    Attributes
    ----------
    children
        How many codes stand directly below it.
    """

    system: str
    code: str
    label_en: str | None
    label_da: str | None
    children: int


class CodeTree:
    """The trees of every code system."""

    def __init__(self, rows: Iterable[Row]) -> None:
        by_system: dict[str, dict[str, Row]] = defaultdict(dict)
        for row in rows:
            by_system[row.system][row.code] = row
        self._rows = {system: _with_levels(by_system[system]) for system in by_system}
        self._below: dict[tuple[str, str | None], list[str]] = defaultdict(list)
        for system, known in self._rows.items():
            for code in sorted(known):
                self._below[system, known[code].parent].append(code)

    @property
    def systems(self) -> list[str]:
        """The code systems that have codes."""
        return sorted(self._rows)

    def children(self, system: str, code: str | None = None) -> list[TreeCode]:
        """Return what stands directly below a code, or at the top of a system.

        Raises
        ------
        NotFoundError
            If there is no such system or code.
        """
        if code is not None:
            self._row(system, code)
        return [
            self._tree_code(system, one) for one in self._top_or_below(system, code)
        ]

    def path(self, system: str, code: str) -> list[TreeCode]:
        """Return a code and everything above it, the top first.

        Raises
        ------
        NotFoundError
            If there is no such code.
        """
        found = [code]
        while (parent := self._row(system, found[-1]).parent) is not None:
            found.append(parent)
        return [self._tree_code(system, one) for one in reversed(found)]

    def codes(self, system: str) -> list[str]:
        """Return every code of a system, levels without a label included."""
        return sorted(self._rows.get(system, {}))

    def _top_or_below(self, system: str, code: str | None) -> list[str]:
        if system not in self._rows:
            raise NotFoundError(
                f"There is no code system of that name. There are"
                f" {', '.join(self.systems)}."
            )
        return self._below.get((system, code), [])

    def _row(self, system: str, code: str) -> Row:
        row = self._rows.get(system, {}).get(code)
        if row is None:
            raise NotFoundError(
                "There is no such code in the catalogue: search with `enclave catalogue"
                " search TEXT`."
            )
        return row

    def _tree_code(self, system: str, code: str) -> TreeCode:
        row = self._rows[system][code]
        below = len(self._below.get((system, code), []))
        return TreeCode(system, code, row.label_en, row.label_da, below)


def code_tree(snapshot: Snapshot) -> CodeTree:
    """Return the trees of a snapshot; the last two that were asked for are kept."""
    return _read(snapshot.folder, snapshot.number)


@lru_cache(maxsize=2)
def _read(folder: Path, number: int) -> CodeTree:
    snapshot = Snapshot(folder, number)
    if "code" not in snapshot.manifest.tables:
        return CodeTree([])
    with reading_engine() as engine:
        rows = engine.execute(
            f"FROM {rows_of(snapshot.files('code'))} SELECT code_system, code,"
            " any_value(label_en), any_value(label_da), any_value(parent)"
            " GROUP BY code_system, code"
        ).fetchall()
    return CodeTree(Row(*row) for row in rows)


def _with_levels(known: dict[str, Row]) -> dict[str, Row]:
    """Give every code a parent that is there, or none."""
    found: dict[str, Row] = {}
    waiting = list(known.values())
    while waiting:
        row = waiting.pop()
        parent = row.parent if row.parent != row.code else None
        parent = parent or _shorter(row, known)
        found[row.code] = row._replace(parent=parent)
        if parent is not None and parent not in known and parent not in found:
            waiting.append(Row(row.system, parent, None, None, None))
    return _without_circles(found)


def _shorter(row: Row, known: dict[str, Row]) -> str | None:
    levels = _LEVELS.get(row.system)
    if levels is None:
        return None
    return next(
        (
            row.code[:length]
            for length in range(len(row.code) - 1, 0, -1)
            if length in levels or row.code[:length] in known
        ),
        None,
    )


def _without_circles(rows: dict[str, Row]) -> dict[str, Row]:
    """Put a code whose parents lead back to it at the top: a faulty table has those."""
    safe: set[str] = set()
    for code in sorted(rows):
        walked: list[str] = []
        at: str | None = code
        while at is not None and at not in safe:
            if at in walked:
                rows[at] = rows[at]._replace(parent=None)
                break
            walked.append(at)
            at = rows[at].parent
        safe.update(walked)
    return rows
