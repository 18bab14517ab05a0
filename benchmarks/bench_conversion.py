"""What the sandbox of a conversion costs beside reading an upload in the worker.

usage: bench_conversion.py [--rows 1000000] [--rounds 3]

Before, a worker had DuckDB read what somebody uploaded; now a sandbox makes a plain CSV
of it, which the worker looks through and reads. Both sides end with the same table of
texts, of eight columns. Each is a process of its own, in turns; told are seconds of
processor time and the highest memory, of the worker and of what it started. What a
worker loads once when it starts is not counted.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from enclave.airlock.conversion.plain_csv import PlainCsv
from enclave.airlock.conversion.room import convert
from enclave.airlock.uploaded_table import UploadedTable


def table(rows: int) -> pa.Table:
    generator = np.random.default_rng(1)
    keys = pa.array(generator.integers(0, 10**9, rows))
    days = generator.integers(-10_000, 18_000, rows).astype("datetime64[D]")
    return pa.table(
        {
            "key": pa.array([f"S{key:09d}" for key in keys.to_pylist()]),
            "day": pa.array(days),
            **{
                f"whole_{n}": pa.array(generator.integers(0, 10**6, rows))
                for n in "abc"
            },
            **{f"x_{one}": pa.array(generator.normal(size=rows)) for one in "abc"},
        }
    )


def before(raw: Path) -> int:
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE upload AS SELECT row_number() OVER () AS _row, * FROM read_csv(?,"
        " all_varchar = true, header = true, strict_mode = true, delim = ',',"
        " quote = '\"', encoding = 'utf-8')",
        [str(raw)],
    )
    return connection.execute("SELECT count(*) FROM upload").fetchone()[0]


def after(raw: Path) -> int:
    plain = raw.with_name("plain.csv")
    header = convert(raw, plain)
    return UploadedTable(plain, PlainCsv(header.names, header.rows)).rows


SIDES = {"before": before, "after": after}


def measured(side: str, raw: Path) -> dict[str, float]:
    """Run one side in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.bench_conversion", "--side", side]
    told = subprocess.run(
        [*command, "--file", str(raw)], capture_output=True, check=True, text=True
    )
    return json.loads(told.stdout)


def tell(side: str, raw: Path) -> None:
    def seconds(who: int) -> float:
        used = resource.getrusage(who)
        return used.ru_utime + used.ru_stime

    own = seconds(resource.RUSAGE_SELF)
    rows = SIDES[side](raw)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        json.dumps(
            {
                "rows": rows,
                "worker": seconds(resource.RUSAGE_SELF) - own,
                "sandbox": seconds(resource.RUSAGE_CHILDREN),
                "worker_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "sandbox_mib": children.ru_maxrss / 1024,
            }
        )
    )


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--rows", type=int, default=1_000_000)
    given.add_argument("--rounds", type=int, default=3)
    given.add_argument("--side", choices=SIDES)
    given.add_argument("--file", type=Path)
    options = given.parse_args()
    if options.side:
        tell(options.side, options.file)
        return
    with tempfile.TemporaryDirectory() as folder:
        content, kinds = table(options.rows), ("csv", "parquet")
        for kind in kinds:
            Path(folder, kind).mkdir()
        arrow_csv.write_csv(content, Path(folder, "csv", "upload"))
        pq.write_table(content, Path(folder, "parquet", "upload"))
        runs = [("before", "csv"), ("after", "csv"), ("after", "parquet")]
        found = [
            {run: measured(run[0], Path(folder, run[1], "upload")) for run in runs}
            for _ in range(options.rounds)
        ]
        for run in runs:
            print(*run, _median([one[run] for one in found]))
        for run in runs[1:]:
            ratios = [_total(one[run]) / _total(one[runs[0]]) for one in found]
            print(
                *run,
                "over before, processor time:",
                round(statistics.median(ratios), 2),
            )


def _total(one: dict[str, float]) -> float:
    return one["worker"] + one["sandbox"]


def _median(all_: list[dict[str, float]]) -> dict[str, float]:
    return {
        key: round(statistics.median(one[key] for one in all_), 2) for key in all_[0]
    }


if __name__ == "__main__":
    main()
