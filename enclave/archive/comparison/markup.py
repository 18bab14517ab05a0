"""HTML and SVG against each other: the same elements, and the texts compared in place.

A table is compared cell by cell, since every cell is a text at a place of its own.
"""

from html.parser import HTMLParser
from typing import NamedTuple

from enclave.archive.comparison.drift import explained_by_data
from enclave.archive.comparison.finding import SAME, Finding, differing, merge
from enclave.archive.comparison.text import Scope, TextComparer
from enclave.archive.comparison.tokens import tokens
from enclave.archive.comparison.verdict import Verdict


_IDENTIFIERS = frozenset(
    {"id", "class", "for", "href", "xlink:href", "clip-path", "headers", "style"}
)
_CODE = frozenset({"style", "script"})
_KEEP_SPACE = frozenset({"pre", "textarea", *_CODE})


class Piece(NamedTuple):
    """An element's start or end, an attribute, or a text, and where it stands."""

    kind: str
    name: str
    value: str
    where: str

    @property
    def scope(self) -> Scope:
        """Whether the value is read by people or only names something."""
        names = self.kind == "attribute" and self.name in _IDENTIFIERS
        return "identifier" if names or self.name in _CODE else "text"


def compare_markup(comparer: TextComparer, archived: str, rerun: str) -> Finding:
    """Compare two HTML or SVG texts."""
    if archived == rerun:
        return SAME
    first, second = pieces(archived), pieces(rerun)
    if [piece[:2] for piece in first] != [piece[:2] for piece in second]:
        parted = _other_structure(first, second)
        if _words(first) == _words(second):
            parted = explained_by_data(parted, comparer.circumstances)
        return parted
    found = merge(
        comparer.compare(one.value, other.value, where=one.where, scope=one.scope)
        for one, other in zip(first, second, strict=True)
        if one.value != other.value
    )
    if found.verdict is not Verdict.DIFFERS:
        return found
    finding = _reordered(archived, rerun)
    return explained_by_data(finding, comparer.circumstances) if finding else found


def _reordered(archived: str, rerun: str) -> Finding | None:
    """Tell whether it is the same rows in another order, in one of the tables."""
    for number, (one, other) in enumerate(
        zip(tables(archived), tables(rerun), strict=False), start=1
    ):
        if one != other and sorted(one) == sorted(other):
            row = next(n for n in range(len(one)) if one[n] != other[n])
            shown = (" | ".join(one[row]), " | ".join(other[row]))
            reason = "the same rows in another order"
            return differing(f"table {number}, row {row + 1}", *shown, reason)
    return None


def _words(sequence: list[Piece]) -> set[str]:
    texts = " ".join(piece.value for piece in sequence if piece.kind == "text")
    return {token.text for token in tokens(texts) if token.kind == "word"}


def pieces(markup: str) -> list[Piece]:
    """Take a markup text apart, in document order."""
    return _read(markup).pieces


def tables(markup: str) -> list[list[list[str]]]:
    """Return the tables of an HTML text: rows of cells of text."""
    return _read(markup).tables


def _read(markup: str) -> "_Reader":
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return reader


def _other_structure(archived: list[Piece], rerun: list[Piece]) -> Finding:
    index = next(
        (
            index
            for index, (one, other) in enumerate(zip(archived, rerun, strict=False))
            if one[:3] != other[:3]
        ),
        min(len(archived), len(rerun)),
    )
    here, there = archived[index : index + 1], rerun[index : index + 1]
    return differing(
        (here or there)[0].where,
        here[0].value if here else "(nothing)",
        there[0].value if there else "(nothing)",
        f"other structure: {len(archived)} pieces against {len(rerun)}",
    )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[Piece] = []
        self.tables: list[list[list[str]]] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element, and count tables, rows and cells."""
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables and self.tables[-1]:
            self.tables[-1][-1].append("")
        self._open.append(tag)
        self._add("start", tag, f"<{tag}>")
        for name, value in sorted(attrs, key=lambda pair: pair[0]):
            self._add("attribute", name, value or "")

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element of that name."""
        while tag in self._open and self._open.pop() != tag:
            pass
        self._add("end", tag, f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Take a text, with white space as a browser would show it."""
        inside = self._open[-1] if self._open else ""
        if not _KEEP_SPACE.intersection(self._open[-2:]):
            data = " ".join(data.split())
        if not data:
            return
        self._add("text", inside, data)
        row = self.tables[-1][-1] if self.tables and self.tables[-1] else []
        if row and {"td", "th"}.intersection(self._open):
            row[-1] = f"{row[-1]} {data}".strip()

    def handle_comment(self, data: str) -> None:
        """Take a comment as text: it is part of the output."""
        self._add("comment", "", data)

    def handle_decl(self, decl: str) -> None:
        """Take a document type."""
        self._add("declaration", "", decl)

    def handle_pi(self, data: str) -> None:
        """Take a processing instruction, such as SVG's ``<?xml …?>``."""
        self._add("instruction", "", data)

    def parse_marked_section(self, i: int, report: bool = True) -> int:  # noqa: FBT001, FBT002 - as the class above has it
        """Take a section of an unknown kind as browsers do: as a comment.

        The parser raises there, and an output would decide that it gets no verdict.
        """
        try:
            return super().parse_marked_section(i, report)
        except AssertionError:
            return self.parse_bogus_comment(i, report)

    def unknown_decl(self, data: str) -> None:
        """Take a CDATA section or what else there may be."""
        self._add("declaration", "", data)

    def _add(self, kind: str, name: str, value: str) -> None:
        self.pieces.append(Piece(kind, name, value, self._where()))

    def _where(self) -> str:
        if "table" not in self._open or not self.tables:
            return f"line {self.getpos()[0]}"
        rows = self.tables[-1]
        columns = len(rows[-1]) if rows else 0
        return f"table {len(self.tables)}, row {len(rows)}, column {columns}"
