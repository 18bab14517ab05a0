"""The same rows are the same bytes, however they arrive."""

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from enclave.canonical import file_digest
from enclave.delivery.parquet import ROW_GROUP, encoded, one_piece, write_groups
from tests.builders.parquet_file import write_parquet


SCHEMA = pa.schema({"pseudonym": pa.string(), "value": pa.float64()})


def rows(number):
    names = [f"{index // 7:06d}" for index in range(number)]
    values = [index / 3 for index in range(number)]
    return pa.table({"pseudonym": names, "value": values}, schema=SCHEMA)


def cut(table, length):
    return [table.slice(start, length) for start in range(0, len(table), length)]


@pytest.mark.parametrize("number", [1, ROW_GROUP - 1, ROW_GROUP, 2 * ROW_GROUP + 5])
def test_how_rows_are_cut_changes_no_byte(tmp_path, number):
    table = rows(number)
    digests = set()
    for length in (number, 777, 4 * ROW_GROUP // 3):
        write_parquet(tmp_path / "out.parquet", SCHEMA, cut(table, length))
        digests.add(file_digest(tmp_path / "out.parquet"))

    assert len(digests) == 1
    assert pq.read_table(tmp_path / "out.parquet") == table


def test_row_groups_have_one_length(tmp_path):
    write_parquet(tmp_path / "out.parquet", SCHEMA, cut(rows(300_000), 11_111))

    metadata = pq.read_metadata(tmp_path / "out.parquet")
    lengths = [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)]
    assert lengths == [ROW_GROUP, ROW_GROUP, 300_000 - 2 * ROW_GROUP]


@pytest.mark.parametrize("tables", [[], [rows(0)]])
def test_no_rows_are_a_file_with_columns(tmp_path, tables):
    write_parquet(tmp_path / "out.parquet", SCHEMA, tables)

    assert pq.read_table(tmp_path / "out.parquet") == rows(0)


@pytest.mark.parametrize("number", [0, 1, ROW_GROUP, 20 * ROW_GROUP // 7])
def test_the_bytes_are_those_that_arrow_writes_by_itself(tmp_path, number):
    """Of every kind of column, with dictionaries, statistics, and what is missing."""
    table = every_kind(number)
    with pq.ParquetWriter(
        tmp_path / "arrow.parquet",
        table.schema,
        compression="zstd",
        store_schema=False,
        write_batch_size=4096,
    ) as writer:
        for group in cut(table, ROW_GROUP) or [table]:
            writer.write_table(group, ROW_GROUP)

    path = tmp_path / "ours.parquet"
    groups = cut(table, ROW_GROUP) or [table]
    sha256 = write_groups(path, (encoded(one_piece(group)) for group in groups))

    assert path.read_bytes() == (tmp_path / "arrow.parquet").read_bytes()
    assert sha256 == file_digest(path)


def every_kind(number):
    numbers = pa.array(range(number), pa.int64())
    missing = pa.array([one % 3 for one in range(number)], pa.int64())
    some = pc.if_else(pc.equal(missing, 0), None, numbers)
    texts = pc.cast(some, pa.string())
    columns = {
        "pseudonym": pc.cast(pc.divide(numbers, 7), pa.string()).dictionary_encode(),
        "text": texts,
        "some": pc.cast(missing, pa.string()).dictionary_encode(),
        "date": pc.cast(pc.cast(missing, pa.int32()), pa.date32()),
        "moment": pc.cast(some, pa.timestamp("us")),
        "value": pc.cast(some, pa.float64()),
        "whole": numbers,
        "truth": pc.equal(missing, 1),
        "nothing": pa.nulls(number, pa.float64()),
    }
    # More columns than a list's length beside its kind.
    more = {f"more_{one}": missing for one in range(9)}
    return pa.table({**columns, **more})
