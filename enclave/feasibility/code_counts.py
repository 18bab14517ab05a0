"""How many persons have each code: exact, and for the enclave only.

:mod:`enclave.feasibility.code_bands` decides what is shown instead.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

import pyarrow as pa

from enclave.cohort.code_lists.tree import CodeTree, code_tree
from enclave.warehouse.snapshot import Snapshot
from enclave.warehouse.sql import literal


# Length that a code has at the level that is counted, or ``exact`` for every code.
Levels = Mapping[str, int | Literal["exact"]]


def persons_per_code(
    snapshot: Snapshot, levels: Levels, *, codes_per_person: int
) -> dict[tuple[str, str], int]:
    """Count the persons of every code of one level of each code system.

    Which codes these are follows from the catalogue alone: a code that nobody has is
    among them.

    Parameters
    ----------
    codes_per_person
        One person counts in at most so many codes of all systems together. Which of
        them depends on nobody else.
    """
    listed = list(_codes(code_tree(snapshot), levels))
    table = pa.table(
        {
            "system": pa.array([system for system, _ in listed], pa.string()),
            "code": pa.array([code for _, code in listed], pa.string()),
        }
    )
    with snapshot.connect() as engine:
        engine.register("listed", table)
        rows = engine.execute(
            "FROM (FROM (FROM events SELECT DISTINCT person, code_system AS system,"
            f" {_coarse(levels)} AS code) AS used SEMI JOIN listed USING (system, code)"
            " SELECT * QUALIFY row_number() OVER (PARTITION BY person"
            " ORDER BY hash(person, system, code), system, code)"
            f" <= {codes_per_person}) SELECT system, code, count(*) GROUP BY ALL"
        ).fetchall()
    found = {(system, code): persons for system, code, persons in rows}
    return {one: found.get(one, 0) for one in listed}


def _codes(tree: CodeTree, levels: Levels) -> Iterator[tuple[str, str]]:
    for system, level in levels.items():
        for code in tree.codes(system):
            if level in {"exact", len(code)}:
                yield system, code


def _coarse(levels: Levels) -> str:
    cases = "".join(
        f" WHEN {literal(system)} THEN left(code, {level})"
        for system, level in levels.items()
        if level != "exact"
    )
    return f"CASE code_system{cases} ELSE code END" if cases else "code"
