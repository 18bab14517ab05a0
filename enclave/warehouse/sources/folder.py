"""A folder of CSV and Parquet files: one table per file, or per sub-folder of parts."""

import io
from collections.abc import Iterator
from csv import reader
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from enclave.canonical import digest, file_digest
from enclave.errors import InputError
from enclave.warehouse.mapping import Csv


_SUFFIXES = (".parquet", ".csv.gz", ".csv")
_DELIMITERS = ",;\t|"
_BLOCK_BYTES = 8 << 20
_BATCH_ROWS = 65_536


class Folder:
    """CSV and Parquet files in a folder.

    Every value of a CSV file arrives as text, and only an empty field as null. A line
    with too many or too few fields is left out and counted.

    Raises
    ------
    InputError
        If there is no such folder, or no table in it.
    """

    def __init__(self, path: Path, written: Csv) -> None:
        if not path.is_dir():
            raise InputError(f"There is no folder {path}. Check the path.")
        self.place = str(path.resolve())
        self._written = written
        self._files = _tables_in(path)
        self._unreadable: dict[str, int] = {}
        if not self._files:
            names = sorted(entry.name for entry in path.iterdir())
            raise InputError(
                f"The folder {path} holds no .csv, .csv.gz or .parquet file. It holds:"
                f" {', '.join(names[:20]) or 'nothing'}."
            )

    def tables(self) -> list[str]:
        """Name the tables."""
        return sorted(self._files)

    def columns(self, table: str) -> dict[str, Any]:
        """Name a table's columns, each with the type in which it arrives."""
        first = self._files[table][0]
        if first.suffix == ".parquet":
            schema = pq.read_schema(first)
            return dict(zip(schema.names, schema.types, strict=True))
        return dict.fromkeys(self._header(first), pa.string())

    def read(self, table: str, columns: list[str]) -> Any:
        """Stream some columns of a table, in that order, never all rows at once."""
        types = self.columns(table)
        schema = pa.schema([(name, types[name]) for name in columns])
        self._unreadable[table] = 0
        return pa.RecordBatchReader.from_batches(schema, self._batches(table, schema))

    def unreadable(self, table: str) -> int:
        """Count the lines that the last reading of a table had to leave out."""
        return self._unreadable[table]

    def fingerprint(self) -> str:
        """Hash every file's name and content."""
        return digest(
            {
                table: [[file.name, file_digest(file)] for file in files]
                for table, files in self._files.items()
            }
        )

    def close(self) -> None:
        """Do nothing: files are open only while they are read."""

    def _batches(self, table: str, schema: Any) -> Iterator[Any]:
        for file in self._files[table]:
            if file.suffix == ".parquet":
                rows = pq.ParquetFile(file)
                batches = rows.iter_batches(_BATCH_ROWS, columns=schema.names)
            else:
                batches = self._csv_batches(table, file, schema.names)
            for batch in batches:
                yield batch.select(schema.names).cast(schema)

    def _csv_batches(self, table: str, file: Path, columns: list[str]) -> Any:
        def leave_out(_row: Any) -> str:
            self._unreadable[table] += 1
            return "skip"

        return csv.open_csv(
            file,
            read_options=csv.ReadOptions(
                encoding=self._written.encoding, block_size=_BLOCK_BYTES
            ),
            parse_options=csv.ParseOptions(
                delimiter=self._delimiter(file),
                newlines_in_values=True,
                invalid_row_handler=leave_out,
            ),
            convert_options=csv.ConvertOptions(
                include_columns=columns,
                column_types=dict.fromkeys(columns, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
            ),
        )

    def _header(self, file: Path) -> list[str]:
        line = _first_line(file, self._written.encoding)
        return next(reader([line], delimiter=self._delimiter(file)), [])

    def _delimiter(self, file: Path) -> str:
        if self._written.delimiter is not None:
            return self._written.delimiter
        line = _first_line(file, self._written.encoding)
        return max(_DELIMITERS, key=line.count)


def _tables_in(path: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for entry in sorted(path.iterdir()):
        files = sorted(entry.iterdir()) if entry.is_dir() else [entry]
        files = [file for file in files if file.name.lower().endswith(_SUFFIXES)]
        name = _stem(entry.name)
        if name in found and files:
            raise InputError(
                f"The folder {path} holds the table {name} twice, as"
                f" {found[name][0].name} and {files[0].name}. Take one away."
            )
        if files:
            found[name] = files
    return found


def _stem(name: str) -> str:
    for suffix in _SUFFIXES:
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return name


def _first_line(file: Path, encoding: str) -> str:
    try:
        with pa.input_stream(file) as stream, io.BufferedReader(stream) as lines:
            return lines.readline().decode(encoding)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"The first line of {file} cannot be read as {encoding}. Say in the mapping"
            " which encoding the source has (csv: {encoding: latin-1})."
        ) from error
