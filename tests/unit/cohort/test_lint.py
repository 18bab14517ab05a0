"""What the small hospital cannot answer is said before anything runs."""

import pytest

from enclave.cohort.known_codes import KnownCodes
from enclave.cohort.lint import lint, refuse
from enclave.cohort.mistake import warning
from enclave.cohort.question import (
    Between,
    CodeEntry,
    CodeList,
    Comparison,
    DateRange,
    EventCriterion,
    Not,
    Question,
)
from enclave.errors import InputError
from enclave.warehouse.catalogue import Code


def event(system, *patterns, **fields):
    return EventCriterion(codes=CodeList.of(system, *patterns), **fields)


def above(unit):
    return Comparison(operator=">", threshold=5, unit=unit)


SOUND = Question(
    index=event("SKS", "DE11*", dates=DateRange(start="2019-01-01")),
    criteria=(
        event("NPU", "NPU19748", table="lab", value=above("mg/L")),
        Not(criterion=event("VITAL", "sbp", value=above("mm Hg"))),
        event(None, "sbp", table="vital", value=above(None)),
    ),
    variables=("lab.value", "person.sex", "ward.beds"),
)


def test_sound_question_has_no_findings(catalogue):
    assert lint(SOUND, catalogue) == []


@pytest.mark.parametrize(
    ("criterion", "path", "message"),
    [
        (
            event("SKS", "DE11*", "DE111"),
            "codes.entries[1]",
            (
                "SKS has no code DE111 in the catalogue. Did you mean DE11, DE119,"
                " DE110? Search with: enclave catalogue search TEXT."
            ),
        ),
        (event("SKS", "de110"), "codes.entries[0]", "Did you mean DE110?"),
        (event("SKS", "DE110X*"), "codes.entries[0]", "Did you mean DE110"),
        (event("SKS", "X1*"), "codes.entries[0]", "in the catalogue. Search with:"),
        (
            event("ICD-10", "E11*"),
            "codes.system",
            "There is no code system ICD-10 in the catalogue. There are NPU, SKS",
        ),
        (
            event(None, "sbx", table="vital"),
            "codes.entries[0]",
            "VITAL has no code sbx in the catalogue. Did you mean sbp?",
        ),
        (
            event("SKS", "DE11*", table="lab"),
            "codes.system",
            "The codes of the table lab are NPU and not SKS: change the code system or",
        ),
        (
            event("SKS", "DE11*", table="labs"),
            "table",
            "labs is not a table of coded events. Choose one of diagnosis, lab, vital,",
        ),
        (event("SKS", "DE11*", table="ward"), "table", "ward is not a table of coded"),
        (
            event("SKS", "DE11*", value=above("mg/L")),
            "value",
            "The events of diagnosis have no values: take the value out, or choose",
        ),
        (
            event("VITAL", "sbp", value=above("kPa")),
            "value.unit",
            "The values are in mm Hg, not in kPa: change the unit.",
        ),
    ],
)
def test_errors(criterion, path, message, catalogue):
    question = Question(criteria=(Not(criterion=criterion),))

    errors = [each for each in lint(question, catalogue) if each.severity == "error"]

    assert [each.path for each in errors] == [f"criteria[0].criterion.{path}"]
    assert message in errors[0].message


@pytest.mark.parametrize(
    ("criterion", "path", "message"),
    [
        (
            event("NPU", "NPU19748", value=above(None)),
            "value.unit",
            "The unit differs from row to row: name the unit",
        ),
        (
            event("NPU", "NPU19748", value=Between(lower=1, upper=2)),
            "value.unit",
            "The unit differs from row to row: name the unit",
        ),
        (
            event("SKS", "DE11*", dates=DateRange(end="2018-12-31")),
            "dates",
            "The warehouse has these events from 2019-01-01 to 2019-12-31: choose",
        ),
        (
            event("SKS", "DE11*", dates=DateRange(start="2020-01-01")),
            "dates",
            "choose dates in that period.",
        ),
        (
            event("SKS", "DE11*", "!DE115"),
            "codes.entries[1]",
            "SKS has no code DE115",
        ),
    ],
)
def test_warnings(criterion, path, message, catalogue):
    (found,) = lint(Question(index=criterion), catalogue)

    assert (found.severity, found.path) == ("warning", f"index.{path}")
    assert message in found.message


@pytest.mark.parametrize(
    "dates",
    [
        DateRange(start="2019-12-31"),
        DateRange(end="2019-01-01"),
        DateRange(start="1990-01-01", end="2030-01-01"),
    ],
)
def test_dates_that_touch_the_coverage_pass(dates, catalogue):
    assert lint(Question(index=event("SKS", "DE11*", dates=dates)), catalogue) == []


def test_units_of_values_without_any(catalogue):
    vital = catalogue.table("vital")
    without_unit = tuple(
        each.model_copy(update={"unit": None}) for each in vital.variables
    )
    bare = catalogue.model_copy(
        update={
            "tables": tuple(
                vital.model_copy(update={"variables": without_unit})
                if table is vital
                else table
                for table in catalogue.tables
            )
        }
    )
    question = Question(criteria=(event("VITAL", "sbp", value=above("mm Hg")),))

    (found,) = lint(question, bare)

    assert found.message == "The values have no unit: take the unit out."
    assert (
        lint(Question(criteria=(event("VITAL", "sbp", value=above(None)),)), bare) == []
    )


def test_variables(catalogue):
    question = Question(
        index=event("SKS", "DE11*"),
        variables=("lab.valeu", "lab.person", "lab.value"),
    )

    unknown, forbidden = lint(question, catalogue)

    assert (unknown.severity, unknown.path) == ("error", "variables[0]")
    assert "Did you mean lab.value" in unknown.message
    assert (forbidden.severity, forbidden.path) == ("error", "variables[1]")
    assert "never given out" in forbidden.message


def test_errors_come_before_warnings_and_are_refused_together(catalogue):
    question = Question(
        index=event("NPU", "NPU19748", value=above(None)),
        criteria=(event("SKS", "DE99"), event("SKS", "DE98")),
    )
    findings = lint(question, catalogue)

    with pytest.raises(InputError) as refusal:
        refuse(findings)

    assert [each.severity for each in findings] == ["error", "error", "warning"]
    lines = str(refusal.value).splitlines()
    assert lines[0] == "This question cannot be asked here:"
    assert lines[1].startswith("  criteria[0].codes.entries[0]: SKS has no code DE99")
    assert len(lines) == 3


def test_warnings_pass(catalogue):
    open_unit = Question(
        criteria=(event("VITAL", "sbp", table="vital", value=above(None)),),
        variables=("ward.beds",),
    )
    found = [warning("criteria[0]", "what may be meant otherwise")]
    found += lint(open_unit, catalogue)

    refuse(found)

    assert {each.severity for each in found} == {"warning"}


@pytest.mark.parametrize(
    ("code", "match", "known"),
    [
        ("DE110", "exact", True),
        ("DE11", "exact", False),
        ("DE11", "prefix", True),
        ("DE110", "prefix", True),
        ("DE12", "prefix", False),
        ("DZ", "prefix", False),
        ("A", "prefix", False),
        ("Ø", "prefix", True),
    ],
)
def test_known_codes(code, match, known):
    codes = KnownCodes(
        Code(code=each, system="SKS", label_en=None, label_da=None)
        for each in ("ØA", "DE119", "DE110", "DC5")
    )

    assert codes.has(CodeEntry(code=code, match=match), "SKS") is known
    assert not codes.has(CodeEntry(code=code, match=match), "ATC")
