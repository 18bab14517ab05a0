"""What answers look like in a notebook, in both languages and without HTML."""

import re
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime

import pytest
from IPython.core.formatters import DisplayFormatter

from enclave.cohort.question import AgeRange, Population
from enclave.disclosure.policy import policy
from enclave.feasibility.answers import (
    AttritionAnswer,
    BudgetAnswer,
    CellAnswer,
    CellsAnswer,
    ComposedAnswer,
    CountAnswer,
    ExtentAnswer,
    ExtentsAnswer,
    StepAnswer,
)
from enclave_widgets.in_plain_text import in_plain_text
from enclave_widgets.looks import Look
from enclave_widgets.shown import Showing
from tests.builders.disclosure import event, question


EVIL = "<script>alert('x')</script> & \"quotes\""
ASKED = question(event("DE11"), sex="female")


def showing(language="en", asked=ASKED) -> Showing:
    return Showing(language, policy(), asked)


def a_count(value=1240, **more) -> CountAnswer:
    fields = {
        "shown": "",
        "value": value,
        "answered_before": False,
        "budget_left": 39,
        "question_digest": "0" * 64,
        "snapshot": 1,
    }
    return CountAnswer(**fields | more)


def a_cell(name, value, why=None) -> CellAnswer:
    return CellAnswer(name=name, shown="", value=value, hidden_en=why, hidden_da=why)


def cells(*these) -> CellsAnswer:
    return CellsAnswer(total=a_count(), cells=these, sigma=12.0)


def shown(answer) -> tuple[str, str]:
    data, _ = DisplayFormatter().format(answer)
    assert set(data) == {"text/plain", "text/html"}
    return data["text/plain"], data["text/html"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("1,240 patients", "probably between", "a new question", "39 new")),
        ("da", ("1.240 patienter", "sandsynligvis mellem", "nyt", "39 nye")),
    ],
)
def test_a_count_is_said_in_words(language: str, said: tuple[str, ...]):
    text, html = shown(showing(language).count(a_count()))

    assert all(one in text for one in said)
    assert "CountAnswer" not in text + html
    assert f'lang="{language}"' in html


def test_a_hidden_count_comes_with_why_and_what_might_show_it():
    text, _ = shown(showing().count(a_count(None)))

    assert "fewer than 20" in text
    assert "hidden because" in text
    assert "What might show it" in text
    assert "Women and men" in text
    assert "Without criterion 1: DE11" in text


def test_an_answer_is_still_what_the_portal_said():
    answer = a_count()

    found = showing().count(answer)

    assert found.model_dump() == answer.model_dump()
    assert found.value == 1240
    assert isinstance(found, CountAnswer)


def test_steps_are_lines():
    steps = [
        StepAnswer(label_en=f"Step {n}", label_da=f"Trin {n}", shown="", value=value)
        for n, value in enumerate((1000, None))
    ]
    answer = AttritionAnswer(steps=steps, budget_left=38, snapshot=1)

    text, _ = shown(showing().attrition(answer))

    assert re.search(r"^Step 0 +1,000$", text, re.MULTILINE)
    assert re.search(r"^Step 1 +fewer than 20$", text, re.MULTILINE)
    assert "38 new questions left" in text


@pytest.mark.parametrize(
    ("look", "names", "said"),
    [
        (Look("sex-age"), ("female 40-49", "male 40-49"), r"^120 +40-49 +"),
        (Look("index-year"), ("others", "2019"), r"^other years +120$"),
        (Look("code", "person.sex"), ("others", "B"), r"^others +120$"),
        (Look("data"), ("all", "lab.value"), r"Value fewer than 30$"),
    ],
)
def test_cells_are_lines_with_why_some_are_hidden(look, names, said: str):
    answer = cells(a_cell(names[0], 120), a_cell(names[1], None, "Hidden: too few."))

    text, html = shown(showing().look(look, answer, {"lab.value": "Value"}))

    assert re.search(said, text, re.MULTILINE)
    assert "Hidden: too few." in text
    assert "39 new questions left" in text
    assert "CellAnswer" not in text + html


def test_extents_are_lines():
    one = ExtentAnswer(
        name="lab.value",
        median_from=2,
        median_to=3,
        first_year=2010,
        or_earlier=True,
        last_year=2020,
        hidden_en=None,
        hidden_da=None,
    )
    answer = ExtentsAnswer(
        variables=(one,),
        sigma=1.0,
        answered_before=True,
        budget_left=7,
        question_digest="",
        snapshot=1,
    )

    text, _ = shown(showing().look(Look("extent"), answer, {"lab.value": "Value"}))

    assert re.search("^Value +2 to 3 +2010 or earlier +2020$", text, re.MULTILINE)
    assert "asked this before: free. 7 new" in text


def test_labels_are_no_html():
    answer = cells(a_cell("all", 100), a_cell("lab.value", 50, EVIL))

    text, html = shown(showing().look(Look("data"), answer, {"lab.value": EVIL}))

    assert "<script" not in html
    assert EVIL in text
    ET.fromstring(html.replace("<details open>", "<details>"))


def test_nothing_is_shown_but_what_was_answered():
    # The digits that are seen: of the answer, of the rules, and of the question.
    asked = question(event("DE11")).model_copy(
        update={"population": Population(age=AgeRange(minimum=40, at=date(2026, 1, 1)))}
    )

    text = str(showing(asked=asked).count(a_count(None, budget_left=3)))

    assert set(re.findall(r"\d+", text)) <= {"20", "3", "1", "11"}


def test_plain_text_has_no_markup():
    assert in_plain_text("<p>a&lt;b</p><style>p { }</style>") == "a<b"


def test_what_is_left_is_said_with_what_may_be_composed():
    day = datetime(2026, 12, 25, tzinfo=UTC)
    composed = ComposedAnswer(left=0, limit_30_days=12, used_30_days=12, more_at=day)
    budget = BudgetAnswer(
        left=20,
        limit_30_days=40,
        limit_year=120,
        used_30_days=20,
        used_year=21,
        more_at=day,
        composed=composed,
    )

    text, _ = shown(showing("da").budget(budget))

    assert "20 nye spørgsmål tilbage" in text
    assert "Ingen sammensatte spørgsmål tilbage. Flere fra 2026-12-25" in text
    assert showing().budget(budget).composed == composed
