"""A CSV is read whole: nothing of it is guessed, and no row is taken for a remark."""

from tests.builders.uploads import converted


def read(tmp_path, content: bytes):
    (tmp_path / "upload").write_bytes(content)
    return converted(tmp_path / "upload")


def test_rows_that_begin_as_remarks_do_are_rows(tmp_path):
    rows = "".join(f"{'#' if n % 10 == 0 else ''}{n},x#{n}\n" for n in range(1_000))
    _, table = read(tmp_path, b"# id,note\n" + rows.encode())

    assert (table.rows, table.names) == (1_000, ["# id", "note"])
    assert table.column("# id").to_pylist()[:11:10] == ["#0", "#10"]
    assert table.column("note").to_pylist()[:2] == ["x#0", "x#1"]


def test_names_are_those_of_the_first_line(tmp_path):
    _, table = read(tmp_path, b'\xef\xbb\xbfA,a,"b, c"\r\n1,2,\r\n')

    assert table.names == ["A", "a", "b, c"]
    assert [table.column(name).to_pylist() for name in table.names] == [
        ["1"],
        ["2"],
        [None],
    ]


def test_what_looks_like_names_or_a_backslash_is_a_value(tmp_path):
    _, table = read(tmp_path, b'a,b\na,b\n"C:\\","x\\\\y"\n1,"\'"\n')

    assert table.column("a").to_pylist() == ["a", "C:\\", "1"]
    assert table.column("b").to_pylist() == ["b", "x\\\\y", "'"]


def test_notes_of_many_lines_are_read_in_a_large_file(tmp_path):
    """More than one block of what reads files in pieces, which begin within texts."""
    lines = "".join(f"line {n}, and so on\n" for n in range(500))
    rows = 1_000
    content = "".join(f'{n},"{lines}"\n' for n in range(rows)).encode()
    assert len(content) > 9 << 20
    _, table = read(tmp_path, b"id,note\n" + content)

    assert (table.rows, table.column("id").to_pylist()[-1]) == (rows, str(rows - 1))
    assert set(table.column("note").to_pylist()) == {lines}
