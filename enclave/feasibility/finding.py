"""Find the cohort of a question: in the index, or by the engine where it must be.

The index answers every question of which it knows each part. Any other goes to the
engine as a whole, and comes back as the same ordinals, so that nobody further on need
know who found it.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np

from enclave.cohort.evaluation import cohort, run
from enclave.cohort.question import Question
from enclave.feasibility.descendants import with_codes_named
from enclave.feasibility.index import search
from enclave.feasibility.index.bitmaps import bitmap
from enclave.feasibility.index.building import build, folder_of, present_index
from enclave.feasibility.index.index import Found, Index
from enclave.feasibility.index.kernels import NEVER
from enclave.feasibility.index.layout import IndexManifest
from enclave.feasibility.index.support import knows
from enclave.warehouse.snapshot import Snapshot


def index_of(snapshot: Snapshot) -> Index:
    """Return the index of a snapshot, built now if it has none."""
    manifest = present_index(snapshot) or build(snapshot)
    return _opened(folder_of(snapshot), manifest)


def find(question: Question, snapshot: Snapshot) -> Found:
    """Return the cohort of a question on a snapshot."""
    named = with_codes_named(question, snapshot)
    if knows(named):
        return search.find(named, index_of(snapshot))
    return _found_by_engine(question, snapshot)


# Files never change once a manifest names them. One warehouse answers from its released
# snapshot and its newest.
@lru_cache(maxsize=4)
def _opened(folder: Path, manifest: IndexManifest) -> Index:
    return Index.read(folder, manifest)


def _found_by_engine(question: Question, snapshot: Snapshot) -> Found:
    with snapshot.connect() as connection:
        found = run(cohort(question), connection)
        keys = connection.sql("FROM person SELECT person ORDER BY person")
        everybody = keys.to_arrow_table()["person"].to_numpy()
    ordinals = np.searchsorted(everybody, found["person"].to_numpy())
    persons = bitmap(ordinals)
    if question.index is None:
        return Found(persons, None)
    first = np.full(len(everybody), NEVER, dtype=np.int32)
    first[ordinals] = found["index_date"].cast("int32").to_numpy()
    return Found(persons, first)
