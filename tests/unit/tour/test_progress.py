import stat
from pathlib import Path

import pytest

from enclave.errors import InputError
from enclave.tour.progress import DoneStep, Progress


def test_a_tour_goes_on_where_it_was(tmp_path: Path):
    folder = tmp_path / "tour"
    begun = Progress.open(folder, source="/data", mapping="nafld")
    begun.add(DoneStep("load", {"rows": 3}, seconds=1.5, peak_mib=200.0))

    again = Progress.open(folder, source="/data", mapping="nafld")

    assert again.steps == begun.steps
    assert again.facts("load") == {"rows": 3}
    assert again.facts("count") is None


@pytest.mark.parametrize(
    ("source", "mapping"), [("/other", "nafld"), ("/data", "omop")]
)
def test_a_folder_holds_one_tour(tmp_path: Path, source: str, mapping: str):
    Progress.open(tmp_path, source="/data", mapping="nafld")

    with pytest.raises(InputError, match="holds a tour of /data"):
        Progress.open(tmp_path, source=source, mapping=mapping)


def test_a_password_is_neither_kept_nor_shown(tmp_path: Path):
    source = "postgres://loader:hunter2@db.example/lab"
    Progress.open(tmp_path, source=source, mapping="omop")

    kept = tmp_path / "tour.json"
    assert "hunter2" not in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    with pytest.raises(
        InputError, match=r"a tour of postgres://db\.example/lab"
    ) as told:
        Progress.open(tmp_path, source="postgres://db.example/lab", mapping="omop")
    assert "hunter2" not in str(told.value)


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path):
    (tmp_path / "thesis.docx").write_text("mine")

    with pytest.raises(InputError, match="is not empty and holds no tour"):
        Progress.open(tmp_path, source="/data", mapping="nafld")

    assert [file.name for file in tmp_path.iterdir()] == ["thesis.docx"]
