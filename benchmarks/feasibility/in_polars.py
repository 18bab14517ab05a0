"""The six queries in Polars, on Parquet sorted by code."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import polars as pl

from benchmarks.feasibility.queries import FIFTY, LAB, LIMIT, Queries, Rows
from benchmarks.feasibility.source import DOMAINS


@contextmanager
def in_polars(folder: Path) -> Iterator[Queries]:
    polars = _Polars(folder)
    yield {
        "Q1": polars.prefix,
        "Q2": lambda: polars.cohort().select(pl.len()).collect().rows(),
        "Q3": polars.after,
        "Q4": polars.indexed,
        "Q5": polars.breakdown,
        "Q6": polars.fifty,
    }


class _Polars:
    def __init__(self, folder: Path) -> None:
        self._tables = {
            each.name: pl.scan_parquet(folder / "sorted" / f"{each.name}.parquet")
            for each in DOMAINS
        }
        self._person = pl.scan_parquet(folder / "source" / "person.parquet")

    def prefix(self) -> Rows:
        found = self._begins("diagnosis", "DE11")
        return found.select(pl.col("id").n_unique()).collect().rows()

    def cohort(self) -> pl.LazyFrame:
        found = self._begins("diagnosis", "DE11").select("id").unique()
        found = found.join(self._begins("diagnosis", "DI10"), on="id", how="semi")
        return found.join(self._begins("diagnosis", "DC50"), on="id", how="anti")

    def after(self) -> Rows:
        lab = self._tables["lab"]
        high = lab.filter(pl.col("code") == LAB, pl.col("value") > LIMIT)
        began = self._begins("diagnosis", "DE11").select("id", began="date")
        pairs = began.join(high.select("id", "date"), on="id")
        days = pl.col("date") - pl.col("began")
        near = pairs.filter(days.is_between(timedelta(0), timedelta(90)))
        return near.select(pl.col("id").n_unique()).collect().rows()

    def indexed(self) -> Rows:
        taken = self._begins("medication", "A10BA").select("id", "date")
        rows = self._first().join(self._person, on="id")
        rows = rows.filter(_age().is_between(18, 65)).join(taken, on="id")
        days = pl.col("date") - pl.col("idx")
        near = rows.filter(days.is_between(timedelta(0), timedelta(365)))
        twice = near.group_by("id").len().filter(pl.col("len") >= 2)
        return twice.select(pl.len()).collect().rows()

    def breakdown(self) -> Rows:
        rows = self._first().join(self.cohort(), on="id", how="semi")
        rows = rows.join(self._person, on="id").select(
            "sex", decade=_age().floordiv(10), year=pl.col("idx").dt.year()
        )
        found = rows.collect()
        groups = found.group_by("sex", "decade").len().rows()
        years = found.group_by("year").len().rows()
        return [
            *((sex, decade, None, n) for sex, decade, n in groups),
            *((None, None, year, n) for year, n in years),
        ]

    def fifty(self) -> Rows:
        rows = self._tables["lab"].filter(pl.col("code").is_in(list(FIFTY)))
        rows = rows.join(self.cohort(), on="id", how="semi")
        return rows.group_by("code").agg(pl.col("id").n_unique()).collect().rows()

    def _begins(self, domain: str, code: str) -> pl.LazyFrame:
        # As a range: only that lets it skip the row groups of other codes.
        after = code[:-1] + chr(ord(code[-1]) + 1)
        rows = self._tables[domain]
        return rows.filter(pl.col("code") >= code, pl.col("code") < after)

    def _first(self) -> pl.LazyFrame:
        rows = self._begins("diagnosis", "DE11")
        return rows.group_by("id").agg(idx=pl.col("date").min())


def _age() -> pl.Expr:
    return (_written("idx") - _written("born")) // 10_000


def _written(day: str) -> pl.Expr:
    column = pl.col(day).dt
    year, month = column.year(), column.month().cast(pl.Int32)
    return year * 10_000 + month * 100 + column.day().cast(pl.Int32)
