"""Files that an analysis wrote, against those of the re-run: each by what it holds."""

import base64
import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

from enclave.archive.comparison.documents import compare_documents
from enclave.archive.comparison.finding import SAME, Difference, Finding, differing
from enclave.archive.comparison.frames import Frame, compare_frames
from enclave.archive.comparison.images import compare_images
from enclave.archive.comparison.markup import compare_markup
from enclave.archive.comparison.outputs import overlooking
from enclave.archive.comparison.text import TextComparer
from enclave.archive.comparison.uncounted import UncountedError
from enclave.archive.comparison.verdict import Verdict
from enclave.canonical import file_digest
from enclave.delivery.formats.xpt_reading import read_xpt
from enclave.errors import InputError


# A larger file is compared by its bytes.
_LARGEST = 50_000_000
_LARGEST_TEXT = 10_000_000

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".gif"})
_TABLES = frozenset({".csv", ".tsv", ".parquet", ".xpt"})
_MARKUP = frozenset({".html", ".htm", ".svg"})
_DOCUMENTS = frozenset({".json"})
# When R and Matplotlib made a PDF, and with what.
_PDF_NOISE = re.compile(
    rb"/(?:CreationDate|ModDate|Producer|Creator) ?\([^)]{0,200}\)"
    rb"|/ID ?\[[^\]]{0,200}\]"
)

Read = Callable[[bytes], Frame]


def compare_files(
    comparer: TextComparer, archived: Mapping[str, Path], rerun: Mapping[str, Path]
) -> Iterator[tuple[str, Finding]]:
    """Compare two sets of files by name, in the order of the names."""
    for name in sorted(archived.keys() | rerun.keys()):
        if name not in rerun:
            yield name, differing(name, name, "(nothing)", "missing in the re-run")
        elif name not in archived:
            yield name, differing(name, "(nothing)", name, "additional in the re-run")
        else:
            yield name, compare_file(comparer, name, archived[name], rerun[name])


def compare_file(
    comparer: TextComparer, name: str, archived: Path, rerun: Path
) -> Finding:
    """Compare two files of one name: tables by column and key, pictures by pixels.

    What cannot be read as what its name says is compared as text, and what is no text
    by its bytes.
    """
    if file_digest(archived) == file_digest(rerun):
        return SAME
    if max(archived.stat().st_size, rerun.stat().st_size) > _LARGEST:
        return _other_bytes(archived, rerun)
    kind = Path(name).suffix.lower()
    first, second = archived.read_bytes(), rerun.read_bytes()
    if kind in PICTURES:
        return compare_images(_encoded(first), _encoded(second), comparer)
    if kind == ".pdf" and _PDF_NOISE.sub(b"", first) == _PDF_NOISE.sub(b"", second):
        return _told_apart_by_date()
    if kind in _TABLES:
        found = _compare_tables(comparer, name, first, second)
        if found is not None:
            return found
    return _compare_texts(comparer, kind, first, second) or _other_bytes(
        archived, rerun
    )


def _compare_tables(
    comparer: TextComparer, name: str, archived: bytes, rerun: bytes
) -> Finding | None:
    try:
        frames = _frames(Path(name).suffix.lower(), archived, rerun)
    except UncountedError as error:
        where = f"column {error.column}"
        return differing(where, "(bytes)", "(bytes)", str(error))
    if frames is None:
        return None
    return compare_frames(comparer, *frames, dict(comparer.policy.keys).get(name, ()))


def _compare_texts(
    comparer: TextComparer, kind: str, archived: bytes, rerun: bytes
) -> Finding | None:
    if max(len(archived), len(rerun)) > _LARGEST_TEXT or b"\0" in archived + rerun:
        return None
    try:
        first, second = archived.decode("utf-8-sig"), rerun.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if kind in _DOCUMENTS:
        try:
            return compare_documents(comparer, json.loads(first), json.loads(second))
        except (ValueError, RecursionError):
            pass
    if kind in _MARKUP:
        return overlooking(
            lambda one, other: compare_markup(comparer, one, other),
            comparer,
            first,
            second,
        )
    return overlooking(comparer.compare, comparer, first, second)


def _frames(kind: str, archived: bytes, rerun: bytes) -> tuple[Frame, Frame] | None:
    read = {".parquet": _parquet, ".xpt": lambda content: Frame(read_xpt(content))}
    try:
        reader: Read = read.get(kind, _csv)
        return reader(archived), reader(rerun)
    except (InputError, ValueError, csv.Error, OSError):
        return None


def _parquet(content: bytes) -> Frame:
    # Its library has threads from the first moment, which no fork takes along: so it is
    # loaded where it is needed.
    from enclave.archive.comparison import parquet  # noqa: PLC0415 - see above

    return _named(*parquet.columns_of(content))


def _csv(content: bytes) -> Frame:
    text = content.decode("utf-8-sig")
    head = text.partition("\n")[0]
    delimiter = max(",;\t|", key=head.count)
    names, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    if any(len(row) != len(names) for row in rows):
        raise ValueError("rows of several lengths")
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    if delimiter == ";":
        columns = [tuple(map(_with_point, column)) for column in columns]
    return _named(names, [np.array(column, dtype=object) for column in columns])


def _with_point(cell: str) -> str:
    """Read a decimal comma as what it is."""
    if re.fullmatch(r"[-+]?\d+,\d+(?:[eE][-+]?\d+)?", cell):
        return cell.replace(",", ".")
    return cell


def _named(names: list[str], columns: list[np.ndarray]) -> Frame:
    known: dict[str, np.ndarray] = {}
    for name, column in zip(names, columns, strict=True):
        known[name if name not in known else f"{name} ({len(known) + 1})"] = column
    return Frame(known)


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _told_apart_by_date() -> Finding:
    same = Verdict.IDENTICAL
    reason = "date and producer of the PDF"
    return Finding(
        same, (Difference("file", "", "", reason, same),), frozenset({"pdf-date"})
    )


def _other_bytes(archived: Path, rerun: Path) -> Finding:
    shown = (file_digest(archived)[:16], file_digest(rerun)[:16])
    return differing("file", *shown, "other bytes")
