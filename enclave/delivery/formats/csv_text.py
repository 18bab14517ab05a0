"""CSV: UTF-8, names first, commas, decimal points, ISO dates, a word for missing.

Row groups are made beside one another, as they are delivered or from the Parquet file
of an earlier time. Where values repeat, each is made a text
once, and the texts are put together row by row. How a value is written, DuckDB says: a
file is the same as by its COPY.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from enclave.delivery.ahead import in_turn
from enclave.delivery.formats.layout import Layout
from enclave.delivery.parquet import one_piece
from enclave.errors import InputError
from enclave.warehouse.engine import reading_engine


# A missing value is the first of these that is nobody's text in the table.
TOKENS = ("NA", "<NA>", "<<missing>>")
DICTIONARY = "data-dictionary.csv"
# Rows that are put together at a time: they stay within the processor's cache.
_ROWS = 16_384
# Bytes that these may be at most: Arrow counts texts of a column in 31 bits.
_BYTES = 1 << 28
# What a text is put in quotation marks for.
_SPECIAL = '[",#\\n\\r]'


class _TokenMet(Exception):  # noqa: N818 - no error
    """The word for missing is somebody's text."""


class WrittenCsv(NamedTuple):
    """What is known of a file once it is written.

    Attributes
    ----------
    token
        The word that stands for a missing value.
    """

    token: str
    sha256: str


Lines = list[pa.Buffer]


class CsvFile:
    """A file that row groups are added to, as long as its token is nobody's text.

    Attributes
    ----------
    given_up
        True once somebody has it: what is in the file is no good then.
    """

    def __init__(
        self, engine: duckdb.DuckDBPyConnection, file: BinaryIO, token: str
    ) -> None:
        self._engine, self._file, self._token = engine, file, token
        self._hashed = hashlib.sha256()
        self.given_up = False

    def lines(self, columns: Iterable[pa.Array]) -> Lines | None:
        """Make the lines of some rows, beside those of others; null without a token."""
        encoded = [column.dictionary_encode() for column in columns]
        try:
            return list(_lines(self._engine, encoded, self._token))
        except _TokenMet:
            return None

    def add(self, lines: Lines | None) -> None:
        """Put lines behind those that are there."""
        self.given_up = self.given_up or lines is None
        if lines is None or self.given_up:
            return
        for one in lines:
            self._file.write(one)
            self._hashed.update(one)

    def written(self) -> WrittenCsv | None:
        """Describe the file that nothing is missing from; null if it is no good."""
        if self.given_up:
            return None
        return WrittenCsv(self._token, self._hashed.hexdigest())


@contextmanager
def csv_file(
    path: Path, names: Sequence[str], token: str = TOKENS[0]
) -> Iterator[CsvFile]:
    """Begin a file with the names of its columns."""
    with reading_engine() as engine, path.open("wb") as file:
        engine.execute("SET threads = 1")  # of each query: some run at a time
        made = CsvFile(engine, file, token)
        made.add(made.lines(pa.array([name]) for name in names))
        yield made


def write_csv(layout: Layout, path: Path) -> WrittenCsv:
    """Write one table from its Parquet file.

    Raises
    ------
    InputError
        If every word for missing is somebody's text.
    """
    for token in TOKENS:
        if written := _write(layout.path, path, token):
            return written
    raise InputError(
        f"Table {layout.name} holds the texts {' and '.join(TOKENS)}, so CSV has"
        " no word left for a missing value: ask for Parquet, SAS or Stata."
    )


def _write(source: Path, path: Path, token: str) -> WrittenCsv | None:
    described = pq.read_metadata(source)
    with csv_file(path, described.schema.names, token) as csv:

        def lines_of(number: int) -> Lines | None:
            return csv.lines(_read(source, described, number).columns)

        with closing(in_turn(lines_of, range(described.num_row_groups))) as groups:
            for lines in groups:
                csv.add(lines)
                if csv.given_up:
                    break
        return csv.written()


def _read(source: Path, described: pq.FileMetaData, number: int) -> pa.RecordBatch:
    """Read one row group, texts as dictionaries."""
    schema = described.schema.to_arrow_schema()
    texts = [field.name for field in schema if pa.types.is_string(field.type)]
    with pq.ParquetFile(source, metadata=described, read_dictionary=texts) as file:
        return one_piece(file.read_row_group(number, use_threads=False))


def _lines(
    engine: duckdb.DuckDBPyConnection, columns: Sequence[pa.DictionaryArray], token: str
) -> Iterator[pa.Buffer]:
    """Put the texts of each row together."""
    texts = _texts(engine, [column.dictionary for column in columns], token)
    # What is missing has no place; the token comes after all others.
    places = [column.indices.fill_null(len(column.dictionary)) for column in columns]
    longest = sum(pc.max(pc.binary_length(text)).as_py() + 1 for text in texts)
    rows = min(_ROWS, max(1, _BYTES // longest))
    for start in range(0, len(columns[0]), rows):
        cells = [
            text.take(place.slice(start, rows))
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
