"""Each fault of real hospital data is there, and the load copes with it.

before, after
    The same hospital without and with faults, as data frames by table.
loaded
    A warehouse into which the faulty one was loaded, and the rules that were broken.
"""

import pandas as pd
import pytest

from enclave.settings import Settings
from enclave.warehouse.mapping import Mapping
from enclave.warehouse.synthetic.dirt import (
    BREAK,
    DEPARTMENT_NAME,
    LIMITS_CHANGED,
    UNITS,
)
from enclave.warehouse.synthetic.synthesise import synthesise
from enclave.warehouse.warehouse import Warehouse


PERSONS, SEED = 1500, 7


def tables(folder):
    return {file.stem: pd.read_parquet(file) for file in folder.glob("*.parquet")}


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dirt")
    for name, dirt in (("clean", False), ("dirty", True)):
        synthesise(folder / name, persons=PERSONS, seed=SEED, dirt=dirt)
    return folder


@pytest.fixture(scope="module")
def before(sources):
    return tables(sources / "clean")


@pytest.fixture(scope="module")
def after(sources):
    return tables(sources / "dirty")


@pytest.fixture(scope="module")
def loaded(sources, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    stored = Warehouse(Settings.at(home / "home", runtime=str(home / "run")))
    report = stored.load(str(sources / "dirty"), Mapping.load("synthetic"))
    return stored, {(each.table, each.rule) for each in report.problems}


@pytest.mark.parametrize(
    "written", [r"^\d+,\d+$", r"^<\d", r"^>\d", "^Annulleret$", "^ej påvist$"]
)
def test_numbers_are_written_in_many_ways(before, after, written):
    assert after["labka"]["REPLY"].str.contains(written).any()
    assert not before["labka"]["REPLY"].str.contains(written).any()


# By hand: what a value is multiplied with to be in the other unit.
FACTORS = {"HB": 1.611, "CRP": 9.524, "KREA": 0.01131, "LEU": 1000, "IGG": 100}


def test_every_other_unit_is_tried():
    assert FACTORS.keys() == UNITS.keys()


@pytest.mark.parametrize(("code", "factor"), FACTORS.items())
def test_another_unit_has_another_value(after, code, factor):
    unit, _ = UNITS[code]
    results = after["labka"].query("ANALYSEKODE_LABKA == @code")
    values = pd.to_numeric(results["REPLY"], errors="coerce")
    other = values[results["REPLYUNIT"] == unit].median()

    assert other == pytest.approx(
        factor * values[results["REPLYUNIT"] != unit].median(), rel=0.35
    )


def test_sodium_is_called_na_and_measured_at_the_bed_too(before, after):
    assert "NA" in set(before["labka"]["ANALYSEKODE_LABKA"])
    assert {"NA", "NAPOC"} <= set(after["labka"]["ANALYSEKODE_LABKA"])


def test_reference_limits_changed_once(after):
    potassium = after["labka"].query("ANALYSEKODE_LABKA == 'K' & PRVTAG_TID < '2090'")
    early = potassium["PRVTAG_TID"] < LIMITS_CHANGED

    assert len(set(potassium[early]["REF_OEVRE"])) == 1
    assert len(set(potassium["REF_OEVRE"])) == 2


def test_some_answers_come_more_than_a_week_late(before, after):
    for results, late in ((before["labka"], False), (after["labka"], True)):
        waited = results["SVARTID"] - results["PRVTAG_TID"]
        assert (waited > pd.Timedelta(days=7)).any() == late


def test_from_the_break_on_stays_are_split_and_departments_named(before, after):
    old, new = before["lpr_kontakt"], after["lpr_kontakt"]
    late = pd.to_datetime(new["INDDATO"]) >= pd.Timestamp(BREAK)

    assert set(new[late]["SHAK"]) == {DEPARTMENT_NAME}
    assert set(new[~late]["SHAK"]) == set(old["SHAK"])
    assert len(new) > len(old)
    assert new["DW_EK_KONTAKT"].is_unique
    assert nights(new) == nights(old)


def nights(contacts):
    return (
        pd.to_datetime(contacts["UDDATO"]) - pd.to_datetime(contacts["INDDATO"])
    ).sum()


def test_an_old_export_is_read_like_the_rest(sources, loaded):
    text = (sources / "dirty" / "mikrobiologi.csv").read_bytes().decode("latin-1")
    stored, _ = loaded

    assert text.startswith("CPR;AFSENDT;MATERIALE;BAKTERIE\r\n")
    assert "Ingen vækst" in text
    with stored.snapshot().connect() as connection:
        [(rows,)] = connection.sql(
            "SELECT count(*) FROM microbiology WHERE code LIKE 'Ingen vækst%'"
            " AND date BETWEEN DATE '2005-01-01' AND DATE '2025-12-31'"
        ).fetchall()
    assert rows == text.count("Ingen vækst")


@pytest.mark.parametrize(
    ("table", "rule"),
    [
        ("lab", "duplicate_row"),
        ("lab", "in_future"),
        ("lab", "unknown_person"),
        ("lab", "unknown_unit"),
        ("diagnosis", "after_death"),
    ],
)
def test_the_load_says_what_was_wrong(loaded, table, rule):
    _, problems = loaded

    assert (table, rule) in problems
