"""What a file is, told by its first bytes and not by its name."""

import io
import zipfile
from enum import StrEnum

from enclave.errors import InputError


class FileKind(StrEnum):
    """What may be attached."""

    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    PPTX = "pptx"
    ODT = "odt"
    ODS = "ods"
    PNG = "png"
    JPEG = "jpeg"
    CSV = "csv"
    TEXT = "txt"


MEDIA_TYPES: dict[FileKind, str] = {
    FileKind.PDF: "application/pdf",
    FileKind.DOCX: "application/vnd.openxmlformats-officedocument"
    ".wordprocessingml.document",
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileKind.PPTX: "application/vnd.openxmlformats-officedocument"
    ".presentationml.presentation",
    FileKind.ODT: "application/vnd.oasis.opendocument.text",
    FileKind.ODS: "application/vnd.oasis.opendocument.spreadsheet",
    FileKind.PNG: "image/png",
    FileKind.JPEG: "image/jpeg",
    FileKind.CSV: "text/csv; charset=utf-8",
    FileKind.TEXT: "text/plain; charset=utf-8",
}

OFFICE = frozenset(
    {FileKind.DOCX, FileKind.XLSX, FileKind.PPTX, FileKind.ODT, FileKind.ODS}
)
PICTURES = frozenset({FileKind.PNG, FileKind.JPEG})
TEXTS = frozenset({FileKind.CSV, FileKind.TEXT})

_ENDINGS = {
    **{kind.value: kind for kind in FileKind},
    "jpg": FileKind.JPEG,
    "md": FileKind.TEXT,
}
_SIGNATURES = (
    (b"%PDF-", FileKind.PDF),
    (b"\x89PNG\r\n\x1a\n", FileKind.PNG),
    (b"\xff\xd8\xff", FileKind.JPEG),
)
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOLDERS = (
    ("word/", FileKind.DOCX),
    ("xl/", FileKind.XLSX),
    ("ppt/", FileKind.PPTX),
)
_OPEN_DOCUMENTS = {
    MEDIA_TYPES[kind].encode(): kind for kind in (FileKind.ODT, FileKind.ODS)
}
_ACTIVE_TEXT = ("<!doctype", "<html", "<script", "<svg", "<?xml", "#!", "<?php")


def kind_of(name: str, content: bytes) -> FileKind:
    """Return what a file is.

    Raises
    ------
    InputError
        If it is nothing that may be attached, or is named as something else.
    """
    found = _by_content(content)
    named = _ENDINGS.get(name.rpartition(".")[2].lower())
    if found is FileKind.TEXT and named in TEXTS:
        return named
    if found is not named:
        raise InputError(
            f"{name!r} is {found.value.upper()} by its content, and its name says"
            " something else: give it the ending that fits."
        )
    return found


def _by_content(content: bytes) -> FileKind:
    for signature, kind in _SIGNATURES:
        if content.startswith(signature):
            return kind
    if content.startswith(_OLD_OFFICE):
        raise InputError(
            "This is a file of an old Office version, or one with a password, and such"
            " files cannot be looked through: save it as PDF, DOCX or XLSX without one."
        )
    if content.startswith(b"PK\x03\x04"):
        return _by_members(content)
    return _by_text(content)


def _by_members(content: bytes) -> FileKind:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            first = archive.open("mimetype").read(100) if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
        raise InputError(
            "This is an archive that cannot be opened: save the document again."
        ) from error
    if first in _OPEN_DOCUMENTS:
        return _OPEN_DOCUMENTS[first]
    if "[Content_Types].xml" in names:
        for folder, kind in _FOLDERS:
            if any(name.startswith(folder) for name in names):
                return kind
    raise InputError(
        "Archives are not attached, for nobody sees what is in them: attach the"
        " documents one by one."
    )


def _by_text(content: bytes) -> FileKind:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if any(letter < " " and letter not in "\t\n\r\f" for letter in text):
        raise InputError(
            "This is no file that may be attached: use PDF, DOCX, XLSX, PPTX, ODT, ODS,"
            " PNG, JPEG, or CSV and text in UTF-8."
        )
    if text.lstrip().lower().startswith(_ACTIVE_TEXT):
        raise InputError(
            "This is a web page or a program, and neither is attached: print it to PDF."
        )
    return FileKind.TEXT
