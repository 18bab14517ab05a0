"""One file of several blocks, in which any byte that changed is found.

::

    blocks, zeros up to a multiple of 8 bytes behind each | foot | tail

The foot is JSON: what the writer says of the file, and of each block where it lies and
its checksum. A block without one is checked in parts by whoever reads it. The tail is
the length and the checksum of the foot, and a mark. The checksums are XXH3's: they find
what disks and copies do to a file, and stop nobody who may write it.
"""

import json
import struct
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
import xxhash

from enclave.canonical import canonical_json
from enclave.feasibility.index.damage import damaged


WORD = 8
_MARK = b"index\x00v1"
_TAIL = struct.Struct("<QQ8s")


def checksum(content: Any) -> int:
    """Return the checksum of some bytes: at twenty gigabytes a second, about."""
    return xxhash.xxh3_64_intdigest(content)


def rows_written(rows: pa.Table) -> memoryview:
    """Write some rows for a block."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd", use_threads=False)
    with pa.ipc.new_file(sink, rows.schema, options=options) as writer:
        writer.write_table(rows.combine_chunks())
    return memoryview(sink.getvalue())


def rows_read(block: np.ndarray) -> pa.Table:
    """Read the rows of a block."""
    return pa.ipc.open_file(pa.py_buffer(block)).read_all().combine_chunks()


class BlockWriter:
    """Writes such a file, block after block."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._at = 0
        self._blocks: dict[str, tuple[int, int, int | None]] = {}

    def __enter__(self) -> Self:
        """Return the writer; its file is closed at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._file.close()

    def write(self, content: Any) -> None:
        """Write more of the block that is being written."""
        self._at += self._file.write(content)

    def end(self, name: str, *, begun: int, check: int | None = None) -> None:
        """Name what was written since some place, and begin the next block."""
        self._blocks[name] = (begun, self._at, check)
        self.write(bytes(-self._at % WORD))

    def block(self, name: str, content: Any) -> None:
        """Write a block with a checksum."""
        begun = self._at
        self.write(content)
        self.end(name, begun=begun, check=checksum(content))

    @property
    def place(self) -> int:
        """How many bytes were written."""
        return self._at

    def seal(self, document: dict[str, Any]) -> None:
        """Write the foot: from here on the file is whole."""
        foot = canonical_json({"blocks": self._blocks, "document": document})
        self._file.write(foot)
        self._file.write(_TAIL.pack(len(foot), checksum(foot), _MARK))


class Blocks:
    """Such a file, opened to be read only; processes share its pages.

    Attributes
    ----------
    file
        All its bytes.
    document
        What its writer says of it.

    Raises
    ------
    IntegrityError
        If the end of the file is not what was written.
    """

    def __init__(self, path: Path) -> None:
        size = path.stat().st_size
        if size < _TAIL.size:
            raise damaged()
        self.file: np.ndarray = np.memmap(path, np.uint8, "r").view(np.ndarray)
        length, check, mark = _TAIL.unpack(self.file[size - _TAIL.size :].tobytes())
        stop = size - _TAIL.size
        if mark != _MARK or length > stop:
            raise damaged()
        foot = self.file[stop - length : stop].tobytes()
        if checksum(foot) != check:
            raise damaged()
        said = json.loads(foot)
        self.document: dict[str, Any] = said["document"]
        self._blocks: dict[str, tuple[int, int, int | None]] = said["blocks"]

    def names(self) -> list[str]:
        """Return the names of all blocks."""
        return [*self._blocks]

    def lies(self, name: str) -> tuple[int, int]:
        """Return where a block begins and stops."""
        begin, stop, _ = self._blocks[name]
        return begin, stop

    def block(self, name: str) -> Any:
        """Return the bytes of a block.

        Raises
        ------
        IntegrityError
            If they are not those that were written.
        """
        begin, stop, check = self._blocks[name]
        found = self.file[begin:stop]
        if checksum(found) != check:
            raise damaged()
        return found
