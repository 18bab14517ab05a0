"""A delivery as an analysis sees it: its tables by name, and what is said of them."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from difflib import get_close_matches
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from enclave_kernels import showing
from enclave_kernels.files import NoDataError, relation, trace
from enclave_kernels.table import Table


if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb
    import pandas as pd


FOLDER = "/project/data"


class Project:
    """What was delivered to a project.

    Tables are attributes: ``project.lab``; or items: ``project["lab"]``.

    Parameters
    ----------
    folder
        Of the delivery; by default ``/project/data``.

    Raises
    ------
    NoDataError
        If no delivery is there.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self._folder = Path(folder or os.environ.get("ENCLAVE_DATA", FOLDER))
        self.manifest = _document(self._folder, "manifest.json")
        self._described = {
            table["name"]: table
            for table in _document(self._folder, "dictionary.json")["tables"]
        }

    @property
    def name(self) -> str:
        """The project's short name."""
        return str(self.manifest["project"])

    @property
    def version(self) -> int:
        """The number of the delivery."""
        return int(self.manifest["version"])

    @property
    def persons(self) -> int:
        """How many persons the study population has."""
        return int(self.manifest["persons"])

    @cached_property
    def tables(self) -> dict[str, Table]:
        """Every delivered table by its name."""
        return {
            facts["name"]: Table(
                facts,
                self._described.get(facts["name"], {}),
                partial(relation, self._connection, self._folder, facts),
            )
            for facts in self.manifest["tables"]
        }

    @property
    def dictionary(self) -> pd.DataFrame:
        """Every column of every table with its label, type, unit and code system."""
        import pandas as pd

        return pd.concat(
            {name: table.dictionary for name, table in self.tables.items()},
            names=["table", "column"],
        )

    @property
    def units(self) -> dict[str, str]:
        """The unit of each column that has one, such as ``{"lab.value": "mg/L"}``."""
        return {
            f"{name}.{column}": unit
            for name, table in self.tables.items()
            for column, unit in table.units.items()
        }

    @property
    def receipt(self) -> str:
        """What the delivery says of itself: what was counted, and what delivered."""
        return (self._folder / "receipt.md").read_text(encoding="utf-8")

    def sql(self, question: str) -> duckdb.DuckDBPyRelation:
        """Ask the tables in SQL, by their names.

        >>> project.sql("FROM lab SELECT code, count(*) GROUP BY code").df()
        """
        return self._connection.sql(question)

    def __getitem__(self, name: str) -> Table:
        try:
            return self.tables[name]
        except KeyError:
            raise NoDataError(self._unknown(name)) from None

    def __getattr__(self, name: str) -> Table:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self.tables[name]
        except KeyError:
            raise AttributeError(self._unknown(name)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __contains__(self, name: object) -> bool:
        return name in self.tables

    def __dir__(self) -> list[str]:
        return [*self.tables, *super().__dir__()]

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.tables)

    def __repr__(self) -> str:
        lines = [f"{self.name}: {self._said()}"]
        lines += [
            f"  {row['table']:<12} {row['rows']:>12} rows  {row['label']}"
            for row in self._table_rows()
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        title, rows = f"Project {self.name}", self._table_rows()
        return showing.html(title, self._said(), rows, "project.dictionary")

    def _said(self) -> str:
        window = self.manifest["window"]
        return (
            f"delivery {self.version} of grant {self.manifest['grant']},"
            f" {self.persons:,} persons, {window['start']} to {window['end']},"
            f" dates: {self.manifest['date_policy']}"
        )

    def _table_rows(self) -> list[dict[str, str]]:
        return [
            {
                "table": name,
                "rows": f"{table.rows:,}",
                "persons": f"{table.persons:,}",
                "label": table.label,
            }
            for name, table in self.tables.items()
        ]

    def _unknown(self, name: str) -> str:
        close = get_close_matches(name, self.tables, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        delivered = ", ".join(self.tables)
        return f"No table {name} was delivered.{hint} Delivered are: {delivered}."

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        import duckdb

        connection = duckdb.connect()
        trace(connection)
        for facts in self.manifest["tables"]:
            # What came in another format is said when it is asked for.
            with suppress(NoDataError):
                relation(connection, self._folder, facts).create_view(facts["name"])
        return connection


def _document(folder: Path, name: str) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads((folder / name).read_bytes())
    except OSError as error:
        raise NoDataError(
            f"Nothing was delivered to {folder} yet. The data come when a grant is issued"
            " for the project; a running workspace sees them after its next start."
        ) from error
    return document
