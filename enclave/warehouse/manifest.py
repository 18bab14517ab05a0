"""The manifest of a snapshot: which version of every table belongs to it."""

from datetime import datetime
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from enclave import durable
from enclave.canonical import canonical_json, digest
from enclave.errors import IntegrityError
from enclave.warehouse.rules import Problem
from enclave.warehouse.vocabulary import Described, Kind


class MappingReference(Described):
    """The mapping that a snapshot was loaded through.

    Attributes
    ----------
    identifier
        What kind of id its persons have; ``None`` in snapshots of before it was kept.
    """

    name: str
    version: int
    digest: str
    identifier: str | None = None


class SourceReference(Described):
    """What a snapshot was loaded from.

    Attributes
    ----------
    place
        Folder, file or address, without a password.
    fingerprint
        Hash of the source's files; ``None`` where only reading it tells.
    """

    place: str
    fingerprint: str | None


class TableVersion(Described):
    """One table of a snapshot.

    Attributes
    ----------
    version
        Version of the Delta Lake table.
    rows, persons
        Exact counts, for the data manager alone; ``None`` persons in reference tables.
    digest
        Hash of the schema and of the set of rows, whatever their order.
    """

    kind: Kind
    version: int
    rows: int
    persons: int | None
    digest: str


class LeftOut(Described):
    """Who is not in a snapshot, for they opted out.

    Attributes
    ----------
    entry
        Newest entry of the register of opt-outs that the load obeyed.
    persons
        How many persons of the source were left out.
    """

    entry: int
    persons: int


class SnapshotManifest(Described):
    """Everything that makes up one snapshot.

    Attributes
    ----------
    software
        Version of the enclave that loaded it.
    problems
        What the load found, and what became of the rows.
    catalogue
        SHA-256 of the catalogue's file.
    opted_out
        Who was left out; ``None`` where nobody ever opted out.
    digest
        SHA-256 of all the rest, in canonical form.
    """

    number: int
    created: datetime
    software: str
    mapping: MappingReference
    source: SourceReference
    tables: dict[str, TableVersion]
    problems: tuple[Problem, ...]
    catalogue: str
    opted_out: LeftOut | None = None
    digest: str = ""

    @property
    def opt_outs(self) -> int:
        """Newest entry of the register of opt-outs that was obeyed, 0 if none."""
        return self.opted_out.entry if self.opted_out else 0

    def sealed(self) -> Self:
        """Return the manifest with its digest."""
        return self.model_copy(update={"digest": self._digest()})

    def write(self, folder: Path) -> None:
        """Publish the snapshot: from here on it exists."""
        content = canonical_json(self.model_dump(mode="json"))
        durable.write_file(_path(folder, self.number), content)

    @classmethod
    def read(cls, folder: Path, number: int) -> Self:
        """Read a manifest back.

        Raises
        ------
        IntegrityError
            If it was changed after it was written.
        """
        path = _path(folder, number)
        try:
            manifest = cls.model_validate_json(path.read_bytes())
        except ValidationError as error:
            raise IntegrityError(_changed(path)) from error
        if manifest.digest != manifest._digest() or manifest.number != number:  # noqa: SLF001 - its own class
            raise IntegrityError(_changed(path))
        return manifest

    def _digest(self) -> str:
        # Snapshots of before there were opt-outs, or kinds of ids, are hashed without.
        content = self.model_dump(mode="json", exclude={"digest"})
        if self.opted_out is None:
            del content["opted_out"]
        if self.mapping.identifier is None:
            del content["mapping"]["identifier"]
        return digest(content)


def numbers(folder: Path) -> list[int]:
    """Return the numbers of all snapshots, the oldest first."""
    return sorted(int(path.stem) for path in folder.glob("[0-9]*.json"))


def _path(folder: Path, number: int) -> Path:
    return folder / f"{number:06d}.json"


def _changed(path: Path) -> str:
    return (
        f"The manifest {path.name} was changed after it was written. Restore the"
        " warehouse folder from the backup."
    )
