"""Which rows are delivered, and how they are written."""

import resource
from datetime import date, datetime, timedelta

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from enclave.canonical import file_digest
from enclave.delivery import extraction, pieces
from enclave.delivery.engine import bounded
from enclave.delivery.minimisation import minimise
from enclave.errors import HostError
from enclave.projects.forms import DatePolicy
from tests.builders.delivery import (
    LAB,
    MANY,
    a_table,
    an_extraction,
    catalogue,
    connected,
    delivered,
)


DAY = date(2015, 6, 20)


def lab(person, day=DAY, code="CRP", value=1.0, **more):
    return {"person": person, "date": day, "code": code, "value": value, **more}


def written(tmp_path, table, connection, persons):
    an_extraction(connection, persons).write(table, tmp_path / "lab.parquet")
    return tmp_path / "lab.parquet"


def test_only_persons_of_the_cohort_are_delivered(tmp_path):
    rows = connected(lab=[lab(1), lab(2), lab(3)])

    path = written(tmp_path, a_table("lab.value"), rows, {1: None, 3: None, 9: None})

    assert {row["pseudonym"] for row in delivered(path)} == {1, 3}


def test_only_granted_columns_are_delivered_and_the_pseudonym_comes_first(tmp_path):
    rows = connected(lab=[lab(1, ward="x", pseudonym="forged", index_date=DAY)])

    path = written(tmp_path, a_table("lab.value", "lab.code"), rows, {1: None})

    assert pq.read_schema(path).names == ["pseudonym", "value", "code"]
    assert delivered(path) == [{"pseudonym": 1, "value": 1.0, "code": "CRP"}]


@pytest.mark.parametrize(
    ("day", "is_in"),
    [
        (date(2009, 12, 31), False),
        (date(2010, 1, 1), True),
        (date(2019, 12, 31), True),
        (date(2020, 1, 1), False),
    ],
)
def test_only_days_of_the_window_are_delivered_both_ends_included(tmp_path, day, is_in):
    rows = connected(lab=[lab(1, day)])

    path = written(tmp_path, a_table("lab.value"), rows, {1: None})

    assert bool(delivered(path)) == is_in


@pytest.mark.parametrize(
    ("moment", "is_in"),
    [("2019-12-31T23:59", True), ("2020-01-01T00:00", False)],
)
def test_the_last_day_of_the_window_is_whole(tmp_path, moment, is_in):
    arrived = datetime.fromisoformat(moment)
    rows = connected(visit=[{"person": 1, "arrived": arrived}])
    path = tmp_path / "visit.parquet"

    an_extraction(rows, {1: None}).write(a_table("visit.arrived"), path)

    assert [row["arrived"] for row in delivered(path)] == [arrived] * is_in


def test_the_table_of_persons_knows_no_window(tmp_path):
    rows = connected(person=[{"person": 1, "sex": "female"}])

    an_extraction(rows, {1: None}).write(a_table("person.sex"), tmp_path / "p.parquet")

    assert delivered(tmp_path / "p.parquet") == [{"pseudonym": 1, "sex": "female"}]


def test_a_row_without_a_date_is_not_in_the_window(tmp_path):
    rows = connected(lab=[lab(1, None), lab(1)])

    path = written(tmp_path, a_table("lab.value"), rows, {1: None})

    assert len(delivered(path)) == 1


@pytest.mark.parametrize(
    ("policy", "day", "moment"),
    [
        (DatePolicy.REAL, DAY, datetime(2015, 6, 20, 13, 45)),  # noqa: DTZ001 - as stored
        (DatePolicy.MONTH, date(2015, 6, 15), date(2015, 6, 15)),
        (DatePolicy.YEAR, date(2015, 7, 1), date(2015, 7, 1)),
    ],
)
def test_dates_are_as_coarse_as_the_policy_says(tmp_path, policy, day, moment):
    answered = datetime(2015, 6, 20, 13, 45)  # noqa: DTZ001 - as stored
    rows = connected(lab=[lab(1, answered=answered), lab(1, answered=None)])
    table = a_table("lab.date", "lab.answered", date_policy=policy)

    path = written(tmp_path, table, rows, {1: None})

    assert [row["date"] for row in delivered(path)] == [day, day]
    assert [row["answered"] for row in delivered(path)] == [moment, None]


def test_shifted_dates_keep_every_interval_of_a_person(tmp_path):
    days = {person: date(2012, 1, 1 + person) for person in range(1, 21)}
    seen = datetime(2012, 3, 4, 5, 6, 7, 8)  # noqa: DTZ001 - as stored
    rows = [
        row
        for person, day in days.items()
        for row in (lab(person, day, answered=seen), lab(person, DAY, answered=None))
    ]
    table = a_table("lab.date", "lab.answered", date_policy=DatePolicy.SHIFT)
    extraction = an_extraction(connected(lab=rows), days)

    extraction.write(table, tmp_path / "lab.parquet")
    extraction.write_population(tmp_path / "population.parquet", index="shift")

    index = {
        row["pseudonym"]: row["index_date"]
        for row in delivered(tmp_path / "population.parquet")
    }
    found = delivered(tmp_path / "lab.parquet")
    moved = {person: (index[person] - day).days for person, day in days.items()}
    assert 0 not in moved.values()
    assert len(set(moved.values())) > 10
    for first, second in zip(found[::2], found[1::2], strict=True):
        person = first["pseudonym"]
        assert first["date"] == index[person]
        assert second["date"] - first["date"] == DAY - days[person]
        assert first["answered"] - seen == timedelta(days=moved[person])
        assert second["answered"] is None


def test_where_nothing_is_said_to_move_no_real_date_is_given_for_a_moved_one(tmp_path):
    table = a_table("lab.date", date_policy=DatePolicy.SHIFT)
    extraction = an_extraction(connected(lab=[lab(1)]), {1: None}, shifted=False)

    extraction.write(table, tmp_path / "lab.parquet")

    assert delivered(tmp_path / "lab.parquet") == [{"pseudonym": 1, "date": None}]


def test_birth_dates_are_given_to_the_year(tmp_path):
    rows = connected(
        person=[{"person": 1, "birth_date": date(1970, 2, 28), "death_date": DAY}]
    )
    table = a_table("person.birth_date", "person.death_date")

    an_extraction(rows, {1: None}).write(table, tmp_path / "p.parquet")

    assert delivered(tmp_path / "p.parquet") == [
        {"pseudonym": 1, "birth_date": date(1970, 7, 1), "death_date": DAY}
    ]


def many(seed, number=3000):
    rng = np.random.default_rng(seed)
    return [
        lab(
            int(rng.integers(40)),
            date(2011, 1, 1 + int(rng.integers(3))),
            "AB"[rng.integers(2)],
            float(rng.integers(3)),
        )
        for _ in range(number)
    ]


def test_rows_come_in_the_order_of_pseudonym_date_and_all_else(tmp_path):
    table = a_table("lab.value", "lab.code", "lab.date")

    path = written(tmp_path, table, connected(lab=many(1)), dict.fromkeys(range(40)))

    rows = [
        (row["pseudonym"], row["date"], row["value"], row["code"])
        for row in pq.read_table(path).to_pylist()
    ]
    assert len(rows) == 3000
    assert rows == sorted(rows)


def test_the_bytes_tell_nothing_of_the_order_in_the_warehouse(tmp_path):
    table = a_table("lab.date", "lab.code", "lab.value")
    digests = set()
    for number, rows in enumerate((many(1), many(1)[::-1])):
        (tmp_path / str(number)).mkdir()
        for threads in (1, 2, 4):
            connection = connected(lab=rows)
            connection.execute(f"SET threads = {threads}")
            persons = dict.fromkeys(range(40) if number else range(39, -1, -1))
            path = written(tmp_path / str(number), table, connection, persons)
            digests.add(file_digest(path))

    assert len(digests) == 1


def test_a_coarsened_date_does_not_give_its_day_away_by_its_place(tmp_path):
    days = [date(2015, 6, day) for day in (1, 20, 2, 19)]
    table = a_table("lab.date", "lab.value", date_policy=DatePolicy.MONTH)
    rows = [
        lab(1, day, value=value)
        for day, value in zip(days, (4.0, 1.0, 3.0, 2.0), strict=True)
    ]

    path = written(tmp_path, table, connected(lab=rows), {1: None})

    assert [row["value"] for row in delivered(path)] == [1.0, 2.0, 3.0, 4.0]


def test_the_list_of_persons_holds_also_those_without_rows(tmp_path):
    persons = {5: DAY, 3: None, 4: date(2016, 1, 1)}
    extraction = an_extraction(connected(lab=[lab(3)]), persons)

    extraction.write_population(tmp_path / "with.parquet", index="exact")
    extraction.write_population(tmp_path / "without.parquet", index=None)

    found = delivered(tmp_path / "with.parquet")
    assert {row["pseudonym"]: row["index_date"] for row in found} == persons
    plain = pq.read_table(tmp_path / "without.parquet")
    assert plain.column_names == ["pseudonym"]
    assert plain["pseudonym"].to_pylist() == sorted(plain["pseudonym"].to_pylist())
    assert len(plain) == 3


def test_index_dates_are_as_coarse_as_other_dates(tmp_path):
    extraction = an_extraction(connected(lab=[lab(1)]), {1: DAY})

    extraction.write_population(tmp_path / "population.parquet", index="month")

    (row,) = delivered(tmp_path / "population.parquet")
    assert row["index_date"] == date(2015, 6, 15)


def test_rows_are_counted_by_person_inside_and_outside_the_window():
    early = date(2001, 1, 1)
    rows = [lab(1), lab(1, early), lab(2, early), lab(3), lab(3), lab(4), lab(1, None)]
    extraction = an_extraction(connected(lab=rows), dict.fromkeys((1, 2, 3, 9)))

    tally = extraction.tally(a_table("lab.value"))

    found = zip(tally.person, tally.rows, tally.inside, strict=True)
    assert sorted(found) == [(1, 3, 1), (2, 1, 0), (3, 2, 2)]


def test_every_row_of_the_table_of_persons_counts_as_inside():
    rows = connected(person=[{"person": 1, "sex": None}, {"person": 2, "sex": None}])

    tally = an_extraction(rows, {1: None}).tally(a_table("person.sex"))

    assert (tally.person.tolist(), tally.inside.tolist()) == ([1], [1])


def test_deaths_before_a_day():
    died = {1: date(2009, 12, 31), 2: date(2010, 1, 1), 3: None, 4: date(2000, 1, 1)}
    rows = [{"person": key, "death_date": day} for key, day in died.items()]
    extraction = an_extraction(connected(person=rows), dict.fromkeys((1, 2, 3)))

    assert extraction.deaths_before(date(2010, 1, 1)).tolist() == [1]


def test_nobody_is_delivered_as_an_empty_table(tmp_path):
    path = written(tmp_path, a_table("lab.value"), connected(lab=[lab(1)]), {})

    assert pq.read_schema(path).names == ["pseudonym", "value"]
    assert delivered(path) == []


def many_rows(connection, *, persons, code, rows=1_000_000):
    connection.sql(f"FROM range({rows})").create_view("numbers")
    connection.view("numbers").project(
        f"(hash(range) % {persons})::BIGINT AS person,"
        " DATE '2015-01-01' + (hash(range, 1) % 300)::INTEGER AS date,"
        f" NULL::TIMESTAMP AS answered, {code} AS code,"
        " (hash(range, 2) % 99)::DOUBLE AS value"
    ).create_view("lab")


@pytest.mark.parametrize(
    ("code", "known"),
    [("'NPU' || hash(range, 3) % 60", {}), ("md5(range::VARCHAR)", MANY)],
)
def test_many_rows_are_the_same_bytes_whatever_the_machine(
    tmp_path, code, known, monkeypatch
):
    """Threads, memory, and in how many runs rows are put aside change nothing."""
    machines = ((1, "1GB", 64 << 20), (4, "150MB", 64 << 20), (2, "1GB", 1 << 20))
    digests = set()
    for threads, memory, run in machines:
        monkeypatch.setattr(pieces, "RUN", run)
        connection = duckdb.connect()
        bounded(connection, tmp_path / "spill")
        connection.execute(f"SET threads = {threads}")
        connection.execute(f"SET memory_limit = '{memory}'")
        many_rows(connection, persons=3000, code=code, rows=300_000)
        table = a_table("lab.value", "lab.code", "lab.date", code=known)
        path = written(tmp_path, table, connection, dict.fromkeys(range(3000)))
        digests.add(file_digest(path))

    assert len(digests) == 1
    assert pq.read_metadata(path).num_row_groups == 3
    written_rows = duckdb.read_parquet(str(path))
    rows = written_rows.project("pseudonym, date, value, code").fetchall()
    assert rows == sorted(rows)


def test_names_that_mean_something_in_sql_are_only_names(tmp_path):
    columns = {**LAB, "order": {}, "select": {"type": "number"}, "from": {}}
    (table,) = minimise(
        ["group.from", "group.order", "group.select"],
        DatePolicy.REAL,
        catalogue(group=columns),
    )
    connection = connected(lab=[lab(1)])
    connection.execute(
        'CREATE VIEW "group" AS SELECT *, \'o\' AS "order", 1.5 AS "select",'
        " 'f' AS \"from\" FROM lab"
    )

    an_extraction(connection, {1: None}).write(table, tmp_path / "group.parquet")

    assert delivered(tmp_path / "group.parquet") == [
        {"pseudonym": 1, "from": "f", "order": "o", "select": 1.5}
    ]


def test_what_does_not_fit_into_memory_is_sorted_on_disk(tmp_path):
    connection = duckdb.connect()
    bounded(connection, tmp_path / "spill")
    connection.execute("SET memory_limit = '120MB'")
    many_rows(connection, persons=5000, code="md5(range::VARCHAR)")
    table = a_table("lab.date", "lab.code", "lab.value")

    path = written(tmp_path, table, connection, dict.fromkeys(range(5000)))

    assert pq.read_metadata(path).num_rows == 1_000_000
    column = pq.read_table(path, columns=["pseudonym"])["pseudonym"]
    assert column.to_pylist() == sorted(column.to_pylist())


@pytest.mark.parametrize("run", [1 << 20, 64 << 20])
def test_a_full_disk_is_a_fault_of_the_host_and_is_said_so(tmp_path, run, monkeypatch):
    """While rows are put aside to be sorted, and while the file is written."""
    monkeypatch.setattr(pieces, "RUN", run)
    connection = duckdb.connect()
    bounded(connection, tmp_path / "spill")
    many_rows(connection, persons=500, code="md5(range::VARCHAR)", rows=100_000)
    table = a_table("lab.code", "lab.value")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        with pytest.raises(HostError, match="ran out of memory or disk space"):
            written(tmp_path, table, connection, dict.fromkeys(range(500)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list((tmp_path / "spill").rglob("*.parquet"))


def test_too_little_memory_is_a_fault_of_the_host_and_is_said_so(tmp_path, monkeypatch):
    monkeypatch.setattr(extraction, "one_piece", lambda _: pa.allocate_buffer(1 << 60))
    with pytest.raises(HostError, match=r"disk space.*\(ArrowMemoryError"):
        written(tmp_path, a_table("lab.value"), connected(lab=[lab(1)]), {1: None})


def test_missing_values_of_every_type_survive(tmp_path):
    rows = connected(
        lab=[lab(1), lab(1, DAY, None, None), lab(1, DAY, "", float("nan"))]
    )

    path = written(tmp_path, a_table("lab.code", "lab.value"), rows, {1: None})

    read = pq.read_table(path)
    assert read["code"].null_count == read["value"].null_count == 1
    assert read.schema.field("value").type == pa.float64()
    assert "" in read["code"].to_pylist()
