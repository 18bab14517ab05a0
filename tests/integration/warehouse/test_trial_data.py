"""The two shipped mappings over the data that they are for, where these are at hand."""

import pytest

from enclave.settings import Settings
from enclave.warehouse.mapping import Mapping
from enclave.warehouse.warehouse import Warehouse


@pytest.fixture(scope="module")
def load(shared_data, tmp_path_factory):
    def run(folder: str, mapping: str):
        stored = Warehouse(Settings.at(tmp_path_factory.mktemp(mapping)))
        report = stored.load(str(shared_data / folder), Mapping.load(mapping))
        found = {
            (each.table, each.rule): (each.rows, each.action)
            for each in report.problems
        }
        return stored, found

    return run


@pytest.fixture(scope="module")
def nafld(load):
    return load("nafld", "nafld")


@pytest.fixture(scope="module")
def omop(load):
    return load("omop_gibleed", "omop")


def one(stored, query):
    with stored.snapshot().connect() as engine:
        (row,) = engine.execute(query).fetchall()
    return row


def rows(stored):
    tables = stored.snapshot().manifest.tables
    return {name: table.rows for name, table in tables.items() if name != "code"}


def test_nafld_has_all_persons_and_says_what_is_missing(nafld):
    stored, found = nafld

    assert rows(stored) == {"person": 17_549, "lab": 396_306, "diagnosis": 34_327}
    assert found == {
        ("person", "unknown_reference"): (21, "kept"),
        ("lab", "duplicate_row"): (3_817, "quarantined"),
        ("diagnosis", "missing_date"): (18, "quarantined"),
        ("diagnosis", "unknown_person"): (6, "quarantined"),
    }


def test_nafld_persons_have_what_a_survival_analysis_needs(nafld):
    stored, _ = nafld

    deaths, age_is_exact, ends_with_death, bmi = one(
        stored,
        "FROM person SELECT count(death_date),"
        " bool_and(age = date_diff('month', birth_date, entry_date) // 12),"
        " bool_and(death_date IS NULL OR death_date = follow_up_end), count(bmi)",
    )

    assert (deaths, age_is_exact, ends_with_death, bmi) == (1_364, True, True, 12_588)


def test_nafld_days_are_exact(nafld):
    stored, _ = nafld

    first, last, before_the_end = one(
        stored,
        "FROM diagnosis JOIN person USING (person)"
        " SELECT min(date - entry_date), max(date - entry_date),"
        " bool_and(date <= follow_up_end)",
    )

    assert (first, last, before_the_end) == (-16_700, 6_652, True)


def test_nafld_units_are_only_those_that_are_certain(nafld):
    stored, _ = nafld

    with stored.snapshot().connect() as engine:
        units = engine.execute(
            "FROM lab SELECT DISTINCT code, unit WHERE unit IS NOT NULL ORDER BY code"
        ).fetchall()
    assert units == [("hdl", "mg/dL"), ("sbp", "mm Hg")]


def test_omop_loads_upper_case_and_expression_headers(omop):
    stored, found = omop

    assert rows(stored) == {
        "person": 2_694,
        "death": 0,
        "observation_period": 2_694,
        "visit": 1_037,
        "condition": 65_332,
        "drug": 67_677,
        "procedure": 37_389,
        "measurement": 43_753,
        "observation": 1_477,
        "code_ancestor": 65_690,
    }
    assert found[("observation_period", "unknown_person")] == (2_649, "quarantined")
    assert {rule for _, rule in found} == {
        "unknown_person",
        "duplicate_row",
        "before_birth",
    }


def test_omop_persons_keep_no_source_value(omop):
    stored, _ = omop

    with stored.snapshot().connect() as engine:
        columns = engine.table("person").columns
    assert columns == ["person", "sex", "birth_date", "death_date", "race", "ethnicity"]


def test_omop_gastrointestinal_bleeding_is_found_by_its_label(omop):
    stored, _ = omop
    catalogue = stored.snapshot().catalogue

    codes = [each.code for each in catalogue.search("gastrointestinal hemorrhage")]

    assert "192671" in codes
    assert one(
        stored, "FROM events SELECT count(DISTINCT person) WHERE code = '192671'"
    ) == (479,)


def test_omop_concepts_know_those_above_them(omop):
    stored, _ = omop

    parents, labels = one(
        stored, "FROM code SELECT count(DISTINCT parent), count(DISTINCT label_en)"
    )

    assert parents > 500
    assert labels > 400
