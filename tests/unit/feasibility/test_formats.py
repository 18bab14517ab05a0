"""What other versions left is removed, and what this one holds is held once."""

from pathlib import Path

from enclave.feasibility.index.formats import folder_in, forget_unused, hold_again


def held_folder(tmp_path):
    folder = folder_in(tmp_path)
    hold_again(folder)
    folder.mkdir()
    return folder


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


def test_the_index_from_before_formats_is_removed_and_read_to_its_end(tmp_path):
    """Everybody is in it, also who opts out later."""
    folder = held_folder(tmp_path)
    for name in ("persons", "segments", "snapshots"):
        (folder.parent / name).mkdir()
        (folder.parent / name / "old").write_text("everybody")

    with (folder.parent / "segments" / "old").open() as read:
        forget_unused(folder)

        assert read.read() == "everybody"
    left = sorted(one.name for one in folder.parent.iterdir())
    assert left == [folder.name, f"{folder.name}.lock"]


def test_a_folder_that_is_held_again_takes_no_more_descriptors(tmp_path):
    folder = held_folder(tmp_path)
    before = open_files()

    for _ in range(9):
        hold_again(folder)

    assert open_files() == before
