"""Reading a source: through the door, checked, and into files of a folder."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb

from enclave.errors import InputError
from enclave.identity.vault import Vault
from enclave.warehouse.checking import Checked, Checker
from enclave.warehouse.codes import write_codes
from enclave.warehouse.door import Admission, Door
from enclave.warehouse.engine import one_row
from enclave.warehouse.mapping import Mapping
from enclave.warehouse.plan import Reading
from enclave.warehouse.rules import Problem
from enclave.warehouse.sources.source import Source
from enclave.warehouse.staging import admit_persons, stage


class SourceReader:
    """Reads one source for one load.

    Parameters
    ----------
    source, mapping, readings
        What is read, how, and from which tables.
    folder
        An empty folder for everything that is made on the way.
    tell
        Called with one line for each step.
    """

    def __init__(
        self,
        source: Source,
        mapping: Mapping,
        readings: list[Reading],
        folder: Path,
        tell: Callable[[str], None],
    ) -> None:
        self._source = source
        self._mapping = mapping
        self._readings = readings
        self._folder = folder
        self._tell = tell

    def stage(
        self, vault: Vault, opted_out: frozenset[int], today: date
    ) -> tuple[list[Problem], int]:
        """Take every table through the door.

        Returns
        -------
        tuple
            What was found on the way, and how many persons were left out.

        Raises
        ------
        InputError
            If there are no persons.
        """
        with Door(vault, self._mapping.identifier, opted_out) as door:
            persons = next(
                each for each in self._readings if each.part.kind == "person"
            )
            admitted = admit_persons(self._source, persons, door, today)
            if admitted.persons == 0:
                raise InputError(
                    f"The table {persons.table} of {self._source.place} holds no"
                    " person. Nothing was loaded. Check that the export is complete."
                )
            problems = _unusual_ids(admitted)
            for number, reading in enumerate(self._readings):
                problems += self._stage_one(reading, number, door)
            return problems, admitted.opted_out

    def check(self, engine: duckdb.DuckDBPyConnection, today: date) -> list[Checked]:
        """Check what was staged, the persons first, and put the codes together.

        Raises
        ------
        InputError
            If no row about a person is fit to be used.
        """
        checker = Checker(engine, self._mapping, self._folder, today)
        names = dict.fromkeys(reading.part.name for reading in self._readings)
        checked = {}
        for name in sorted(names, key=lambda name: name != "person"):
            self._tell(f"Checking {name}")
            checked[name] = checker.check(name)
        self._refuse_without_persons(engine, checked["person"])
        file = self._folder / "code.parquet"
        write_codes(engine, self._mapping, checked, file)
        known = checked.get("code")
        checked["code"] = Checked(
            name="code",
            rows=file,
            set_aside=known.set_aside if known else None,
            problems=known.problems if known else [],
        )
        return list(checked.values())

    def _stage_one(self, reading: Reading, number: int, door: Door) -> list[Problem]:
        self._tell(f"Reading {reading.table}")
        folder = self._folder / reading.part.name
        folder.mkdir(exist_ok=True)
        rules = [
            rule
            for rule in self._mapping.harmonisation
            if rule.table == reading.part.name
        ]
        stage(self._source, reading, door, folder / f"{number}.parquet", rules)
        lines = self._source.unreadable(reading.table)
        if lines == 0:
            return []
        return [
            Problem(
                table=reading.part.name,
                rule="unreadable_line",
                variable=None,
                rows=lines,
                action="quarantined",
            )
        ]

    def _refuse_without_persons(
        self, engine: duckdb.DuckDBPyConnection, persons: Checked
    ) -> None:
        if one_row(engine, "FROM accepted SELECT count(*)")[0] > 0:
            return
        worst = max(persons.problems, key=lambda problem: problem.rows)
        raise InputError(
            f"Not one row about a person in {self._source.place} can be used: the rule"
            f" {worst.rule} is broken in {worst.variable}, in {worst.rows} rows."
            " Nothing was loaded. Does the mapping"
            f" {self._mapping.name} fit this source?"
        )


def _unusual_ids(admitted: Admission) -> list[Problem]:
    return [
        Problem(
            table="person",
            rule=f"{kind}_id",
            variable="person",
            rows=persons,
            action="kept",
        )
        for kind, persons in sorted(admitted.unusual.items())
    ]
