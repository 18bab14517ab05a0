"""Rules that need today, the catalogue or the project; each with its neighbour."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from enclave.portal import danish
from enclave.projects import form_rules, form_warnings
from enclave.projects.form_rules import ProjectFacts
from enclave.projects.forms import Window, read
from enclave.projects.forms.danish import in_danish
from tests.builders.disclosure import event
from tests.builders.projects import (
    QUESTION,
    TODAY,
    WINDOW,
    catalogue,
    proposal_form,
    request_form,
)


def approval(authority: str = "vek", **changes) -> dict:
    return {
        "authority": authority,
        "journal_number": "H-20012345",
        "decision_date": "2020-03-01",
        **changes,
    }


FORTEGNELSE = approval("fortegnelse", journal_number="P-2020-123")
APPROVALS = (FORTEGNELSE, approval())
FACTS = ProjectFacts(
    slug="demo",
    end_date=TODAY + timedelta(days=100),
    members=frozenset({"rikke", "anne"}),
    question_digest=QUESTION.digest,
)


def of_proposal(accounts=("rikke@demo.example",), **changes) -> dict[str, str]:
    form = read("proposal", proposal_form(**changes))
    found = form_rules.proposal_problems(form, TODAY, lambda mail: mail in accounts)
    return {one.field: one.message for one in found}


def of_proposal_as_it_is(**changes) -> dict[str, str]:
    """What is found where no other approvals are said to be of no need."""
    form = read("proposal", proposal_form() | changes)
    found = form_rules.proposal_problems(form, TODAY, lambda _: True)
    return {one.field: one.message for one in found}


def of_request(approvals=APPROVALS, **changes) -> dict[str, str]:
    document = {
        **request_form(approvals=list(approvals)),
        "population": QUESTION.model_dump(mode="json"),
        "end_date": (TODAY + timedelta(days=30)).isoformat(),
        **changes,
    }
    form = read("data_request", document)
    found = form_rules.request_problems(form, TODAY, FACTS, catalogue())
    return {one.field: one.message for one in found}


def test_the_demo_forms_follow_the_rules():
    assert of_proposal() == {}
    assert of_request() == {}


# Approvals ---------------------------------------------------------------------


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


USE = {"tools": ["r"], "gigabytes": 1, "outputs_per_month": 1}


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


# Warnings -----------------------------------------------------------------------


def warned(attached=frozenset(), **changes) -> dict[str, str]:
    form = read("proposal", proposal_form(**changes))
    return {
        one.field: one.message
        for one in form_warnings.warnings(form, frozenset(attached))
    }


def test_figures_and_the_texts_that_refer_to_them_belong_together():
    text = "As <fig. 1> and <Fig 2> show, twenty letters are soon written."

    found = warned({"fig-1.png", "Figure 07.pdf", "figures.png"}, background=text)

    assert "refers to figure 2" in found["background"]
    assert "figure 7 is attached" in found["form"]
    whole = warned({"FIG_1.png", "figur 2.pdf"}, background=text)
    assert not {"background", "form"} & {*whole}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Klinik for Infektionsmedicin (SHAK 1301011)", None),
        ("130104A", None),
        ("Rigshospitalet, 1301", None),
        ("Aarhus, SOR 651411000016002", None),
        ("Aarhus, SOR 651411000016003", "neither a SHAK code"),
        ("Afdeling 13010", "neither a SHAK code"),
        ("Klinik for Infektionsmedicin", "names no code"),
    ],
)
def test_a_department_is_named_with_a_code_of_its_register(name: str, said: str | None):
    consent = {"department": name, "head": "H", "document": "x.pdf"}

    found = warned(other_departments=[consent])

    message = found.get("other_departments[0].department")
    assert message is None if said is None else said in message


def test_management_alone_allows_no_research_in_records():
    only = [FORTEGNELSE, approval("hospital_management", journal_number="x")]

    assert "§ 42 d" in warned(approvals=only)["approvals"]
    assert "approvals" not in warned(approvals=[*only, approval()])


@pytest.mark.parametrize(("country", "asked"), [("NO", True), ("US", False)])
def test_data_leave_the_eu_only_with_permission(country: str, *, asked: bool):
    (one,) = proposal_form()["group"]
    group = [one, {**one, "email": "x@y.edu", "role": "member", "country": country}]

    found = warned(group=group)

    assert ("group[1].country" not in found) is asked
    agency = approval("datatilsynet", status="not_applicable")
    assert "group[1].country" not in warned(
        group=group, approvals=[FORTEGNELSE, agency]
    )


def test_images_may_need_the_ethics_committee():
    use = {**USE, "data_types": ["images"]}
    form = proposal_form(enclave_use=use) | {"approvals": [FORTEGNELSE]}

    found = form_warnings.warnings(read("proposal", form))

    assert any("maskinlæring" in in_danish(one.message) for one in found)


def test_what_the_linter_finds_in_the_population_is_a_warning():
    men = {
        "population": {"sex": "male"},
        "criteria": [event("DO80").model_dump(mode="json")],
    }

    found = form_warnings.warnings(read("proposal", proposal_form(population=men)))

    said = [danish.in_danish(one.message) for one in found if one.field == "population"]
    assert said == ["DO80 er en diagnose hos kvinder: kontrollér kønnet eller koden"]


# Project, people, variables ------------------------------------------------------


def test_everybody_in_the_group_has_an_account():
    found = of_proposal(accounts=())

    assert "belongs to no account" in found["group[0].email"]


@pytest.mark.parametrize("kind", ["proposal", "data_request"])
@pytest.mark.parametrize(("days", "good"), [(0, True), (-1, False)])
def test_the_last_day_has_not_passed(kind: str, days: int, *, good: bool):
    last = (TODAY + timedelta(days=days)).isoformat()
    check = of_proposal if kind == "proposal" else of_request

    assert (check(end_date=last) == {}) is good


def test_a_request_stays_inside_the_period_of_its_project():
    form = read(
        "data_request",
        {
            **request_form(approvals=list(APPROVALS)),
            "population": QUESTION.model_dump(mode="json"),
            "end_date": TODAY.isoformat(),
        },
    )

    def found(start: date, end: date) -> list[str]:
        facts = replace(FACTS, window=Window(start=start, end=end))
        problems = form_rules.request_problems(form, TODAY, facts, catalogue())
        return [one.field for one in problems]

    asked = form.window
    assert found(asked.start, asked.end) == []
    assert found(asked.start + timedelta(days=1), asked.end) == ["window"]
    assert found(asked.start, asked.end - timedelta(days=1)) == ["window"]


def test_a_request_ends_with_its_project():
    last = FACTS.end_date

    assert of_request(end_date=last.isoformat()) == {}
    found = of_request(end_date=(last + timedelta(days=1)).isoformat())
    assert f"after the project's last day, {last}" in found["end_date"]


def test_the_population_is_the_approved_one():
    other = {"population": {"sex": "male"}}

    assert "not the one that was approved" in of_request(population=other)["population"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("lab.valeu", "Did you mean lab.value"),
        ("person.cpr", "names persons directly and is never delivered"),
        ("lab.person", "the pseudonym comes with every table"),
    ],
)
def test_a_variable_that_is_not_to_be_had(name: str, words: str):
    texts = {"lab.value": "Needed for the model.", name: "Needed for the model."}

    found = of_request(variables=["lab.value", name], justifications=texts)
    assert list(found) == ["variables[1]"]
    assert words in found["variables[1]"]


def test_users_are_members():
    assert of_request(members=["anne", "rikke"]) == {}
    found = of_request(members=["anne", "mads"])
    assert found["members"].startswith("mads is not a member of demo")


def test_all_problems_are_told_at_once():
    found = of_request(
        approvals=[],
        members=["mads"],
        variables=["a.b"],
        justifications={"a.b": "x" * 10},
    )

    assert {*found} == {"approvals", "members", "variables[0]"}
