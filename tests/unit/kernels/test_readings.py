"""What a kernel reads is taken from DuckDB's own log, and nothing else is."""

import json
import os

import duckdb
import pytest

from enclave_kernels import readings
from enclave_kernels.readings import Reading, Readings
from tests.builders.kernel_recorder import recording
from tests.builders.small_delivery import a_delivery


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setattr(readings, "_DELIVERIES", (f"{tmp_path}/delivery/",))
    return a_delivery(tmp_path / "delivery")


@pytest.fixture
def logs(tmp_path):
    (tmp_path / "logs").mkdir()
    return tmp_path / "logs"


@pytest.fixture
def engine(data, logs):
    """A DuckDB that traces as those of the released kernels do."""
    connection = duckdb.connect()
    connection.execute(
        "CALL enable_logging(['PhysicalOperator'], level='DEBUG', storage_path=?)",
        [str(logs / "log.csv")],
    )
    for name in ("lab", "person"):
        connection.read_parquet(str(data / f"{name}.parquet")).create_view(name)
    return connection


def columns(found):
    assert {reading.version for reading in found} <= {3}
    return {reading.column for reading in found}


def test_columns_that_are_read_or_compared_are_told_once(engine, logs):
    kept = Readings(logs)
    assert kept.fresh() == set()

    engine.sql("FROM lab SELECT sum(value) WHERE code = 'unit' AND day > '1960-01-01'")
    lazy = engine.view("lab").filter("code = 'CD4'").aggregate("sum(value)")
    assert kept.fresh() == set(), "nothing was run yet"
    lazy.fetchall()
    assert columns(kept.fresh()) == {"lab.code", "lab.value"}

    assert kept.fresh() == set()
    engine.sql("FROM lab JOIN person USING (pseudonym) SELECT sex, small").fetchall()
    assert columns(kept.fresh()) == {
        *("lab.pseudonym", "lab.small"),
        *("person.pseudonym", "person.sex"),
    }


def test_to_count_rows_reads_nothing(engine, logs):
    assert engine.sql("FROM lab SELECT count(*)").fetchall() == [(4,)]

    assert Readings(logs).fresh() == set()


def test_a_log_that_grew_too_large_gives_its_room_back(engine, logs, monkeypatch):
    monkeypatch.setattr(readings, "_LARGEST", 500)
    kept = Readings(logs)
    for _ in range(3):
        engine.sql("FROM lab SELECT sum(value)").fetchall()
        kept.fresh()
    engine.sql("FROM lab SELECT string_agg(unit)").fetchall()

    assert columns(kept.fresh()) == {"lab.unit"}
    assert (logs / "log.csv").stat().st_blocks * 512 <= 8192


SCAN = (
    "{{'operator_type': TABLE_SCAN, 'parameters': {{Function=PARQUET_SCAN,"
    " Projections={columns}, __estimated_cardinality__=4}}, 'class': ParquetReader,"
    " 'event': ReadRowGroup, 'info': {{file={file}, row_group_id=0}}}}\n"
)


def test_only_columns_that_were_delivered_are_told(data, logs, tmp_path):
    a_delivery(tmp_path / "elsewhere")
    lines = [
        SCAN.format(columns="value\n010170-1234\nsex", file=data / "lab.parquet"),
        SCAN.format(columns="sex", file=tmp_path / "elsewhere" / "person.parquet"),
        SCAN.format(columns="sex", file=f"{data}/../elsewhere/person.parquet"),
        SCAN.format(columns="sex", file=data / "nothing.parquet"),
        "'info': {file=" + str(data / "person.parquet") + ", row_group_id=0}\n",
    ]
    (logs / "mine.csv").write_text("".join(lines))

    assert Readings(logs).fresh() == {Reading(3, "lab.value")}


def test_what_is_no_log_is_left_alone(data, logs):
    said = SCAN.format(columns="value", file=data / "lab.parquet")
    (data.parent / "outside.csv").write_text(said)
    (logs / "link.csv").symlink_to(data.parent / "outside.csv")
    (logs / "folder").mkdir()
    os.mkfifo(logs / "pipe")

    assert Readings(logs).fresh() == set()


def test_readings_are_kept_until_they_could_be_told(data, logs, monkeypatch, tmp_path):
    (logs / "log.csv").write_text(
        SCAN.format(columns="value", file=data / "lab.parquet")
    )
    kept = Readings(logs)
    monkeypatch.setenv(readings.RECORDER, str(tmp_path / "nobody.sock"))
    kept.pass_on()
    monkeypatch.delenv(readings.RECORDER)
    monkeypatch.setenv(readings.VARIABLE, str(tmp_path / "run"))

    kept.pass_on()
    kept.pass_on()

    assert (tmp_path / "run").read_text() == "lab.value\n"


@pytest.fixture
def wide(data, logs, settings, monkeypatch):
    """Have read two versions of a table of 3,000 columns; yield who records it."""
    columns = [f"quantity_of_substance_{number}" for number in range(3000)]
    for version in (1, 2):
        folder = data / str(version)
        folder.mkdir()
        table = {"name": "wide", "columns": [{"name": name} for name in columns]}
        manifest = {"version": version, "tables": [table]}
        (folder / "manifest.json").write_text(json.dumps(manifest))
        said = SCAN.format(columns="\n".join(columns), file=folder / "wide.parquet")
        (logs / f"{version}.csv").write_text(said)
    settings.runtime.mkdir(exist_ok=True)
    with recording(settings.runtime / "r.sock") as recorder:
        monkeypatch.setenv(readings.RECORDER, str(recorder.path))
        recorder.told = set()
        yield recorder


def _recorded(recorder, *, refused=()):
    """Take what is told of each version but some, as the relay would."""

    def answer(document):
        columns = {tuple(column) for column in document["columns"]}
        if {version for version, _ in columns} & set(refused):
            return 403
        recorder.told |= columns
        return 204

    return answer


def test_any_number_of_columns_is_told(wide, logs):
    wide.answer = _recorded(wide)
    kept = Readings(logs)

    kept.pass_on()
    asked = len(wide.asked)
    kept.pass_on()

    assert len(wide.told) == 6000
    assert len(wide.asked) == asked, "it is told once"


def test_what_is_refused_keeps_nothing_else_back(wide, logs):
    wide.answer = _recorded(wide, refused={1})
    kept = Readings(logs)

    kept.pass_on()
    asked = len(wide.asked)
    kept.pass_on()

    assert {version for version, _ in wide.told} == {2}
    assert len(wide.told) == 3000
    assert len(wide.asked) == asked, "it is not asked again"


def test_what_fails_outside_is_told_later(wide, logs):
    kept = Readings(logs)
    wide.answer = lambda _: 500

    kept.pass_on()
    wide.answer = _recorded(wide)
    kept.pass_on()

    assert len(wide.told) == 6000
