"""CSV: UTF-8, names first, commas, decimal points, ISO dates, a word for missing.

Row groups are written beside one another. Where values repeat, each is made a text
once, and the texts are put together row by row. How a value is written, DuckDB says: a
file is the same as by its COPY.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from enclave.delivery.ahead import in_turn
from enclave.delivery.formats.layout import Layout
from enclave.errors import InputError
from enclave.warehouse.engine import reading_engine


# A missing value is the first of these that is nobody's text in the table.
TOKENS = ("NA", "<NA>", "<<missing>>")
DICTIONARY = "data-dictionary.csv"
# Rows that are put together at a time: they stay within the processor's cache.
_ROWS = 16_384
# What a text is put in quotation marks for.
_SPECIAL = '[",#\\n\\r]'


class _TokenMet(Exception):  # noqa: N818 - no error
    """The word for missing is somebody's text."""


def write_csv(layout: Layout, path: Path) -> str:
    """Write one table, and return the word that stands for a missing value.

    Raises
    ------
    InputError
        If every word for missing is somebody's text.
    """
    for token in TOKENS:
        try:
            _write(layout.path, path, token)
        except _TokenMet:
            continue
        return token
    raise InputError(
        f"Table {layout.name} holds the texts {' and '.join(TOKENS)}, so CSV has"
        " no word left for a missing value: ask for Parquet, SAS or Stata."
    )


def _write(source: Path, path: Path, token: str) -> None:
    with reading_engine() as engine, path.open("wb") as file:
        engine.execute("SET threads = 1")  # of each query: some run at a time
        described = pq.read_metadata(source)
        names = described.schema.to_arrow_schema().names
        header = [pa.array([name]).dictionary_encode() for name in names]
        file.writelines(_lines(engine, header, token))
        group = partial(_group, engine, source, described, token)
        for lines in in_turn(group, range(described.num_row_groups)):
            file.writelines(lines)


def _group(
    engine: duckdb.DuckDBPyConnection,
    source: Path,
    described: pq.FileMetaData,
    token: str,
    number: int,
) -> list[pa.Buffer]:
    """Write one row group."""
    schema = described.schema.to_arrow_schema()
    texts = [field.name for field in schema if pa.types.is_string(field.type)]
    with pq.ParquetFile(source, metadata=described, read_dictionary=texts) as file:
        rows = file.read_row_group(number, use_threads=False).combine_chunks()
    columns = [one.combine_chunks().dictionary_encode() for one in rows.columns]
    return list(_lines(engine, columns, token))


def _lines(
    engine: duckdb.DuckDBPyConnection, columns: Sequence[pa.DictionaryArray], token: str
) -> Iterator[pa.Buffer]:
    """Put the texts of each row together."""
    texts = _texts(engine, [column.dictionary for column in columns], token)
    # What is missing has no place; the token comes after all others.
    places = [column.indices.fill_null(len(column.dictionary)) for column in columns]
    for start in range(0, len(columns[0]), _ROWS):
        cells = [
            text.take(place.slice(start, _ROWS))
            for text, place in zip(texts, places, strict=True)
        ]
        lines = pc.binary_join_element_wise(*cells, ",")
        _, offsets, content = lines.buffers()
        end = np.frombuffer(offsets, np.int32)[len(lines)]
        yield content.slice(0, int(end))


def _texts(
    engine: duckdb.DuckDBPyConnection, columns: Sequence[pa.Array], token: str
) -> list[pa.Array]:
    """Make values texts as they are in the file, with the token after the last.

    Those of the last column end with the line.
    """
    cast = iter(_cast(engine, [one for one in columns if not _is_text(one)]))
    texts = [
        pa.concat_arrays(
            [_quoted(one, token) if _is_text(one) else next(cast), pa.array([token])]
        )
        for one in columns
    ]
    texts[-1] = pc.binary_join_element_wise(texts[-1], "\n", "")
    return texts


def _is_text(column: pa.Array) -> bool:
    return bool(pa.types.is_string(column.type))


def _cast(
    engine: duckdb.DuckDBPyConnection, columns: Sequence[pa.Array]
) -> list[pa.Array]:
    """Make texts of what is none, in one query."""
    longest = max(map(len, columns), default=0)
    padded = {
        str(number): pa.concat_arrays(
            [column, pa.nulls(longest - len(column), column.type)]
        )
        for number, column in enumerate(columns)
    }
    if not longest:
        return [pa.array([], pa.string()) for _ in columns]
    cast = (_text(column.type, name) for name, column in padded.items())
    values = engine.cursor().from_arrow(pa.table(padded))
    found = values.project(", ".join(cast)).to_arrow_table()
    return [
        text.combine_chunks().slice(0, len(column))
        for text, column in zip(found.columns, columns, strict=True)
    ]


def _quoted(texts: pa.Array, token: str) -> pa.Array:
    """Put texts in quotation marks that could be taken for more than one."""
    if pc.index(texts, token).as_py() >= 0:
        raise _TokenMet
    special = pc.match_substring_regex(texts, _SPECIAL)
    if not pc.any(special).as_py():
        return texts
    doubled = pc.replace_substring(texts, '"', '""')
    quoted = pc.binary_join_element_wise('"', doubled, '"', "")
    return pc.if_else(special, quoted, texts)


def _text(kind: pa.DataType, name: str) -> str:
    """Return SQL of a value as it is in the file."""
    text = f'CAST("{name}" AS VARCHAR)'
    # Without a blank, so that every reader takes it for one value.
    return f"replace({text}, ' ', 'T')" if pa.types.is_timestamp(kind) else text
