"""The same rows make the same snapshot, whatever they are read from."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import duckdb
import psycopg
import pytest

from enclave.errors import InputError
from enclave.settings import Settings
from enclave.warehouse.warehouse import Warehouse
from tests.builders.source_tables import build_mapping, write_source


ROWS = 120_000
PERSONS = 500
# As typed as a database has them: ids and results are no texts there.
TABLES = {
    "persons": "(id bigint, sex text, born date, died date)",
    "lab": "(id bigint, day date, test text, result double precision, unit text)",
}


def digests(address, home):
    stored = Warehouse(Settings.at(home))
    report = stored.load(address, build_mapping())
    assert report.problems == ()
    return {
        name: (table.rows, table.persons)
        for name, table in stored.snapshot().manifest.tables.items()
    }, content(stored)


def content(stored):
    """Sums over all rows that do not depend on which person has which key."""
    with stored.snapshot().connect() as engine:
        return engine.execute(
            "FROM lab JOIN person USING (person) SELECT sum(value), min(date),"
            " max(date), count(DISTINCT code), sum(value * year(birth_date)),"
            " count(*) FILTER (unit IS NULL)"
        ).fetchall()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    persons = [f"{n},F,{1930 + n % 60}-05-05," for n in range(1, PERSONS + 1)]
    lab = [
        f"{n % PERSONS + 1},{2000 + n % 20}-{n % 12 + 1:02d}-{n % 28 + 1:02d},"
        f"C{n % 7},{n / 8},{'' if n % 3 else 'mg/L'}"
        for n in range(ROWS)
    ]
    return write_source(
        tmp_path_factory.mktemp("source"),
        persons="\n".join(["id,sex,born,died", *persons]) + "\n",
        lab="\n".join(["id,day,test,result,unit", *lab]) + "\n",
    )


@pytest.fixture(scope="module")
def of_folder(folder, tmp_path_factory):
    return digests(folder, tmp_path_factory.mktemp("of-folder"))


def test_folder_has_every_row(of_folder):
    sizes, _ = of_folder

    assert sizes["person"] == (PERSONS, PERSONS)
    assert sizes["lab"] == (ROWS, PERSONS)


def test_duckdb_gives_the_same(folder, of_folder, tmp_path):
    path = tmp_path / "hospital.duckdb"
    with duckdb.connect(path) as connection:
        for name, columns in TABLES.items():
            connection.execute(f"CREATE TABLE {name} {columns}")
            connection.execute(f"COPY {name} FROM '{folder}/{name}.csv'")

    assert digests(str(path), tmp_path / "home") == of_folder


@pytest.fixture
def postgresql_source(postgresql, folder):
    socket = parse_qs(urlsplit(postgresql).query)["host"][0]
    with psycopg.connect(f"host={socket} user=enclave dbname=postgres") as connection:
        for name, columns in TABLES.items():
            connection.execute(f"DROP TABLE IF EXISTS {name}")
            connection.execute(f"CREATE TABLE {name} {columns}")
            with (
                connection.cursor().copy(
                    f"COPY {name} FROM STDIN (FORMAT csv, HEADER)"
                ) as copy,
            ):
                copy.write(Path(folder, f"{name}.csv").read_bytes())
    return f"postgres://enclave@/postgres?host={socket}"


def test_postgresql_gives_the_same(postgresql_source, of_folder, tmp_path):
    assert digests(postgresql_source, tmp_path / "home") == of_folder


def test_postgresql_again_is_a_no_op(postgresql_source, tmp_path):
    stored = Warehouse(Settings.at(tmp_path / "home"))
    stored.load(postgresql_source, build_mapping())

    assert stored.load(postgresql_source, build_mapping()).unchanged
    place = stored.snapshot().manifest.source.place
    assert place == "postgres:///postgres"


def test_wrong_mapping_for_a_database_says_what_it_has(postgresql_source, tmp_path):
    document = build_mapping().model_dump(mode="json")
    document["tables"][1]["source"] = ["results"]
    mapping = type(build_mapping()).model_validate(document)

    with pytest.raises(InputError, match=r"Missing: table results.*has the tables lab"):
        Warehouse(Settings.at(tmp_path / "home")).load(postgresql_source, mapping)
