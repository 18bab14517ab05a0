"""What a workbook may say otherwise than most do, and what it may not."""

import io
import re
import zipfile

import openpyxl
import pytest

from tests.builders.uploads import converted


SHEET = "xl/worksheets/sheet1.xml"
LISTS = (
    b'<extLst><ext uri="{x}" xmlns:xm="x"><xm:f>Lists!$A$1</xm:f></ext></extLst>'
    b"</worksheet>"
)


def workbook(*rows, was=b"", becomes=b"") -> bytes:
    """Write a workbook, and put something else for a pattern in its only sheet."""
    book, out, changed = openpyxl.Workbook(), io.BytesIO(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    with zipfile.ZipFile(out) as given, zipfile.ZipFile(changed, "w") as target:
        for name in given.namelist():
            content = given.read(name)
            if name == SHEET and was:
                content, found = re.subn(was, becomes, content)
                assert found
            target.writestr(name, content)
    return changed.getvalue()


def read(tmp_path, content: bytes):
    (tmp_path / "upload").write_bytes(content)
    return converted(tmp_path / "upload")


def test_rows_may_be_empty_above_and_texts_have_any_letter(tmp_path):
    rows = ([], [None], ["a", "b"], ["x_x000D_y", "_x005F_x000D_"])
    _, table = read(tmp_path, workbook(*rows))

    assert table.names == ["a", "b"]
    assert table.column("a").to_pylist() == ["x\ry"]
    assert table.column("b").to_pylist() == ["_x000D_"]


@pytest.mark.filterwarnings("ignore:Unknown extension")
def test_what_lists_go_by_is_no_formula(tmp_path):
    content = workbook(["a", "b"], [1, 2], was=b"</worksheet>", becomes=LISTS)

    assert read(tmp_path, content)[0]["rows"] == 1


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (rb'(<row r="2".*?</row>)', rb"\1\1"),
        (rb'<row r="2"', rb'<row r="1"'),
        (rb'r="B2"', rb'r="A2"'),
        (rb'r="B2"', rb'r="B3"'),
    ],
)
def test_places_that_stand_twice_or_out_of_order_are_refused(tmp_path, was, becomes):
    content = workbook(["a", "b"], [1, 2], was=was, becomes=becomes)

    assert read(tmp_path, content)[0] == {"refused": "damaged"}


@pytest.mark.parametrize("error", ["#BUSY!", "#FIELD!", "#VALUE!"])
def test_errors_are_no_values(tmp_path, error):
    content = workbook(["a", "b"], [1, error])

    assert read(tmp_path, content)[0] == {"refused": "formulas"}
