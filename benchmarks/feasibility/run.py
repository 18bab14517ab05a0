"""Lay the feasibility index beside other engines, and write a page about it.

usage: python -m benchmarks.feasibility.run FOLDER [--persons 100000]
  [--events 10000000] [--rounds 5] [--page FILE] [--without ENGINE ...]
  [--larger PERSONS EVENTS]

What a run makes in its folder, another run goes on with. Every engine gets the same
rows and must find the same; the engines take turns, so that a noisy machine is noisy
for all of them. In its turn each is asked twice, and the second time counts: what a
resident service answers from memory, no engine reads from the disk.
"""

import argparse
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from statistics import median

from benchmarks.feasibility import answering, in_duckdb, in_postgresql, source
from benchmarks.feasibility.building import built, built_for_a_day, bytes_by_part
from benchmarks.feasibility.engines import ENGINES, Engine
from benchmarks.feasibility.floor import floors
from benchmarks.feasibility.page import Measured, written
from benchmarks.feasibility.queries import (
    AFTER,
    BOOLEAN,
    FIFTY,
    FROM_DIABETES,
    INDEXED,
    PREFIX,
    SHAPES,
    Queries,
    Rows,
    normal,
)
from benchmarks.feasibility.scaling import INDEX, Larger
from enclave.cohort.question import CodeList
from enclave.feasibility.breakdown import breakdown
from enclave.feasibility.cohorts import find, index_of
from enclave.feasibility.counting import count
from enclave.feasibility.having import numbers_having
from enclave.feasibility.index.building import folder_of
from enclave.settings import Settings
from enclave.warehouse.mapping import Mapping
from enclave.warehouse.snapshot import Snapshot
from enclave.warehouse.warehouse import Warehouse


LISTS = [CodeList.of("NPU", code) for code in FIFTY]
TODAY = date(2026, 7, 1)
MAPPING = Path(__file__).with_name("register.yaml")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--page", type=Path)
    parser.add_argument("--without", nargs="*", default=())
    parser.add_argument("--larger", nargs=2, type=int, default=None)
    given = parser.parse_args()
    engines = {
        name: engine
        for name, engine in ENGINES.items()
        if not name.startswith(tuple(given.without) or ("-",))
    }
    folder = given.folder
    settings = Settings.at(folder / "home", runtime=str(folder / "run"))
    snapshot = prepare(folder, settings, given.persons, given.events)
    if any(name.startswith("PostgreSQL") for name in engines):
        in_postgresql.prepare(folder)
    seconds = built(snapshot)
    day = median(built_for_a_day(snapshot) for _ in range(5))
    milliseconds = beside(engines, folder, snapshot, given.rounds)
    larger = None
    if given.larger:
        larger = measured_larger(folder / "larger", *given.larger, given.rounds)
    measured = Measured(
        persons=given.persons,
        events=sum(table.rows for table in snapshot.manifest.tables.values()),
        rounds=given.rounds,
        milliseconds=milliseconds,
        build_seconds=seconds,
        day_seconds=day,
        index_bytes=bytes_by_part(folder_of(snapshot)),
        source_bytes=size(folder / "source"),
        answer_seconds=answering.times(settings),
        floor=floors(index_of(snapshot)),
        kept_cells=kept_cells(snapshot, given.rounds),
        larger=larger,
    )
    there = given.page and given.page.exists()
    earlier = given.page.read_text(encoding="utf-8") if there else ""
    page = written(measured, earlier)
    print(page)
    if given.page:
        given.page.write_text(page, encoding="utf-8")


def beside(
    engines: dict[str, Engine], folder: Path, snapshot: Snapshot, rounds: int
) -> dict[str, dict[str, float]]:
    """Return the median milliseconds of each query in some engines and the index."""
    with ExitStack() as stack:
        queries = {
            name: stack.enter_context(engine(folder))
            for name, engine in engines.items()
        }
        queries[INDEX] = by_index(snapshot)
        compare(queries)
        return measure(queries, rounds)


def measured_larger(folder: Path, persons: int, events: int, rounds: int) -> Larger:
    """Lay the index beside DuckDB alone, on a larger register, and remove that.

    It takes some 20 GB of the disk. One that was not measured to the end is left there,
    and the next run goes on with it.
    """
    folder.mkdir(exist_ok=True)
    settings = Settings.at(folder / "home", runtime=str(folder / "run"))
    snapshot = prepare(folder, settings, persons, events)
    engines = {n: engine for n, engine in ENGINES.items() if n.startswith("DuckDB")}
    seconds = built(snapshot)
    measured = Larger(
        persons=persons,
        events=sum(table.rows for table in snapshot.manifest.tables.values()),
        milliseconds=beside(engines, folder, snapshot, rounds),
        build_seconds=seconds,
        index_bytes=size(folder_of(snapshot)),
        source_bytes=size(folder / "source"),
    )
    shutil.rmtree(folder)
    return measured


def prepare(folder: Path, settings: Settings, persons: int, events: int) -> Snapshot:
    """Make what is missing: the register, its snapshot, and DuckDB's layouts."""
    if not (folder / "source").exists():
        source.write(folder / "making", persons, events)
        (folder / "making").rename(folder / "source")
    if not Warehouse(settings).snapshots():
        Warehouse(settings).load(str(folder / "source"), Mapping.load(str(MAPPING)))
    if not (folder / "sorted").exists():
        in_duckdb.prepare(folder)
    return Warehouse(settings).snapshot()


def by_index(snapshot: Snapshot) -> Queries:
    """Return the six questions, each as if nothing had been asked before."""
    index = index_of(snapshot)

    def groups() -> Rows:
        found = breakdown(FROM_DIABETES, snapshot, TODAY)
        return [
            *(
                (each.sex, each.age_from // 10, None, number)
                for each, number in found.groups.numbers.items()
                if each.age_from is not None
            ),
            *(
                (None, None, year, number)
                for year, number in found.years.numbers.items()
            ),
        ]

    def codes() -> Rows:
        cohort = find(BOOLEAN, snapshot).members
        return [(number,) for number in numbers_having(cohort, index, LISTS)]

    def forgetting(ask: Callable[[], Rows]) -> Callable[[], Rows]:
        def forgetful() -> Rows:
            index.cache.clear()
            return ask()

        return forgetful

    asked = {
        "Q1": lambda: [(count(PREFIX, snapshot),)],
        "Q2": lambda: [(count(BOOLEAN, snapshot),)],
        "Q3": lambda: [(count(AFTER, snapshot),)],
        "Q4": lambda: [(count(INDEXED, snapshot),)],
        "Q5": groups,
        "Q6": codes,
    }
    return {name: forgetting(ask) for name, ask in asked.items()}


def kept_cells(snapshot: Snapshot, rounds: int) -> float:
    """Return the median milliseconds in which who is in each cell of Q5 is written."""
    found, taken = breakdown(FROM_DIABETES, snapshot, TODAY), []
    for _ in range(rounds):
        begun = time.perf_counter()
        found.groups.persons()
        found.years.persons()
        taken.append(1e3 * (time.perf_counter() - begun))
    return median(taken)


def compare(queries: dict[str, Queries]) -> None:
    """Stop unless every engine finds the same."""
    for name in SHAPES:
        found = {
            engine: normal(name, asked[name]()) for engine, asked in queries.items()
        }
        others = [engine for engine in found if found[engine] != found[INDEX]]
        if others:
            raise SystemExit(f"{name}: the index does not find what {others} find")


def measure(queries: dict[str, Queries], rounds: int) -> dict[str, dict[str, float]]:
    """Return the median milliseconds of each query in each engine, taking turns."""
    taken: dict[str, dict[str, list[float]]] = {
        engine: {name: [] for name in SHAPES} for engine in queries
    }
    for _ in range(rounds):
        for name in SHAPES:
            for engine, asked in queries.items():
                asked[name]()
                begun = time.perf_counter()
                asked[name]()
                taken[engine][name].append(1e3 * (time.perf_counter() - begun))
    return {
        engine: {name: median(times) for name, times in by_name.items()}
        for engine, by_name in taken.items()
    }


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


if __name__ == "__main__":
    main()
