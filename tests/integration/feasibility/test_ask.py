"""Asking in Python, and that every face gives the same stored answer."""

import json

import httpx
import pytest
from click.testing import CliRunner

from enclave.cli.main import enclave
from enclave.cohort.question import AtLeastOf, CodeList, EventCriterion
from enclave.errors import InputError
from enclave_widgets.ask import Ask, Codes, Variables
from enclave_widgets.client import PREFIX, PortalClient
from enclave_widgets.feasibility import FeasibilityDashboard
from tests.builders.projects import at
from tests.builders.waiting import until


@pytest.fixture
def knock(portal):
    return lambda: PortalClient(portal.socket, portal.token("rikke"))


@pytest.fixture
def ask(knock) -> Ask:
    return Ask(connect=knock)


def test_all_four_faces_give_the_same_stored_answer(
    ask, knock, portal, hospital, run, tmp_path
):
    asked = ask.women().aged(40, on=at()().date().replace(month=1, day=1))
    asked = asked.index("SKS:DE11*").having(
        "NPU:NPU19748", value=(">=", 10), unit="mg/L", days=(0, 365)
    )
    in_python = asked.count()

    async def in_the_dashboard():
        client = knock()
        dashboard = FeasibilityDashboard(client, clock=at(), language="en")
        await until(lambda: dashboard.page is not None)
        dashboard.page.use(asked.question)
        assert dashboard.question == asked.question
        dashboard.page.panel.count.click()
        await until(lambda: dashboard.page.answered is not None)
        await client.close()
        return dashboard.page.answered[1]

    file = tmp_path / "question.json"
    file.write_text(asked.question.model_dump_json())
    command = ["feasibility", "count", str(file), "--as", "rikke", "--json"]
    said = CliRunner().invoke(enclave, command, obj=hospital)
    with httpx.Client(transport=httpx.HTTPTransport(uds=portal.socket)) as http:
        answer = http.post(
            f"http://portal{PREFIX}/api/feasibility/count",
            headers={"Authorization": f"Bearer {portal.token('rikke')}"},
            json={"question": asked.question.model_dump(mode="json")},
        )
    others = [
        json.loads(said.output),
        answer.json(),
        run(in_the_dashboard()).model_dump(),
    ]

    assert not in_python.answered_before
    free = in_python.model_copy(update={"answered_before": True}).model_dump()
    assert others == [free] * 3


def test_every_method_returns_a_new_question(ask):
    women = ask.women()

    assert ask.question.population.sex is None
    assert women.men().question.population.sex == "male"
    assert "all women" in women.text("en")
    assert "kvinder" in women._repr_html_() or "women" in women._repr_html_()


def test_what_the_builder_cannot_say_python_can(ask):
    event = EventCriterion(codes=CodeList.of("SKS", "DE11*"))
    asked = ask.where(AtLeastOf(number=1, criteria=(event, event)))

    assert "at least 1" in asked.text("en")
    assert asked.link().startswith("/services/feasibility/?question=")


@pytest.mark.parametrize("written", [(), ("DE11",), ("SKS:",), ("SKS:DE11", "NPU:N1")])
def test_a_code_without_its_system_is_explained(ask, written):
    with pytest.raises(InputError, match="with its code system"):
        ask.having(*written)


def test_cells(ask):
    asked = ask.index("SKS:DE11*").variables("lab.value")

    assert len(asked.by_sex_and_age().cells) == 20
    assert len(asked.by_year().cells) == 20
    assert [one.name for one in asked.availability().cells] == ["all", "lab.value"]
    assert len(asked.attrition().steps) == 2
    budget = asked.budget()
    assert 3 <= budget.composed.used_30_days <= budget.used_30_days - 2


def test_the_tab_key_completes_from_the_catalogue(knock):
    codes, variables = Codes(knock), Variables(knock)
    codes.find("diabetes")

    assert "lab" in dir(variables)
    assert any(one.startswith("SKS:DE11") for one in codes._ipython_key_completions_())
    assert variables.lab.value == "lab.value"
    assert {"value", "unit"} <= set(dir(variables.lab))
    assert codes["SKS:DE11*"] == "SKS:DE11*"
    with pytest.raises(KeyError):
        codes["SKS:QQQQQ"]
    with pytest.raises(AttributeError):
        _ = variables.nothing
