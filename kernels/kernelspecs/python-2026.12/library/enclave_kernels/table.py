"""A delivered table, in whichever form an analysis takes it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from enclave_kernels import showing


if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow as pa


class NoSuchColumnError(KeyError):
    """A column that the table does not have."""

    def __str__(self) -> str:
        return str(self.args[0])


class Table:
    """One delivered table.

    Nothing is read before it is asked for, and only the columns that are asked for.
    """

    def __init__(
        self,
        facts: dict[str, Any],
        described: dict[str, Any],
        opened: Callable[[], duckdb.DuckDBPyRelation],
    ) -> None:
        self._facts = facts
        self._described = described
        self._opened = opened

    @property
    def name(self) -> str:
        """The table's name."""
        return str(self._facts["name"])

    @property
    def label(self) -> str:
        """What the table is, in English."""
        return str(self._described.get("label", {}).get("en", ""))

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return int(self._facts["rows"])

    @property
    def persons(self) -> int:
        """How many persons have rows in it."""
        return int(self._facts["persons"])

    @property
    def columns(self) -> list[str]:
        """The names of its columns."""
        return [column["name"] for column in self._facts["columns"]]

    @property
    def units(self) -> dict[str, str]:
        """The unit of each column that has one."""
        return {
            column["name"]: column["unit"]
            for column in self._described.get("columns", [])
            if "unit" in column
        }

    @property
    def dictionary(self) -> pd.DataFrame:
        """Every column with its label, type, unit and code system."""
        import pandas as pd

        return pd.DataFrame(self._dictionary_rows()).set_index("column")

    def pandas(self, *columns: str, where: str | None = None) -> pd.DataFrame:
        """Return the table for pandas; days are ``datetime64``.

        Parameters
        ----------
        *columns
            Those to read; all of them if none is named.
        where
            A condition in SQL, such as ``"code = 'NPU02902' AND value > 5"``: only the
            rows that fulfil it are read.
        """
        import pandas as pd

        frame = self.arrow(*columns, where=where).to_pandas(date_as_object=False)
        return pd.DataFrame(frame)

    def polars(self, *columns: str, where: str | None = None) -> pl.DataFrame:
        """Return the table for Polars. See :meth:`pandas`."""
        import polars as pl

        frame = pl.from_arrow(self.arrow(*columns, where=where))
        assert isinstance(frame, pl.DataFrame)
        return frame

    def arrow(self, *columns: str, where: str | None = None) -> pa.Table:
        """Return the table for Arrow. See :meth:`pandas`."""
        return self.duckdb(*columns, where=where).to_arrow_table()

    def duckdb(
        self, *columns: str, where: str | None = None
    ) -> duckdb.DuckDBPyRelation:
        """Return a DuckDB relation, of which nothing is read yet. See :meth:`pandas`.

        It knows the project's other tables by name.
        """
        self._check(columns)
        relation = self._opened()
        if where is not None:
            relation = relation.filter(where)
        if columns:
            relation = relation.project(", ".join(f'"{name}"' for name in columns))
        return relation

    def units_by_code(self) -> pd.DataFrame:
        """Return which unit each code has, where the unit stands in the rows.

        A code with two rows here comes in two units.

        Raises
        ------
        NoSuchColumnError
            If the table has no codes or no units in its rows.
        """
        code, unit = self._with_role("code"), self._with_role("unit")
        counted = f'"{code}" AS code, "{unit}" AS unit, count(*) AS rows'
        return self.duckdb().aggregate(counted).order("ALL").df()

    def head(self, rows: int = 5) -> pd.DataFrame:
        """Return the first rows for pandas."""
        return self.duckdb().limit(rows).df()

    def __len__(self) -> int:
        return self.rows

    def __repr__(self) -> str:
        lines = [f"{self.name}: {self.rows:,} rows of {self.persons:,} persons"]
        lines += [showing.column_line(row) for row in self._dictionary_rows()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        title = f"{self.name} · {self.label}" if self.label else self.name
        said = f"{self.rows:,} rows of {self.persons:,} persons"
        rows = self._dictionary_rows()
        return showing.html(title, said, rows, f"project.{self.name}.pandas()")

    def _ipython_key_completions_(self) -> list[str]:
        return self.columns

    def _dictionary_rows(self) -> list[dict[str, str]]:
        described = {
            column["name"]: column for column in self._described.get("columns", [])
        }
        return [
            showing.dictionary_row(column, described.get(column["name"], {}))
            for column in self._facts["columns"]
        ]

    def _with_role(self, role: str) -> str:
        for column in self._described.get("columns", []):
            if column.get("role") == role:
                return str(column["name"])
        raise NoSuchColumnError(
            f"The table {self.name} has no column of the role {role}."
        )

    def _check(self, columns: Sequence[str]) -> None:
        for name in columns:
            if name not in self.columns:
                close = get_close_matches(name, self.columns, n=1)
                hint = f" Did you mean {close[0]}?" if close else ""
                raise NoSuchColumnError(
                    f"The table {self.name} has no column {name}.{hint}"
                    f" It has: {', '.join(self.columns)}."
                )
