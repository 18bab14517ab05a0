"""The catalogue, over a warehouse of many made-up persons."""

from datetime import date

import numpy as np
import pytest

from enclave.errors import NotFoundError
from enclave.settings import Settings
from enclave.warehouse.catalogue import Code, Variable
from enclave.warehouse.warehouse import Warehouse
from tests.builders.source_tables import build_mapping, write_source


PERSONS = 700
CODES = [
    {
        "system": "local",
        "code": "CRP",
        "label": {"en": "C-reactive protein", "da": "CRP"},
    },
    {"system": "local", "code": "NEVER", "label": {"en": "Unused", "da": "Ubrugt"}},
]


def files():
    rng = np.random.default_rng(1)
    persons, lab = ["id,sex,born,died"], ["id,day,test,result,unit"]
    for number in range(PERSONS):
        persons.append(f"{number:010d},F,{1930 + number % 60}-01-01,")
        value = 1000 if number == 0 else round(float(rng.uniform(10, 20)), 3)
        lab.append(f"{number:010d},{2000 + number % 10}-05-05,CRP,{value},mg/L")
        lab.append(f"{number:010d},2005-01-01,HB,{'' if number > 99 else 8.1},mmol/L")
    # One person with many extreme values, one rare code, and years of few persons.
    lab += [f"0000000000,2006-{day:%m-%d},CRP,{999 + day.day},mg/L" for day in DAYS]
    lab += [f"{number:010d},1995-01-01,RARE,1,x" for number in range(4)]
    lab += [f"{number:010d},1998-01-01,CRP,15,mg/L" for number in range(5)]
    return {"persons": "\n".join(persons) + "\n", "lab": "\n".join(lab) + "\n"}


DAYS = [date(2006, month, day) for month in range(1, 13) for day in range(1, 29)]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    folder = tmp_path_factory.mktemp("catalogue")
    stored = Warehouse(Settings.at(folder / "home"))
    stored.load(write_source(folder / "source", **files()), build_mapping(codes=CODES))
    return stored.snapshot().catalogue


def test_tables_have_rounded_sizes_and_years_of_coverage(catalogue):
    lab = catalogue.table("lab")

    assert (lab.rows, lab.persons) == (1700, 700)
    assert (lab.coverage_from, lab.coverage_to) == (
        date(1998, 1, 1),
        date(2009, 12, 31),
    )
    assert lab.code_system == "local"
    assert catalogue.table("person").coverage_from is None
    assert catalogue.table("code").persons is None


def test_few_persons_are_not_counted_out(settings, tmp_path):
    stored = Warehouse(settings)
    stored.load(write_source(tmp_path / "source"), build_mapping())

    entry = stored.snapshot().catalogue.table("person")

    assert (entry.rows, entry.persons) == (0, 0)


def test_percentiles_are_over_persons_and_coarse(catalogue):
    profile = catalogue.variable("lab.value").profile

    assert profile.low == pytest.approx(8.1, abs=0.1)
    assert profile.high == 20.0
    assert profile.missing == 0.34


def test_variable_of_few_persons_has_no_percentiles(settings, tmp_path):
    stored = Warehouse(settings)
    stored.load(write_source(tmp_path / "source"), build_mapping())

    profile = stored.snapshot().catalogue.variable("lab.value").profile

    assert (profile.low, profile.high) == (None, None)
    dates = stored.snapshot().catalogue.variable("lab.date").profile
    assert (dates.first_year, dates.last_year) == (None, None)


def test_years_with_few_persons_do_not_show(catalogue):
    profile = catalogue.variable("lab.date").profile

    assert (profile.first_year, profile.last_year) == (1998, 2009)


@pytest.mark.parametrize(
    ("variable", "band"), [("person.sex", "1"), ("lab.code", "2-10")]
)
def test_distinct_values_come_in_bands(catalogue, variable, band):
    assert catalogue.variable(variable).profile.distinct == band


def test_variable_tells_what_the_mapping_says(catalogue):
    value = catalogue.variable("lab.value")

    assert (value.type, value.role, value.label.da) == (
        "number",
        "value",
        "dansk value",
    )
    assert catalogue.variable("lab.person").type == "person"
    assert catalogue.variable("lab.person").sensitivity == "direct_identifier"


@pytest.mark.parametrize(
    ("find", "name", "meant"),
    [
        ("variable", "lab.valu", "lab.value"),
        ("table", "labs", "lab"),
        ("variable", "nothing at all", "code.code"),
    ],
)
def test_unknown_names_suggest_close_ones(catalogue, find, name, meant):
    with pytest.raises(NotFoundError, match=f"Did you mean {meant}"):
        getattr(catalogue, find)(name)


def test_search_finds_variables_by_name_and_label_in_both_languages(catalogue):
    def names(text):
        found = catalogue.search(text)
        return [each.full_name for each in found if isinstance(each, Variable)]

    assert names("lab.val") == ["lab.value"]
    assert names(" DANSK VALUE ") == ["lab.value"]
    assert names("dansk lab")[:2] == ["lab.person", "lab.date"]
    assert names("no such thing") == []


def test_search_finds_codes_by_code_and_label(catalogue):
    def codes(text):
        return [each.code for each in catalogue.search(text) if isinstance(each, Code)]

    assert codes("c-reactive") == ["CRP"]
    assert codes("ubrugt") == ["NEVER"]
    assert codes("h") == ["HB"]
    assert codes("%") == []


def test_codes_are_those_explained_and_those_used_by_enough_persons(catalogue):
    assert [(each.system, each.code) for each in catalogue.codes] == [
        ("local", "CRP"),
        ("local", "HB"),
        ("local", "NEVER"),
    ]


def test_one_code(catalogue):
    found = catalogue.code("local", "CRP")

    assert found is not None
    assert found.label_en == "C-reactive protein"
    assert catalogue.code("local", "RARE") is None
    assert catalogue.code("other", "CRP") is None


def test_catalogue_is_the_same_for_an_unchanged_table(settings, tmp_path):
    stored = Warehouse(settings)
    text = files()
    stored.load(write_source(tmp_path / "source", **text), build_mapping())
    before = stored.snapshot().catalogue
    text["lab"] += "0000000001,2007-01-01,CRP,11,mg/L\n"

    stored.load(write_source(tmp_path / "source", **text), build_mapping())

    after = stored.snapshot().catalogue
    assert after.table("person") == before.table("person")
    assert after.table("lab").rows == 1700
