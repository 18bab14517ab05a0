"""Look into PDF files: scripts, embedded files, forms that send, passwords.

A PDF that is saved again may keep all it held before, and what a program blacked out
stands there in clear. Each earlier version is looked through as a file of its own: not
refused for being there, since a digital signature leaves one, too.
"""

import io
import re
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    StreamObject,
    TextStringObject,
)


MOST_PAGES = 500
MOST_OBJECTS = 100_000
_DEEPEST = 60
# Names that make a reader run, fetch, send or unpack something.
_ACTIVE = {
    "/JavaScript": "scripts",
    "/JS": "scripts",
    "/AA": "actions that start by themselves",
    "/Launch": "actions that start a program",
    "/EmbeddedFile": "embedded files",
    "/EmbeddedFiles": "embedded files",
    "/GoToE": "embedded files",
    "/GoToR": "links into other files",
    "/RichMedia": "embedded media",
    "/Rendition": "embedded media",
    "/Movie": "embedded media",
    "/Sound": "embedded media",
    "/3D": "embedded media",
    "/XFA": "a form that computes",
    "/SubmitForm": "a form that sends",
    "/ImportData": "a form that loads",
}
# Also where no table of the file leads to it. Short names would stand in any picture.
_UNREACHED = ("/JavaScript", "/Launch", "/EmbeddedFile", "/RichMedia", "/SubmitForm")
_ESCAPE = re.compile(rb"#([0-9a-fA-F]{2})")
_TRAILING = 1_024
MOST_VERSIONS = 20
_VERSION_END = re.compile(rb"startxref\s+(\d+)\s+%%EOF")
_SHOWS_TEXT = re.compile(rb"\bBT\b")
# What a stream has that is nothing but drawn.
_PLAIN_STREAM = frozenset({"/Length", "/Filter", "/DecodeParms", "/Resources"})


class PdfContent:
    """A PDF file as far as it can be read; reading fails with ValueError."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        try:
            self._reader = PdfReader(io.BytesIO(content), strict=False)
            self.encrypted = self._reader.is_encrypted
            self._objects = [] if self.encrypted else [*self._every_object()]
        except (PyPdfError, RecursionError, ArithmeticError, LookupError) as error:
            raise ValueError("no PDF file that can be read") from error
        ends = _version_ends(content)
        if len(ends) > MOST_VERSIONS:
            raise ValueError(f"a PDF file saved over more than {MOST_VERSIONS} times")
        # The version before this one has the one before that, and so on.
        self._earlier = PdfContent(content[: ends[-2]]) if len(ends) > 1 else None

    def problems(self) -> Iterator[str]:
        """Say what in it is active, hidden or cannot be looked into."""
        if self.encrypted:
            yield "it has a password, also if it opens without one"
            return
        if len(self._reader.pages) > MOST_PAGES:
            yield f"it has more than {MOST_PAGES} pages"
        if len(self._content) - self._content.rfind(b"%%EOF") > _TRAILING:
            yield "something else stands behind its end"
        names = {name for one in self._objects for name in _names(one)}
        plain = _ESCAPE.sub(lambda hit: bytes.fromhex(hit[1].decode()), self._content)
        names |= {name for name in _UNREACHED if name.encode() in plain}
        for what in sorted({_ACTIVE[name] for name in names & _ACTIVE.keys()}):
            yield f"it holds {what}"
        if self._earlier is not None:
            yield from self._earlier.problems()
            if not all(text.strip() for text in self._earlier.page_texts()):
                yield (
                    "it holds an earlier version of itself with pages that are"
                    " pictures, which nobody sees: print it to PDF anew"
                )

    def texts(self) -> Iterator[str]:
        """Return the text of each page; then all that stands elsewhere in the file."""
        yield from self.page_texts()
        yield "\n".join(said for one in self._objects for said in _said(one))
        yield from self._read(self._drawn_elsewhere())
        if self._earlier is not None:
            yield from self._earlier.texts()

    def page_texts(self) -> Iterator[str]:
        """Return the text of each page."""
        yield from self._read(page.extract_text() for page in self._reader.pages)

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return len(self._reader.pages)

    def _read(self, texts: Iterator[str]) -> Iterator[str]:
        try:
            yield from texts
        except (PyPdfError, RecursionError, ArithmeticError, LookupError) as error:
            raise ValueError("a PDF file with a page that cannot be read") from error

    def _drawn_elsewhere(self) -> Iterator[str]:
        """Return the text of stamps, of forms, and of pages that no page list names."""
        pages = [*self._reader.pages]
        shown = {id(one) for page in pages for one in _contents(page)}
        fonts = DictionaryObject()
        for one in self._objects:
            if isinstance(one, DictionaryObject):
                fonts.update(_fonts(one))
        for one in self._objects:
            if id(one) in shown or not _draws(one):
                continue
            if "/Resources" not in one:
                inherited = DictionaryObject({NameObject("/Font"): fonts})
                one[NameObject("/Resources")] = inherited
            yield pages[0].extract_xform_text(one)

    def _every_object(self) -> Iterator[Any]:
        places = {
            (number, generation)
            for generation, table in self._reader.xref.items()
            for number in table
        } | {(number, 0) for number in self._reader.xref_objStm}
        if len(places) > MOST_OBJECTS:
            raise LookupError("too many objects")
        yield self._reader.trailer
        for number, generation in sorted(places):
            yield self._reader.get_object(
                IndirectObject(number, generation, self._reader)
            )


def _version_ends(content: bytes) -> list[int]:
    """Return where each version ends; the head of a linearised file is none."""
    return [
        end.end()
        for end in _VERSION_END.finditer(content)
        if 0 < int(end[1]) < end.start()
    ]


def _contents(page: DictionaryObject) -> list[Any]:
    there = page.get("/Contents")
    inner = there if isinstance(there, ArrayObject) else [there]
    return [each.get_object() for each in inner if each is not None]


def _fonts(one: DictionaryObject) -> DictionaryObject:
    resources = one.get("/Resources")
    fonts = resources.get("/Font") if isinstance(resources, DictionaryObject) else None
    return fonts if isinstance(fonts, DictionaryObject) else DictionaryObject()


def _draws(one: Any) -> bool:
    if not isinstance(one, StreamObject):
        return False
    alone = one.keys() <= _PLAIN_STREAM
    return ("/BBox" in one or alone) and bool(_SHOWS_TEXT.search(one.get_data()))


def _names(one: Any, depth: int = 0) -> Iterator[str]:
    """Return every name in an object; what it refers to is an object of its own."""
    if depth > _DEEPEST:
        raise LookupError("nested too deeply")
    if isinstance(one, DictionaryObject):
        for key in one:
            yield str(key)
            yield from _names(one.raw_get(key), depth + 1)
    elif isinstance(one, ArrayObject):
        for inner in list.__iter__(one):
            yield from _names(inner, depth + 1)
    elif isinstance(one, str) and one.startswith("/"):
        yield str(one)


def _said(one: Any, depth: int = 0) -> Iterator[str]:
    if depth > _DEEPEST:
        raise LookupError("nested too deeply")
    if isinstance(one, StreamObject) and one.get("/Type") == "/Metadata":
        yield re.sub(r"<[^>]*>", "\n", one.get_data().decode(errors="replace"))
    if isinstance(one, DictionaryObject):
        for key in one:
            yield from _said(one.raw_get(key), depth + 1)
    elif isinstance(one, ArrayObject):
        for inner in list.__iter__(one):
            yield from _said(inner, depth + 1)
    elif isinstance(one, TextStringObject):
        yield str(one)
