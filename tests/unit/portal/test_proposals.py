"""From a question in an address to a draft proposal."""

import base64
import re
from html import unescape

import pytest

from enclave.cohort.question import CodeList, EventCriterion, Population, Question
from enclave_widgets.addresses import proposal_address
from tests.builders.portal import PREFIX


ASKED = Question(
    population=Population(sex="female"),
    criteria=(EventCriterion(codes=CodeList.of("SKS", "DE11*")),),
)
ADDRESS = proposal_address(ASKED).removeprefix(PREFIX)


def _form(page, **changes):
    hidden = dict(re.findall(r'name="(csrf|question)" value="([^"]+)"', page.text))
    return {**hidden, "title": "Women with diabetes", **changes}


def test_the_question_is_shown_before_anything_is_made(clinic):
    page = clinic.browser("rikke").get(ADDRESS)

    assert page.status_code == 200
    assert "all women" in page.text
    assert "DE11" in page.text
    assert ASKED.digest in page.text
    listed = clinic.program("rikke").get("/api/applications?kind=proposal").json()
    assert listed["total"] == 1  # that of the project that was there before


def test_the_button_opens_a_draft_with_the_same_question(clinic):
    rikke = clinic.browser("rikke")
    made = rikke.post("/proposals/new", data=_form(rikke.get(ADDRESS)))

    assert made.status_code == 303
    number = made.headers["location"].rsplit("/", 1)[1]
    draft = clinic.program("rikke").get(f"/api/applications/{number}").json()
    assert draft["state"] == "draft"
    assert draft["form"]["title"] == "Women with diabetes"
    assert Question.model_validate(draft["form"]["population"]) == ASKED


def test_the_other_language_shows_the_same_question(clinic):
    page = clinic.browser("rikke").get(ADDRESS)
    other = re.search(r'href="(\?[^"]*language=da)"', page.text)[1]

    danish = clinic.browser("rikke").get(f"/proposals/new{unescape(other)}")

    assert "alle kvinder" in danish.text


def test_a_feasibility_request_takes_the_variables_along(clinic):
    asked = ASKED.model_copy(update={"variables": ("lab.value",)})
    rikke = clinic.browser("rikke")
    page = rikke.get(proposal_address(asked).removeprefix(PREFIX))
    form = _form(page, kind="feasibility_request")

    made = rikke.post("/proposals/new", data=form)

    number = made.headers["location"].rsplit("/", 1)[1]
    draft = clinic.program("rikke").get(f"/api/applications/{number}").json()
    assert draft["kind"] == "feasibility_request"
    assert draft["form"]["variables"] == ["lab.value"]
    assert Question.model_validate(draft["form"]["population"]) == asked


def test_a_form_from_elsewhere_makes_nothing(clinic):
    rikke = clinic.browser("rikke")
    form = _form(rikke.get(ADDRESS), csrf="forged")

    assert rikke.post("/proposals/new", data=form).status_code == 403


def test_who_is_no_researcher_is_told_so(clinic):
    ole = clinic.browser("ole")
    answer = ole.post("/proposals/new", data=_form(ole.get(ADDRESS)))

    assert answer.status_code == 403
    assert "takes the role researcher" in answer.text


@pytest.mark.parametrize(
    "text",
    ["", "AAAA", "€", "e30=!", base64.urlsafe_b64encode(b'{"x": "<script>"}').decode()],
)
def test_an_address_that_was_cut_is_explained(clinic, text):
    page = clinic.browser("rikke").get("/proposals/new", params={"question": text})

    assert page.status_code == 422
    assert "cannot be read" in page.text
    assert "<script" not in page.text
