"""One table in every format that people send, and what a conversion makes of it."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import pyreadstat

from enclave.airlock.conversion.plain_csv import examine
from enclave.airlock.conversion.program import answer
from enclave.airlock.uploaded_table import UploadedTable


Columns = Mapping[str, Sequence[Any]]


def _frame(columns: Columns) -> pd.DataFrame:
    return pd.DataFrame(
        {name: pd.Series(v, dtype=object) for name, v in columns.items()}
    )


def _csv(columns: Columns, path: Path) -> None:
    arrow_csv.write_csv(pa.table({n: pa.array(v) for n, v in columns.items()}), path)


def _parquet(columns: Columns, path: Path) -> None:
    pq.write_table(pa.table({n: pa.array(v) for n, v in columns.items()}), path)


def _xlsx(columns: Columns, path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(list(columns))
    for row in zip(*columns.values(), strict=True):
        book.active.append(row)
    book.save(path)


def _numbers_alone(columns: Columns) -> pd.DataFrame:
    """SAS, Stata and SPSS know numbers, dates and texts; a boolean is a number."""
    frame = _frame(columns)
    for name in frame:
        known = [one for one in frame[name] if one is not None]
        if all(isinstance(one, bool | int | float) for one in known):
            frame[name] = frame[name].astype(float)
        elif all(isinstance(one, datetime) for one in known):
            frame[name] = frame[name].astype("datetime64[us]")
    return frame


WRITERS: dict[str, Callable[[Columns, Path], None]] = {
    "csv": _csv,
    "parquet": _parquet,
    "xlsx": _xlsx,
    "xpt": lambda columns, path: pyreadstat.write_xport(
        _numbers_alone(columns), path, file_format_version=8
    ),
    "dta": lambda columns, path: pyreadstat.write_dta(_numbers_alone(columns), path),
    "sav": lambda columns, path: pyreadstat.write_sav(_numbers_alone(columns), path),
}


def converted(raw: Path) -> tuple[dict[str, Any], UploadedTable | None]:
    """Convert a file in this process: what the program says, and the table it made."""
    plain = raw.with_suffix(".plain")
    target = os.open(plain, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        said = answer(raw, target)
    finally:
        os.close(target)
    return said, None if "refused" in said else UploadedTable(plain, examine(plain))
