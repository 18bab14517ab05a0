import json
from datetime import date

import pytest
from deltalake import DeltaTable

from enclave.errors import IntegrityError, NotFoundError
from enclave.warehouse.warehouse import Warehouse
from tests.builders.source_tables import build_mapping, write_source


@pytest.fixture
def stored(settings, tmp_path):
    stored = Warehouse(settings)
    stored.load(write_source(tmp_path / "source"), build_mapping())
    return stored


def test_empty_warehouse_says_what_to_do(settings):
    with pytest.raises(NotFoundError, match="enclave warehouse load"):
        Warehouse(settings).snapshot()


def test_unknown_number_names_the_newest(stored):
    with pytest.raises(NotFoundError, match=r"no snapshot 7\. The newest is 1"):
        stored.snapshot(7)


def test_unknown_table_names_those_there_are(stored):
    with pytest.raises(NotFoundError, match="It has: code, lab, person"):
        stored.snapshot().files("labs")


def test_every_table_and_the_events_are_views(stored):
    with stored.snapshot().connect() as engine:
        names = [name for (name,) in engine.execute("SHOW TABLES").fetchall()]

    assert names == ["code", "events", "lab", "observed", "person"]


def test_two_connections_do_not_know_each_other(stored):
    with stored.snapshot().connect() as one, stored.snapshot().connect() as other:
        one.execute("CREATE TABLE mine (x INT)")

        names = [name for (name,) in other.execute("SHOW TABLES").fetchall()]
        assert "mine" not in names


def test_rows_lie_by_code_person_and_date(stored):
    with stored.snapshot().connect() as engine:
        found = engine.execute("FROM lab SELECT code, person, date").fetchall()

    assert found == sorted(found)


@pytest.mark.usefixtures("stored")
def test_tables_are_plain_delta_lake(settings):
    table = DeltaTable(settings.warehouse / "tables" / "person", version=0)

    rows = table.to_pyarrow_table()
    assert rows.column_names == ["person", "sex", "birth_date", "death_date"]
    assert [str(kind) for kind in rows.schema.types] == [
        "int64",
        "string",
        "date32[day]",
        "date32[day]",
    ]
    assert date(1950, 1, 1) in rows["birth_date"].to_pylist()


def test_digest_names_the_snapshot(stored, tmp_path):
    first = stored.snapshot().digest
    assert first == stored.snapshot().digest

    stored.load(str(tmp_path / "source"), build_mapping(version=2))

    assert stored.snapshot().digest != first
    assert stored.snapshot(1).digest == first


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_changed_manifest_is_noticed(stored, settings):
    edit(settings.warehouse / "snapshots" / "000001.json", '"rows":4', '"rows":5')

    with pytest.raises(IntegrityError, match=r"000001\.json was changed"):
        stored.snapshot()


def test_manifest_under_another_number_is_noticed(stored, settings):
    folder = settings.warehouse / "snapshots"
    (folder / "000001.json").rename(folder / "000002.json")

    with pytest.raises(IntegrityError, match="was changed"):
        stored.snapshot()


def test_manifest_that_is_no_manifest_is_noticed(stored, settings):
    (settings.warehouse / "snapshots" / "000001.json").write_text("{}")

    with pytest.raises(IntegrityError, match="was changed"):
        stored.snapshots()


def test_changed_catalogue_is_noticed(stored, settings):
    edit(settings.warehouse / "catalogues" / "000001.json", "dansk lab", "dansk l")

    with pytest.raises(IntegrityError, match="catalogue of snapshot 1 was changed"):
        _ = stored.snapshot().catalogue


def test_lost_catalogue_is_noticed(stored, settings):
    (settings.warehouse / "catalogues" / "000001.json").unlink()

    with pytest.raises(IntegrityError, match="catalogue"):
        _ = stored.snapshot().catalogue


def test_lost_file_of_a_table_is_noticed(stored, settings):
    (file,) = (settings.warehouse / "tables" / "lab").glob("*.parquet")
    file.unlink()

    with pytest.raises(IntegrityError, match="Version 0 of the table lab"):
        stored.snapshot().connect()


def test_lost_table_is_noticed(stored, settings):
    (settings.warehouse / "tables" / "lab").rename(settings.warehouse / "away")

    with pytest.raises(IntegrityError, match="table lab"):
        stored.snapshot().files("lab")


@pytest.mark.usefixtures("stored")
def test_manifest_has_exact_counts_and_no_ids(settings):
    text = (settings.warehouse / "snapshots" / "000001.json").read_text()

    assert json.loads(text)["tables"]["lab"]["rows"] == 4
    assert "0101500017" not in text
