"""Look through one file, in a sandbox that sees nothing else and may use only so much.

Run as ``python -m enclave.airlock.attachments.inspection NAME DESCRIPTOR`` with the
content behind that descriptor; the answer is JSON on standard output. Whoever sends a
file meant to break its reader breaks this process, and neither the portal nor anybody's
session; and one that takes it over is in a room without files, network or keys.
"""

import json
import os
import re
import resource
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from enclave.airlock.attachments import office
from enclave.airlock.attachments.kinds import OFFICE, PICTURES, FileKind, kind_of
from enclave.airlock.attachments.pdf import PdfContent
from enclave.airlock.disguises import holds_cpr, nine_digits
from enclave.errors import InputError
from enclave.identity import cpr


MEMORY = 2 << 30
SECONDS = 60
_ENDS = {FileKind.PNG: b"IEND\xaeB`\x82", FileKind.JPEG: b"\xff\xd9"}
_ARCHIVE_END = b"PK\x05\x06"
_FORMULA = re.compile(r"(?:^|[,;\t])\s*\"?\s*(?:=|@|[+-]\s*[A-Za-z(])")
_WORTH_UNWRAPPING = re.compile(r"(?:\D*\d){6}|[A-Za-z0-9+/_-]{16}")
_CELLS = re.compile(r"[,;\t\n]")
# Authorities number their letters so; some of these numbers begin like a birth date.
_JOURNAL = re.compile(r"(?<![\d-])(?:19|20)\d\d-\d{2,3}-\d{4,6}(?![\d-])")
# So many different ten digits that may be CPR numbers are a list of persons.
_MANY = 3
_LOST = 5


@dataclass
class Findings:
    """What a file is, why it is refused, and what nobody could look at."""

    kind: str = ""
    refusals: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def inspect(name: str, content: bytes) -> Findings:
    """Look through a file."""
    found = Findings()
    try:
        kind = kind_of(name, content)
        found.kind = kind.value
        found.refusals += dict.fromkeys(_structure(kind, content))
        if not found.refusals:
            found.refusals += _numbers(_text(kind, content, found.remarks))
    except InputError as error:
        found.refusals.append(str(error).rstrip("."))
    except ValueError as error:
        found.refusals.append(f"it is {error}: print it to PDF anew")
    return found


def _structure(kind: FileKind, content: bytes) -> Iterator[str]:
    if kind in OFFICE:
        yield from office.problems(kind, content)
        return
    if _ARCHIVE_END in content[-70_000:]:
        yield "it is an archive as well, which some programs open instead"
    if kind is FileKind.PDF:
        yield from PdfContent(content).problems()
    elif kind in PICTURES and not content.endswith(_ENDS[kind]):
        yield "something else stands behind the end of the picture"
    elif kind is FileKind.CSV and any(
        _FORMULA.search(line) for line in content.decode("utf-8-sig").splitlines()
    ):
        yield "it has fields that a spreadsheet takes for formulas"


def _text(kind: FileKind, content: bytes, remarks: list[str]) -> str:
    if kind in OFFICE:
        return office.text(content)
    if kind in PICTURES:
        remarks.append("a picture: no machine read what is written in it")
        return content.decode("latin-1")
    if kind is FileKind.PDF:
        document = PdfContent(content)
        said = [*document.texts()]
        bare = sum(not page.strip() for page in said[: document.pages])
        if bare:
            remarks.append(
                f"{bare} of {document.pages} pages are pictures: no machine read what"
                " is written there"
            )
        return "\n".join(said)
    return content.decode("utf-8-sig")


def _numbers(text: str) -> Iterator[str]:
    joined = _JOURNAL.sub("", re.sub(r"-[ \t]*\r?\n[ \t]*", "-", text))
    sure = any(found.certain for found in cpr.find(joined))
    bare: set[str] = set()
    lines = {part.strip() for part in joined.splitlines()}
    for line in filter(_WORTH_UNWRAPPING.search, lines if not sure else ()):
        found, certain = holds_cpr(line)
        sure |= certain
        bare |= {line} if found else set()
    if sure:
        yield "it holds a CPR number: black it out, or leave the page out"
    elif len(bare) >= _MANY:
        yield f"it holds {len(bare)} numbers of ten digits that may be CPR numbers"
    cells = {cell.strip(' "') for cell in _CELLS.split(text)}
    nines = [cell for cell in cells if re.fullmatch(r"\d{9}(?:\.0)?", cell)]
    lost = sum(map(nine_digits, nines))
    if lost >= _LOST and 2 * lost > len(nines):
        yield f"it holds {lost} CPR numbers that lost their leading zero"


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    with os.fdopen(int(sys.argv[2]), "rb") as file:
        found = inspect(sys.argv[1], file.read())
    sys.stdout.write(json.dumps(asdict(found)))


if __name__ == "__main__":
    _main()
