"""Second pass: rows against each other, and against the person they are about.

What comes in are the typed rows of the first pass, with what was found in them. What
goes out are the rows of the new snapshot, the rows that are set aside, and how many
rows broke which rule.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from enclave.warehouse.column import Column, FirstOf
from enclave.warehouse.mapping import Mapping
from enclave.warehouse.rules import Problem
from enclave.warehouse.sql import identifier, identifiers, literal, literals
from enclave.warehouse.staging import finding, findings
from enclave.warehouse.vocabulary import Role


# Rows lie together by what is asked for most, so that a query reads few of them.
_ORDER: tuple[Role, ...] = ("code", "person", "date", "from")


@dataclass(frozen=True)
class Checked:
    """What became of one table: its rows, those set aside, and the rules broken."""

    name: str
    rows: Path
    set_aside: Path | None
    problems: list[Problem]


class Checker:
    """Checks the staged tables of one load; the persons must be first.

    Parameters
    ----------
    engine
        A working engine.
    mapping
        The load's mapping.
    folder
        Holds a folder of staged files for each table; results are written into it.
    today
        Nothing may have happened later.
    """

    def __init__(
        self,
        engine: duckdb.DuckDBPyConnection,
        mapping: Mapping,
        folder: Path,
        today: date,
    ) -> None:
        self._engine = engine
        self._mapping = mapping
        self._folder = folder
        self._today = today

    def check(self, name: str) -> Checked:
        """Check one table, and write its good rows and those that are set aside."""
        columns = [each for each in self._mapping.columns(name) if each.stored]
        kind = self._mapping.parts(name)[0].kind
        rows = self._folder / f"{name}.rows.parquet"
        aside = self._folder / f"{name}.aside.parquet"
        self._judge(name, kind, columns)
        names = identifiers(column.name for column in columns)
        good = f"FROM judged SELECT {names} WHERE NOT aside"
        self._write(f"{good}{_order(columns)}", rows)
        bad = f"FROM judged SELECT {names}, findings, copies WHERE aside"
        again = finding("duplicate_row", "", "true")
        columns_again = f"{names}, [{again}] AS findings, copies - 1 AS copies"
        repeated = f"FROM judged SELECT {columns_again} WHERE NOT aside AND copies > 1"
        self._write(f"{bad} UNION ALL {repeated}", aside)
        problems = self._problems(name, columns)
        self._engine.execute("DROP TABLE judged")
        if kind == "person":
            self._accept(columns, rows)
        return Checked(name, rows, aside, problems)

    def _judge(self, name: str, kind: str, columns: list[Column]) -> None:
        select = {
            "person": self._person_rows,
            "event": self._event_rows,
            "reference": self._reference_rows,
        }[kind](name, columns)
        grave = f"list_filter(findings, lambda f: {self._grave(columns)})"
        self._engine.execute(
            f"CREATE TEMP TABLE judged AS FROM (FROM ({select})"
            f" SELECT *, count(*) AS copies GROUP BY ALL)"
            f" SELECT *, len({grave}) > 0 AS aside"
        )
        if kind == "person":
            self._keep_one_row_each(columns)

    def _reference_rows(self, name: str, columns: list[Column]) -> str:
        names = identifiers(column.name for column in columns)
        return f"FROM {self._staged(name)} SELECT {names}, findings"

    def _person_rows(self, name: str, columns: list[Column]) -> str:
        selected, joins = [], ""
        for number, column in enumerate(columns):
            first = column.derive
            if not isinstance(first, FirstOf):
                selected.append(f"rows.{identifier(column.name)}")
            elif self._has(first.table):
                joins += (
                    f" LEFT JOIN (FROM {self._staged(first.table)} SELECT person,"
                    f" min({identifier(first.variable)}) AS day GROUP BY person)"
                    f" AS first{number} ON first{number}.person = rows.person"
                )
                selected.append(f"first{number}.day AS {identifier(column.name)}")
            else:
                selected.append(f"rows.{identifier(column.name)}")
        roles = {column.role: column for column in columns}
        birth, death = roles["birth_date"].name, roles["death_date"].name
        born, died = identifier(birth), identifier(death)
        found = [
            finding("before_birth", death, f"{died} < {born}"),
            finding("in_future", birth, f"{born} > DATE '{self._today}'"),
            finding("in_future", death, f"{died} > DATE '{self._today}'"),
        ]
        rows = f"FROM {self._staged(name)} AS rows{joins} SELECT {', '.join(selected)}"
        return (
            f"FROM ({rows}, findings)"
            f" SELECT * REPLACE (list_concat(findings, {findings(found)}) AS findings)"
        )

    def _event_rows(self, name: str, columns: list[Column]) -> str:
        names = ", ".join(f"rows.{identifier(column.name)}" for column in columns)
        found = self._event_findings({each.role: each.name for each in columns})
        return (
            f"FROM {self._staged(name)} AS rows LEFT JOIN accepted USING (person)"
            f" SELECT {names}, list_concat(findings, {findings(found)}) AS findings"
        )

    def _event_findings(self, roles: dict[Role | None, str]) -> list[str]:
        start = roles.get("date", roles.get("from", ""))
        end = roles.get("end", roles.get("to"))
        # Days: a time today is not in the future, nor after an end of the same day.
        day = f"CAST(rows.{identifier(start)} AS DATE)"
        variables = "list_transform(findings, lambda f: f.variable)"
        unread = f"list_contains({variables}, {literal(start)})"
        grace = self._mapping.rules.grace_days
        conditions = [
            ("missing_date", f"{day} IS NULL AND NOT {unread}"),
            ("before_birth", f"{day} < accepted.birth"),
            ("in_future", f"{day} > DATE '{self._today}'"),
            ("after_death", f"{day} > accepted.death + {grace}"),
        ]
        found = [finding(rule, start, condition) for rule, condition in conditions]
        stranger = "rows.person IS NOT NULL AND accepted.person IS NULL"
        found.append(finding("unknown_person", "person", stranger))
        if end is not None:
            ends = f"CAST(rows.{identifier(end)} AS DATE) < {day}"
            found.append(finding("ends_before_start", end, ends))
        return found

    def _grave(self, columns: list[Column]) -> str:
        rules = self._mapping.rules
        return " OR ".join(
            f"(f.variable = {literal(column.name)} AND f.rule IN ({literals(grave)}))"
            for column in columns
            for grave in [rules.quarantining(has_role=column.role is not None)]
        )

    def _keep_one_row_each(self, columns: list[Column]) -> None:
        names = identifiers(column.name for column in columns)
        second = finding("second_row_of_person", "person", "true")
        self._engine.execute(
            "CREATE OR REPLACE TEMP TABLE judged AS FROM (FROM judged SELECT *,"
            f" row_number() OVER (PARTITION BY person, aside ORDER BY {names}) > 1"
            " AND NOT aside AS again) SELECT * EXCLUDE (again) REPLACE ("
            f" CASE WHEN again THEN list_append(findings, {second}) ELSE findings END"
            " AS findings, aside OR again AS aside)"
        )

    def _problems(self, name: str, columns: list[Column]) -> list[Problem]:
        counted = self._engine.execute(
            "FROM (FROM judged SELECT unnest(findings) AS f, copies)"
            " SELECT f.rule, f.variable, sum(copies) GROUP BY ALL"
            " UNION ALL FROM judged SELECT 'duplicate_row', NULL, sum(copies - 1)"
            " WHERE NOT aside AND copies > 1 HAVING count(*) > 0 ORDER BY ALL"
        ).fetchall()
        with_role = {column.name for column in columns if column.role is not None}
        return [
            Problem(
                table=name,
                rule=rule,
                variable=variable,
                rows=int(rows),
                action=self._mapping.rules.action(rule, has_role=variable in with_role),
            )
            for rule, variable, rows in counted
        ]

    def _accept(self, columns: list[Column], rows: Path) -> None:
        roles = {column.role: column.name for column in columns}
        self._engine.execute(
            f"CREATE TEMP TABLE accepted AS FROM {literal(str(rows))} SELECT person,"
            f" {identifier(roles['birth_date'])} AS birth,"
            f" {identifier(roles['death_date'])} AS death"
        )

    def _has(self, name: str) -> bool:
        return any((self._folder / name).glob("*.parquet"))

    def _staged(self, name: str) -> str:
        files = literal(str(self._folder / name / "*.parquet"))
        return f"read_parquet({files}, union_by_name = true)"

    def _write(self, selection: str, file: Path) -> None:
        self._engine.execute(
            f"COPY ({selection}) TO {literal(str(file))}"
            " (FORMAT parquet, COMPRESSION zstd)"
        )


def _order(columns: list[Column]) -> str:
    roles = {column.role: column.name for column in columns}
    names = [roles[role] for role in _ORDER if role in roles]
    return f" ORDER BY {identifiers(names)}" if names else ""
