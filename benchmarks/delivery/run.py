"""Lay deliveries beside the bare COPY, the naive way and pyreadstat.

usage: python -m benchmarks.delivery.run [--rows 3000000] [--larger 20000000]
  [--rounds 9] [--memory 20000000] [--page FILE]

Every way does the same selection; the ways take turns, and ratios are of the same
round. What comes out is compared before anything is printed.
"""

import argparse
import os
import tempfile
from pathlib import Path

from benchmarks.delivery.formats import memory, other_formats
from benchmarks.delivery.page import Measured, written
from benchmarks.delivery.parquet import deliver, pseudonymise


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=3_000_000)
    parser.add_argument("--larger", type=int, default=20_000_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--memory", type=int, default=20_000_000)
    parser.add_argument("--page", type=Path)
    given = parser.parse_args()
    loads = [os.getloadavg()[0]]
    named = pseudonymise(given.rounds)
    # Few rounds where one takes long.
    few = max(3, given.rounds // 3)
    deliveries = []
    for rows, rounds in ((given.rows, given.rounds), (given.larger, few)):
        with tempfile.TemporaryDirectory(prefix="bench-delivery-") as folder:
            deliveries.append(deliver(Path(folder), rows, rounds))
        loads.append(os.getloadavg()[0])
    with tempfile.TemporaryDirectory(prefix="bench-delivery-") as folder:
        formats = other_formats(Path(folder), given.rows, few)
    peaks = {rows: memory(rows) for rows in (given.memory // 10, given.memory)}
    loads.append(os.getloadavg()[0])
    measured = Measured(given.rounds, few, named, deliveries, formats, peaks, loads)
    page = written(measured)
    print(page)
    if given.page:
        given.page.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
