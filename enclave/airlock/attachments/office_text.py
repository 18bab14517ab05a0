"""What an office file says: between its tags, in them, and in parts that are no XML.

A pivot table keeps the rows it was made of in attributes, a sheet has its name in one,
and a comment of XML shows nowhere. All of it is handed out with the file.
"""

import html
import re
import zipfile
from collections.abc import Iterator


TEXTUAL = frozenset({"xml", "rels", "vml", "rdf", "svg"})
_AFTER_A_LETTER = re.compile(r"([^\0])\0")
_ENCODING = re.compile(r"<\?xml[^>]*encoding\s*=\s*[\"']([\w-]+)")
_ENDS = re.compile(r"</(?:\w+:)?(?:p|c|si|t[rdc]|row|h|table-cell|v|title|creator)>")
_TAG = re.compile(r"<[^>]*>")
_VERBATIM = re.compile(r"<!\[CDATA\[|\]\]>")
_COMMENT = re.compile(r"<!--|-->")
# A CPR number without its zero has nine digits; what is shorter is passed over.
_ATTRIBUTE = re.compile(r"([\w.:-]+)\s*=\s*(?:\"([^\"]{9,})\"|'([^']{9,})')")
# Numbers that programs draw by lot, of which some look like a CPR number.
_DRAWN_BY_LOT = re.compile(
    r"(<(?:w:id|(?:\w+:)?(?:creationId|modId|axId|crossAx|docPr|cNvPr|sldId))\b[^>]*?"
    r"\s)(?:\w+:)?(?:id|val)\s*=\s*([\"'])-?\d{1,10}\2"
)
_WINDOWS_ACCOUNT = re.compile(r"\bS-1-5-21(?:-\d+)+")
# Lists of coordinates, in which any ten digits stand one after the other.
_GEOMETRY = frozenset(
    {"d", "points", "path", "viewBox", "enhanced-path", "text-areas", "fmla"}
    | {"glue-points", "transform", "gradientTransform", "wrapcoords", "coordsize"}
)


def parts(
    archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo]
) -> Iterator[tuple[str, str | None]]:
    """Return name and XML of each part that has some; None where it is not UTF-8."""
    for part in infos:
        if part.filename.lower().rpartition(".")[2] in TEXTUAL:
            try:
                said = archive.read(part).decode("utf-8-sig")
            except UnicodeDecodeError:
                yield part.filename, None
                continue
            declared = _ENCODING.search(said[:200])
            plain = declared is None or declared[1].lower() in {"utf-8", "us-ascii"}
            yield part.filename, said if plain and "\0" not in said else None


def said_by(xml: str) -> Iterator[str]:
    """Return the text of a part, a paragraph or cell a line, and its attributes."""
    shown = _COMMENT.sub("\n", _VERBATIM.sub("", xml))
    # Not by a space: a word that was typed in two goes is one word.
    yield html.unescape(_TAG.sub("", _ENDS.sub("\n", shown)))
    for name, double, single in _ATTRIBUTE.findall(_DRAWN_BY_LOT.sub(r"\1", xml)):
        if name.rpartition(":")[2] not in _GEOMETRY and not name.startswith("xmlns"):
            yield _WINDOWS_ACCOUNT.sub("", html.unescape(double or single))


def other_parts(
    archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo]
) -> Iterator[str]:
    """Return what can be read of pictures, fonts and printer settings.

    Nobody knows what a part holds that is called a picture; text shows as what it is.
    """
    for part in infos:
        if part.filename.lower().rpartition(".")[2] not in TEXTUAL:
            # Not as Latin-1: a number behind a mark of UTF-16 would end a word of it.
            said = archive.read(part).decode("ascii", errors="replace")
            yield said
            # UTF-16, from an even or an odd place on: each letter has its zero byte.
            yield _AFTER_A_LETTER.sub(r"\1", said)
