"""A cleaned dataset as it was written: every cell is text until a check reads it.

Nothing is converted while reading. A reader that turns ``NA`` into nothing and ``0104``
into a number would hide just what the checks look for.
"""

import csv
import io
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from enclave.errors import InputError
from enclave.returns.codebook import Codebook


@dataclass(frozen=True)
class Dataset:
    """The cells of a CSV file, as text, without the codebook's missing token.

    Attributes
    ----------
    cells
        One row per row of the file; every value is a string.
    missing
        The codebook's missing token.
    """

    cells: pd.DataFrame
    missing: str

    def present(self, name: str) -> pd.Series:
        """Return the values of a column that are not missing."""
        column = self.cells[name]
        return column[column != self.missing]

    def numbers(self, name: str) -> pd.Series:
        """Return the values of a column that are numbers with a decimal point."""
        values = self.present(name)
        plain = values[values.str.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")]
        return plain.astype("float64")

    @cached_property
    def is_missing(self) -> pd.DataFrame:
        """True where a cell holds the missing token."""
        return self.cells == self.missing


def read_dataset(path: Path, codebook: Codebook) -> Dataset:
    """Read a CSV file in UTF-8, with a header and commas.

    Raises
    ------
    InputError
        If the file cannot be read, is not UTF-8, is not rectangular, or its header is
        not the codebook's list of columns. Positions are named, never what stands
        there.
    """
    rows = list(csv.reader(io.StringIO(_text(path)), strict=True))
    if len(rows) < 2:
        raise InputError(
            f"{path.name} holds no rows: it needs a header and a row per patient."
        )
    header, body = rows[0], rows[1:]
    _check_header(path.name, header, codebook)
    ragged = [number for number, row in enumerate(body, 2) if len(row) != len(header)]
    if ragged:
        raise InputError(
            f"{path.name}: {len(ragged)} rows have another number of cells than the"
            f" header, the first is row {ragged[0]}. Put values with a comma in quotes."
        )
    return Dataset(pd.DataFrame(body, columns=header, dtype="str"), codebook.missing)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as fault:
        raise InputError(
            f"The dataset {path.name} cannot be read: {fault.strerror}. Give the path"
            " of a CSV file."
        ) from fault
    except UnicodeDecodeError as fault:
        raise InputError(
            f"{path.name} is not UTF-8 (byte {fault.start}). Save it as CSV in UTF-8."
        ) from fault


def _check_header(name: str, header: list[str], codebook: Codebook) -> None:
    expected = [column.name for column in codebook.columns]
    if header == expected:
        return
    missing = [column for column in expected if column not in header]
    unknown = [
        str(number) for number, each in enumerate(header, 1) if each not in expected
    ]
    found = []
    if missing:
        found.append(f"without the columns {', '.join(missing)}")
    if unknown:
        found.append(f"the codebook does not describe column {', '.join(unknown)}")
    if not found:
        found.append("its columns stand in another order than in the codebook")
    raise InputError(
        f"{name} and its codebook do not fit: {'; '.join(found)}. Describe every column"
        " of the file, in the file's order."
    )
