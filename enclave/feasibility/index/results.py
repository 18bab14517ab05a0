"""The different results of a segment: value, operator and unit, each combination once.

An event holds the number of its result. A condition is worked out once per result, and
the loop over the events only looks it up.
"""

from operator import eq, ge, gt, le, lt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from enclave.cohort.criteria import Between, ValueCondition


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

NO_LOOKUP = np.empty(0, dtype=np.bool_)


class Results:
    """The results of one segment, by number."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table
        self.value = table["value"].to_numpy()
        self._operator = _Texts(table["operator"])
        self._unit = _Texts(table["unit"])

    @classmethod
    def read(cls, path: Path) -> "Results":
        """Read the results of a segment."""
        return cls(pq.read_table(path))

    def __len__(self) -> int:
        """Return how many different results there are."""
        return len(self.value)

    def meeting(self, asked: ValueCondition) -> np.ndarray:
        """Return per result whether it meets a condition."""
        met: np.ndarray = self._number_meets(asked) & ~np.isnan(self.value)
        return met if asked.unit is None else met & self._unit.equal(asked.unit)

    def _number_meets(self, asked: ValueCondition) -> np.ndarray:
        plain: np.ndarray = self._operator.equal(None) | self._operator.equal("=")
        if isinstance(asked, Between):
            plain &= (self.value >= asked.lower) & (self.value <= asked.upper)
            return plain
        met: np.ndarray = plain & _COMPARE[asked.operator](self.value, asked.threshold)
        for written, compare in _CENSORED[asked.operator].items():
            met |= self._operator.equal(written) & compare(self.value, asked.threshold)
        return met

    def texts(self, numbers: np.ndarray) -> list[str]:
        """Write some results so that equal ones of two segments are written alike."""
        rows = self._table.take(numbers).to_pylist()
        return [
            repr((_one_zero(row["value"]), row["operator"], row["unit"]))
            for row in rows
        ]


def _one_zero(value: float | None) -> float | None:
    # To the engine, zero and minus zero are one value.
    return None if value is None else value + 0.0


class _Texts:
    """A column of few different texts."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        encoded = column.combine_chunks().dictionary_encode()
        self._numbers = encoded.indices.fill_null(-1).to_numpy()
        self._names = encoded.dictionary.to_pylist()

    def equal(self, text: str | None) -> np.ndarray:
        # No text has the number -2, and an empty cell has -1.
        number = self._names.index(text) if text in self._names else -2
        found: np.ndarray = self._numbers == (-1 if text is None else number)
        return found
