"""Look into office files: macros, embedded objects, what is loaded from elsewhere.

The parts are XML, and are read as text without any XML parser: whatever a parser could
be led to do cannot happen.
"""

import html
import io
import re
import zipfile
from collections.abc import Iterator

from enclave.airlock.attachments import office_text
from enclave.airlock.attachments.kinds import FileKind
from enclave.airlock.attachments.office_text import TEXTUAL, said_by


MOST_PARTS = 5_000
MOST_BYTES = 200 << 20
_INERT = frozenset(
    {"png", "jpg", "jpeg", "gif", "emf", "wmf", "tif", "tiff", "odttf", "fntdata"}
)
# What Windows printers were told; macOS and Windows write it, and number it.
_PRINTER = re.compile(r"(?:xl|ppt|word)/(?:printersettings/)?printersettings\d+\.bin")
_ACTIVE_PARTS = (
    "vbaproject",
    "vbadata",
    "activex",
    "embeddings/",
    "oleobject",
    "externallinks/",
    "macrosheets/",
    "dialogsheets/",
    "customui",
    "scripts/",
    "basic/",
    "dialogs/",
)
_ACTIVE_TEXTS = (
    ("macroEnabled", "macros"),
    ("ms-office.vbaProject", "macros"),
    ("<script:event-listener", "scripts"),
    ("<draw:object", "embedded objects"),
    ("<draw:plugin", "embedded objects"),
    ("<office:dde-source", "links to other programs (DDE)"),
    ("<manifest:encryption-data", "a password"),
    ("<script", "scripts"),
    ("<!DOCTYPE", "a document type, which readers act on"),
    ("<!ENTITY", "entities, which readers act on"),
)
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")
_OUTSIDE = re.compile(r"TargetMode\s*=\s*[\"']External", re.IGNORECASE)
_LINK = re.compile(r"Type\s*=\s*[\"'][^\"']*/hyperlink[\"']")
_OUTSIDE_IMAGE = re.compile(r"<draw:image\b[^>]*href\s*=\s*[\"']\w{2,}:", re.IGNORECASE)
_INSTRUCTION = re.compile(
    r"<w:instrText\b[^>]*>([^<]*)|<w:fldSimple\b[^>]*w:instr\s*=\s*[\"']([^\"']*)"
)
_FORMULA = re.compile(r"<(?:\w+:)?f\b[^>]*>([^<]*)|table:formula\s*=\s*[\"']([^\"']*)")
_DDE = re.compile(r"\bDDE(?:AUTO)?\b|INCLUDE(?:TEXT|PICTURE)", re.IGNORECASE)
_CALLS_OUT = re.compile(
    r"\w\s*\||\b(?:WEBSERVICE|DDE|CALL|REGISTER|EXEC)\s*\(", re.IGNORECASE
)


def problems(kind: FileKind, content: bytes) -> Iterator[str]:
    """Say what in an office file is active, hidden or loaded from elsewhere."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        too_much = _too_much(parts)
        if too_much:
            yield too_much
            return
        for part in parts:
            yield from _part(part)
        for name, text in office_text.parts(archive, parts):
            if text is None:
                yield f"{name} is not written in UTF-8, so it cannot be looked through"
            else:
                yield from _active(kind, text)


def text(content: bytes) -> str:
    """Return all that an office file says, one paragraph, cell or attribute a line."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        every = archive.infolist()
        found = [*office_text.parts(archive, every)]
        other = [*office_text.other_parts(archive, every)]
    lines = [line for _, xml in found for line in said_by(xml or "")]
    return "\n".join([*lines, *other])


def _too_much(parts: list[zipfile.ZipInfo]) -> str:
    if len(parts) > MOST_PARTS:
        return f"it has more than {MOST_PARTS:,} parts"
    if sum(part.file_size for part in parts) > MOST_BYTES:
        return f"it unpacks to more than {MOST_BYTES >> 20} MB"
    names = [part.filename for part in parts]
    if len(set(names)) != len(names):
        return "it has two parts of one name, of which a reader shows either"
    if parts[0].header_offset != 0:
        return "something else stands before its beginning"
    return ""


def _part(part: zipfile.ZipInfo) -> Iterator[str]:
    name = part.filename.lower()
    ending = name.rpartition("/")[2].rpartition(".")[2]
    if part.flag_bits & 1:
        yield "a part of it has a password"
    elif any(active in name for active in _ACTIVE_PARTS):
        yield f"it holds macros, controls, links or embedded objects ({part.filename})"
    elif not (
        part.is_dir()
        or ending in TEXTUAL | _INERT
        or name == "mimetype"
        or _PRINTER.fullmatch(name)
    ):
        yield f"it holds a part of an unknown kind ({part.filename})"


def _active(kind: FileKind, part: str) -> Iterator[str]:
    lowered = part.lower()
    for sign, what in _ACTIVE_TEXTS:
        if sign.lower() in lowered:
            yield f"it holds {what}"
    for relation in _RELATION.findall(part):
        plain = html.unescape(relation)
        if _OUTSIDE.search(plain) and not _LINK.search(plain):
            yield "it loads something from elsewhere when it is opened"
    if _OUTSIDE_IMAGE.search(part):
        yield "it loads something from elsewhere when it is opened"
    instructions = "".join(a or b for a, b in _INSTRUCTION.findall(part))
    if _DDE.search(html.unescape(instructions)):
        yield "it holds fields that start or load something"
    if kind in {FileKind.XLSX, FileKind.ODS} and any(
        _CALLS_OUT.search(html.unescape(a or b)) for a, b in _FORMULA.findall(part)
    ):
        yield "it holds formulas that call other programs or pages"
