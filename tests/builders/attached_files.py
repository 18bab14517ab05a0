"""Files to attach: sound ones, and each kind of unsound one, really made."""

import io
import zipfile
from typing import Any

from PIL import Image
from pypdf import PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
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
