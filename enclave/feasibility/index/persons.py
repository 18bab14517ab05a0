"""The persons of an index: one row per ordinal."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from enclave import durable
from enclave.canonical import digest
from enclave.feasibility.index.kernels import NEVER
from enclave.feasibility.index.layout import FORMAT
from enclave.feasibility.index.numbering import Ordinals


SEXES = ("female", "male")
_COLUMNS = ("sex", "birth", "death")
_QUERY = """
FROM person SELECT
  person,
  CASE sex WHEN 'female' THEN 1 WHEN 'male' THEN 2 ELSE 0 END AS sex,
  CAST(birth_date - DATE '1970-01-01' AS INTEGER) AS birth,
  CAST(death_date - DATE '1970-01-01' AS INTEGER) AS death
ORDER BY person
"""


@dataclass(frozen=True)
class Persons:
    """Demographic columns by ordinal.

    Attributes
    ----------
    sex
        0 where it is not known, 1 for female, 2 for male.
    birth, death
        Days since 1970, ``NEVER`` where there is none.
    """

    sex: np.ndarray
    birth: np.ndarray
    death: np.ndarray

    @classmethod
    def read(cls, folder: Path) -> "Persons":
        """Open the columns in a folder; processes share their pages."""
        return cls(*(column(folder / f"{name}.npy") for name in _COLUMNS))

    def __len__(self) -> int:
        """Return how many persons there are."""
        return len(self.sex)


def column(path: Path) -> np.ndarray:
    """Open a column, to be read only."""
    mapped: np.memmap = np.load(path, mmap_mode="r")
    return mapped.view(np.ndarray)


def write_persons(
    engine: duckdb.DuckDBPyConnection, folder: Path
) -> tuple[str, Ordinals]:
    """Write the table ``person`` of an engine; return its name, and who is in it.

    The keys themselves are not written.
    """
    rows = engine.sql(_QUERY).to_arrow_table()
    ordinals = Ordinals(rows["person"].to_numpy())
    columns = {
        "sex": rows["sex"].to_numpy().astype(np.uint8),
        "birth": _days(rows["birth"]),
        "death": _days(rows["death"]),
    }
    parts = [hashlib.sha256(part).hexdigest() for part in columns.values()]
    name = digest([FORMAT, ordinals.identity.model_dump(), parts])
    place = folder / "persons" / name
    if not place.exists():
        with durable.new_folder(place, mode=0o700) as partial:
            for each, values in columns.items():
                np.save(partial / f"{each}.npy", values)
    return name, ordinals


def _days(values: pa.ChunkedArray) -> np.ndarray:
    days: np.ndarray = values.fill_null(int(NEVER)).to_numpy()
    return days.astype(np.int32)
