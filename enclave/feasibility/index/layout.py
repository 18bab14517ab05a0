"""Where the files of an index lie, and what its manifests say.

In the folder of the format, below the warehouse's folder ``feasibility``::

    persons/<name>       demographic columns, one row per ordinal
    segments/<name>      one table's events, or those of some of its files
    snapshots/000001.json    which of them make up the index of a snapshot

Persons and segments are files of blocks, see :mod:`enclave.feasibility.index.blocks`.
One appears by a rename when it is complete, and is never changed after that; the
manifest is written last. So an index is there completely or not at all, and the index
of the next snapshot shares what has not changed.
"""

import os
from functools import lru_cache
from pathlib import Path

from enclave import durable
from enclave.canonical import canonical_json
from enclave.warehouse.vocabulary import Described


# To be raised with every change of what the files hold: old ones are then built anew.
FORMAT = 5


class PersonsManifest(Described):
    """Whom the ordinals of an index stand for: a hash of the person keys in order."""

    count: int
    digest: str


class SegmentManifest(Described):
    """One segment.

    Attributes
    ----------
    base
        Day that the column of days counts from, itself in days since 1970.
    day_bits
        Width of the column of days.
    persons
        Whose ordinals it uses. Persons who came later have higher ones.
    orphans
        Events that were left out because their person was not in the table of persons.
    presence
        Per column of the table, the number of its presence; ``None`` if it is empty.
    """

    table: str
    base: int
    day_bits: int
    events: int
    orphans: int
    persons: PersonsManifest
    presence: dict[str, int | None]


class IndexManifest(Described):
    """The index of one snapshot.

    Attributes
    ----------
    snapshot
        Digest of the snapshot's manifest.
    """

    format: int
    snapshot: str
    persons: str
    segments: tuple[str, ...]

    @classmethod
    def read(cls, file: tuple[str, int, int] | None) -> "IndexManifest | None":
        """Return the manifest that :func:`manifest_file` found, if it is to be read.

        One that is damaged, or says what no manifest of today does, is as none: the
        index is built again from the segments that are there.
        """
        try:
            return _read(cls, *file) if file else None
        except ValueError:
            return None

    def write(self, folder: Path, number: int) -> None:
        """Publish the index: from here on it exists."""
        content = canonical_json(self.model_dump(mode="json"))
        durable.write_file(manifest_path(folder, number), content)


@lru_cache(maxsize=16)
def _read(
    kind: type[IndexManifest], path: str, written: int, file: int
) -> IndexManifest:
    del written, file  # another file is another manifest
    return kind.model_validate_json(Path(path).read_bytes())


def manifest_file(folder: Path, number: int) -> tuple[str, int, int] | None:
    """Return the path of a manifest, and what tells the file from a later one there."""
    # Every question comes here: a text is found faster than a path.
    path = f"{folder}/snapshots/{number:06d}.json"
    try:
        written = os.stat(path)  # noqa: PTH116
    except FileNotFoundError:
        return None
    return path, written.st_mtime_ns, written.st_ino


def manifest_path(folder: Path, number: int) -> Path:
    """Return where the manifest of a snapshot's index lies."""
    return folder / "snapshots" / f"{number:06d}.json"
