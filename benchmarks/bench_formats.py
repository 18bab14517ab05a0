"""How fast a delivery is written in other formats, and in how much memory.

usage: bench_formats.py [--rows 2000000] [--rounds 3] [--memory 20000000]

The ways take turns. The bare COPY does the selection as well, without pseudonyms and
without order; CSV beside it is the delivery's own, made from the ordered rows.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
from bench_delivery import (
    NAIVE_ROWS,
    SELECTION,
    agree,
    alternate,
    compare,
    delivery,
    report,
    warehouse,
)

from enclave.delivery.formats.csv_text import write_csv
from enclave.delivery.formats.layout import Layout, layout_of
from enclave.delivery.formats.names import LONG, names_for
from enclave.delivery.formats.stata import write_stata
from enclave.delivery.formats.xpt import write_xpt


DESCRIBED = {
    "name": "lab",
    "label": {"en": "Laboratory results"},
    "columns": [
        {"name": name, "label": {"en": name}}
        for name in ("pseudonym", "date", "code", "value")
    ],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", type=int, default=20_000_000)
    parser.add_argument("--measure-memory-of", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure_memory_of:
        deliver_once(given.measure_memory_of)
        return
    with tempfile.TemporaryDirectory(prefix="bench-formats-") as folder:
        other_formats(Path(folder), given.rows, given.rounds)
    if given.memory:
        memory(given.memory)


def delivered(folder: Path, rows: int) -> tuple[duckdb.DuckDBPyConnection, Layout]:
    persons = rows // 25
    keys = np.arange(0, persons, 2)
    cohort = pa.table(
        {"person": pa.array(keys), "index_date": pa.nulls(len(keys), pa.date32())}
    )
    connection = warehouse(folder, rows, persons, cohort)
    delivery(connection, cohort, folder / "ours.parquet")
    return connection, layout_of(folder / "ours.parquet", DESCRIBED)


def other_formats(folder: Path, rows: int, rounds: int) -> None:
    """Write delivered rows for SAS, Stata and as CSV, and beside it as others do."""
    connection, layout = delivered(folder, rows)
    names = names_for([layout], LONG)["lab"]
    frame = pq.read_table(folder / "ours.parquet").slice(0, NAIVE_ROWS).to_pandas()

    def bare_csv() -> None:
        connection.execute(
            f"COPY (SELECT person, date, code, value {SELECTION})"
            f" TO '{folder}/bare.csv' (NULLSTR 'NA')"
        )

    def pyreadstat_xpt() -> None:
        pyreadstat.write_xport(frame, str(folder / "naive.xpt"), file_format_version=8)

    def pyreadstat_dta() -> None:
        pyreadstat.write_dta(frame, str(folder / "naive.dta"))

    csv, bare, xpt, naive_xpt, dta, naive_dta = alternate(
        rounds,
        lambda: write_csv(layout, folder / "ours.csv"),
        bare_csv,
        lambda: write_xpt(layout, folder / "ours.xpt", 8, names),
        pyreadstat_xpt,
        lambda: write_stata(layout, folder / "ours.dta", names),
        pyreadstat_dta,
    )
    ours, _ = pyreadstat.read_xport(str(folder / "ours.xpt"), row_limit=NAIVE_ROWS)
    agree(ours["value"].to_numpy().tobytes(), frame["value"].to_numpy().tobytes())
    agree(ours["pseudonym"].tolist(), frame["pseudonym"].tolist())
    print(f"{layout.rows:,} delivered rows written again")
    report("SAS transport 8", layout.rows, xpt)
    report("SAS transport 8 by pyreadstat", NAIVE_ROWS, naive_xpt)
    report("Stata", layout.rows, dta)
    report("Stata by pyreadstat", NAIVE_ROWS, naive_dta)
    report("CSV", layout.rows, csv)
    report("CSV by DuckDB's COPY", layout.rows, bare)
    scale = layout.rows / NAIVE_ROWS
    compare("SAS: speed / pyreadstat", scale, naive_xpt, xpt, "20 x")
    compare("Stata: speed / pyreadstat", scale, naive_dta, dta)
    compare("CSV: time / bare COPY", 1, csv, bare, "1.3 x")
    print()


def memory(rows: int) -> None:
    """Deliver in processes of their own, few rows and many, and compare their peaks."""
    for number in (rows // 10, rows):
        said = subprocess.run(
            [sys.executable, __file__, "--measure-memory-of", str(number)],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        print(f"  {number:>12,} rows: peak memory {said.strip():>6s} MiB")


def deliver_once(rows: int) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-formats-") as name:
        folder = Path(name)
        _, layout = delivered(folder, rows)
        write_csv(layout, folder / "lab.csv")
        write_xpt(layout, folder / "lab.xpt", 8, names_for([layout], LONG)["lab"])
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)


if __name__ == "__main__":
    main()
