"""What is doubtful in a form and said as a warning."""

import pytest

from enclave.portal import danish
from enclave.projects import form_warnings
from enclave.projects.forms import read
from enclave.projects.forms.danish import in_danish
from tests.builders.disclosure import event
from tests.builders.form_findings import FORTEGNELSE, USE, approval
from tests.builders.projects import (
    proposal_form,
)


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
