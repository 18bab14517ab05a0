"""``enclave feasibility``, as a person types it."""

import json

import pytest
from click.testing import CliRunner

from enclave.cli.main import enclave
from tests.builders.disclosure import event, question


@pytest.fixture
def run(hospital):
    def run(*arguments):
        return CliRunner().invoke(
            enclave, ["feasibility", *map(str, arguments)], obj=hospital
        )

    return run


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "question.json"
    path.write_text(question(event("DE11"), sex="female").model_dump_json())
    return path


def test_count(run, file):
    first, again = (run("count", file, "--as", "rikke") for _ in range(2))

    assert first.exit_code == 0, first.output
    assert "patients on snapshot 1 (a new question)" in first.output
    assert "39 new questions left" in first.output
    assert "asked before, free" in again.output
    assert first.output.split()[0] == again.output.split()[0]


def test_count_as_json(run, file):
    answer = json.loads(run("count", file, "--as", "rikke", "--json").output)

    assert set(answer) == {
        "shown",
        "value",
        "answered_before",
        "budget_left",
        "question_digest",
        "snapshot",
    }


@pytest.mark.parametrize(
    ("language", "label"), [("en", "All women"), ("da", "Alle kvinder")]
)
def test_attrition(run, file, language, label):
    result = run("attrition", file, "--as", "rikke", "--language", language)

    assert result.exit_code == 0, result.output
    assert label in result.output
    assert "37 new questions left" in result.output


def test_attrition_as_json(run, file):
    answer = json.loads(run("attrition", file, "--as", "rikke", "--json").output)

    assert len(answer["steps"]) == 3
    assert set(answer["steps"][0]) == {"label_en", "label_da", "shown", "value"}


def test_budget(run, file):
    run("count", file, "--as", "rikke")

    text = run("budget", "--as", "rikke").output
    left = json.loads(run("budget", "--as", "anne", "--json").output)

    assert "39 new questions left" in text
    assert "1 of 40 used in 30 days" in text
    assert "come back on" in text
    assert "12 of those left may be composed (0 of 12 used in 30 days)" in text
    assert left["left"] == 40


@pytest.mark.parametrize(
    ("language", "words"), [("en", "40 new questions"), ("da", "40 nye")]
)
def test_policy(run, language, words):
    result = run("policy", "--language", language)

    assert result.exit_code == 0
    assert words in " ".join(result.output.split())


def test_policy_as_json(run):
    rules = json.loads(run("policy", "--json").output)

    assert rules["rules"]["sigma"] == 10
    assert len(rules["explanation"]["da"]) == len(rules["explanation"]["en"])


def test_refusals_are_one_message_and_an_exit_code(run, file, tmp_path):
    fine = tmp_path / "fine.json"
    fine.write_text(question(event("DE112")).model_dump_json())
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"sex": "female"}')

    for arguments, code, words in (
        (("count", tmp_path / "none.json", "--as", "rikke"), 2, "cannot be read"),
        (("count", wrong, "--as", "rikke"), 2, "No such field"),
        (("count", fine, "--as", "rikke"), 3, "prefixes of 4 characters"),
        (("attrition", fine, "--as", "rikke"), 3, "prefixes of 4 characters"),
        (("count", file, "--as", "nobody"), 4, "no account"),
        (("budget", "--as", "nobody"), 4, "no account"),
    ):
        result = run(*arguments)
        assert result.exit_code == code, (arguments, result.output)
        assert words in result.output
        assert "Traceback" not in result.output
