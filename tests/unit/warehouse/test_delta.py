from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from enclave.errors import IntegrityError
from enclave.warehouse import delta


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "tables" / "lab"


@pytest.fixture
def parquet(tmp_path):
    def write(*values: int) -> Path:
        file = tmp_path / "new.parquet"
        pq.write_table(pa.table({"x": list(values)}), file)
        return file

    return write


def values(folder: Path, version: int) -> list[int]:
    found = [
        pq.read_table(file)["x"].to_pylist() for file in delta.files(folder, version)
    ]
    return sorted(value for some in found for value in some)


def test_versions_are_made_one_after_the_other(folder, parquet):
    assert delta.replace(folder, parquet(1, 2)) == 0
    assert delta.append(folder, parquet(3), 0) == 1
    assert delta.replace(folder, parquet(9)) == 2

    assert [values(folder, version) for version in (0, 1, 2)] == [
        [1, 2],
        [1, 2, 3],
        [9],
    ]
    assert DeltaTable(folder, version=1).to_pyarrow_table().num_rows == 3


def test_append_builds_on_the_version_that_counts_and_not_on_a_leftover(
    folder, parquet
):
    delta.replace(folder, parquet(1))
    delta.append(folder, parquet(2), 0)

    version = delta.append(folder, parquet(3), 0)

    assert values(folder, version) == [1, 3]


def test_versions_are_never_cleaned_up_by_themselves(folder, parquet):
    delta.replace(folder, parquet(1))

    assert DeltaTable(folder).metadata().configuration == {
        "delta.enableExpiredLogCleanup": "false",
        "delta.logRetentionDuration": "interval 36500 days",
        "delta.deletedFileRetentionDuration": "interval 36500 days",
    }


def test_a_hundred_versions_stay_readable(folder, parquet):
    # Past the point at which Delta Lake writes checkpoints and trims its log.
    delta.replace(folder, parquet(0))
    for number in range(1, 100):
        delta.append(folder, parquet(number), number - 1)

    assert values(folder, 0) == [0]
    assert values(folder, 50) == list(range(51))
    assert len(values(folder, 99)) == 100


def test_sweep_keeps_what_a_version_needs(folder, parquet):
    delta.replace(folder, parquet(1))
    delta.append(folder, parquet(2), 0)
    delta.replace(folder, parquet(3))
    (folder / "part-left-over.parquet").write_bytes(b"")

    delta.sweep(folder, {1})

    assert values(folder, 1) == [1, 2]
    assert len(list(folder.glob("*.parquet"))) == 2
    with pytest.raises(IntegrityError):
        delta.files(folder, 2)


def test_version_that_never_was_is_an_integrity_error(folder, parquet):
    delta.replace(folder, parquet(1))

    with pytest.raises(IntegrityError, match="Version 5 of the table lab"):
        delta.files(folder, 5)
