"""What the small hospital does not keep cannot be asked of it."""

import re
from pathlib import Path

import pytest

from enclave.cohort.lint import CATALOGUE_RULES, QUESTION_RULES, lint
from enclave.cohort.question import (
    CodeList,
    Comparison,
    DateRange,
    EventCriterion,
    Observed,
    Population,
    Question,
    SameContact,
    VariableWindow,
    Within,
)


REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "question.md"


def event(*patterns, system="SKS", **fields):
    return EventCriterion(codes=CodeList.of(system, *patterns or ("DE11*",)), **fields)


def first_since(day):
    return event(pick="first_ever", dates=DateRange(start=day))


CONVERTED = Comparison(operator=">", threshold=5, unit="g/L", convert="scale")
PRESSURE = Comparison(operator=">", threshold=5, unit="mmHg", convert="scale")


@pytest.mark.parametrize(
    ("question", "severity", "path", "message"),
    [
        (Question(index=event("DE110+")), "error", "index.codes", "no vocabulary"),
        (
            Question(index=event(sources=("GP",))),
            "error",
            "index.sources",
            "do not say from which source",
        ),
        (
            Question(index=event("NPU19748", system="NPU", abnormal="high")),
            "error",
            "index.abnormal",
            "no reference limits of their own",
        ),
        (
            Question(
                population=Population(observed=Observed(days_before=365)), index=event()
            ),
            "error",
            "population.observed",
            "no table of periods under observation",
        ),
        (
            Question(index=event(), index_observed=Observed(days_before=365)),
            "error",
            "index_observed",
            "no table of periods under observation",
        ),
        (
            Question(
                index=event(),
                criteria=(
                    Within(
                        criterion=event(at_least=2),
                        from_days=0,
                        to_days=9,
                        observed=True,
                    ),
                ),
            ),
            "error",
            "criteria[0].observed",
            "no table of periods under observation",
        ),
        (
            Question(index=first_since("2019-06-01")),
            "warning",
            "index.pick",
            "The data begin on 2019-01-01",
        ),
        (
            Question(
                index=event(),
                variables=("person.sex",),
                variable_windows=(
                    VariableWindow(variable="person.sex", from_days=0, to_days=1),
                ),
            ),
            "error",
            "variable_windows[0]",
            "person.sex has no date",
        ),
    ],
)
def test_what_the_snapshot_does_not_keep(question, severity, path, message, catalogue):
    (found,) = lint(question, catalogue)

    assert (found.severity, found.path) == (severity, path)
    assert message in found.message


def test_same_contact_where_no_contact_is_named(catalogue):
    asked = SameContact(criterion=event("DI10"), anchor=event())

    found = lint(Question(criteria=(asked,)), catalogue)

    assert [each.path for each in found if "in which contact" in each.message] == [
        "criteria[0].criterion",
        "criteria[0].anchor",
    ]


def test_conversion_of_values_that_cannot_be_converted(catalogue):
    question = Question(index=event("sbp", system="VITAL", value=CONVERTED))

    paths = [each.path for each in lint(question, catalogue)]

    assert "index.value.convert" in paths


def test_what_it_keeps_passes(catalogue):
    question = Question(
        index=event("NPU19748", system="NPU", value=CONVERTED),
        variables=("lab.value",),
        variable_windows=(
            VariableWindow(variable="lab.value", from_days=0, to_days=1),
        ),
    )

    assert lint(question, catalogue) == []


def test_fixed_unit_that_can_be_converted_passes(catalogue):
    question = Question(index=event("sbp", system="VITAL", value=PRESSURE))

    assert lint(question, catalogue) == []


def test_the_reference_lists_every_rule():
    section = (
        REFERENCE.read_text().split("## What the linter looks for")[1].split("\n## ")[0]
    )
    listed = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", section, re.MULTILINE))

    rules = [*QUESTION_RULES, *CATALOGUE_RULES]
    assert listed == {
        rule.__name__: rule.__doc__.splitlines()[0].removeprefix("Find ")
        for rule in rules
    }
    assert len(rules) >= 20
