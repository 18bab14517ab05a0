"""Run a selection on a snapshot and write its rows as Parquet.

The engine joins and filters, in pieces that fit into memory. The pseudonym is made
once per person. Persons are numbered in the order of their pseudonyms, rows are sorted
by that number, and the pseudonym takes its place as the rows are written: sorting by a
small number is much faster than by 26 letters, and the order is the same.

Rows come in the order of pseudonym, date, and then every other column. That order does
not depend on how the warehouse keeps them, which would otherwise tell who came in with
whom, and it makes the bytes of a file the same each time. What orders the rows is what
is delivered: a coarsened date does not give its day away by its place.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from ibis.expr.types import Table

from enclave.delivery import selection
from enclave.delivery.ahead import aside, in_turn
from enclave.delivery.engine import Engine
from enclave.delivery.formats.csv_text import CsvFile, Lines, WrittenCsv, csv_file
from enclave.delivery.minimisation import (
    POPULATION,
    PSEUDONYM,
    DeliveredTable,
    Precision,
)
from enclave.delivery.ordering import order_of
from enclave.delivery.parquet import (
    Encoded,
    encoded,
    groups_of,
    one_piece,
    write_groups,
)
from enclave.delivery.selection import PERSON, PERSONS, RANK, SHIFT
from enclave.delivery.sorting import only_used, sorted_rows
from enclave.errors import HostError
from enclave.identity.pseudonyms import Pseudonyms
from enclave.projects.forms import Window


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
    except (
        duckdb.OutOfMemoryException,
        duckdb.IOException,
        MemoryError,  # Arrow's, too
        OSError,
    ) as error:
        raise HostError(
            "The delivery ran out of memory or disk space, or could not read the"
            f" warehouse ({type(error).__name__}). Make room, then start it again."
        ) from error


class Extraction:
    """The granted rows of one cohort on one snapshot.

    Parameters
    ----------
    engine
        On the snapshot's tables.
    cohort
        ``person`` and ``index_date``, each person once.
    shifted
        False where no date moves by days of its person's own, so that none are made.
    csv
        True to write each table as CSV too, from the same row groups in memory.

    Attributes
    ----------
    csv_files
        The CSV file of each table, beside the Parquet file. It is missing where the
        first word for missing values is somebody's text.
    """

    def __init__(
        self,
        engine: Engine,
        cohort: pa.Table,
        pseudonyms: Pseudonyms,
        window: Window,
        *,
        shifted: bool = True,
        csv: bool = False,
    ) -> None:
        self._engine = engine
        self._window = window
        self._csv = csv
        self.csv_files: dict[str, WrittenCsv] = {}
        numbered, keys = _numbered(cohort, pseudonyms, shifted=shifted)
        # Both while the first query is made, and the names while it is answered, too.
        self._known = aside(partial(engine.put, PERSONS.get_name(), numbered))
        self._pseudonyms = aside(partial(pseudonyms.of, keys))
        self._persons = len(cohort)

    @_faults_of_the_host()
    def write_population(self, path: Path, *, index: Precision | None) -> str:
        """Write the list of persons, with their index date if ``index`` says how.

        Returns
        -------
        str
            The file's SHA-256.
        """
        rows = selection.population_rows(index)
        return self._write(POPULATION, rows, path, rows.columns[1:])

    @_faults_of_the_host()
    def write(self, table: DeliveredTable, path: Path) -> str:
        """Write one table.

        Returns
        -------
        str
            The file's SHA-256.

        Raises
        ------
        PolicyRefusal
            If a column holds free text. The file is not complete then.
        """
        for column in table.columns:
            if column.hides_few:
                self._keep_common(table, column.name)
        rows = selection.granted_rows(table, self._window)
        few = frozenset(column.name for column in table.columns if column.few_values)
        names = [column.name for column in table.columns]
        return self._write(table.name, rows, path, names, few)

    @_faults_of_the_host()
    def tally(self, table: DeliveredTable) -> Tally:
        """Count a table's rows by person, all of them and those within the window."""
        counted = self._fetched(selection.rows_by_person(table, self._window))
        return Tally(*(counted[name].to_numpy() for name in Tally.__annotations__))

    def deaths_before(self, day: date) -> Keys:
        """Return the person keys of the cohort who died before a day."""
        died = self._fetched(selection.died_before(day))
        keys: Keys = died[PERSON].to_numpy()
        return keys

    def _fetched(self, rows: Table) -> pa.Table:
        self._known.result()
        return self._engine.fetch(rows)

    def _write(
        self,
        table: str,
        rows: Table,
        path: Path,
        columns: Sequence[str],
        few: frozenset[str] = frozenset(),
    ) -> str:
        """Write rows, ordered by all their columns from left to right.

        Parameters
        ----------
        rows
            The person's number, then all other columns.
        columns
            Those in the order of the file.
        few
            Columns of text with few different values.
        """
        names = [PSEUDONYM, *columns]
        self._known.result()
        found = self._engine.pieces(rows, self._persons, few)
        with self._csv_beside(path, names) as csv:
            made = partial(self._made, names, csv)
            groups = in_turn(made, groups_of(sorted_rows(table, found)))
            # Where the disk is full, threads end and files go before that is said.
            with closing(groups):
                sha256 = write_groups(path, _added(groups, csv))
        if csv and (written := csv.written()):
            self.csv_files[table] = written
        return sha256

    def _csv_beside(
        self, path: Path, names: Sequence[str]
    ) -> AbstractContextManager[CsvFile | None]:
        return csv_file(path.with_suffix(".csv"), names) if self._csv else nullcontext()

    def _made(
        self, names: Sequence[str], csv: CsvFile | None, rows: pa.Table
    ) -> tuple[Encoded, Lines | None]:
        """Write one row group as Parquet, and as CSV if there is such a file."""
        group = self._named(names, rows)
        lines = csv.lines(group.columns) if csv and not csv.given_up else None
        return encoded(group), lines

    def _named(self, names: Sequence[str], rows: pa.Table) -> pa.RecordBatch:
        """Put pseudonyms in the place of numbers, and only values that are there."""
        group = one_piece(rows)
        numbers = group[RANK].to_numpy()
        new = np.diff(numbers, prepend=-1) != 0
        pseudonyms = pa.DictionaryArray.from_arrays(
            pa.array(np.cumsum(new, dtype=np.int32) - 1),
            self._pseudonyms.result().take(pa.array(numbers[new])),
        )
        others = [only_used(group[name]) for name in names[1:]]
        return pa.record_batch([pseudonyms, *others], names)

    def _keep_common(self, table: DeliveredTable, column: str) -> None:
        """Keep the values of a column that are not those of a few persons."""
        values = selection.common_values(table, column, self._window)
        kept = selection.common_table(table.name, column)
        self._known.result()
        self._engine.keep(kept.get_name(), values)


def _numbered(
    cohort: pa.Table, pseudonyms: Pseudonyms, *, shifted: bool
) -> tuple[pa.Table, Keys]:
    """Give persons numbers in the order of their pseudonyms; and return their keys."""
    keys = cohort[PERSON].to_numpy()
    order = order_of([pa.array(part) for part in pseudonyms.numbers(keys).T])
    rank = pa.array(np.arange(len(keys), dtype=np.int32))
    # Where it is not there, what would be moved by it is not there either.
    days = pseudonyms.day_shifts(keys) if shifted else None
    shift = pa.nulls(len(keys), pa.int32()) if days is None else pa.array(days)
    numbered = cohort.append_column(SHIFT, shift).take(pa.array(order))
    return numbered.append_column(RANK, rank), keys[order]


def _added(
    groups: Iterable[tuple[Encoded, Lines | None]], csv: CsvFile | None
) -> Iterator[Encoded]:
    """Pass row groups on, and their lines to the CSV file."""
    for group, lines in groups:
        if csv:
            csv.add(lines)
        yield group
