"""What a project may store, and what is said where it is too much."""

import os

import pytest

from enclave.errors import PolicyRefusal
from enclave_hub.workspace.disk import DiskBound


BOUND = DiskBound(used_bytes=1 << 20, files=20, free_bytes=0)


@pytest.fixture
def folder(tmp_path):
    own = tmp_path / "demo"
    own.mkdir()
    return own


def test_a_project_without_folders_is_within_its_bound(tmp_path):
    BOUND.check(tmp_path / "new")


def test_what_fits_is_left_alone(folder):
    (folder / "work").mkdir()
    (folder / "work" / "table").write_bytes(bytes(1 << 19))
    BOUND.check(folder)


def test_too_many_bytes_are_refused_with_what_to_do(folder):
    (folder / "big").write_bytes(os.urandom(1 << 21))
    with pytest.raises(PolicyRefusal, match=r"demo take more than.*Ask a data manager"):
        BOUND.check(folder)


def test_too_many_files_are_refused(folder):
    for number in range(25):
        (folder / str(number)).touch()
    with pytest.raises(PolicyRefusal, match="20 files"):
        BOUND.check(folder)


def test_a_file_with_holes_counts_what_it_takes(folder):
    with (folder / "holes").open("wb") as file:
        file.truncate(1 << 30)
    BOUND.check(folder)


def test_links_count_as_themselves_and_are_not_followed(folder):
    (folder / "out").symlink_to("/usr")
    (folder / "round").symlink_to(folder)
    BOUND.check(folder)


def test_a_disk_that_is_nearly_full_opens_nothing(folder):
    with pytest.raises(PolicyRefusal, match="nearly full"):
        DiskBound(free_bytes=1 << 60).check(folder)
