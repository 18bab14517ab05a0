"""The different details of a segment's events: each combination once, by number.

A detail is what an event says besides who, when and with which code: its value with
operator and unit, its reference limits, its source, and for how many days it lasted. An
event holds the number of its detail. A condition is worked out once per detail, and the
loop over the events only looks it up.
"""

from operator import eq, ge, gt, le, lt

import duckdb
import numpy as np
import pyarrow as pa

from enclave.cohort.criteria import Between, EventCriterion, ValueCondition
from enclave.cohort.units import converted
from enclave.feasibility.index.scanning import NO_LOOKUP


_COMPARE = {"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq}

# As in enclave.cohort.matching: how a number written with this operator must lie to
# the threshold that is asked for, so that every number it stands for meets it.
_CENSORED = {
    "<": {"<": le, "<=": lt},
    "<=": {"<": le, "<=": le},
    ">": {">": ge, ">=": gt},
    ">=": {">": ge, ">=": ge},
    "=": {},
}

# What a detail has besides its value, as SQL over the view of events. An end before
# the start is a slip, and counts as none.
OTHERS = {
    "operator": "events.operator",
    "unit": "events.unit",
    "low": "events.low",
    "high": "events.high",
    "source": "events.source",
    "lasting": "greatest(coalesce(events.end_date - events.date, 0), 0)",
}
_IN_ORDER = """
SELECT number, value, {others},
  dense_rank() OVER (ORDER BY unit, operator, value) AS same
FROM (FROM detail JOIN rests USING (rest)
  SELECT number, {others}, CASE WHEN empty THEN NULL ELSE value END AS value)
ORDER BY same, low, high, source, lasting, number
"""


def other_details(engine: duckdb.DuckDBPyConnection) -> pa.Table:
    """Return what the events of a view have besides their values, each once."""
    named = ", ".join(f"{sql} AS {name}" for name, sql in OTHERS.items())
    return engine.sql(
        f"FROM (FROM events SELECT DISTINCT {named} WHERE date IS NOT NULL)"
        " SELECT *, CAST(row_number() OVER () - 1 AS UINTEGER) AS rest"
    ).to_arrow_table()


def in_order(
    engine: duckdb.DuckDBPyConnection,
    others: pa.Table,
    values: np.ndarray,
    rests: np.ndarray,
) -> pa.Table:
    """Return the details sorted: the same value in the same unit lies side by side.

    Parameters
    ----------
    values, rests
        By number: the value, and twice the number of the others, one more where the
        value is missing.

    Returns
    -------
    pyarrow.Table
        ``number`` and what makes up the detail; ``same`` is equal where the details are
        those of one event that was delivered twice.
    """
    table = pa.table(
        {
            "number": np.arange(len(values), dtype=np.uint32),
            "value": values,
            "rest": (rests >> 1).astype(np.uint32),
            "empty": (rests & 1).astype(np.bool_),
        }
    )
    engine.register("detail", table)
    engine.register("rests", others)
    query = _IN_ORDER.format(others=", ".join(OTHERS))
    found = engine.sql(query).to_arrow_table()
    engine.unregister("detail")
    engine.unregister("rests")
    return found


class Details:
    """The details of one segment, by number."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table
        self.value = _numbers(table["value"])
        self.low, self.high = _numbers(table["low"]), _numbers(table["high"])
        self.lasting = table["lasting"].to_numpy().astype(np.int32)
        self.same = table["same"].to_numpy().astype(np.uint32)
        self._operator = _Texts(table["operator"])
        self._unit = _Texts(table["unit"])
        self._source = _Texts(table["source"])

    def __len__(self) -> int:
        """Return how many different details there are."""
        return len(self.value)

    def from_sources(self, criterion: EventCriterion) -> np.ndarray:
        """Return per detail whether it comes from a source that is asked for."""
        if criterion.sources is None:
            return NO_LOOKUP
        found = np.zeros(len(self), dtype=np.bool_)
        for source in criterion.sources:
            found |= self._source.equal(source)
        return found

    def meeting(self, criterion: EventCriterion) -> np.ndarray:
        """Return per detail whether it has the value that is asked for."""
        met = np.ones(len(self), dtype=np.bool_)
        if criterion.value is None and criterion.abnormal is None:
            return NO_LOOKUP
        met &= ~np.isnan(self.value)
        if criterion.value is not None:
            met &= self._has_value(criterion.value)
        if criterion.abnormal is not None:
            met &= self._is_abnormal(criterion.abnormal)
        return met

    def _has_value(self, asked: ValueCondition) -> np.ndarray:
        if asked.unit is None:
            return self._meets(asked, _bounds(asked))
        if asked.convert is None:
            plain = self._meets(asked, _bounds(asked))
            plain &= self._unit.equal(asked.unit)
            return plain
        met = np.zeros(len(self), dtype=np.bool_)
        by_bound = [
            converted(each, asked.unit, asked.convert) for each in _bounds(asked)
        ]
        for unit in by_bound[0]:
            bounds = [bound[unit] for bound in by_bound]
            met |= self._meets(asked, bounds) & self._unit.equal(unit)
        return met

    def _meets(self, asked: ValueCondition, bounds: list[float]) -> np.ndarray:
        if isinstance(asked, Between):
            lower, upper = bounds
            met = self._plain.copy()
            met &= (self.value >= lower) & (self.value <= upper)
            return met
        return self._compared(asked.operator, bounds[0])

    def _is_abnormal(self, abnormal: str) -> np.ndarray:
        outside = np.zeros(len(self), dtype=np.bool_)
        if abnormal != "high":
            outside |= ~np.isnan(self.low) & self._compared("<", self.low)
        if abnormal != "low":
            outside |= ~np.isnan(self.high) & self._compared(">", self.high)
        return outside

    def _compared(self, operator: str, threshold: float | np.ndarray) -> np.ndarray:
        met: np.ndarray = self._plain & _COMPARE[operator](self.value, threshold)
        for written, compare in _CENSORED[operator].items():
            met |= self._operator.equal(written) & compare(self.value, threshold)
        return met

    @property
    def _plain(self) -> np.ndarray:
        plain: np.ndarray = self._operator.equal(None) | self._operator.equal("=")
        return plain

    def texts(self, numbers: np.ndarray) -> list[str]:
        """Write some details so that the same of two segments are written alike."""
        rows = self._table.select(["value", "operator", "unit"]).take(numbers)
        return [repr(tuple(row.values())) for row in rows.to_pylist()]


def _bounds(asked: ValueCondition) -> list[float]:
    if isinstance(asked, Between):
        return [asked.lower, asked.upper]
    return [asked.threshold]


def _numbers(column: pa.ChunkedArray) -> np.ndarray:
    # What is missing is compared as what is no number: it meets nothing.
    numbers: np.ndarray = column.cast(pa.float64()).fill_null(np.nan).to_numpy()
    return numbers


class _Texts:
    """A column of few different texts."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        encoded = column.cast(pa.string()).combine_chunks().dictionary_encode()
        self._numbers = encoded.indices.fill_null(-1).to_numpy()
        self._names = encoded.dictionary.to_pylist()

    def equal(self, text: str | None) -> np.ndarray:
        # No text has the number -2, and an empty cell has -1.
        number = self._names.index(text) if text in self._names else -2
        found: np.ndarray = self._numbers == (-1 if text is None else number)
        return found
