"""The sealed manifest of an archived analysis: every file by its hash, signed."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from enclave import durable, signature
from enclave.archive.intake import read_file
from enclave.archive.layout import MANIFEST
from enclave.canonical import canonical_json, file_digest
from enclave.errors import InputError, IntegrityError
from enclave.signature import Signer


_LARGEST = 10_000_000


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KernelRecord(_Record):
    """The environment of a run: its name, and SHA-256 of its full lock."""

    name: str
    lock_sha256: str


class SnapshotRecord(_Record):
    """The state of the warehouse that the data came from."""

    number: int
    digest: str


class DeliveryRecord(_Record):
    """The data of a run: which delivery, and what re-creates it."""

    version: int
    manifest_sha256: str
    grant: str
    snapshot: SnapshotRecord


class FileRecord(_Record):
    """One file of the archive."""

    sha256: str
    bytes: int


class Subject(_Record):
    """What was archived: by whom, from what, on what.

    ``kernel`` is that of the first step; ``more_kernels`` are those of further steps in
    other languages.
    """

    id: str
    content_key: str
    project: str
    account: str
    title: str
    archived: datetime
    source_digest: str
    kernel: KernelRecord
    more_kernels: tuple[KernelRecord, ...] = ()
    delivery: DeliveryRecord


class Manifest(Subject):
    """The subject, and every file beside the manifest itself."""

    type: Literal["archived-analysis"] = "archived-analysis"
    version: Literal[1] = 1
    files: dict[str, FileRecord]


def seal(folder: Path, subject: Subject, signer: Signer) -> Manifest:
    """Write the signed manifest of a folder whose files are all there."""
    manifest = Manifest(**subject.model_dump(), files=files_of(folder))
    durable.write_file(
        folder / MANIFEST, canonical_json(signer.sign(manifest.model_dump(mode="json")))
    )
    return manifest


def verify(folder: Path, *, trusted_key: str) -> Manifest:
    """Check an archived analysis: signature, every file, and that none was added.

    Raises
    ------
    IntegrityError
        Naming the first file that does not fit.
    """
    manifest = read(folder, trusted_key=trusted_key)
    there = dict(_files(folder))
    for name, record in manifest.files.items():
        if name not in there:
            raise IntegrityError(_broken(folder, f"{name} is missing"))
        path = there[name]
        if path.is_symlink() or file_digest(path) != record.sha256:
            raise IntegrityError(_broken(folder, f"{name} was changed"))
    added = sorted(there.keys() - manifest.files.keys())
    if added:
        raise IntegrityError(_broken(folder, f"{added[0]} was added"))
    return manifest


def read(folder: Path, *, trusted_key: str) -> Manifest:
    """Read a manifest whose signature holds.

    Raises
    ------
    IntegrityError
        If it is missing, cannot be read, or is not as it was signed.
    """
    try:
        document = json.loads(read_file(folder / MANIFEST, largest=_LARGEST))
    except (InputError, ValueError, RecursionError) as error:
        raise IntegrityError(
            _broken(folder, "its manifest is missing or cannot be read")
        ) from error
    if not isinstance(document, dict):
        raise IntegrityError(_broken(folder, "its manifest is no document"))
    content = signature.verify(document, trusted_key=trusted_key)
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        raise IntegrityError(
            _broken(folder, "its manifest is of a kind this version does not know")
        ) from error


def files_of(folder: Path) -> dict[str, FileRecord]:
    """Describe every file of a folder but the manifest."""
    return {
        name: FileRecord(sha256=file_digest(path), bytes=path.stat().st_size)
        for name, path in _files(folder)
    }


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_dir():
            name = path.relative_to(folder).as_posix()
            if name != MANIFEST:
                yield name, path


def _broken(folder: Path, what: str) -> str:
    return (
        f"The archived analysis {folder.name} is not as it was signed: {what}. Restore"
        " the folder from a backup."
    )
