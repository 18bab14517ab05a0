"""The manifest: what a delivery is made of, with hashes, signed.

It says nothing about when it was made. The same grant on the same snapshot has the same
manifest, which is how a delivery that was made again is known to be the same.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Self

import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, ValidationError

from enclave import durable
from enclave.canonical import canonical_json, digest, file_digest
from enclave.delivery.parquet import WRITER
from enclave.errors import InputError, IntegrityError
from enclave.projects.forms import DatePolicy, Window
from enclave.signature import Signer, verify


MANIFEST = "manifest.json"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnEntry(_Part):
    """A column of a file; the type is Arrow's name for it."""

    name: str
    type: str


class TableFile(_Part):
    """One delivered table, in the first format of the grant.

    Attributes
    ----------
    columns
        As they are in Parquet; SAS and Stata know fewer types.
    """

    name: str
    file: str
    rows: int
    persons: int
    bytes: int
    sha256: str
    columns: tuple[ColumnEntry, ...]

    def moved_to(self, path: Path, sha256: Callable[[Path], str]) -> Self:
        """Describe the same table in another file, whose hash ``sha256`` tells."""
        if path.name == self.file:
            return self
        there = {"bytes": path.stat().st_size, "sha256": sha256(path)}
        return self.model_copy(update={"file": path.name, **there})


class Manifest(_Part):
    """A delivery's manifest.

    Attributes
    ----------
    pseudonym_key
        Name of the project key; the key itself never leaves the installation.
    persons
        Persons of the cohort.
    written_by
        What wrote the files. Another version may write the same rows as other bytes.
    files
        SHA-256 of every other file.
    """

    document: Literal["delivery-manifest"] = "delivery-manifest"
    schema_version: Literal[1] = 1
    project: str
    version: int
    grant: str
    grant_digest: str
    question_digest: str
    snapshot: int
    snapshot_digest: str
    pseudonym_key: str
    date_policy: DatePolicy
    window: Window
    persons: int
    written_by: str = WRITER
    tables: tuple[TableFile, ...]
    files: dict[str, str]

    @property
    def content(self) -> dict[str, Any]:
        """The manifest as JSON: what is signed."""
        return self.model_dump(mode="json")

    @property
    def digest(self) -> str:
        """SHA-256 of the manifest, in hex."""
        return digest(self.content)

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.tables)

    def write(self, folder: Path, signer: Signer) -> None:
        """Sign it and put it into a delivery's folder."""
        durable.write_file(folder / MANIFEST, canonical_json(signer.sign(self.content)))


def describe_file(path: Path, *, persons: int, sha256: str | None = None) -> TableFile:
    """Describe a Parquet file of ``persons`` persons.

    Parameters
    ----------
    sha256
        Its hash, if it is known already.
    """
    with pq.ParquetFile(path) as file:
        return TableFile(
            name=path.stem,
            file=path.name,
            rows=file.metadata.num_rows,
            persons=persons,
            bytes=path.stat().st_size,
            sha256=sha256 or file_digest(path),
            columns=tuple(
                ColumnEntry(name=field.name, type=str(field.type))
                for field in file.schema_arrow
            ),
        )


def read(folder: Path, *, trusted_key: str | None = None) -> Manifest:
    """Read the manifest of a delivery, and check its signature.

    Raises
    ------
    InputError
        If the folder holds none.
    IntegrityError
        If it was changed, or was signed by another key than ``trusted_key``.
    """
    try:
        content = (folder / MANIFEST).read_bytes()
    except OSError as error:
        raise InputError(
            f"{folder} is no delivery: it holds no {MANIFEST}. Give the folder of one"
            " version, such as deliveries/my-project/0001."
        ) from error
    try:
        return Manifest.model_validate(
            verify(json.loads(content), trusted_key=trusted_key)
        )
    except (ValueError, ValidationError, AttributeError) as error:
        raise IntegrityError(
            f"{folder / MANIFEST} cannot be read as a delivery's manifest. Restore the"
            " folder from the backup."
        ) from error


def verify_folder(folder: Path, *, trusted_key: str | None = None) -> Manifest:
    """Check a delivery: the signature, every file's hash, nothing missing or added.

    Raises
    ------
    InputError, IntegrityError
        As :func:`read`, and naming the file that does not fit.
    """
    manifest = read(folder, trusted_key=trusted_key)
    expected = {table.file: table.sha256 for table in manifest.tables}
    expected |= manifest.files
    present = {path.name for path in folder.iterdir()} - {MANIFEST}
    for name in sorted(present ^ expected.keys()):
        fault = "was added" if name in present else "is missing"
        raise IntegrityError(f"{name} {fault} in {folder}. {_ADVICE}")
    for name, sha256 in expected.items():
        if file_digest(folder / name) != sha256:
            raise IntegrityError(
                f"{name} in {folder} was changed after the delivery. {_ADVICE}"
            )
    return manifest


def signed_by(folder: Path) -> str:
    """Return the public key that a delivery whose signature holds is signed with."""
    key: str = json.loads((folder / MANIFEST).read_bytes())["signature"]["public_key"]
    return key


_ADVICE = "Do not use the data; restore the folder from the backup."
