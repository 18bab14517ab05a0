"""The two sides of an output that changed, as a report shows them beside each other.

Everything here is anybody's text or picture. Texts are handed to a template that
escapes them; pictures are decoded and drawn anew, so that nothing else of their files
gets into the page.
"""

import base64
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path, PurePath
from typing import Annotated, NamedTuple, Self

import numpy as np
from PIL import Image
from pydantic import Field

from enclave.archive.analysis.plan import Plan
from enclave.archive.comparison.compare import ComparedOutput
from enclave.archive.comparison.files import PICTURES
from enclave.archive.comparison.images import Pixels, pixels, whole
from enclave.archive.comparison.markup import tables
from enclave.archive.comparison.outputs import as_text, results, streams
from enclave.archive.comparison.policy import Policy
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.notebook import Cell, Notebook, Output, read


_BITMAPS = ("image/png", "image/jpeg")
_LARGEST_IMAGE = Policy().largest_image
_LONGEST_TEXT = 200_000
_MOST_LINES = 2000
_MOST_ROWS = 40
_CONTEXT = 2


_Address = Annotated[
    str, Field(pattern=r"^data:image/png;base64,[A-Za-z0-9+/]+={0,2}$")
]


class Pictures(NamedTuple):
    """A picture of either side and where they differ, as ``data:`` addresses."""

    archived: _Address | None
    rerun: _Address | None
    difference: _Address | None


class Line(NamedTuple):
    """A line of either side; None where it has none there."""

    archived: str | None
    rerun: str | None
    changed: bool


class Row(NamedTuple):
    """A row of a table on either side, and which of its cells changed."""

    archived: list[str]
    rerun: list[str]
    changed: frozenset[int]


@dataclass(frozen=True)
class View:
    """What is shown of an output: pictures, lines, or rows of a table."""

    pictures: Pictures | None = None
    lines: tuple[Line, ...] = ()
    rows: tuple[Row, ...] = ()

    @property
    def size(self) -> int:
        """How many characters it is."""
        cells = [cell for row in self.rows for cell in (*row.archived, *row.rerun)]
        lines = [text or "" for line in self.lines for text in line[:2]]
        pictures = [address or "" for address in self.pictures or ()]
        return sum(map(len, (*cells, *lines, *pictures)))


Both = tuple[Path, Path]
Greys = np.ndarray[tuple[int, int], np.dtype[np.uint8]]


class Sides:
    """The executed copies of two runs, and the folders of the files they wrote.

    Each by the part of the analysis that it belongs to: of then, and of now.
    """

    def __init__(self, copies: Mapping[str, Both], written: Mapping[str, Both]) -> None:
        self._copies, self._written = copies, written
        self._read = cache(read)

    @classmethod
    def of_runs(cls, plan: Plan, archived: Path, rerun: Path) -> Self:
        """Return the sides of two folders that runs of one plan left."""
        runs = range(1, len(plan.runs) + 1)

        def both(name: str) -> Both:
            return archived / name, rerun / name

        copies = {
            plan.part(run, step): both(plan.executed(run, step))
            for run in runs
            for step in plan.steps
        }
        return cls(copies, {plan.part(run): both(plan.files(run)) for run in runs})

    @classmethod
    def of_notebooks(cls, first: Path, second: Path) -> Self:
        """Return the sides of two executed notebooks."""
        return cls({"": (first, second)}, {})

    def view(self, output: ComparedOutput) -> View | None:
        """Return the two sides of an output; None if they would show nothing more."""
        if output.file is not None:
            return self._file(output.part, output.file)
        if output.part not in self._copies:
            return None
        numbers = (output.cell, output.other_cell or output.cell)
        copies = zip(self._copies[output.part], numbers, strict=True)
        cells = [self._cell(copy, number) for copy, number in copies]
        if output.place is None:
            return _of_texts(*(_stream(cell, output.kind) for cell in cells))
        return _of_outputs(*(_result(cell, output.place) for cell in cells))

    def _cell(self, copy: Path, number: int | None) -> Cell | None:
        if number is None or not copy.exists():
            return None
        notebook: Notebook = self._read(copy)
        return notebook.cells[number - 1] if number <= len(notebook.cells) else None

    def _file(self, part: str, name: str) -> View | None:
        paths = [folder / name for folder in self._written[part]]
        contents = [path.read_bytes() if path.is_file() else None for path in paths]
        if PurePath(name).suffix.lower() in PICTURES:
            return _of_pictures(*map(_encoded, contents))
        return _of_texts(*map(_as_text, contents))


def views_of(
    outputs: Iterable[ComparedOutput], sides: Sides
) -> Iterator[tuple[int, View]]:
    """Yield what is shown of outputs that changed, each with its place among them."""
    for place, output in enumerate(outputs):
        if output.differences and output.verdict is not Verdict.IDENTICAL:
            view = sides.view(output)
            if view is not None:
                yield place, view


def _stream(cell: Cell | None, name: str) -> str | None:
    return streams(cell).get(name) if cell else None


def _result(cell: Cell | None, place: int) -> Output | None:
    shown = results(cell)[place : place + 1] if cell else []
    return shown[0] if shown else None


def _of_outputs(archived: Output | None, rerun: Output | None) -> View | None:
    data = [output.data if output else {} for output in (archived, rerun)]
    for mime in _BITMAPS:
        if any(mime in each for each in data):
            encoded = (as_text(each[mime]) if mime in each else None for each in data)
            return _of_pictures(*encoded)
    html = [as_text(each.get("text/html", "")) for each in data]
    rows = tuple(_rows(*html))
    if rows:
        return View(rows=rows[:_MOST_ROWS])
    plain = (
        as_text(each["text/plain"]) if "text/plain" in each else None for each in data
    )
    return _of_texts(*plain)


def _of_pictures(archived: str | None, rerun: str | None) -> View | None:
    drawn = [
        pixels(encoded, largest=_LARGEST_IMAGE) if encoded else None
        for encoded in (archived, rerun)
    ]
    if not any(picture is not None for picture in drawn):
        return None
    first, second = drawn
    apart = _apart(first, second)
    return View(pictures=Pictures(_address(first), _address(second), _address(apart)))


def _apart(archived: Pixels | None, rerun: Pixels | None) -> Greys | None:
    """Draw where two pictures of one size differ: black there, pale elsewhere."""
    if archived is None or rerun is None or archived.shape != rerun.shape:
        return None
    grey = np.asarray(Image.fromarray(archived).convert("L"))
    return np.where(whole(archived) != whole(rerun), 0, 255 - (255 - grey) // 6)


def _address(picture: Pixels | Greys | None) -> str | None:
    if picture is None:
        return None
    file = io.BytesIO()
    # Pressed harder, a report is a little smaller, and takes three times as long.
    Image.fromarray(picture).save(file, format="PNG", compress_level=1)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def _of_texts(archived: str | None, rerun: str | None) -> View | None:
    if archived is None and rerun is None:
        return None
    texts = [text or "" for text in (archived, rerun)]
    sides = [text.splitlines() for text in texts]
    if max(map(len, texts)) > _LONGEST_TEXT or max(map(len, sides)) > _MOST_LINES:
        return None
    lines = tuple(_lines(*sides))
    return View(lines=lines) if lines else None


def _lines(archived: list[str], rerun: list[str]) -> Iterator[Line]:
    """Yield the lines that changed, with some around them."""
    matcher = SequenceMatcher(a=archived, b=rerun, autojunk=False)
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        for step, i1, i2, j1, j2 in group:
            for offset in range(max(i2 - i1, j2 - j1)):
                one = archived[i1 + offset] if i1 + offset < i2 else None
                other = rerun[j1 + offset] if j1 + offset < j2 else None
                yield Line(one, other, changed=step != "equal")


def _rows(archived: str, rerun: str) -> Iterator[Row]:
    """Yield the head of each table and its rows that changed."""
    for one, other in zip(tables(archived), tables(rerun), strict=False):
        for number in range(max(len(one), len(other))):
            here = one[number] if number < len(one) else []
            there = other[number] if number < len(other) else []
            width = range(max(len(here), len(there)))
            changed = frozenset(
                column
                for column in width
                if here[column : column + 1] != there[column : column + 1]
            )
            if changed or number == 0:
                yield Row(here, there, changed)


def _encoded(content: bytes | None) -> str | None:
    return base64.b64encode(content).decode() if content else None


def _as_text(content: bytes | None) -> str | None:
    if content is None or len(content) > _LONGEST_TEXT or b"\0" in content:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
