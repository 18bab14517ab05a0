"""``enclave code-list``, as a person types it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from enclave.cli.main import enclave
from enclave.cohort.codes import CodeList
from enclave.projects import demo
from enclave.settings import Settings
from enclave.store.database import Database
from tests.builders import installation


FIRST = "code,use,descendants,label\nNPU19748,,,CRP\nNPU5,exclude,no,\n"
SECOND = "code,use,descendants,label\nNPU19748,,yes,CRP\nNPU02319,,,Hb\n"


@pytest.fixture
def run(settings: Settings, database: Database):
    with database.begin() as session:
        demo.register_demo_people(session)

    def run(*words: object, who: str = "rikke") -> Result:
        command = ["code-list", *(str(word) for word in words), "--as", who]
        return CliRunner().invoke(enclave, command, obj=settings)

    return run


@pytest.fixture
def save(run, tmp_path: Path):
    def save(text: str = FIRST, name: str = "crp", system: str = "NPU") -> Result:
        file = tmp_path / "codes.csv"
        file.write_text(text, encoding="utf-8")
        return run(
            "import", file, "--name", name, "--system", system, "--note", "Guideline"
        )

    return save


def test_import_show_and_share(run, save):
    assert save().output == (
        "rikke/crp version 1: 2 entries, read by its owner alone.\n"
    )
    shown = run("show", "crp").output
    assert "rikke/crp version 1 (NPU), read by its owner alone" in shown
    assert "  NPU19748 CRP\n  !NPU5\n" in shown
    assert "Guideline" in shown
    assert run("show", "rikke/crp", who="mads").exit_code == 4
    assert run("share", "crp", "everybody").output == (
        "rikke/crp may be read by everybody.\n"
    )
    assert run("show", "rikke/crp", who="mads").exit_code == 0


def test_the_import_says_which_codes_the_warehouse_lacks(save, settings: Settings):
    installation.load(settings)

    many = "code\n" + "\n".join(f"X{number}" for number in range(11))
    assert "Look again: NPU5 is not in this warehouse." in save().output
    assert save(many, name="many").output.endswith("And 1 more.\n")


def test_versions_are_compared(run, save):
    save()
    save(SECOND)

    assert run("diff", "crp", 1, 2).output == (
        "- !NPU5\n+ NPU02319 Hb\n~ NPU19748 CRP  ->  NPU19748* CRP\n"
    )
    assert run("diff", "crp", 2, 2).output == (
        "The two versions have the same entries.\n"
    )
    as_json = json.loads(run("diff", "crp", 1, 2, "--json").output)
    assert [one["code"] for one in as_json["added"]] == ["NPU02319"]


def test_a_list_goes_out_as_it_came_in(run, save):
    save(SECOND)

    file = run("show", "crp", "--form", "csv").output
    assert save(file).output.startswith("rikke/crp version 1")
    codes = json.loads(run("show", "crp", "--form", "codes").output)
    assert CodeList.model_validate(codes).name == "rikke/crp"
    whole = json.loads(run("show", "crp", "--form", "json").output)
    assert whole["codes"] == codes
    assert [one["version"] for one in whole["versions"]] == [1]


def test_lists(run, save):
    save()

    assert json.loads(run("list", "--json").output)[0]["name"] == "rikke/crp"
    assert json.loads(run("list", "--json", who="mads").output) == []
    assert "rikke/crp" in run("list").output


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("show nothing", 4, "no code list of that name"),
        ("diff crp 1 9", 4, "has no version 9"),
        ("import nowhere.csv --name x --system NPU", 2, "cannot be read"),
    ],
)
def test_refusals_are_one_message(run, save, words: str, code: int, message: str):
    save()

    result = run(*words.split())
    assert result.exit_code == code
    assert result.stderr.startswith("Error: ")
    assert message in result.stderr


def test_a_wrong_row_is_named_and_nothing_imported(run, save):
    result = save(FIRST + "NPU6,sometimes,,\n")

    assert result.exit_code == 2
    assert "row 4: use must be include or exclude." in result.stderr
    assert json.loads(run("list", "--json").output) == []
