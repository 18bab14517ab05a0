"""Files to attach: sound ones, and each kind of unsound one, really made."""

import io
import re
import zipfile
from typing import Any

from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)


# Printed in official lists of test persons; no living person has it.
CPR = "251248-9996"
_TYPES = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def pdf(*lines: str, change: Any = None, **more: Any) -> bytes:
    """A PDF of one page with some lines; ``change`` may add to the writer."""
    writer = PdfWriter()
    page = writer.add_blank_page(400, 400)
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    drawn = " ".join(f"({line}) Tj 0 -20 Td" for line in lines)
    stream = DecodedStreamObject()
    stream.set_data(f"BT /F1 12 Tf 20 350 Td {drawn} ET".encode("latin-1"))
    page[NameObject("/Contents")] = writer._add_object(stream.flate_encode())
    if change:
        change(writer)
    out = io.BytesIO()
    writer.write(out, **more)
    return out.getvalue()


def script(writer: PdfWriter) -> None:
    _opens_with(writer, {"/S": NameObject("/JavaScript"), "/JS": TextStringObject("1")})


def embedded(writer: PdfWriter) -> None:
    writer.add_attachment("inner.txt", b"hidden")


def launch(writer: PdfWriter) -> None:
    _opens_with(writer, {"/S": NameObject("/Launch"), "/F": TextStringObject("cmd")})


def _opens_with(writer: PdfWriter, action: dict[str, Any]) -> None:
    named = {NameObject(name): value for name, value in action.items()}
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(named)


def locked(writer: PdfWriter) -> None:
    writer.encrypt("", "owner", algorithm="AES-256")


def form_that_computes(writer: PdfWriter) -> None:
    form = {NameObject("/XFA"): ArrayObject()}
    writer.root_object[NameObject("/AcroForm")] = DictionaryObject(form)


def note(writer: PdfWriter) -> None:
    writer.add_annotation(0, FreeText(text=f"patient {CPR}", rect=(10, 10, 90, 40)))


def properties(writer: PdfWriter) -> None:
    writer.add_metadata({"/Title": f"Record of {CPR}"})


def stamp(writer: PdfWriter) -> None:
    """A stamp whose look shows what its properties do not say."""
    form = DecodedStreamObject()
    form.set_data(f"BT /F1 9 Tf 2 2 Td (no. {CPR}) Tj ET".encode())
    page = writer.pages[0]
    form.update(
        {
            NameObject("/Subtype"): NameObject("/Form"),
            NameObject("/BBox"): ArrayObject(map(NumberObject, (0, 0, 90, 20))),
            NameObject("/Resources"): page["/Resources"],
        }
    )
    looks = DictionaryObject({NameObject("/N"): writer._add_object(form)})
    made = FreeText(text="seen", rect=(10, 10, 90, 40))
    made[NameObject("/Subtype")] = NameObject("/Stamp")
    made[NameObject("/AP")] = looks
    writer.add_annotation(0, made)


def left_over(writer: PdfWriter) -> None:
    """What a page showed before it was drawn anew, in no page's list."""
    stream = DecodedStreamObject()
    stream.set_data(f"BT /F1 9 Tf 20 350 Td (Patient {CPR}) Tj ET".encode())
    writer._add_object(stream.flate_encode())


def saved_over(*before: str, now: str = "black") -> bytes:
    """A PDF whose page was drawn anew and appended, as signing and blacking out do."""
    writer = PdfWriter(PdfReader(io.BytesIO(pdf(*before))), incremental=True)
    stream = DecodedStreamObject()
    stream.set_data(f"BT /F1 12 Tf 20 350 Td ({now}) Tj ET".encode())
    writer.pages[0][NameObject("/Contents")] = writer._add_object(stream)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def linearised(content: bytes) -> bytes:
    """A PDF with the head of one that is made to be shown while it loads."""
    header, rest = content.split(b"\n", 1)
    head = b"startxref\n0\n%%EOF\n"

    def moved(place: re.Match[bytes]) -> bytes:
        return b"%0*d" % (len(place[1]), int(place[1]) + len(head)) + place[2]

    rest = re.sub(rb"(\d{10})( \d{5} n)", moved, rest)
    rest = re.sub(rb"(?<=startxref\n)(\d+)(\n)", moved, rest)
    return header + b"\n" + head + rest


def docx(body: str = "<w:p><w:r><w:t>Hello</w:t></w:r></w:p>", **parts: Any) -> bytes:
    """A document with one part of text; ``parts`` add others by name."""
    files: dict[str, Any] = {
        "[Content_Types].xml": f'<Types><Override ContentType="{_TYPES}"/></Types>',
        "word/document.xml": f'<?xml version="1.0" encoding="UTF-8"?><w:document'
        f' xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>',
        **parts,
    }
    return archive(files)


def xlsx(cells: str, **parts: Any) -> bytes:
    return archive(
        {
            "[Content_Types].xml": "<Types/>",
            "xl/worksheets/sheet1.xml": f"<worksheet><row>{cells}</row></worksheet>",
            **parts,
        }
    )


def odt(body: str) -> bytes:
    return archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:body>{body}</office:body>",
        }
    )


def archive(files: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return out.getvalue()


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 10), "teal").save(out, kind)
    return out.getvalue()
