"""A CSV file becomes a code list whole, or is refused with every reason."""

import pytest

from enclave.cohort.code_lists import csv_file
from enclave.cohort.code_lists.csv_file import CodeListFileError
from enclave.cohort.code_lists.entries import ListEntry


FILE = """\
code,use,descendants,label
DE11,include,yes,Type 2-diabetes
DE119A,exclude,no,"Uden, komplikationer"
NA,,,Natrium
"""
ENTRIES = (
    ListEntry(code="DE11", match="prefix", label="Type 2-diabetes"),
    ListEntry(code="DE119A", match="exact", exclude=True, label="Uden, komplikationer"),
    ListEntry(code="NA", match="exact", label="Natrium"),
)


@pytest.mark.parametrize(
    "text",
    [
        FILE,
        "\ufeff" + FILE,
        FILE.replace("\n", "\r\n"),
        FILE + "\n,,,\n",
        FILE.replace("Uden, kom", "Uden; kom").replace('"', "").replace(",", ";")
        .replace("Uden; kom", '"Uden, kom').replace("plikationer", 'plikationer"'),
    ],
    ids=["plain", "byte order mark", "Windows", "empty rows", "semicolons"],
)  # fmt: skip
def test_files_as_spreadsheets_write_them(text: str):
    assert csv_file.read(text.encode()) == ENTRIES


def test_the_code_alone_is_enough():
    assert csv_file.read(b"CODE\nDE11\n") == (ListEntry(code="DE11", match="exact"),)


def test_what_is_written_reads_back():
    assert csv_file.read(csv_file.write(ENTRIES).encode()) == ENTRIES


def test_every_problem_is_named_with_its_row_and_none_with_its_cell():
    file = (
        "code,use,descendants,label\n"
        "DE11,maybe,yes,SECRET\n"
        ",include,yes,\n"
        "DE11,include,sometimes,\n"
        "DE12,,,Se 010170-1234\n"
        "010170-1234,,,\n"
        "DE13,,,=SUM(A1)\n"
        "@x,,,\n"
        f"DE14,,,{'x' * 301}\n"
        f"{'D' * 101},,,\n"
        "DE15,yes,,\n"
        "DE16,,,\n"
        "DE16,exclude,,\n"
        "DE17,,,\x1b[2J\n"
    )

    with pytest.raises(CodeListFileError) as refused:
        csv_file.read(file.encode())
    assert [(one.row, one.message.split(",")[0]) for one in refused.value.problems] == [
        (2, "use must be include or exclude"),
        (3, "code is empty"),
        (4, "descendants must be yes or no"),
        (5, "holds what looks like a CPR number: code lists name nobody"),
        (6, "holds what looks like a CPR number: code lists name nobody"),
        (7, "label begins with = + - or @"),
        (8, "code begins with = + - or @"),
        (9, "label is too long"),
        (10, "code is too long"),
        (11, "use must be include or exclude"),
        (13, "has the code of row 12 again: keep one of them"),
        (14, "label holds characters that cannot be seen: remove them"),
    ]
    assert "SECRET" not in str(refused.value)
    assert "0101" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "row 1: the headings must be code"),
        (b"DE11\nDE12\n", "row 1: the headings must be code"),
        (b"code,code\nDE11,DE12\n", "row 1: the headings must be code"),
        (b"code,persons\nDE11,4\n", "row 1: the headings must be code"),
        (b"code\n", "row 2: is missing: give at least one code"),
        (b"code,use\nDE11,exclude\n", "row 1: every row excludes"),
        (b"code\nDE11,DE12\n", "row 2: has more cells than there are headings"),
        ("code,label\nDE11,sår\n".encode("latin-1"), "row 1: the file is not UTF-8"),
        (b"code\n" + b"D\n" * 5001, "row 5002: a list has at most 5,000 rows"),
        (b"x" * 2_000_001, "row 1: the file is larger than 2,000,000 bytes"),
        (b'code\n"' + b"x" * 140_000, "row 1: the file is not CSV"),
    ],
)
def test_what_is_no_code_list_is_refused(content: bytes, words: str):
    with pytest.raises(CodeListFileError) as refused:
        csv_file.read(content)
    assert words in str(refused.value)
