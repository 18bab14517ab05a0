"""What is converted, and what is not, against conversions that others published."""

import csv
import gzip
from itertools import product

import pytest

from enclave.cohort.node import MalformedError
from enclave.cohort.question import Between, Comparison
from enclave.cohort.units import KINDS, MOLAR_MASSES, converted, units_of


# What laboratories publish: 1 in the first unit is so much in the second.
PUBLISHED = [
    ("haemoglobin", "g/dL", "mmol/L", 0.6206),
    ("creatinine", "mg/dL", "µmol/L", 88.4),
    ("glucose", "mg/dL", "mmol/L", 0.0555),
    ("cholesterol", "mg/dL", "mmol/L", 0.02586),
    ("urate", "mg/dL", "µmol/L", 59.48),
    ("bilirubin", "mg/dL", "µmol/L", 17.1),
    ("calcium", "mg/dL", "mmol/L", 0.2495),
    ("urea", "mg/dL", "mmol/L", 0.1665),
    ("transferrin", "g/L", "µmol/L", 12.57),
    ("c_reactive_protein", "mg/L", "nmol/L", 9.524),
]


@pytest.mark.parametrize(("substance", "given", "asked", "factor"), PUBLISHED)
def test_published_factors(substance, given, asked, factor):
    found = converted(1.0, given, substance)[asked]

    assert found == pytest.approx(factor, rel=2e-3)


def test_every_substance_has_a_published_factor():
    assert {substance for substance, *_ in PUBLISHED} == MOLAR_MASSES.keys()


def test_haemoglobin_a1c():
    assert converted(6.5, "%", "haemoglobin_a1c")["mmol/mol"] == pytest.approx(47.545)
    assert converted(48.0, "mmol/mol", "haemoglobin_a1c")["%"] == pytest.approx(
        6.5416, rel=1e-4
    )


# Analyte of the trial and its substance in the table.
ANALYTES = {
    "HGB": "haemoglobin",
    "CREAT": "creatinine",
    "GLUC": "glucose",
    "CHOL": "cholesterol",
    "URATE": "urate",
    "BILI": "bilirubin",
    "CA": "calcium",
}


def test_a_trial_reported_in_both_units_agrees(shared_data):
    compared = set()
    with gzip.open(shared_data / "lab_units" / "lb.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            substance = ANALYTES.get(row["LBTESTCD"])
            given, asked = row["LBORRESU"], row["LBSTRESU"].replace("umol", "µmol")
            if substance is None or given not in units_of(substance):
                continue
            if asked not in units_of(substance) or row["LBSTRESN"] in {"", "NA"}:
                continue
            value, reported = float(row["LBORRES"]), float(row["LBSTRESN"])
            found = converted(value, given, substance)[asked]
            assert found == pytest.approx(reported, rel=0.01)
            compared.add(substance)
    assert compared >= {"haemoglobin", "creatinine", "glucose", "cholesterol"}


@pytest.mark.parametrize("kind", KINDS)
def test_there_and_back_is_the_same_number(kind):
    for given, asked in product(KINDS[kind], repeat=2):
        there = converted(4.35, given, "scale")[asked]
        assert converted(there, asked, "scale")[given] == pytest.approx(4.35, rel=1e-12)


def test_conversion_is_exact_in_decimals():
    assert converted(4.35, "g/L", "scale")["mg/dL"] == 435.0
    assert converted(4.35, "g/L", "scale")["g/L"] == 4.35


def test_a_unit_belongs_to_one_kind():
    units = [unit for kind in KINDS.values() for unit in kind]

    assert len(units) == len(set(units))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Comparison(operator=">", threshold=5, convert="scale"),
            "Give a unit that can be converted: g/L, mg/L",
        ),
        (
            lambda: Comparison(operator=">", threshold=5, unit="mg%", convert="scale"),
            "Give a unit that can be converted: g/L, mg/L",
        ),
        (
            lambda: Comparison(
                operator=">", threshold=5, unit="10^9/L", convert="glucose"
            ),
            "Give a unit of glucose that can be converted: g/L",
        ),
        (
            lambda: Comparison(operator=">", threshold=5, unit="g/L", convert="gold"),
            "Write one of these: 'scale'.",
        ),
        (
            lambda: Between(lower=1, upper=1e300, unit="g/L", convert="scale"),
            "A value that is converted is at most 1e+15",
        ),
    ],
)
def test_what_cannot_be_converted_is_refused(make, message):
    with pytest.raises(MalformedError) as refusal:
        make()

    assert message in str(refusal.value)
