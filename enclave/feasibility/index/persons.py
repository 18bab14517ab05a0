"""The persons of an index: one row per ordinal."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from enclave import durable
from enclave.canonical import digest
from enclave.feasibility.index.blocks import Blocks, BlockWriter
from enclave.feasibility.index.kernels import NEVER
from enclave.feasibility.index.layout import FORMAT
from enclave.feasibility.index.numbering import Ordinals


SEXES = ("female", "male")
_COLUMNS = {"sex": np.uint8, "birth": np.int32, "death": np.int32}
_QUERY = f"""
FROM person SELECT
  person,
  CAST(CASE sex WHEN 'female' THEN 1 WHEN 'male' THEN 2 ELSE 0 END AS UTINYINT) AS sex,
  CAST(coalesce(birth_date - DATE '1970-01-01', {NEVER}) AS INTEGER) AS birth,
  CAST(coalesce(death_date - DATE '1970-01-01', {NEVER}) AS INTEGER) AS death
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
    def read(cls, file: Path) -> "Persons":
        """Open the columns in a file; processes share their pages."""
        blocks = Blocks(file)
        return cls(*(blocks.block(name).view(kind) for name, kind in _COLUMNS.items()))

    def __len__(self) -> int:
        """Return how many persons there are."""
        return len(self.sex)


def write_persons(
    engine: duckdb.DuckDBPyConnection, folder: Path, files: durable.NewFiles
) -> tuple[str, Ordinals]:
    """Write the table ``person`` of an engine; return its name, and who is in it.

    The keys themselves are not written.
    """
    keys, *values = _in_order(engine)
    ordinals, columns = Ordinals(keys), dict(zip(_COLUMNS, values, strict=True))
    parts = [hashlib.sha256(part).hexdigest() for part in columns.values()]
    name = digest([FORMAT, ordinals.identity.model_dump(), parts])
    place = folder / "persons" / name
    if not place.exists():
        with files.new(place) as partial, BlockWriter(partial) as writer:
            for each, column in columns.items():
                writer.block(each, column.data)
            writer.seal({"persons": len(ordinals)})
    return name, ordinals


def _in_order(engine: duckdb.DuckDBPyConnection) -> list[Any]:
    """Return the keys of all persons, ascending, and the columns."""
    # They mostly lie in order, and it costs less to keep it than to make it.
    engine.execute("SET preserve_insertion_order = true")
    rows = engine.sql(_QUERY).to_arrow_table().combine_chunks()
    engine.execute("SET preserve_insertion_order = false")
    columns = [each.to_numpy() for each in rows.columns]
    if (columns[0][1:] > columns[0][:-1]).all():
        return columns
    order = np.argsort(columns[0])
    return [each[order] for each in columns]
