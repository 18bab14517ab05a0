"""Answer a question about a delivery's tables in a form that R reads as it is.

R of Debian reads no Parquet. Called as ``read_tables.py FOLDER SQL``; prints one line of
JSON that names the columns, then each column's values as R keeps them in memory: so
every number arrives to the last bit, and nothing passes through text.
"""

import json
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO


sys.path.append(str(Path(__file__).parent))

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from files import NoDataError, relation, trace


# How R writes "not available".
_NO_INTEGER = -(2**31)
_NO_DOUBLE = struct.unpack("<d", struct.pack("<II", 1954, 0x7FF00000))[0]
_EXACT = 2**53


def answer(folder: Path, question: str) -> pa.Table:
    """Ask the tables of a delivery in SQL, by their names."""
    connection = duckdb.connect()
    trace(connection)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    unreadable = []
    for facts in manifest["tables"]:
        try:
            relation(connection, folder, facts).create_view(facts["name"])
        except NoDataError as error:
            unreadable.append(error)
    try:
        return connection.sql(question).to_arrow_table()
    except duckdb.CatalogException:
        if unreadable:
            raise unreadable[0] from None
        raise


def write(table: pa.Table, stream: BinaryIO) -> None:
    """Write a table for R."""
    columns, values = [], []
    for name in table.column_names:
        kind, levels, column = _for_r(table.column(name).combine_chunks())
        columns.append({"name": name, "kind": kind, "levels": levels})
        values.append(column)
    head = json.dumps({"rows": len(table), "columns": columns}, ensure_ascii=False)
    stream.write(head.encode() + b"\n")
    for column in values:
        _write_values(column, stream)


def _for_r(column: Any) -> tuple[str, list[str], Any]:
    """Return the kind of an R vector, its levels, and its values as int32 or double."""
    kind = column.type
    if pa.types.is_boolean(kind) or (
        pa.types.is_signed_integer(kind) and kind.bit_width < 64
    ):
        name = "logical" if pa.types.is_boolean(kind) else "integer"
        return name, [], column.cast(pa.int32()).fill_null(_NO_INTEGER)
    if pa.types.is_date(kind):
        days = column.cast(pa.date32()).cast(pa.int32())
        return "date", [], days.fill_null(_NO_INTEGER)
    if pa.types.is_timestamp(kind):
        ticks = column.cast(pa.timestamp("us")).cast(pa.int64())
        seconds = pc.divide(ticks.cast(pa.float64()), 1e6)
        return "time", [], seconds.fill_null(_NO_DOUBLE)
    if pa.types.is_integer(kind):
        _check_exact(column)
    if (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
    ):
        return "double", [], column.cast(pa.float64()).fill_null(_NO_DOUBLE)
    coded = column.cast(pa.string()).dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    codes = pc.add(coded.indices.cast(pa.int32()), pa.scalar(1, pa.int32()))
    return "string", coded.dictionary.to_pylist(), codes.fill_null(_NO_INTEGER)


def _check_exact(column: Any) -> None:
    largest = pc.max(pc.abs_checked(column)).as_py() if len(column) else None
    if largest is not None and largest > _EXACT:
        raise ValueError(
            "A whole number is larger than R can keep exactly. Read it as text:"
            " CAST(column AS VARCHAR)."
        )


def _write_values(column: Any, stream: BinaryIO) -> None:
    width = column.type.bit_width // 8
    data = memoryview(column.buffers()[1]) if len(column) else b""
    begin = column.offset * width
    stream.write(data[begin : begin + len(column) * width])


def main() -> None:
    """Answer, or say in one line why not."""
    try:
        table = answer(Path(sys.argv[1]), sys.argv[2])
        write(table, sys.stdout.buffer)
    except (duckdb.Error, ValueError, pa.ArrowInvalid, NoDataError) as error:
        sys.stdout.write(json.dumps({"error": str(error)}) + "\n")


if __name__ == "__main__":
    main()
