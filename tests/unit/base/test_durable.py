import stat
from pathlib import Path

import pytest

from enclave import durable


def test_a_file_is_replaced_in_one_step(tmp_path: Path):
    path = tmp_path / "below" / "a.txt"

    durable.write_file(path, b"one")
    durable.write_file(path, b"two", mode=0o400)

    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_appears_when_it_is_complete(tmp_path: Path):
    path = tmp_path / "published"

    with durable.new_folder(path) as draft:
        (draft / "a.txt").write_text("a")
        assert not path.exists()

    assert (path / "a.txt").read_text() == "a"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_fails_leaves_nothing(tmp_path: Path):
    with (
        pytest.raises(RuntimeError, match="half-way"),
        durable.new_folder(tmp_path / "published") as draft,
    ):
        (draft / "a.txt").write_text("a")
        raise RuntimeError("half-way")

    assert list(tmp_path.iterdir()) == []


def test_what_was_published_is_never_replaced(tmp_path: Path):
    with pytest.raises(FileExistsError), durable.new_folder(tmp_path):
        pass


def test_leftovers_of_a_killed_process_are_swept(tmp_path: Path):
    (tmp_path / ".partial-folder").mkdir()
    (tmp_path / ".partial-folder" / "a").write_text("a")
    (tmp_path / ".partial-file").write_text("b")
    (tmp_path / "kept").write_text("c")

    assert durable.sweep_partials(tmp_path) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_new_files_appear_when_they_are_complete(tmp_path: Path):
    one, two = tmp_path / "a" / "one", tmp_path / "b" / "two"

    with durable.NewFiles() as files:
        with files.new(one) as draft:
            draft.write_bytes(b"1")
            assert not one.exists()
        with files.new(two) as draft:
            draft.write_bytes(b"2")

    assert (one.read_bytes(), two.read_bytes()) == (b"1", b"2")
    assert stat.S_IMODE(one.stat().st_mode) == 0o600
    assert {*tmp_path.rglob("*")} == {one.parent, one, two.parent, two}


def test_a_new_file_that_fails_leaves_the_former_one(tmp_path: Path):
    path = tmp_path / "one"
    path.write_bytes(b"before")

    with (
        pytest.raises(RuntimeError, match="half-way"),
        durable.NewFiles() as files,
        files.new(path) as draft,
    ):
        draft.write_bytes(b"after")
        raise RuntimeError("half-way")

    assert path.read_bytes() == b"before"
    assert [*tmp_path.iterdir()] == [path]


def test_a_new_file_that_cannot_appear_is_told(tmp_path: Path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "by").write_text("another")

    with (
        pytest.raises(IsADirectoryError),
        durable.NewFiles() as files,
        files.new(tmp_path / "taken") as draft,
    ):
        draft.write_bytes(b"1")

    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
