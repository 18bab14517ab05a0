"""From checked rows to a new snapshot: tables, quarantine, catalogue, manifest."""

import hashlib
from pathlib import Path
from typing import Literal

import duckdb

from enclave import durable
from enclave.canonical import canonical_json
from enclave.warehouse import codes, delta
from enclave.warehouse.catalogue import TableEntry
from enclave.warehouse.checking import Checked
from enclave.warehouse.content import Content, content, rows_of, write_new_rows
from enclave.warehouse.engine import one_row
from enclave.warehouse.manifest import TableVersion
from enclave.warehouse.mapping import Mapping
from enclave.warehouse.profiling import TableDescription, describe
from enclave.warehouse.snapshot import Snapshot


Change = Literal["new", "unchanged", "rows added", "replaced", "gone"]


class Publisher:
    """Writes one snapshot after another one.

    Parameters
    ----------
    engine
        A working engine.
    folder
        The warehouse's folder.
    mapping
        The load's mapping.
    previous
        The newest snapshot, if there is one.
    """

    def __init__(
        self,
        engine: duckdb.DuckDBPyConnection,
        folder: Path,
        mapping: Mapping,
        previous: Snapshot | None,
    ) -> None:
        self._engine = engine
        self._folder = folder
        self.mapping = mapping
        self.previous = previous
        self._before = previous.manifest.tables if previous else {}

    def changes(
        self, checked: list[Checked]
    ) -> tuple[dict[str, Content], dict[str, Change]]:
        """Measure every table, and say which of them differ from the last snapshot."""
        contents = {each.name: content(self._engine, [each.rows]) for each in checked}
        changes: dict[str, Change] = dict.fromkeys(
            self._before.keys() - contents.keys(), "gone"
        )
        for name, found in contents.items():
            if name not in self._before:
                changes[name] = "new"
            elif self._before[name].digest == found.digest:
                changes[name] = "unchanged"
            else:
                changes[name] = "replaced"
        return contents, changes

    def write_tables(
        self,
        checked: list[Checked],
        contents: dict[str, Content],
        changes: dict[str, Change],
    ) -> dict[str, TableVersion]:
        """Give every table that has changed a new version.

        ``changes`` is made precise: a table that only gained rows has ``rows added``.
        """
        versions = {}
        for each in checked:
            measured = contents[each.name]
            if changes[each.name] == "unchanged":
                version = self._before[each.name].version
            else:
                version, changes[each.name] = self._write_table(
                    each, changes[each.name]
                )
            versions[each.name] = TableVersion(
                kind=self._description(each.name).kind,
                version=version,
                rows=measured.rows,
                persons=measured.persons,
                digest=measured.digest,
            )
        return versions

    def write_quarantine(self, checked: list[Checked], number: int) -> None:
        """Keep the rows that were set aside, with the reason for each."""
        place = self._folder / "quarantine" / f"{number:06d}"
        with durable.new_folder(place, mode=0o700) as folder:
            for each in checked:
                if each.set_aside is not None and self._count(each.set_aside) > 0:
                    each.set_aside.rename(folder / f"{each.name}.parquet")

    def write_catalogue(
        self,
        versions: dict[str, TableVersion],
        changes: dict[str, Change],
        number: int,
    ) -> str:
        """Describe every table, and return the SHA-256 of the catalogue's file."""
        entries = [
            self._entry(name, version, changes[name])
            for name, version in versions.items()
        ]
        document = [entry.model_dump(mode="json") for entry in entries]
        text = canonical_json(document)
        path = self._folder / "catalogues" / f"{number:06d}.json"
        durable.write_file(path, text)
        return hashlib.sha256(text).hexdigest()

    def _write_table(self, checked: Checked, change: Change) -> tuple[int, Change]:
        folder = self._folder / "tables" / checked.name
        if change == "new":
            return delta.replace(folder, checked.rows), change
        version = self._before[checked.name].version
        gained = checked.rows.with_suffix(".gained")
        old = delta.files(folder, version)
        if write_new_rows(self._engine, old, checked.rows, gained):
            return delta.append(folder, gained, version), "rows added"
        return delta.replace(folder, checked.rows), "replaced"

    def _entry(self, name: str, version: TableVersion, change: Change) -> TableEntry:
        previous = self.previous
        if previous is not None and change == "unchanged" and self._same_mapping():
            return previous.catalogue.table(name)
        files = delta.files(self._folder / "tables" / name, version.version)
        return describe(self._engine, self._description(name), files)

    def _same_mapping(self) -> bool:
        known = self.previous.manifest.mapping.digest if self.previous else ""
        return self.mapping.digest == known

    def _description(self, name: str) -> TableDescription:
        if name == "code":
            return codes.DESCRIPTION
        part = self.mapping.parts(name)[0]
        columns = [each for each in self.mapping.columns(name) if each.stored]
        return TableDescription(
            name=name, kind=part.kind, label=part.label, columns=tuple(columns)
        )

    def _count(self, file: Path) -> int:
        return int(one_row(self._engine, f"FROM {rows_of([file])} SELECT count(*)")[0])
