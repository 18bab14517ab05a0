"""A CSV is read as Python's own reader reads it, in whichever pieces it is read."""

import csv
import io
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enclave.airlock.conversion.plain_csv import examine
from enclave.airlock.conversion.readers import comma_separated
from enclave.airlock.conversion.readers.unreadable import UnreadableError
from enclave.airlock.conversion.readers.well_formed import made_plain, whole_rows


# Everything that means something to some reader, and a little that does not.
LETTERS = '",\n\r\0\1\\#aæ '
ANYTHING = st.text(LETTERS, max_size=60)
TABLES = st.integers(2, 3).flatmap(
    lambda wide: st.lists(
        st.lists(st.text(LETTERS, max_size=5), min_size=wide, max_size=wide), max_size=8
    )
)

# Of a plain CSV: what is not in quotes is nothing.
CELL = re.compile(r'(?:"((?:[^"]|"")*)")?([,\n])')


def slowly(content: str) -> list[list[str | None]] | None:
    """Read a CSV with Python's reader alone; nothing if it, or a rule, refuses it."""
    try:
        text = io.StringIO(content, newline="")
        rows = [row for row in csv.reader(text, strict=True) if row]
    except csv.Error:
        return None
    wide = len(rows[0]) if rows else 0
    fits = wide > 1 and all(len(row) == wide for row in rows)
    names = fits and len(set(rows[0])) == wide and all(map(str.strip, rows[0]))
    plain = names and all(map(str.isprintable, rows[0])) and '"' not in "".join(rows[0])
    if not plain or any("\0" in "".join(row) for row in rows):
        return None
    return [[value or None for value in row] for row in rows]


def ours(content: bytes, folder: str) -> list[list[str | None]] | None:
    Path(folder, "upload").write_bytes(content)
    sink = io.BytesIO()
    try:
        number = comma_separated.open_csv(Path(folder, "upload")).write(sink)
    except UnreadableError:
        return None
    Path(folder, "plain").write_bytes(sink.getvalue())
    assert examine(Path(folder, "plain")).rows == number
    rows = [[]]
    for found in CELL.finditer(sink.getvalue().decode()):
        rows[-1].append(found[1] and found[1].replace('""', '"'))
        rows += [[]] if found[2] == "\n" else []
    return rows[:-1]


def agrees(content: str, piece: int) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as changed,
    ):
        changed.setattr(comma_separated, "_PIECE", piece)
        assert ours(content.encode(), folder) == slowly(content)


@settings(deadline=None, max_examples=250)
@given(ANYTHING, st.integers(1, 40))
def test_whatever_is_written_is_read_as_by_a_slow_reader(rows, piece):
    agrees(f"p,q\n{rows}", piece)


@settings(deadline=None, max_examples=250)
@given(
    TABLES,
    st.integers(1, 40),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
)
def test_a_table_is_read_however_it_is_quoted(table, piece, quoting, end, marked):
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, quoting=quoting, lineterminator=end)
    names = ["p", "q", "r"][: len(table[0]) if table else 2]
    writer.writerows([names, *table])

    content = sink.getvalue()
    agrees(content, piece)
    if marked:
        with tempfile.TemporaryDirectory() as folder:
            assert ours(b"\xef\xbb\xbf" + content.encode(), folder) == slowly(content)


@pytest.mark.parametrize(
    ("rows", "plain"),
    [
        (b'1,x\n,"y, z"\n', b'"1","x"\n,"y, z"\n'),
        (b'"","a ""b"""\r\n"1\r\n2",\r\n', b',"a ""b"""\n"1\r\n2",\n'),
        (b'"a"x,1\n', None),
        (b'a"x",1\n', None),
        (b'""x,1\n', None),
        (b'x"",1\n', None),
        (b'"""a""",1\n', None),  # sound, and left to the slower reader
        (b"1,2,3\n1\n", None),
        (b"1,2\r3,4\n", None),
        (b"1,2", None),
        (b"\xff,2\n", None),
    ],
)
def test_what_is_made_plain_as_a_whole(rows, plain):
    found = made_plain(rows, 2)

    assert found == (plain and (plain, 2 if plain.count(b"\n") > 1 else 1))


def test_a_piece_ends_where_no_text_is():
    assert whole_rows(b'1,2\n"a\nb') == 4
    assert whole_rows(b'1,2\n"a\nb",3\n4') == len(b'1,2\n"a\nb",3\n')
    assert whole_rows(b'"a\nb') == 4  # nowhere: all of it
