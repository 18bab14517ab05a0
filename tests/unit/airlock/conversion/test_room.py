"""What a conversion says is believed where it fits, and is never repeated."""

import json
import os
import sys

import pytest

from enclave.airlock.conversion.program import answer
from enclave.airlock.conversion.refusals import HOST, REASONS
from enclave.airlock.conversion.room import believed
from enclave.errors import HostError, InputError
from enclave.sandbox.running import Outcome
from tests.builders.uploads import WRITERS


ROWS = b'"a","b"\n"1","x"\n"2",\n'
GOOD = {"format": "csv", "names": ["a", "b"], "declared": ["", "text"], "rows": 2}


def said(tmp_path, words: str, rows: bytes = ROWS, code: int = 0):
    draft = tmp_path / "draft"
    draft.write_bytes(rows)
    return believed(Outcome(code, words, timed_out=False, seconds=1), draft)


def test_what_fits_is_believed_after_what_libraries_say(tmp_path):
    header = said(tmp_path, "a warning\n" + json.dumps(GOOD) + "\n")

    assert (header.names, header.declared) == (("a", "b"), ("", "text"))


LIES = {
    "another number of rows": {"rows": 3},
    "other names": {"names": ["a", "c"]},
    "names in another order": {"names": ["b", "a"]},
    "more names than columns": {"names": ["a", "b", "c"]},
    "fewer types than columns": {"declared": [""]},
    "a type of its own": {"declared": ["", "<b>"]},
    "a format of its own": {"format": "../../etc"},
    "rows that are a text": {"rows": "2"},
    "rows below nothing": {"rows": -1},
    "more than is asked": {"path": "/etc/passwd"},
    "a name without end": {"names": ["a" * 9_000_000, "b"]},
    "names without end": {"names": ["a"] * 5_000},
    "a reason of its own": {"refused": "0102709981"},
}


@pytest.mark.parametrize("lie", LIES)
def test_what_does_not_fit_is_refused(tmp_path, lie):
    with pytest.raises(InputError, match="does not fit together") as error:
        said(tmp_path, json.dumps({**GOOD, **LIES[lie]}))

    assert error.value.__cause__ is error.value.__context__ is None
    assert "0102709981" not in str(error.value)


@pytest.mark.parametrize("words", ["", "\n", "{", "null", "[]", json.dumps(GOOD)[:-1]])
def test_what_is_no_answer_is_refused(tmp_path, words):
    with pytest.raises(InputError, match="does not fit together"):
        said(tmp_path, words)


@pytest.mark.parametrize("rows", [b"", ROWS + b'"3"\n', ROWS + b'"3","\0"\n', b"a,b\n"])
def test_rows_that_are_not_as_they_should_be_are_refused(tmp_path, rows):
    with pytest.raises(InputError, match="does not fit together"):
        said(tmp_path, json.dumps(GOOD), rows)


@pytest.mark.parametrize("code", [134, 137, 139, 152, 159])
def test_a_program_that_its_file_broke_is_not_believed(tmp_path, code):
    with pytest.raises(InputError, match="memory and the time"):
        said(tmp_path, json.dumps(GOOD), code=code)


@pytest.mark.parametrize("code", [1, 2, 127, 143])
def test_an_end_that_no_file_makes_is_the_machines_fault(tmp_path, code):
    with pytest.raises(HostError, match=f"ended with {code}.*was kept"):
        said(tmp_path, json.dumps(GOOD), code=code)


def test_what_a_machine_lacks_is_no_fault_of_the_file(tmp_path, monkeypatch):
    (tmp_path / "upload").write_bytes(b"a,b\n" + b"1,2\n" * 99_999)
    full = os.open("/dev/full", os.O_WRONLY)
    answered = answer(tmp_path / "upload", full)
    # Another has lost a library.
    WRITERS["xlsx"]({"a": [1], "b": [2]}, tmp_path / "upload")
    reader = "enclave.airlock.conversion.readers.workbook"
    monkeypatch.delitem(sys.modules, reader, raising=False)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    without = answer(tmp_path / "upload", full)
    os.close(full)

    assert answered == without == {"refused": HOST}
    with pytest.raises(HostError, match="was kept"):
        said(tmp_path, json.dumps(answered))


@pytest.mark.parametrize("reason", REASONS)
def test_each_reason_has_words_of_ours(tmp_path, reason):
    with pytest.raises(InputError) as error:
        said(tmp_path, json.dumps({"refused": reason}), b"")

    assert str(error.value) == REASONS[reason]
