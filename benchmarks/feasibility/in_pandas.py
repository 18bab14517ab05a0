"""The six queries in pandas, in memory: sorted by code, codes and days as numbers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from benchmarks.feasibility.in_duckdb import NATIVE, numbers, run_of
from benchmarks.feasibility.queries import FIFTY, LAB, LIMIT, Queries, Rows
from benchmarks.feasibility.source import DOMAINS


@contextmanager
def in_pandas(folder: Path) -> Iterator[Queries]:
    pandas = _Pandas(folder)
    yield {
        "Q1": pandas.prefix,
        "Q2": lambda: [(len(pandas.cohort()),)],
        "Q3": pandas.after,
        "Q4": pandas.indexed,
        "Q5": pandas.breakdown,
        "Q6": pandas.fifty,
    }


class _Pandas:
    def __init__(self, folder: Path) -> None:
        with duckdb.connect(folder / NATIVE, read_only=True) as engine:
            self._numbers = numbers(engine)
            self._tables = {
                each.name: _read(
                    engine,
                    f"FROM {each.name} SELECT number, id, CAST(date"
                    " - DATE '1970-01-01' AS INTEGER) AS day"
                    f"{', value' if each.measured else ''}",
                )
                for each in DOMAINS
            }
            self._person = _read(engine, "FROM person").set_index("id")

    def prefix(self) -> Rows:
        return [(self._begins("diagnosis", "DE11")["id"].nunique(),)]

    def cohort(self) -> np.ndarray:
        found = self._begins("diagnosis", "DE11")["id"].unique()
        has = np.isin(found, self._begins("diagnosis", "DI10")["id"].unique())
        found = found[has]
        has_not = np.isin(found, self._begins("diagnosis", "DC50")["id"].unique())
        return found[~has_not]

    def after(self) -> Rows:
        rows = self._begins("lab", LAB)
        high = rows[rows["value"] > LIMIT][["id", "day"]]
        began = self._begins("diagnosis", "DE11")[["id", "day"]]
        pairs = began.merge(high, on="id")
        near = (pairs["day_y"] - pairs["day_x"]).between(0, 90)
        return [(pairs[near]["id"].nunique(),)]

    def indexed(self) -> Rows:
        rows = self._with_age(self._first())
        rows = rows[rows["age"].between(18, 65)][["idx"]]
        taken = self._begins("medication", "A10BA")
        taken = taken.merge(rows, left_on="id", right_index=True)
        near = taken[(taken["day"] - taken["idx"]).between(0, 365)]
        return [(int((near.groupby("id").size() >= 2).sum()),)]

    def breakdown(self) -> Rows:
        first = self._first()
        rows = self._with_age(first[first.index.isin(self.cohort())])
        groups = rows.groupby(["sex", rows["age"] // 10]).size()
        years = rows.groupby(rows["at"].dt.year).size()
        return [
            *((sex, decade, None, n) for (sex, decade), n in groups.items()),
            *((None, None, year, n) for year, n in years.items()),
        ]

    def fifty(self) -> Rows:
        who = self.cohort()
        has = ((code, self._begins("lab", code)["id"]) for code in FIFTY)
        return [(code, ids[ids.isin(who)].nunique()) for code, ids in has]

    def _begins(self, domain: str, code: str) -> pd.DataFrame:
        run, rows = run_of(self._numbers[domain], code), self._tables[domain]
        # Sorted, so that no row of another code needs to be looked at.
        ends = np.array([run.start, run.stop], dtype=np.uint16)
        first, last = np.searchsorted(rows["number"].to_numpy(), ends)
        return rows.iloc[first:last]

    def _first(self) -> pd.Series:
        return self._begins("diagnosis", "DE11").groupby("id")["day"].min()

    def _with_age(self, first: pd.Series) -> pd.DataFrame:
        rows = self._person.join(first.rename("idx"), how="inner")
        rows["at"] = pd.to_datetime(rows["idx"], unit="D")
        born = pd.to_datetime(rows["born"])
        rows["age"] = (_written(rows["at"]) - _written(born)) // 10_000
        return rows


def _read(engine: duckdb.DuckDBPyConnection, query: str) -> pd.DataFrame:
    return engine.sql(query).to_arrow_table().to_pandas(self_destruct=True)


def _written(days: pd.Series) -> pd.Series:
    return days.dt.year * 10_000 + days.dt.month * 100 + days.dt.day
