"""A table as an old system exports it: semicolons, latin-1, the day first."""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow.compute as pc


class OldExport:
    """Writes tables one after the other into one CSV file."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("w", encoding="latin-1", newline="\r\n")
        self._begun = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def write_table(self, table: Any) -> None:
        """Add the rows of a table whose texts hold neither semicolons nor quotes."""
        if not self._begun:
            self._file.write(";".join(table.column_names) + "\n")
            self._begun = True
        columns = [_written(table[name]) for name in table.column_names]
        lines = (";".join(row) for row in zip(*columns, strict=True))
        self._file.writelines(f"{line}\n" for line in lines)


def _written(column: Any) -> list[str]:
    if str(column.type).startswith(("date", "timestamp")):
        column = pc.strftime(column, format="%d-%m-%Y")
    return [value or "" for value in column.cast("string").to_pylist()]
