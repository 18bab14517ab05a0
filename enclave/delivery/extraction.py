"""Run a selection on a snapshot and write its rows as Parquet.

The engine joins, filters and sorts; what does not fit into memory is sorted on disk.
The pseudonym is made once per person. Persons are numbered in the order of their
pseudonyms, rows are sorted by that number, and the pseudonym takes its place as the
rows stream out: sorting by a small number is much faster than by 26 letters, and the
order is the same.

Rows come in the order of pseudonym, date, and then every other column. That order does
not depend on how the warehouse keeps them, which would otherwise tell who came in with
whom, and it makes the bytes of a file the same each time. What orders the rows is what
is delivered: a coarsened date does not give its day away by its place.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr.types import Table

from enclave.delivery import selection
from enclave.delivery.minimisation import PSEUDONYM, DeliveredTable, Precision
from enclave.delivery.parquet import ROW_GROUP, write_parquet
from enclave.delivery.selection import PERSON, PERSONS, RANK, SHIFT
from enclave.errors import HostError, PolicyRefusal
from enclave.identity.pseudonyms import Pseudonyms
from enclave.projects.forms import Window
from enclave.warehouse.sql import identifier


MEMORY = "1GB"
# A column of text with at most so many different values is sorted as numbers.
FEW_VALUES = 10_000
# No code and no label has more.
MOST_WORDS = 40

Keys = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tally:
    """How many of a table's rows each person of the cohort has.

    Attributes
    ----------
    person
        Person keys, shape (n,); who has no row is not there.
    rows, inside
        Rows of each, and those within the window.
    """

    person: Keys
    rows: Keys
    inside: Keys


@contextmanager
def _faults_of_the_host() -> Iterator[None]:
    try:
        yield
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        raise HostError(
            "The delivery ran out of memory or disk space, or could not read the"
            f" warehouse ({type(error).__name__}). Make room, then start it again."
        ) from error


class Extraction:
    """The granted rows of one cohort on one snapshot.

    Parameters
    ----------
    connection
        To the snapshot's tables.
    cohort
        ``person`` and ``index_date``, each person once.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        cohort: pa.Table,
        pseudonyms: Pseudonyms,
        window: Window,
    ) -> None:
        self._connection = connection
        self._window = window
        self._pseudonyms = self._number(cohort, pseudonyms)

    @_faults_of_the_host()
    def write_population(self, path: Path, *, index: Precision | None) -> None:
        """Write the list of persons, with their index date if ``index`` says how."""
        self._write(self._query(selection.population_rows(index)), path)

    @_faults_of_the_host()
    def write(self, table: DeliveredTable, path: Path) -> None:
        """Write one table."""
        for column in table.columns:
            if column.hides_few:
                self._keep_common(table, column.name)
        self._refuse_free_text(table)
        rows = self._query(selection.granted_rows(table, self._window))
        few = [
            column.name
            for column in table.columns
            if column.sortable_as_number and self._enumerate(table, column.name)
        ]
        if few:
            rows = rows.project(f"* REPLACE ({', '.join(map(_as_number, few))})")
        self._write(rows, path, [column.name for column in table.columns])

    @_faults_of_the_host()
    def tally(self, table: DeliveredTable) -> Tally:
        """Count a table's rows by person, all of them and those within the window."""
        rows = self._query(selection.rows_by_person(table, self._window))
        counted = rows.to_arrow_table()
        return Tally(*(counted[name].to_numpy() for name in Tally.__annotations__))

    def deaths_before(self, day: date) -> Keys:
        """Return the person keys of the cohort who died before a day."""
        died = self._query(selection.died_before(day)).to_arrow_table()
        keys: Keys = died[PERSON].to_numpy()
        return keys

    def _query(self, rows: Table) -> duckdb.DuckDBPyRelation:
        return self._connection.sql(ibis.to_sql(rows, dialect="duckdb"))

    def _write(
        self,
        rows: duckdb.DuckDBPyRelation,
        path: Path,
        columns: Sequence[str] | None = None,
    ) -> None:
        """Write rows, ordered by all their columns from left to right.

        Parameters
        ----------
        rows
            The person's number, then all other columns.
        columns
            Those in the order of the file; by default as they come.
        """
        reader = rows.order("ALL").to_arrow_reader(ROW_GROUP)
        names = reader.schema.names[1:] if columns is None else columns
        schema = _delivered_schema(reader.schema, names)
        write_parquet(
            path, schema, (self._delivered(batch, schema) for batch in reader)
        )

    def _delivered(self, batch: pa.RecordBatch, schema: pa.Schema) -> pa.Table:
        """Put pseudonyms in the place of numbers, and text in that of codes."""
        others = [batch[field.name].cast(field.type) for field in list(schema)[1:]]
        pseudonyms = self._pseudonyms.take(batch[RANK])
        return pa.Table.from_arrays([pseudonyms, *others], schema=schema)

    def _keep_common(self, table: DeliveredTable, column: str) -> None:
        """Keep the values of a column that are not those of a few persons."""
        values = selection.common_values(table, column, self._window)
        name = identifier(selection.common_table(table.name, column).get_name())
        query = ibis.to_sql(values, dialect="duckdb")
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")

    def _refuse_free_text(self, table: DeliveredTable) -> None:
        """Refuse a text of so many words that a person wrote it about a person."""
        texts = [c.name for c in table.columns if c.variable.type == "string"]
        if not texts:
            return
        longest = self._query(selection.most_words(table, texts, self._window))
        for name, words in zip(texts, longest.fetchall()[0], strict=True):
            if (words or 0) > MOST_WORDS:
                raise PolicyRefusal(
                    f"{table.name}.{name} holds free text, of more than {MOST_WORDS}"
                    " words, which is never delivered: revoke the grant, and have the"
                    " variable taken out of the request."
                )

    def _enumerate(self, table: DeliveredTable, column: str) -> bool:
        """Make a column of text sortable as numbers, if it has few different values."""
        values = selection.values_of(table, column)
        found = len(self._query(values.limit(FEW_VALUES + 1)).fetchall())
        if not 0 < found <= FEW_VALUES:
            return False
        query = ibis.to_sql(values.order_by(column), dialect="duckdb")
        name = identifier(f"_{column}")
        self._connection.execute(f"CREATE OR REPLACE TYPE {name} AS ENUM ({query})")
        return True

    def _number(self, cohort: pa.Table, pseudonyms: Pseudonyms) -> pa.Array:
        """Give persons numbers in the order of their pseudonyms; return these."""
        keys = cohort[PERSON].to_numpy()
        made = pseudonyms.of(keys)
        order = pc.sort_indices(made)
        rank = pa.array(np.arange(len(made), dtype=np.int32))
        shifted = cohort.append_column(SHIFT, pa.array(pseudonyms.day_shifts(keys)))
        numbered = shifted.take(order).append_column(RANK, rank)
        self._connection.register("_numbered", numbered)
        self._connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {PERSONS.get_name()} AS FROM _numbered"
        )
        self._connection.unregister("_numbered")
        return made.take(order)


def bounded(connection: duckdb.DuckDBPyConnection, spill: Path) -> None:
    """Bound a connection's memory; what does not fit goes to ``spill``."""
    connection.execute("SET memory_limit = ?", [MEMORY])
    connection.execute("SET temp_directory = ?", [str(spill)])
    connection.execute("SET enable_progress_bar = false")


def _as_number(column: str) -> str:
    """Cast a column to its enumeration, whose order is that of its values."""
    name = identifier(column)
    return f"CAST({name} AS {identifier(f'_{column}')}) AS {name}"


def _delivered_schema(found: pa.Schema, columns: Sequence[str]) -> pa.Schema:
    types = {name: found.field(name).type for name in columns}
    text = {name: pa.string() for name in types if pa.types.is_dictionary(types[name])}
    return pa.schema({PSEUDONYM: pa.string(), **types, **text})
