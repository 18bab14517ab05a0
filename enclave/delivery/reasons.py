"""Why persons came to a cohort, or left it, from one snapshot to a later one.

Each person has one reason. What the person decided comes first, then whether the
warehouse knows them at all, then what happened to their rows: one was taken away or
replaced (a correction), one was added that is older than the earlier snapshot (late
data), or only newer ones were added. Nothing of that means that the question is another
one.
"""

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from enum import StrEnum

import duckdb
import pyarrow as pa

from enclave.delivery.minimisation import date_of
from enclave.identity.opt_outs import OptOuts
from enclave.warehouse.content import rows_of, schema_of
from enclave.warehouse.engine import reading_engine
from enclave.warehouse.snapshot import Snapshot
from enclave.warehouse.sql import identifier, identifiers


class Reason(StrEnum):
    """Why a person came, or left."""

    NEW_PATIENT = "new_patients"
    OPTED_IN = "opted_in"
    CORRECTED_IN = "corrected_in"
    LATE_IN = "late_in"
    EVENTS_IN = "events_in"
    QUESTION_IN = "question_in"
    OPTED_OUT = "opted_out"
    LEFT_WAREHOUSE = "left_warehouse"
    CORRECTED_OUT = "corrected_out"
    LATE_OUT = "late_out"
    EVENTS_OUT = "events_out"
    QUESTION_OUT = "question_out"

    @property
    def sign(self) -> int:
        """1 for who came, -1 for who left."""
        return 1 if self in _COMING else -1


_COMING_BY_ROWS = (
    Reason.CORRECTED_IN,
    Reason.LATE_IN,
    Reason.EVENTS_IN,
    Reason.QUESTION_IN,
)
_LEAVING_BY_ROWS = (
    Reason.CORRECTED_OUT,
    Reason.LATE_OUT,
    Reason.EVENTS_OUT,
    Reason.QUESTION_OUT,
)
_COMING = (Reason.NEW_PATIENT, Reason.OPTED_IN, *_COMING_BY_ROWS)


def reasons(
    old: Snapshot,
    new: Snapshot,
    opt_outs: OptOuts,
    *,
    came: AbstractSet[int],
    gone: AbstractSet[int],
    same_question: bool = True,
) -> dict[Reason, int]:
    """Count persons by their reason; the numbers add up to those who came and left.

    The parameters are those of :func:`persons_by_reason`.
    """
    sorted_out = persons_by_reason(
        old, new, opt_outs, came=came, gone=gone, same_question=same_question
    )
    return {reason: len(found) for reason, found in sorted_out.items() if found}


def persons_by_reason(
    old: Snapshot,
    new: Snapshot,
    opt_outs: OptOuts,
    *,
    came: AbstractSet[int],
    gone: AbstractSet[int],
    same_question: bool = True,
) -> dict[Reason, set[int]]:
    """Sort persons by their reason: each has one.

    Parameters
    ----------
    came, gone
        Person keys of who is in the later cohort only, and in the earlier one only.
    same_question
        False where the two cohorts answer two questions: that is then the reason of
        all whom both snapshots hold.
    """
    out_then = opt_outs.persons(old.manifest.opt_outs)
    out_now = opt_outs.persons(new.manifest.opt_outs)
    found = {
        Reason.OPTED_IN: {*(came & out_then)},
        Reason.OPTED_OUT: {*(gone & out_now)},
    }
    for persons, other, stranger, by_rows in (
        (came - out_then, old, Reason.NEW_PATIENT, _COMING_BY_ROWS),
        (gone - out_now, new, Reason.LEFT_WAREHOUSE, _LEAVING_BY_ROWS),
    ):
        known = _known(other, persons)
        found[stranger] = {*persons} - known
        if not same_question:
            found[by_rows[-1]] = known
        elif known:
            found |= dict(zip(by_rows, _by_rows(old, new, known), strict=True))
    return {reason: found.get(reason, set()) for reason in Reason}


def _known(snapshot: Snapshot, persons: Collection[int]) -> set[int]:
    if not persons:
        return set()
    with reading_engine() as engine:
        _register(engine, persons)
        found = engine.execute(
            f"FROM {rows_of(snapshot.files('person'))} SEMI JOIN asked USING (person)"
            " SELECT person"
        ).fetchall()
    return {int(person) for (person,) in found}


def _by_rows(old: Snapshot, new: Snapshot, persons: set[int]) -> tuple[set[int], ...]:
    """Return persons with a row taken away, a late one, newer ones only, and others."""
    corrected: set[int] = set()
    late: set[int] = set()
    added: set[int] = set()
    then = old.manifest.created.date()
    with reading_engine() as engine:
        _register(engine, persons)
        for entry in new.catalogue.tables:
            if not _changed(old, new, entry.name):
                continue
            was, now = old.files(entry.name), new.files(entry.name)
            described = [schema_of(engine, files) for files in (was, now)]
            shared = [each for each in described[0] if each in described[1]]
            columns = identifiers(name for name, _ in shared)
            corrected |= _only_in(engine, was, now, columns)
            added |= _only_in(engine, now, was, columns)
            if (day := date_of(entry)) is not None:
                earlier = f"CAST({identifier(day)} AS DATE) < DATE '{then}'"
                late |= _only_in(engine, now, was, columns, earlier)
    late -= corrected
    added -= corrected | late
    others = persons - corrected - late - added
    return corrected, late, added, others


def _only_in(
    engine: duckdb.DuckDBPyConnection,
    ours: list[str],
    theirs: list[str],
    columns: str,
    condition: str = "true",
) -> set[int]:
    """Return who of those asked for has a row in one snapshot that the other lacks."""
    rows = "(FROM {} SEMI JOIN asked USING (person) SELECT {})"
    found = engine.execute(
        f"FROM (FROM {rows.format(rows_of(ours), columns)} EXCEPT ALL"
        f" FROM {rows.format(rows_of(theirs), columns)}) SELECT DISTINCT person"
        f" WHERE {condition}"
    ).fetchall()
    return {int(person) for (person,) in found}


def _changed(old: Snapshot, new: Snapshot, name: str) -> bool:
    """Say whether a table of persons is in both snapshots, and differs."""
    was, now = (each.manifest.tables.get(name) for each in (old, new))
    if was is None or now is None or was.kind == "reference":
        return False
    return was.digest != now.digest


def _register(engine: duckdb.DuckDBPyConnection, persons: Collection[int]) -> None:
    asked = pa.table({"person": pa.array(sorted(persons), pa.int64())})
    engine.register("arriving", asked)
    engine.execute("CREATE OR REPLACE TEMP TABLE asked AS FROM arriving")
    engine.unregister("arriving")
