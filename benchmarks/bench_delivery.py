"""How fast pseudonyms and deliveries are made, as ratios measured side by side.

usage: bench_delivery.py [--rows 5000000] [--rounds 7]

Every way does the same selection (half of the persons, a window, three columns), and
the ways take turns, so that a noisy machine is noisy for all of them. What comes out is
compared before anything is printed.
"""

import argparse
import hashlib
import hmac
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from enclave.delivery.engine import DuckDb, bounded
from enclave.delivery.extraction import Extraction
from enclave.delivery.minimisation import minimise
from enclave.identity.pseudonyms import Pseudonyms
from enclave.projects.forms import DatePolicy, Window
from enclave.warehouse.catalogue import Catalogue, Profile, TableEntry, Variable
from enclave.warehouse.vocabulary import Label


KEY = bytes(range(32))
WINDOW = Window(start=date(2010, 1, 1), end=date(2017, 12, 31))
SELECTION = (
    "FROM lab WHERE person IN (SELECT person FROM cohort)"
    " AND date BETWEEN '2010-01-01' AND '2017-12-31'"
)
NAIVE_ROWS = 200_000


class Taken(NamedTuple):
    """Seconds on the clock, and seconds of all processors together.

    On a busy machine the second says more about the work.
    """

    wall: float
    cpu: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    print(
        f"DuckDB {duckdb.__version__}, Arrow {pa.__version__}, numpy {np.__version__},"
        f" Python {platform.python_version()}, {os.cpu_count()} CPUs,"
        f" load {os.getloadavg()[0]:.1f}, medians of {given.rounds}\n"
    )
    pseudonymise(given.rounds)
    with tempfile.TemporaryDirectory(prefix="bench-delivery-") as folder:
        deliver(Path(folder), given.rows, given.rounds)


def pseudonymise(rounds: int, persons: int = 5_000_000, naive: int = 200_000) -> None:
    """Make many pseudonyms; beside it, a keyed hash for each person in pandas."""
    keys = np.arange(persons)
    pseudonyms = Pseudonyms(KEY, "bench")
    some = pd.Series(keys[:naive])

    def by_hash() -> None:
        some.map(lambda key: hmac.new(KEY, str(key).encode(), "sha256").hexdigest())

    ours, theirs = alternate(rounds, lambda: pseudonyms.of(keys), by_hash)
    made = pseudonyms.of(keys)
    agree(pseudonyms.reveal(made[persons - 1].as_py()), persons - 1)
    agree(len(made.slice(0, 1_000_000).unique()), 1_000_000)
    print(f"{persons:,} persons; one thread each")
    report("pseudonyms (AES-256 block, base 32)", persons, ours, "10 M/s")
    report("keyed hash per person in pandas", naive, theirs)
    compare("speed / keyed hash", persons / naive, theirs, ours)
    print()


def deliver(folder: Path, rows: int, rounds: int) -> None:
    """Write the same rows as a delivery, as a bare COPY, and the naive way."""
    persons = rows // 25
    cohort = pa.table(
        {
            "person": pa.array(np.arange(0, persons, 2)),
            "index_date": pa.nulls(len(range(0, persons, 2)), pa.date32()),
        }
    )
    connection = warehouse(folder, rows, persons, cohort)
    ((expected,),) = connection.execute(f"SELECT count(*) {SELECTION}").fetchall()
    ours, bare, by_person = alternate(
        rounds,
        lambda: delivery(connection, cohort, folder / "ours.parquet"),
        lambda: copy(connection, folder / "bare.parquet"),
        lambda: copy(connection, folder / "person.parquet", "ORDER BY person"),
    )
    agree(fingerprint(folder / "ours.parquet"), fingerprint(folder / "bare.parquet"))
    agree(pq.read_metadata(folder / "ours.parquet").num_rows, expected)
    (naive,) = alternate(3, lambda: by_hand(connection, folder / "naive.csv"))
    print(f"{rows:,} rows of {persons:,} persons, of which {expected:,} are delivered")
    report("delivery, ordered, Parquet", expected, ours)
    report("bare COPY, no pseudonyms, no order", expected, bare)
    report("bare COPY ordered by person", expected, by_person)
    report("fetch, keyed hash per row, to_csv", NAIVE_ROWS, naive)
    compare("time / bare COPY", 1, ours, bare, "1.3 x")
    compare("time / bare COPY ordered by person", 1, ours, by_person)
    compare("speed / naive", expected / NAIVE_ROWS, naive, ours, "20 x")
    print()


def warehouse(
    folder: Path, rows: int, persons: int, cohort: pa.Table
) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    bounded(connection, folder / "spill")
    source = folder / "lab.parquet"
    connection.sql(f"FROM range({rows})").project(
        f"(hash(range) % {persons})::BIGINT AS person,"
        " DATE '2008-01-01' + (hash(range, 1) % 4000)::INTEGER AS date,"
        " 'NPU' || (10000 + hash(range, 2) % 50) AS code,"
        " (hash(range, 3) % 10000) / 10 AS value"
    ).to_parquet(str(source))
    connection.execute(f"CREATE VIEW lab AS FROM '{source}'")
    connection.register("arriving", cohort)
    connection.execute("CREATE TABLE cohort AS FROM arriving")
    connection.unregister("arriving")
    return connection


def delivery(
    connection: duckdb.DuckDBPyConnection, cohort: pa.Table, path: Path
) -> None:
    (table,) = minimise(
        ["lab.date", "lab.code", "lab.value"], DatePolicy.REAL, catalogue()
    )
    engine = DuckDb(connection)
    Extraction(engine, cohort, Pseudonyms(KEY, "bench"), WINDOW).write(table, path)


def copy(connection: duckdb.DuckDBPyConnection, path: Path, order: str = "") -> None:
    connection.execute(
        f"COPY (SELECT person, date, code, value {SELECTION} {order})"
        f" TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
    )


def by_hand(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    frame = connection.execute(
        f"SELECT person, date, code, value {SELECTION} LIMIT {NAIVE_ROWS}"
    ).df()
    frame["person"] = frame["person"].map(
        lambda key: hmac.new(KEY, str(key).encode(), hashlib.sha256).hexdigest()
    )
    frame.sort_values("person").to_csv(path, index=False)


def fingerprint(path: Path) -> tuple:
    """The same for two files with the same rows, whoever the persons are called."""
    rows = pq.read_table(path)
    connection = duckdb.connect()
    connection.register(
        "written", rows.rename_columns(["person", *rows.column_names[1:]])
    )
    return connection.execute(
        "SELECT count(*), count(DISTINCT person), sum(hash(date, code, value))"
        " FROM written"
    ).fetchall()


def agree(one: object, other: object) -> None:
    if one != other:
        raise SystemExit(f"The ways do not do the same: {one} is not {other}.")


def catalogue() -> Catalogue:
    profile, label = Profile(missing=0.0, distinct="11-100"), Label(en="x", da="x")
    columns = [
        ("person", "integer", "person"),
        ("date", "date", "date"),
        ("code", "string", "code"),
        ("value", "number", "value"),
    ]
    variables = tuple(
        Variable(
            table="lab",
            name=name,
            label=label,
            type=kind,
            unit=None,
            role=role,
            code_system=None,
            sensitivity="plain",
            profile=profile,
        )
        for name, kind, role in columns
    )
    entry = TableEntry(
        name="lab",
        kind="event",
        label=label,
        rows=0,
        persons=0,
        coverage_from=None,
        coverage_to=None,
        code_system=None,
        variables=variables,
    )
    return Catalogue.of((entry,), [])


def alternate(rounds: int, *ways: Callable[[], object]) -> list[Taken]:
    """Time each way, taking turns; return the medians of each."""
    times: list[list[Taken]] = [[] for _ in ways]
    for _ in range(rounds):
        for way, taken in zip(ways, times, strict=True):
            start, worked = time.perf_counter(), time.process_time()
            way()
            taken.append(
                Taken(time.perf_counter() - start, time.process_time() - worked)
            )
    return [
        Taken(*(statistics.median(values) for values in zip(*taken, strict=True)))
        for taken in times
    ]


def report(what: str, number: int, taken: Taken, goal: str = "") -> None:
    """Print how many million things were done in a second."""
    by_clock, by_work = (number / seconds / 1e6 for seconds in taken)
    print(f"  {what:36s} {by_clock:7.2f} M/s {by_work:7.2f} M/s CPU{_aim(goal)}")


def compare(
    what: str, scale: float, above: Taken, below: Taken, goal: str = ""
) -> None:
    """Print ``scale`` times the ratio of two times."""
    by_clock, by_work = (
        scale * one / other for one, other in zip(above, below, strict=True)
    )
    print(f"  {what:36s} {by_clock:7.2f} x   {by_work:7.2f} x   CPU{_aim(goal)}")


def _aim(goal: str) -> str:
    return f"   (goal: {goal})" if goal else ""


if __name__ == "__main__":
    main()
