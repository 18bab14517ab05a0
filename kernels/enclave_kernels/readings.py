"""Which delivered columns a kernel reads, as its DuckDB writes them down.

A kernel that traces has DuckDB write to a folder of its own what it reads of Parquet
files. Outside the kernel's sandbox the names of tables and columns are taken from that,
and nothing else: what stands in the log beside them may be anybody's data. User code
can write there too, so a name counts only if the delivery has such a column.
"""

import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from itertools import groupby, islice
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from enclave_kernels.start_record import RECORDED, tell
from enclave_kernels.start_record import VARIABLE as RECORDER


VARIABLE = "ENCLAVE_READINGS"
"""Names the file that a run's readings are added to; a workspace's are told outside."""

PATH = "/enclave/kernel-readings"

# Of one message: the relay of a workspace takes 64 KiB.
_MOST_TOLD = 200
_MOST_FILES = 200
_MOST_BYTES = 8 << 20  # looked at in one go
_LARGEST = 64 << 20  # of a file that is kept
_LARGEST_SCAN = 128 << 10
_LARGEST_MANIFEST = 8 << 20
# Nobody inside can write there.
_DELIVERIES = ("/project/data/", "/project/versions/")
# One row group of one scan. Its filters hold values, in quotes.
_SCAN = re.compile(
    rb"\{Function=\w+, (?P<what>(?:(?!\{Function=).){0,100000}?)"
    rb"__estimated_cardinality__=\d+\}, 'class': ParquetReader, 'event': ReadRowGroup,"
    rb" 'info': \{file=(?P<file>[^,}\n\"]{1,500}),",
    re.DOTALL,
)
_QUOTED = re.compile(r"\\'.*?\\'", re.DOTALL)
_WORD = re.compile(r"\w+")


class Reading(NamedTuple):
    """A column that was read, as ``table.column``, of one version of the data."""

    version: int
    column: str


class Readings:
    """What one kernel reads.

    Parameters
    ----------
    folder
        The kernel's folder of logs, which user code can write to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: dict[str, int] = {}
        self._untold: set[Reading] = set()
        self._columns: dict[str, dict[str, Reading]] = {}

    def fresh(self) -> set[Reading]:
        """Return what was read since it was asked last."""
        found: set[Reading] = set()
        with os.scandir(self.folder) as entries:
            names = [entry.name for entry in islice(entries, _MOST_FILES)]
        for name in names:
            with suppress(OSError):  # gone, or none of DuckDB's
                found |= self._of_log(name)
        return found

    def pass_on(self) -> None:
        """Have written down what is fresh: outside, or in the file of a run.

        What cannot be told now is told the next time: a kernel never waits for it.
        What is refused would be refused again, and is dropped.
        """
        self._untold |= self.fresh()
        recorder, file = os.environ.get(RECORDER), os.environ.get(VARIABLE)
        for columns in _in_pieces(self._untold):
            if recorder:
                status = tell(Path(recorder), PATH, {"columns": columns})
                if status != RECORDED and not 400 <= status < 500:
                    return
            if file:
                with Path(file).open("a") as lines:
                    lines.writelines(f"{one.column}\n" for one in columns)
            self._untold.difference_update(columns)

    def _of_log(self, name: str) -> set[Reading]:
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        log = os.open(self.folder / name, flags)
        try:
            if not stat.S_ISREG(os.fstat(log).st_mode):
                return set()
            seen = self._seen.get(name, 0)
            content = os.pread(log, _MOST_BYTES, seen)
            scans = list(_SCAN.finditer(content))
            # What stands behind the last scan may be the beginning of one.
            past = scans[-1].end() if scans else len(content) - _LARGEST_SCAN
            self._seen[name] = seen + max(past, 0)
            if seen > _LARGEST:
                # DuckDB goes on where it was; what is before that takes no room.
                os.ftruncate(log, 0)
        finally:
            os.close(log)
        return {reading for scan in scans for reading in self._of_scan(scan)}

    def _of_scan(self, scan: re.Match[bytes]) -> Iterator[Reading]:
        columns = self._of_file(scan["file"].decode(errors="replace"))
        words = _WORD.findall(_QUOTED.sub("", scan["what"].decode(errors="replace")))
        return (columns[word] for word in dict.fromkeys(words) if word in columns)

    def _of_file(self, file: str) -> dict[str, Reading]:
        if file not in self._columns and len(self._columns) < _MOST_FILES:
            self._columns[file] = dict(_delivered(Path(os.path.normpath(file))))
        return self._columns.get(file, {})


def _in_pieces(readings: set[Reading]) -> Iterator[list[Reading]]:
    """Yield a few at a time, of one version: a version that is gone is refused."""
    for _, found in groupby(sorted(readings), key=attrgetter("version")):
        while piece := list(islice(found, _MOST_TOLD)):
            yield piece


def _delivered(file: Path) -> Iterator[tuple[str, Reading]]:
    """Say what the manifest beside a delivered file calls its columns."""
    if not str(file).startswith(_DELIVERIES) or file.suffix != ".parquet":
        return
    with suppress(OSError, ValueError, KeyError, TypeError):
        with (file.parent / "manifest.json").open("rb") as manifest:
            document = json.loads(manifest.read(_LARGEST_MANIFEST))
        version = int(document["version"])
        for table in document["tables"]:
            if table["name"] == file.stem:
                for column in table["columns"]:
                    name = str(column["name"])
                    yield name, Reading(version, f"{file.stem}.{name}")
