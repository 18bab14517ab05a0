"""Rules about approvals; each with its neighbour."""

from datetime import date, timedelta

import pytest

from enclave.projects import form_warnings
from enclave.projects.forms import read
from tests.builders.form_findings import (
    FORTEGNELSE,
    USE,
    approval,
    of_proposal,
    of_proposal_as_it_is,
    of_request,
)
from tests.builders.projects import (
    TODAY,
    WINDOW,
    proposal_form,
)


@pytest.mark.parametrize(
    ("decided", "good"), [("2020-06-30", True), ("2020-07-01", False)]
)
def test_the_safety_authority_approved_until_june_2020(decided: str, *, good: bool):
    stps = approval("stps", journal_number="3-3013-582/1", decision_date=decided)

    for found in (
        of_proposal(approvals=[FORTEGNELSE, stps]),
        of_request(approvals=[FORTEGNELSE, stps]),
    ):
        assert (found == {}) is good
        assert good or "only until 30 June 2020" in found["approvals[1]"]


@pytest.mark.parametrize(
    ("decided", "good"), [(TODAY, True), (TODAY + timedelta(days=1), False)]
)
def test_nothing_is_approved_in_the_future(decided: date, *, good: bool):
    entry = approval(decision_date=decided.isoformat())

    found = of_proposal(approvals=[FORTEGNELSE, entry])
    assert (found == {}) is good
    assert good or "lies in the future" in found["approvals[1]"]


@pytest.mark.parametrize(
    ("status", "good"),
    [("obtained", True), ("pending", True), ("not_applicable", False)],
)
def test_every_project_is_in_the_fortegnelse(status: str, *, good: bool):
    entry = {**FORTEGNELSE, "status": status}

    found = of_proposal(approvals=[entry, approval()])
    assert (found == {}) is good
    assert good or "fortegnelse is missing" in found["approvals"]


def test_a_request_needs_the_fortegnelse_too():
    assert "fortegnelse is missing" in of_request(approvals=[approval()])["approvals"]


@pytest.mark.parametrize(
    "asked",
    [
        {"biobank_material": True},
        {"other_biobank_material": True},
        {"enclave_use": {**USE, "data_types": ["tables", "genomes"]}},
    ],
)
@pytest.mark.parametrize(
    ("entry", "good"),
    [
        (approval(), True),
        # It may decide after us: samples leave only when it has.
        (approval(status="pending"), True),
        (approval(status="not_applicable"), False),
        (approval("regionsraad", journal_number="R-20012345"), False),
    ],
)
def test_biological_material_and_genomes_need_the_ethics_committee(
    asked: dict, entry: dict, *, good: bool
):
    found = of_proposal(approvals=[FORTEGNELSE, entry], **asked)

    assert (found == {}) is good
    assert good or "research ethics committee" in found["approvals"]


def test_an_approval_is_named_once():
    found = of_proposal(approvals=[FORTEGNELSE, approval(), approval()])

    assert found == {"approvals[2]": "is there twice: keep it once"}


def test_data_wait_for_what_is_pending():
    found = of_request(
        approvals=[FORTEGNELSE, approval(), approval("nvk", status="pending")]
    )

    assert "nvk is still awaited" in found["approvals[2]"]


@pytest.mark.parametrize(
    ("expires", "good"), [(TODAY, True), (TODAY - timedelta(days=1), False)]
)
def test_an_approval_holds_to_the_end_of_its_last_day(expires: date, *, good: bool):
    found = of_request(approvals=[FORTEGNELSE, approval(expires=expires.isoformat())])

    assert (found == {}) is good
    assert good or "vek H-20012345 expired on 2026-11-21" in found["approvals"]


def test_a_renewal_makes_good_what_expired():
    old = approval(expires="2021-01-01")
    new = approval(journal_number="H-21054321")

    assert of_request(approvals=[FORTEGNELSE, old, new]) == {}


@pytest.mark.parametrize(
    ("limits", "good"),
    [
        ({"data_from": WINDOW[0], "data_to": WINDOW[1]}, True),
        ({"data_from": WINDOW[0] + timedelta(days=1)}, False),
        ({"data_to": WINDOW[1] - timedelta(days=1)}, False),
        ({"data_from": WINDOW[0]}, True),
    ],
)
def test_the_window_lies_inside_what_is_approved(limits: dict, *, good: bool):
    dates = {name: day.isoformat() for name, day in limits.items()}

    found = of_request(approvals=[FORTEGNELSE, approval(**dates)])
    assert (found == {}) is good
    assert good or "is not inside what vek H-20012345 covers" in found["window"]


@pytest.mark.parametrize(
    ("authority", "good"),
    [
        ("vek", True),
        ("nvk", True),
        ("regionsraad", True),
        ("hospital_management", True),
        ("consent", True),
        ("datatilsynet", False),
        ("laegemiddelstyrelsen", False),
        ("sundhedsdatastyrelsen", False),
    ],
)
def test_patient_records_need_a_basis(authority: str, *, good: bool):
    found = of_request(approvals=[FORTEGNELSE, approval(authority)])

    assert (found == {}) is good
    assert (
        good or "nothing here allows the use of patient records" in found["approvals"]
    )


@pytest.mark.parametrize(
    ("authority", "number", "usual"),
    [
        ("vek", "H-20012345", True),
        ("vek", "H-1-2011-123", True),
        ("vek", "S-20130084", True),
        ("vek", "1-10-72-123-20", True),
        ("vek", "20012345", False),
        ("nvk", "1706123", True),
        ("fortegnelse", "P-2020-123", True),
        ("fortegnelse", "RH-2015-96", True),
        ("fortegnelse", "P-20-123", False),
        ("datatilsynet", "2014-41-2928", True),
        ("stps", "3-3013-582/1", True),
        ("stps", "31-1521-123", True),
        ("regionsraad", "R-20012345", True),
        ("regionsraad", "R-2001", False),
        ("laegemiddelstyrelsen", "2019-001234-56", True),
        ("laegemiddelstyrelsen", "2023-512345-12-00", True),
        ("sundhedsdatastyrelsen", "FSEID-00001234", True),
        ("hospital_management", "by word of mouth", True),
    ],
)
def test_an_odd_journal_number_is_a_warning_only(
    authority: str, number: str, *, usual: bool
):
    entry = approval(authority, journal_number=number, decision_date="2019-01-01")
    form = read("proposal", proposal_form(approvals=[FORTEGNELSE | entry]))

    found = [
        one
        for one in form_warnings.warnings(form)
        if one.field.endswith("journal_number")
    ]
    assert (found == []) is usual
    assert usual or found[0].field == "approvals[0].journal_number"


def test_of_each_authority_it_is_said_whether_it_is_needed():
    (said,) = of_proposal_as_it_is(approvals=[FORTEGNELSE, approval()]).values()
    assert "nvk, regionsraad, sundhedsdatastyrelsen" in said
    window = {"data_from": "2005-01-01", "data_to": "2015-09-28"}
    cohort = approval("cohort_approval", journal_number="x", **window)
    assert of_proposal_as_it_is(approvals=[FORTEGNELSE, cohort]) == {}


@pytest.mark.parametrize("status", ["pending", "not_applicable"])
def test_only_an_approval_that_the_cohort_has_says_it_for_the_others(status: str):
    cohort = {"authority": "cohort_approval", "status": status}
    found = of_proposal_as_it_is(approvals=[FORTEGNELSE, cohort])

    assert "nothing is said about nvk, vek" in found["approvals"]


def test_the_period_of_a_proposal_is_inside_its_approvals():
    limits = {"data_from": "2010-01-01", "data_to": "2020-12-31"}
    given = [FORTEGNELSE, approval(**limits)]

    inside = {"start": "2010-01-01", "end": "2020-12-31"}
    assert of_proposal(approvals=given, window=inside) == {}
    outside = {"start": "2009-12-31", "end": "2020-12-31"}
    found = of_proposal(approvals=given, window=outside)
    assert "is not inside what vek" in found["window"]
