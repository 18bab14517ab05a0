"""Describing a table so that nothing is said about any one person."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import duckdb

from enclave.warehouse.catalogue import Profile, TableEntry, Variable
from enclave.warehouse.column import Column
from enclave.warehouse.content import rows_of
from enclave.warehouse.engine import one_row
from enclave.warehouse.sql import identifier
from enclave.warehouse.vocabulary import Described, Kind, Label, ValueType


# So many persons have a value, so that one in a hundred of them are five.
_ENOUGH_FOR_PERCENTILES = 500
_ENOUGH_FOR_A_YEAR = 5
_ENOUGH_FOR_A_CODE = 5
_MOST_CODES = 200
_FEWEST_SHOWN = 20


class TableDescription(Described):
    """What the mapping says about a table."""

    name: str
    kind: Kind
    label: Label
    columns: tuple[Column, ...]


def describe(
    engine: duckdb.DuckDBPyConnection, table: TableDescription, files: Sequence[str]
) -> TableEntry:
    """Describe one table of the warehouse for the catalogue."""
    profiler = _Profiler(engine, rows_of(list(files)), table.kind)
    profiles = {column.name: profiler.profile(column) for column in table.columns}
    roles = {column.role: column for column in table.columns}
    dated = roles.get("date", roles.get("from")) if table.kind == "event" else None
    first = profiles[dated.name].first_year if dated else None
    last = profiles[dated.name].last_year if dated else None
    code = roles.get("code")
    return TableEntry(
        name=table.name,
        kind=table.kind,
        label=table.label,
        rows=profiler.rows if profiler.persons is None else _rounded(profiler.rows),
        persons=None if profiler.persons is None else _rounded(profiler.persons),
        coverage_from=date(first, 1, 1) if first else None,
        coverage_to=date(last, 12, 31) if last else None,
        code_system=code.code_system if code else None,
        variables=tuple(
            _variable(table.name, column, profiles[column.name])
            for column in table.columns
        ),
    )


class _Profiler:
    """Measures the columns of one table."""

    def __init__(
        self, engine: duckdb.DuckDBPyConnection, rows: str, kind: Kind
    ) -> None:
        self._engine = engine
        self._kind = kind
        self._rows = rows
        self.rows = int(self._one(f"FROM {rows} SELECT count(*)")[0])
        self.persons: int | None = None
        if kind != "reference":
            counted = self._one(f"FROM {rows} SELECT count(DISTINCT person)")
            self.persons = int(counted[0])

    def profile(self, column: Column) -> Profile:
        """Describe the values of one column."""
        name = identifier(column.name)
        present, distinct = self._one(
            f"FROM {self._rows} SELECT count({name}), approx_count_distinct({name})"
        )
        missing = 1 - present / self.rows if self.rows else 0.0
        low, high = self._percentiles(name, column.type)
        first, last = self._years(name, column.type)
        return Profile(
            missing=round(missing, 2),
            distinct=_band(int(distinct)),
            low=low,
            high=high,
            first_year=first,
            last_year=last,
            codes=self._codes(name, column),
        )

    def _percentiles(
        self, name: str, kind: ValueType
    ) -> tuple[float | None, float | None]:
        if self.persons is None or kind not in {"integer", "number"}:
            return None, None
        # Over persons, not rows: one person may have a thousand extreme values.
        low, high, persons = self._one(
            f"FROM (FROM {self._rows} SELECT min({name}) AS low, max({name}) AS high"
            f" WHERE {name} IS NOT NULL GROUP BY person)"
            " SELECT quantile_cont(low, 0.01), quantile_cont(high, 0.99), count(*)"
        )
        if persons < _ENOUGH_FOR_PERCENTILES:
            return None, None
        return float(f"{low:.2g}"), float(f"{high:.2g}")

    def _years(self, name: str, kind: ValueType) -> tuple[int | None, int | None]:
        if self.persons is None or kind not in {"date", "datetime"}:
            return None, None
        first, last = self._one(
            f"FROM (FROM {self._rows} SELECT year({name}) AS year GROUP BY ALL"
            f" HAVING count(DISTINCT person) >= {_ENOUGH_FOR_A_YEAR})"
            " SELECT min(year), max(year)"
        )
        return first, last

    def _codes(self, name: str, column: Column) -> tuple[str, ...]:
        identifying = column.sensitivity == "direct_identifier"
        if self._kind != "person" or column.code_system is None or identifying:
            return ()
        found = self._engine.execute(
            f"FROM {self._rows} SELECT CAST({name} AS VARCHAR) AS code"
            f" WHERE {name} IS NOT NULL GROUP BY ALL"
            f" HAVING count(DISTINCT person) >= {_ENOUGH_FOR_A_CODE} ORDER BY code"
        ).fetchall()
        return tuple(code for (code,) in found) if len(found) <= _MOST_CODES else ()

    def _one(self, query: str) -> tuple[Any, ...]:
        return one_row(self._engine, query)


def _variable(table: str, column: Column, profile: Profile) -> Variable:
    return Variable(
        table=table,
        name=column.name,
        label=column.label,
        type="person" if column.role == "person" else column.type,
        unit=column.unit,
        role=column.role,
        code_system=column.code_system,
        sensitivity=column.sensitivity,
        profile=profile,
    )


def _rounded(count: int) -> int:
    return 0 if count < _FEWEST_SHOWN else int(float(f"{count:.2g}"))


def _band(distinct: int) -> str:
    if distinct <= 1:
        return str(distinct)
    upper = 10
    while distinct > upper:
        upper *= 10
    return f"{upper // 10 + 1 if upper > 10 else 2:,}-{upper:,}"
