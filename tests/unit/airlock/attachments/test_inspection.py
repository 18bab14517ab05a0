"""What may be attached to an application, and each way in which it is refused."""

import base64
import io
import zipfile
from dataclasses import replace

import pytest

from enclave.airlock.attachments.inspection import inspect
from enclave.airlock.attachments.looking import _answer, _in_memory, _room, look_through
from enclave.errors import InputError
from enclave.sandbox.running import Outcome, run
from tests.builders import attached_files as files
from tests.builders.attached_files import CPR


_LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def relation(kind: str, target: str) -> str:
    return (
        f'<Relationships><Relationship Id="r1" Type="{_LINK}/{kind}"'
        f' Target="{target}" TargetMode="External"/></Relationships>'
    )


SOUND = {
    "letter.pdf": files.pdf("Godkendelse H-20012345", "Dato 01.02.2024"),
    "letter.PDF": files.pdf("Journal 2012-58-0018"),
    "signed.pdf": files.saved_over("Godkendelse", now="Godkendelse, underskrevet"),
    "online.pdf": files.linearised(files.pdf("Godkendelse H-20012345")),
    "plan.docx": files.docx(),
    "linked.docx": files.docx(
        **{"word/_rels/document.xml.rels": relation("hyperlink", "https://doi.org/1")}
    ),
    "printed.xlsx": files.xlsx(
        "", **{"xl/printerSettings/printerSettings12.bin": "\0HP\0"}
    ),
    "sizes.xlsx": files.xlsx("<c><v>123456789</v></c><c><f>SUM(A1:A2)</f></c>"),
    "plan.odt": files.odt("<text:p>Hello</text:p>"),
    "figure.png": files.picture("PNG"),
    "figure.jpg": files.picture("JPEG"),
    "codebook.csv": "navn,værdi\nkøn,1\nfald,-0.5\n".encode(),
    "readme.md": b"# Codebook\n- age: years\n",
}

UNSOUND = {
    "script": ("a.pdf", files.pdf("x", change=files.script), "scripts"),
    "embedded": ("a.pdf", files.pdf("x", change=files.embedded), "embedded files"),
    "launch": ("a.pdf", files.pdf("x", change=files.launch), "start a program"),
    "locked": ("a.pdf", files.pdf("x", change=files.locked), "password"),
    "xfa": ("a.pdf", files.pdf("x", change=files.form_that_computes), "computes"),
    "unreached": ("a.pdf", files.pdf("x") + b"\n7 0 obj<</S/Java#53cript>>", "scripts"),
    "trailing": ("a.pdf", files.pdf("x") + b"\0" * 2_000, "behind its end"),
    "both": ("a.pdf", files.pdf("x") + files.archive({"a": b""}), "archive as well"),
    "page": ("a.pdf", files.pdf(f"Patient {CPR}"), "CPR number"),
    "note": ("a.pdf", files.pdf("x", change=files.note), "CPR number"),
    "title": ("a.pdf", files.pdf("x", change=files.properties), "CPR number"),
    "blacked out": ("a.pdf", files.saved_over(f"Patient {CPR}"), "CPR number"),
    "seen no more": ("a.pdf", files.saved_over(), "which nobody sees"),
    "stamp": ("a.pdf", files.pdf("x", change=files.stamp), "CPR number"),
    "left over": ("a.pdf", files.pdf("x", change=files.left_over), "CPR number"),
    "torn": (
        "a.pdf",
        files.pdf("x")[:200],
        "behind its end|cannot be read|can be read",
    ),
    "macro": ("a.docx", files.docx(**{"word/vbaProject.bin": "x"}), "macros"),
    "named": (
        "a.docx",
        files.docx(**{"word/x.xml": '<a ContentType="macroEnabled.main+xml"/>'}),
        "macros",
    ),
    "object": ("a.docx", files.docx(**{"word/embeddings/o.bin": "x"}), "embedded"),
    "template": (
        "a.docx",
        files.docx(
            **{"word/_rels/settings.xml.rels": relation("attachedTemplate", "http://x")}
        ),
        "from elsewhere",
    ),
    "dde": (
        "a.docx",
        files.docx(
            "<w:p><w:instrText>DDE</w:instrText><w:instrText>AUTO c:\\x"
            "</w:instrText></w:p>"
        ),
        "fields that start",
    ),
    "program": ("a.docx", files.docx(**{"word/media/x.exe": "MZ"}), "unknown kind"),
    "split": (
        "a.docx",
        files.docx("<w:p><w:t>251248</w:t></w:r><w:r><w:t>-9996</w:t></w:p>"),
        "CPR number",
    ),
    "comment": (
        "a.docx",
        files.docx(**{"word/comments.xml": f"<w:p>{CPR}</w:p>"}),
        "CPR number",
    ),
    "entities": (
        "a.docx",
        files.docx(**{"word/x.xml": "<!DOCTYPE a>"}),
        "document type",
    ),
    "cells": ("a.xlsx", files.xlsx(f"<c><v>{CPR}</v></c>"), "CPR number"),
    "pivot": (
        "a.xlsx",
        files.xlsx("", **{"xl/pivotCache/r1.xml": f'<r><s v="{CPR}"/></r>'}),
        "CPR number",
    ),
    "sheet": (
        "a.xlsx",
        files.xlsx("", **{"xl/workbook.xml": "<sheet name='251248&#45;9996'/>"}),
        "CPR number",
    ),
    "unshown": ("a.docx", files.docx(f"<w:p><![CDATA[{CPR}]]></w:p>"), "CPR number"),
    "printer": (
        "a.xlsx",
        files.xlsx("", **{"xl/printerSettings/list.csv": f"1,{CPR}"}),
        "unknown kind",
    ),
    "printed": (
        "a.xlsx",
        files.xlsx(
            "",
            **{"xl/printerSettings/printerSettings1.bin": CPR.encode("utf-16")},
        ),
        "CPR number",
    ),
    "called a picture": (
        "a.docx",
        files.docx(**{"word/media/image1.png": f"1,{CPR}"}),
        "CPR number",
    ),
    "calls": ("a.xlsx", files.xlsx("<c><f>WEBSERVICE(A1)</f></c>"), "call other"),
    "links": ("a.xlsx", files.xlsx("", **{"xl/externalLinks/e.xml": "<a/>"}), "links"),
    "listener": ("a.odt", files.odt("<script:event-listener/>"), "scripts"),
    "behind": ("a.png", files.picture("PNG") + b"PAYLOAD", "behind the end"),
    "formula": ("a.csv", b"name,value\n=cmd|'/c calc'!A1,1\n", "formulas"),
    "list": ("a.csv", f"no,cpr\n1,{CPR}\n".encode(), "CPR number"),
    "wrapped": ("a.txt", base64.b64encode(f"patient {CPR} x".encode()), "CPR number"),
    "broken": ("a.txt", b"Patient 251248-\n9996", "CPR number"),
    "name": ("a.docx", files.pdf("x"), "PDF by its content"),
    "archive": ("a.zip", files.archive({"a.txt": b"x"}), "Archives are not"),
    "old": ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Office"),
    "web": ("a.txt", b"<html><script>1</script></html>", "web page"),
    "binary": ("a.txt", b"MZ\x90\0\x03", "no file that may be attached"),
}


@pytest.mark.parametrize("name", SOUND)
def test_what_is_sound_may_be_attached(name: str):
    found = inspect(name, SOUND[name])

    assert found.refusals == []
    assert found.kind


@pytest.mark.parametrize("case", [name for name in UNSOUND if UNSOUND[name][2]])
def test_what_is_not_is_refused_and_told_why(case: str):
    name, content, why = UNSOUND[case]

    found = inspect(name, content)

    assert any(part in text for text in found.refusals for part in why.split("|"))
    assert "9996" not in str(found)


def test_numbers_that_programs_draw_by_lot_are_no_cpr_numbers():
    drawn = [f"<w:id w:val='-1{day:02d}0550123'/>" for day in range(1, 29)]
    drawn += [
        f'<wp:docPr name="x" id="2{day}0550123" descr="A tree"/>' for day in range(10)
    ]
    people = '<w15:presenceInfo userId="S-1-5-21-2512489996-1-2512489996-1001"/>'
    found = inspect("a.docx", files.docx("".join(drawn) + people))

    assert found.refusals == []
    told = files.docx(f'<wp:docPr id="2105501234" descr="Scan of {CPR}"/>')
    assert "CPR number" in str(inspect("a.docx", told).refusals)


def test_parts_in_other_encodings_are_not_guessed():
    content = files.archive(
        {
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": f"<w:p>{CPR}</w:p>".encode("utf-16"),
        }
    )
    assert "not written in UTF-8" in str(inspect("a.docx", content).refusals)


def test_an_archive_that_unpacks_to_more_than_a_disk_is_not_unpacked():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("[Content_Types].xml", "<Types/>")
        with target.open("word/document.xml", "w", force_zip64=True) as part:
            for _ in range(220):
                part.write(b" " * (1 << 20))
    assert "unpacks to more" in str(inspect("a.docx", out.getvalue()).refusals)


def test_who_reads_a_picture_is_told_that_no_machine_did():
    assert "no machine read" in inspect("a.png", SOUND["figure.png"]).remarks[0]
    bare = inspect("a.pdf", files.pdf())
    assert bare.remarks == [
        "1 of 1 pages are pictures: no machine read what is written there"
    ]


def test_numbers_without_their_zero_are_found_in_a_column():
    column = "".join(
        f"<c><v>10{month}5512{day}</v></c>" for month in range(1, 8) for day in (31, 32)
    )
    assert "leading zero" in str(inspect("a.xlsx", files.xlsx(column)).refusals)


def test_whoever_takes_it_over_sees_no_file_and_no_network(settings):
    settings.claim_home()
    look = (
        "import os, socket, sys\n"
        f"print(os.path.exists({str(settings.home)!r}), socket.if_nameindex(),"
        " os.environ.get('ENCLAVE_HOME'), os.fdopen(int(sys.argv[1])).read())"
    )
    with _in_memory(b"content") as file:
        room = replace(
            _room("a.pdf", file), command=["/usr/bin/python3", "-c", look, str(file)]
        )
        said = run(room).output

    assert said == "False [(1, 'lo')] None content\n"


def test_it_is_done_in_a_process_that_may_break():
    assert look_through("a.pdf", SOUND["letter.pdf"]).kind == "pdf"
    with pytest.raises(InputError, match="CPR number"):
        look_through("a.pdf", UNSOUND["page"][1])


@pytest.mark.parametrize(
    "said", ["", "\n", "{", "null", "[]", "{}", '{"kind": 5}', '{"kind": "pdf"} 9996']
)
def test_what_it_says_is_an_answer_or_refused(said: str):
    with pytest.raises(InputError, match="could not be looked through") as refused:
        _answer(Outcome(0, said, timed_out=False, seconds=1))

    assert refused.value.__cause__ is refused.value.__context__ is None


def test_what_libraries_say_before_the_answer_is_passed_over():
    said = 'a warning\n{"kind": "pdf", "refusals": [], "remarks": ["bare"]}\n'

    found = _answer(Outcome(0, said, timed_out=False, seconds=1))

    assert (found.kind, found.refusals, found.remarks) == ("pdf", [], ["bare"])
