"""Every example of the reference is true, for the engine, the index and the oracle."""

import re
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest
import yaml

from enclave.cohort.evaluation import persons
from enclave.cohort.question import Question
from enclave.cohort.units import HAEMOGLOBIN_A1C, KINDS, MOLAR_MASSES
from enclave.feasibility.index import search
from enclave.feasibility.index.support import knows
from enclave.warehouse.casting import cell
from enclave.warehouse.mapping import Mapping
from tests.builders.cohort import a_person, a_snapshot, an_event
from tests.builders.index import an_index, cohort_of
from tests.properties.cohort.oracle import find


REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "question.md"
EXAMPLE = re.compile(
    r"^### (?P<rule>.+?)$|^```yaml\n(?P<example>.+?)^```$", re.MULTILINE | re.DOTALL
)


def examples():
    rule = None
    for found in EXAMPLE.finditer(REFERENCE.read_text()):
        rule = found["rule"] or rule
        if found["example"]:
            yield pytest.param(yaml.safe_load(found["example"]), id=rule)


EXAMPLES = list(examples())
KNOWN = [
    example
    for example in EXAMPLES
    if knows(Question.model_validate(example.values[0]["question"]))
]
WRITER = duckdb.connect(config={"threads": 1})


LAB = {one.name: one for one in Mapping.load("synthetic").columns("lab")}


def as_loaded(event):
    """Read what a laboratory wrote as a load with the synthetic mapping does."""
    if "written" not in event:
        return event
    read = [cell(LAB[name], AsWritten()).value for name in ("value", "operator")]
    with duckdb.connect() as engine:
        row = engine.execute(
            f"SELECT {', '.join(read)} FROM (SELECT $written AS written)",  # noqa: S608 - ours
            {"written": event["written"]},
        ).fetchone()
    others = {name: value for name, value in event.items() if name != "written"}
    return others | dict(zip(("value", "operator"), row, strict=True))


class AsWritten:
    """A source of one column."""

    def text(self, _source, _column):
        return "written"


def rows(example):
    events = [an_event(**as_loaded(event)) for event in example["events"]]
    listed = example.get("persons")
    if listed is None:
        listed = [{"person": key} for key in {event["person"] for event in events}]
    return [a_person(**person) for person in listed], events


def ancestors(example):
    return [
        {"code": code, "code_system": "SKS", "ancestor": ancestor}
        for code, ancestor in example.get("ancestors", [])
    ]


def expected(example):
    result = example["result"]
    return result if isinstance(result, dict) else dict.fromkeys(result)


@pytest.mark.parametrize("example", EXAMPLES)
def test_engine_finds_what_the_reference_says(example):
    question = Question.model_validate(example["question"])

    snapshot = a_snapshot(
        *rows(example),
        ancestors=ancestors(example),
        periods=example.get("observed", []),
    )
    found = persons(question, snapshot).to_pydict()

    assert dict(zip(*found.values(), strict=True)) == expected(example)


@pytest.mark.parametrize("example", EXAMPLES)
def test_oracle_finds_what_the_reference_says(example):
    question = Question.model_validate(example["question"]).model_dump(mode="json")

    periods = example.get("observed", [])
    found = find(question, *rows(example), ancestors(example), periods)
    assert found == expected(example)


@pytest.mark.parametrize("example", KNOWN)
def test_index_finds_what_the_reference_says(example, tmp_path):
    question = Question.model_validate(example["question"])
    listed, events = rows(example)

    index = an_index(listed, events, tmp_path, WRITER)
    found = cohort_of(
        search.find(question, index), sorted(one["person"] for one in listed)
    )

    assert found == expected(example)


def test_the_index_knows_most_of_the_reference():
    assert len(KNOWN) > 0.8 * len(EXAMPLES)


def test_every_rule_has_an_example():
    rules = re.findall(r"^### (.+)$", REFERENCE.read_text(), re.MULTILINE)

    assert {example.id for example in EXAMPLES} == set(rules)
    assert len(rules) >= 40


def test_the_table_of_units_is_the_one_that_is_used():
    text = REFERENCE.read_text()

    for kind, units in KINDS.items():
        sizes = ", ".join(f"{unit} = {size}" for unit, size in units.items())
        assert f"\n| {kind} | {sizes} |\n" in text
    for substance, mass in MOLAR_MASSES.items():
        assert f"\n| `{substance}` | {mass} |\n" in text
    assert HAEMOGLOBIN_A1C["%"] == (Fraction("10.93"), Fraction("-23.5"))
    assert "mmol/mol = 10.93 · % − 23.5" in text  # noqa: RUF001
