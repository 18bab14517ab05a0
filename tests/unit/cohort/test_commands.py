"""``enclave cohort`` as a person meets it."""

import json

import pytest
from click.testing import CliRunner

from enclave.cli.main import enclave
from enclave.cohort.question import CodeList, EventCriterion, Question
from enclave.errors import InputError
from enclave.settings import Settings
from tests.unit.cohort.atlas.definitions import NEW_USERS


QUESTION = Question(index=EventCriterion(codes=CodeList.of("SKS", "DE11*")))
MISTYPED = Question(index=EventCriterion(codes=CodeList.of("SKS", "DE111")))


@pytest.fixture
def run(hospital, tmp_path):
    def run(question, command, *options, settings=hospital):
        file = tmp_path / "question.json"
        file.write_text(
            question if isinstance(question, str) else question.model_dump_json()
        )
        arguments = ["cohort", command, str(file), *options]
        return CliRunner().invoke(enclave, arguments, obj=settings)

    return run


def test_schema_is_the_schema():
    result = CliRunner().invoke(enclave, ["cohort", "schema"])

    assert json.loads(result.output) == Question.model_json_schema()
    assert result.exit_code == 0


def test_describe_in_danish_with_labels_and_digest(run):
    result = run(QUESTION, "describe", "--language", "da")

    assert result.output == (
        "Population: alle personer.\n"
        "Indekshændelse (dag 0): den første hændelse med en SKS-kode begyndende med"
        " DE11 (Type 2-diabetes).\n"
        f"SHA-256 {QUESTION.digest}\n"
    )
    assert result.exit_code == 0


def test_describe_needs_no_warehouse(run, tmp_path):
    empty = Settings.at(tmp_path / "empty", runtime=str(tmp_path))

    result = run(QUESTION, "describe", settings=empty)

    assert "any SKS code beginning with DE11.\n" in result.output
    assert result.exit_code == 0


def test_describe_on_a_snapshot_that_is_not_there(run):
    result = run(QUESTION, "describe", "--snapshot", "7")

    assert "There is no snapshot 7." in result.stderr
    assert result.exit_code == 4


def test_question_is_read_from_standard_input(hospital):
    result = CliRunner().invoke(
        enclave,
        ["cohort", "describe", "-"],
        input=QUESTION.model_dump_json(),
        obj=hospital,
    )

    assert "Type 2 diabetes" in result.output


def test_lint_without_mistakes(run):
    result = run(QUESTION, "lint")

    assert (result.output, result.exit_code) == ("No mistakes found.\n", 0)


def test_lint_refuses_an_unknown_code_and_names_close_ones(run):
    result = run(MISTYPED, "lint")

    assert result.stderr == (
        "Error: This question cannot be asked here:\n"
        "  index.codes.entries[0]: SKS has no code DE111 in the catalogue. Did you mean"
        " DE11, DE119, DE110? Search with: enclave catalogue search TEXT.\n"
    )
    assert result.exit_code == 2


def test_lint_warns_and_passes(run):
    warned = Question(index=EventCriterion(codes=CodeList.of("SKS", "DE11*", "!DI10*")))

    result = run(warned, "lint")

    assert result.output.startswith(
        "Warning: index.codes.entries[1]: DI10 takes nothing"
    )
    assert result.exit_code == 0


def test_lint_for_a_machine(run):
    result = run(MISTYPED, "lint", "--json")
    (finding,) = json.loads(result.output)

    assert finding["severity"] == "error"
    assert finding["path"] == "index.codes.entries[0]"
    assert result.exit_code == 2
    assert run(QUESTION, "lint", "--json").exit_code == 0


@pytest.mark.parametrize("command", ["describe", "lint"])
def test_what_is_no_question_is_refused(run, command):
    result = run('{"criteria": [{"kind": "sql"}]}', command)

    assert result.stderr.startswith(
        "Error: This question cannot be asked:\n  criteria[0]"
    )
    assert result.exit_code == 2


@pytest.mark.parametrize("command", ["describe", "lint"])
def test_missing_file_is_named(command, hospital):
    result = CliRunner().invoke(
        enclave, ["cohort", command, "absent.json"], obj=hospital
    )

    assert "absent.json" in result.stderr
    assert result.exit_code == 2


def test_atlas_definition_comes_in_and_goes_out(run, tmp_path):
    nowhere = Settings.at(tmp_path / "home")
    came = run(json.dumps(NEW_USERS), "import-atlas", settings=nowhere)

    assert came.exit_code == 0
    assert "Note: Age: ATLAS takes the year of birth" in came.stderr
    question = Question.model_validate_json(came.stdout)
    went = run(question, "export-atlas", settings=nowhere)
    assert went.exit_code == 0
    assert json.loads(went.stdout)["InclusionRules"][0]["name"] == "Population"


def test_atlas_definition_that_says_too_much_is_refused(run):
    definition = NEW_USERS | {"CensoringCriteria": [{"Death": {"CodesetId": 0}}]}

    refused = run(json.dumps(definition), "import-atlas")
    assert refused.exit_code == InputError.exit_code
    assert "CensoringCriteria: a question does not say when" in refused.stderr
    assert run(json.dumps(definition), "import-atlas", "--entry-only").exit_code == 0
