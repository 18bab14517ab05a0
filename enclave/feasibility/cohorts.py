"""Find the cohort of a question: in the index, or by the engine where it must be.

The index answers every question of which it knows each part. Any other goes to the
engine as a whole, and comes back as the same ordinals, so that nobody further on need
know who found it.
"""

from functools import lru_cache
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from pyroaring import BitMap

from enclave.cohort.evaluation import cohort, run
from enclave.cohort.question import Question, VariableWindow
from enclave.feasibility.descendants import with_codes_named
from enclave.feasibility.index import search
from enclave.feasibility.index.bitmaps import bitmap, ordinals
from enclave.feasibility.index.building import build, folder_of, written_in
from enclave.feasibility.index.cache import Cache
from enclave.feasibility.index.formats import hold
from enclave.feasibility.index.index import Found, Index
from enclave.feasibility.index.kernels import NEVER
from enclave.feasibility.index.layout import IndexManifest, manifest_file
from enclave.feasibility.index.members import Members
from enclave.feasibility.index.plan import Plan, planned, size_of
from enclave.feasibility.index.support import knows
from enclave.warehouse.snapshot import Snapshot
from enclave.warehouse.sql import identifier


# How questions are to be answered, by what they ask: some thousand of them.
_PLANS = Cache(32 << 20)


def index_of(snapshot: Snapshot) -> Index:
    """Return the index of a snapshot, built now if it has none."""
    folder = folder_of(snapshot)
    hold(folder)
    file = manifest_file(folder, snapshot.number)
    manifest = written_in(file, snapshot)
    if manifest is None:
        manifest, file = build(snapshot), manifest_file(folder, snapshot.number)
    return _opened(folder, manifest, file)


def find(question: Question, snapshot: Snapshot) -> Found:
    """Return the cohort of a question on a snapshot."""
    plan = _kept_plan(question, snapshot)
    if plan is None:
        return _found_by_engine(_for_persons(question), snapshot)
    return search.find_planned(plan, index_of(snapshot))


def _kept_plan(question: Question, snapshot: Snapshot) -> Plan | None:
    text = question.model_dump_json(exclude_none=True)
    plan: Plan | None = _PLANS.get(
        (snapshot.digest, text), lambda: _planned(question, snapshot), size_of
    )
    return plan


def _planned(question: Question, snapshot: Snapshot) -> Plan | None:
    """Return how the index finds a cohort, unless the engine must."""
    named = with_codes_named(_for_persons(question), snapshot)
    return planned(named) if knows(named) else None


def _for_persons(question: Question) -> Question:
    # Whichever variables it asks for, and when, its persons are the same.
    return question.model_copy(update={"variables": (), "variable_windows": None})


def found_in_window(
    question: Question, window: VariableWindow, snapshot: Snapshot
) -> BitMap:
    """Return who of the cohort has a value of a variable in its window."""
    table = snapshot.catalogue.table(window.variable.split(".", maxsplit=1)[0])
    date = table.role("date")
    if date is None:
        return BitMap()
    found = find(question, snapshot)
    assert found.first is not None  # noqa: S101 - a window has an index event
    who = ordinals(found.persons)
    name = identifier(window.variable.split(".", maxsplit=1)[1])
    day = f"CAST({identifier(date.name)} AS DATE)"
    distance = f"datediff('day', index_date, {day})"
    ends = ((">=", window.from_days), ("<=", window.to_days))
    limits = [f"{distance} {sign} {days}" for sign, days in ends if days is not None]
    having = " AND ".join((f"{name} IS NOT NULL", *limits))
    with snapshot.connect() as connection:
        everybody = _everybody(connection)
        index_date = pa.array(found.first[who], pa.int32()).cast(pa.date32())
        cohort = pa.table({"person": everybody[who], "index_date": index_date})
        connection.register("asked_cohort", cohort)
        rows = connection.sql(
            f"FROM {identifier(table.name)} JOIN asked_cohort USING (person)"
            f" SELECT DISTINCT person WHERE {having}"
        ).to_arrow_table()
    return bitmap(np.searchsorted(everybody, rows["person"].to_numpy()))


# Files never change once a manifest names them. One warehouse answers from its released
# snapshot and its newest.
@lru_cache(maxsize=4)
def _opened(
    folder: Path, manifest: IndexManifest, file: tuple[str, int, int] | None
) -> Index:
    # A damaged index that was deleted is built again with an equal manifest.
    del file
    return Index.read(folder, manifest)


def _found_by_engine(question: Question, snapshot: Snapshot) -> Found:
    with snapshot.connect() as connection:
        found = run(cohort(question), connection)
        everybody = _everybody(connection)
    who = np.searchsorted(everybody, found["person"].to_numpy())
    persons = Members.of(bitmap(who), len(everybody))
    if question.index is None:
        return Found(persons, None)
    first = np.full(len(everybody), NEVER, dtype=np.int32)
    first[who] = found["index_date"].cast("int32").to_numpy()
    return Found(persons, first)


def _everybody(connection: duckdb.DuckDBPyConnection) -> np.ndarray:
    """Return every person key, by ordinal."""
    keys = connection.sql("FROM person SELECT person ORDER BY person")
    everybody: np.ndarray = keys.to_arrow_table()["person"].to_numpy()
    return everybody
