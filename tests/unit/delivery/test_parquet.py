"""The same rows are the same bytes, however they arrive."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from enclave.canonical import file_digest
from enclave.delivery.ahead import ahead
from enclave.delivery.parquet import ROW_GROUP, write_groups
from enclave.errors import PolicyRefusal
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


def test_each_group_is_made_while_the_one_before_is_written():
    made = []

    def groups():
        for number in (1, 2, 3):
            made.append(number)
            yield rows(number)

    with ahead(groups()) as coming:
        lengths = [len(group) for group in coming]

    assert lengths == made == [1, 2, 3]


def test_what_goes_wrong_ahead_is_said_where_it_is_written(tmp_path):
    def groups():
        yield rows(1).to_batches()[0]
        raise PolicyRefusal("free text")

    with pytest.raises(PolicyRefusal), ahead(groups()) as coming:
        write_groups(tmp_path / "out.parquet", coming)
