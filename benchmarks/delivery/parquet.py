"""Pseudonyms, and a Parquet delivery beside the bare COPY and the naive way."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.delivery import source
from benchmarks.delivery.source import SELECTION, SPILL
from benchmarks.delivery.turns import Rounds, taking_turns
from enclave.delivery.engine import DuckDb
from enclave.delivery.extraction import Extraction
from enclave.delivery.manifest import describe_file
from enclave.delivery.minimisation import minimise
from enclave.identity.pseudonyms import Pseudonyms
from enclave.projects.forms import DatePolicy, Window


KEY = bytes(range(32))
WINDOW = Window(
    start=date.fromisoformat(source.FIRST), end=date.fromisoformat(source.LAST)
)
NAIVE_ROWS = 200_000
# What Arrow's zstd does by itself, and DuckDB on request.
SAME_LEVEL = 1
DUCKDB_LEVEL = 3


@dataclass(frozen=True)
class Pseudonymised:
    """Seconds to name many persons, and some of them by a keyed hash in pandas."""

    persons: int
    ours: Rounds
    hashed: Rounds


@dataclass(frozen=True)
class Delivered:
    """Seconds to write the same rows in each way; the naive way writes fewer.

    Attributes
    ----------
    bare
        COPY without pseudonyms and without order, as hard compressed.
    harder
        The same, compressed as hard as DuckDB does by itself.
    """

    source_rows: int
    rows: int
    ours: Rounds
    bare: Rounds
    harder: Rounds
    by_person: Rounds
    naive: Rounds


def pseudonymise(rounds: int, persons: int = 5_000_000) -> Pseudonymised:
    keys = np.arange(persons)
    pseudonyms = Pseudonyms(KEY, "bench")
    some = pd.Series(keys[:NAIVE_ROWS])

    def by_hash() -> None:
        some.map(lambda key: hmac.new(KEY, str(key).encode(), "sha256").hexdigest())

    ours, hashed = taking_turns(rounds, lambda: pseudonyms.of(keys), by_hash)
    made = pseudonyms.of(keys)
    agree(pseudonyms.reveal(made[persons - 1].as_py()), persons - 1)
    agree(len(made.slice(0, 1_000_000).unique()), 1_000_000)
    return Pseudonymised(persons, ours, hashed)


def deliver(folder: Path, rows: int, rounds: int) -> Delivered:
    """Write the same rows as a delivery, as a bare COPY, and the naive way."""
    lab, persons = folder / "lab.parquet", source.cohort(rows)
    source.write(lab, rows)
    bare, engine = source.connected(lab, persons), source.delivering(lab)
    ours, plain = folder / "ours.parquet", folder / "bare.parquet"
    times = taking_turns(
        rounds,
        lambda: delivery(engine, persons, ours),
        lambda: copy(bare, plain),
        lambda: copy(bare, folder / "harder.parquet", level=DUCKDB_LEVEL),
        lambda: copy(bare, folder / "person.parquet", "ORDER BY person"),
        partial(by_hand, bare, folder / "naive.csv"),
    )
    agree(fingerprint(ours), fingerprint(plain))
    return Delivered(rows, pq.read_metadata(ours).num_rows, *times)


def delivery(
    connection: duckdb.DuckDBPyConnection,
    persons: pa.Table,
    path: Path,
    *,
    csv: bool = False,
) -> None:
    """Write a file as a delivery does, and hash it for the manifest."""
    (table,) = minimise(
        ["lab.date", "lab.code", "lab.value"], DatePolicy.REAL, source.catalogue()
    )
    extraction = Extraction(
        DuckDb(connection, path.parent / SPILL),
        persons,
        Pseudonyms(KEY, "bench"),
        WINDOW,
        shifted=False,
        csv=csv,
    )
    sha256 = extraction.write(table, path)
    describe_file(path, persons=len(persons), sha256=sha256)


def copy(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    order: str = "",
    level: int = SAME_LEVEL,
) -> None:
    connection.execute(
        f"COPY (SELECT person, date, code, value {SELECTION} {order}) TO '{path}'"
        f" (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL {level})"
    )


def by_hand(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Fetch, hash each row's person, sort, write CSV."""
    frame = connection.execute(
        f"SELECT person, date, code, value {SELECTION} LIMIT {NAIVE_ROWS}"
    ).df()
    frame["person"] = frame["person"].map(
        lambda key: hmac.new(KEY, str(key).encode(), hashlib.sha256).hexdigest()
    )
    frame.sort_values("person").to_csv(path, index=False)


def fingerprint(path: Path) -> tuple:
    """The same for two files with the same rows, whoever the persons are called."""
    file = duckdb.read_parquet(str(path))
    person = file.columns[0]
    return file.aggregate(
        f"count(*), count(DISTINCT {person}), sum(hash(date, code, value))"
    ).fetchall()


def agree(one: object, other: object) -> None:
    if one != other:
        raise SystemExit(f"The ways do not do the same: {one} is not {other}.")
