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

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
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
from enclave.delivery.ahead import in_turn
from enclave.delivery.engine import Engine
from enclave.delivery.minimisation import (
    POPULATION,
    PSEUDONYM,
    DeliveredTable,
    Precision,
)
from enclave.delivery.ordering import order_of_texts
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
from enclave.identity.pseudonyms import LENGTH, Pseudonyms
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
    """

    def __init__(
        self,
        engine: Engine,
        cohort: pa.Table,
        pseudonyms: Pseudonyms,
        window: Window,
    ) -> None:
        self._engine = engine
        self._window = window
        self._pseudonyms = self._number(cohort, pseudonyms)

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
        counted = self._engine.fetch(selection.rows_by_person(table, self._window))
        return Tally(*(counted[name].to_numpy() for name in Tally.__annotations__))

    def deaths_before(self, day: date) -> Keys:
        """Return the person keys of the cohort who died before a day."""
        died = self._engine.fetch(selection.died_before(day))
        keys: Keys = died[PERSON].to_numpy()
        return keys

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
        found = self._engine.pieces(rows, len(self._pseudonyms), few)
        groups = in_turn(
            partial(self._encoded, columns), groups_of(sorted_rows(table, found))
        )
        # Where the disk is full, threads end and files go before that is said.
        with closing(groups):
            return write_groups(path, groups)

    def _encoded(self, columns: Sequence[str], rows: pa.Table) -> Encoded:
        """Put pseudonyms in the place of numbers, and only values that are there."""
        group = one_piece(rows)
        numbers = group[RANK].to_numpy()
        new = np.diff(numbers, prepend=-1) != 0
        pseudonyms = pa.DictionaryArray.from_arrays(
            pa.array(np.cumsum(new, dtype=np.int32) - 1),
            self._pseudonyms.take(pa.array(numbers[new])),
        )
        others = [only_used(group[name]) for name in columns]
        names = [PSEUDONYM, *columns]
        return encoded(pa.record_batch([pseudonyms, *others], names))

    def _keep_common(self, table: DeliveredTable, column: str) -> None:
        """Keep the values of a column that are not those of a few persons."""
        values = selection.common_values(table, column, self._window)
        kept = selection.common_table(table.name, column)
        self._engine.keep(kept.get_name(), values)

    def _number(self, cohort: pa.Table, pseudonyms: Pseudonyms) -> pa.Array:
        """Give persons numbers in the order of their pseudonyms; return these."""
        keys = cohort[PERSON].to_numpy()
        made = pseudonyms.of(keys)
        order = pa.array(order_of_texts(made, LENGTH))
        rank = pa.array(np.arange(len(made), dtype=np.int32))
        shifted = cohort.append_column(SHIFT, pa.array(pseudonyms.day_shifts(keys)))
        numbered = shifted.take(order).append_column(RANK, rank)
        self._engine.put(PERSONS.get_name(), numbered)
        return made.take(order)
