"""Nothing is believed of what comes out of the sandbox, letter by letter."""

import pytest

from enclave.airlock import uploaded_table
from enclave.airlock.conversion import plain_csv
from enclave.airlock.conversion.plain_csv import MOST_COLUMNS, PlainCsv, examine
from enclave.errors import HostError, InputError
from tests.builders.own_data import table, write


def written(tmp_path, content: bytes):
    path = tmp_path / "upload.csv"
    path.write_bytes(content)
    return path


def test_a_plain_csv_is_read_as_it_is(tmp_path):
    path = written(tmp_path, b'"a","b"\n"x",\n,""\n"q""u\r\n,","\xc3\xa6"\n')

    assert examine(path) == PlainCsv(("a", "b"), 3)
    assert table(path).column("a").to_pylist() == ["x", None, 'q"u\r\n,']
    assert table(path).column("b").to_pylist() == [None, "", "æ"]


HOSTILE = {
    "nothing": b"",
    "no names": b"\n",
    "names without quotes": b"a,b\n",
    "a value without quotes": b'"a","b"\n1,"2"\n',
    "a row too short": b'"a","b"\n"1"\n',
    "a row too long": b'"a","b"\n"1","2","3"\n',
    "an empty line": b'"a","b"\n\n"1","2"\n',
    "something behind a quote": b'"a","b"\n"1"x,"2"\n',
    "a quote that never ends": b'"a","b"\n"1,2\n',
    "no end of the last line": b'"a","b"\n"1","2"',
    "another end of lines": b'"a","b"\r\n"1","2"\r\n',
    "NUL": b'"a","b"\n"1","\x002"\n',
    "NUL in a name": b'"a\x00","b"\n"1","2"\n',
    "bytes that are no letters": b'"a","b"\n"1","\xff"\n',
    "half a letter": b'"a","b"\n"1","\xc3"\n',
    "a mark of another encoding": b'\xff\xfe"a","b"\n',
    "a line break in a name": b'"a\nb","c"\n',
    "one column": b'"a"\n"1"\n',
    "a name twice": b'"a","a"\n"1","2"\n',
    "a name without end": b'"' + b"a" * 201 + b'","b"\n',
    "names without number": b",".join(b'"%d"' % n for n in range(MOST_COLUMNS + 1))
    + b"\n",
    "a row without end": b'"a","b"\n"1","' + b"x" * (2 << 20) + b'"\n',
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_anything_else_is_refused(tmp_path, what):
    with pytest.raises(InputError) as error:
        examine(written(tmp_path, HOSTILE[what]))

    assert error.value.__cause__ is None


def test_more_rows_or_cells_than_are_taken_in_are_refused(tmp_path, monkeypatch):
    path = written(tmp_path, b'"a","b"\n' + b",\n" * 10)
    assert examine(path).rows == 10

    for bound, most in (("MOST_ROWS", 9), ("MOST_CELLS", 19)):
        with monkeypatch.context() as changed:
            changed.setattr(plain_csv, bound, most)
            with pytest.raises(InputError, match="more than is taken in"):
                examine(path)


def test_a_text_without_end_is_followed_no_further_than_a_row(tmp_path):
    text = b'"a","b"\n"1","' + b"x" * (4 << 20)  # all of it is one broken text

    with pytest.raises(InputError, match="more than is taken in"):
        examine(written(tmp_path, text))


def test_a_machine_without_memory_keeps_the_file_and_spills_nothing(
    tmp_path, monkeypatch
):
    path = written(tmp_path, b'"a","b"\n' + b'"1","%b"\n' % (b"x" * 1_000) * 20_000)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(uploaded_table._BOUNDS, "memory_limit", "5MB")

    with pytest.raises(HostError, match="OutOfMemory"):
        table(path)

    assert [one.name for one in tmp_path.iterdir()] == ["upload.csv"]


def test_a_file_beyond_the_bound_is_not_even_opened(tmp_path):
    path = written(tmp_path, b"")
    with path.open("wb") as file:
        file.truncate((4 << 30) + 1)  # of nothing: no disk is used

    with pytest.raises(InputError, match="more than is taken in"):
        examine(path)


def test_a_hostile_text_takes_no_longer_than_a_plain_one(tmp_path):
    """An engine that tries again for each quote would not come back."""
    text = b'"a","b"\n"1","' + b'""' * 500_000 + b"x\n"

    with pytest.raises(InputError):
        examine(written(tmp_path, text))


def test_the_widest_table_there_is_is_read(tmp_path):
    columns = {f"c{n}": [str(n), ""] for n in range(MOST_COLUMNS)}
    read = table(write(tmp_path / "wide.csv", columns))

    assert (read.rows, read.column("c999").to_pylist()) == (2, ["999", None])
