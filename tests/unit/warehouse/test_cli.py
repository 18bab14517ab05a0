"""``enclave warehouse`` and ``enclave catalogue``, as a person types them."""

import json

import pytest
import yaml
from click.testing import CliRunner

from enclave.cli.main import enclave
from tests.builders.source_tables import FILES, mapping_document, write_source


@pytest.fixture
def run(settings):
    def invoke(*arguments, code=0):
        result = CliRunner().invoke(
            enclave, [str(each) for each in arguments], obj=settings
        )
        assert result.exit_code == code, result.output
        return result

    return invoke


@pytest.fixture
def load(run, tmp_path):
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(yaml.safe_dump(mapping_document()))

    def invoke(*more, code=0, **files):
        source = write_source(tmp_path / "source", **files)
        return run(
            *("warehouse", "load", "--source", source, "--mapping", mapping, *more),
            code=code,
        )

    return invoke


def test_load_shows_tables_and_problems(load):
    shown = load(lab=FILES["lab"] + "9999999999,2012-01-01,CRP,1,mg/L\n").stdout

    assert "Snapshot 1" in shown
    assert "unknown_person" in shown
    assert "9999999999" not in shown


def test_load_of_the_same_data_says_so(load):
    load()

    assert "Nothing has changed since snapshot 1" in load().stdout
    assert json.loads(load("--json").stdout)["unchanged"] is True


def test_load_is_in_the_audit_log(load, run):
    load("--as", "mads")
    load("--as", "mads")

    assert "1 entries" in run("audit", "verify").stdout.replace("1 entry", "1 entries")


def test_list_names_every_snapshot(load, run):
    assert json.loads(run("warehouse", "list", "--json").stdout) == []
    load()
    load(lab=FILES["lab"].replace("12.5", "13.5"))

    shown = run("warehouse", "list", "--json").stdout
    assert [each["number"] for each in json.loads(shown)] == [1, 2]
    assert "hospital 1" in run("warehouse", "list").stdout


def test_diff_shows_rows_and_variables(load, run):
    load()
    load(lab=FILES["lab"].replace("12.5", "13.5"))

    shown = run("warehouse", "diff", 1, 2).stdout
    assert "+1 -1" in shown
    assert "value" in shown
    tables = json.loads(run("warehouse", "diff", 1, 2, "--json").stdout)["tables"]
    changed = [each["table"] for each in tables if each["change"] == "changed"]
    assert changed == ["lab"]


def test_problems_of_any_snapshot(load, run):
    load(lab=FILES["lab"] + ",2012-01-01,CRP,1,mg/L\n")
    load()

    assert "nothing to complain" in run("warehouse", "problems").stdout
    (found,) = json.loads(run("warehouse", "problems", 1, "--json").stdout)
    assert (found["rule"], found["rows"]) == ("missing_person", 1)


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (
            ["--source", "/nowhere", "--mapping", "nafld"],
            2,
            "There is no folder /nowhere",
        ),
        (["--source", "{source}", "--mapping", "nafld"], 2, "Missing: table nafld1"),
        (
            ["--source", "{source}", "--mapping", "what"],
            4,
            "Shipped mappings: nafld, omop",
        ),
        (["--source", "{source}", "--mapping", "{broken}"], 2, "tables"),
    ],
)
def test_refusals_are_one_message(run, tmp_path, arguments, code, reason):
    broken = tmp_path / "broken.yaml"
    broken.write_text(yaml.safe_dump(mapping_document(tables=[])))
    places = {"source": write_source(tmp_path / "source"), "broken": broken}

    result = run(
        "warehouse", "load", *(each.format(**places) for each in arguments), code=code
    )

    assert result.stderr.startswith("Error: ")
    assert reason in result.stderr
    assert "Traceback" not in result.output


def test_asking_an_empty_warehouse_says_what_to_do(run):
    for question in (["catalogue", "show"], ["warehouse", "problems"]):
        assert "enclave warehouse load" in run(*question, code=4).stderr


def test_search_finds_variables(load, run):
    load()

    assert "lab.value" in run("catalogue", "search", "value").stdout
    (found,) = json.loads(run("catalogue", "search", "lab.val", "--json").stdout)
    assert found["name"] == "value"
    assert "Nothing" in run("catalogue", "search", "xyzzy").stdout


def test_show_tables_a_table_and_a_variable(load, run):
    load()

    assert "person" in run("catalogue", "show").stdout
    assert "lab.unit" in run("catalogue", "show", "lab").stdout
    assert "number" in run("catalogue", "show", "lab.value").stdout
    (shown,) = json.loads(run("catalogue", "show", "lab.value", "--json").stdout)
    assert shown["role"] == "value"
    assert (
        "Did you mean lab.value" in run("catalogue", "show", "lab.valu", code=4).stderr
    )


def test_catalogue_of_an_old_snapshot(load, run):
    load()
    load(lab=FILES["lab"].replace("12.5", "13.5"))

    run("catalogue", "show", "lab", "--snapshot", 1)
    run("catalogue", "show", "lab", "--snapshot", 9, code=4)


def test_made_up_hospital_can_be_loaded(run, tmp_path):
    folder = tmp_path / "made-up"

    made = run(
        *("warehouse", "synthesise", "--persons", 50, "--seed", 3, "--out", folder),
        "--json",
    )
    assert json.loads(made.stdout)["rows"]["cpr"] == 50

    run("warehouse", "load", "--source", folder, "--mapping", "synthetic")
    run(
        *("warehouse", "synthesise", "--persons", 50, "--out", folder),
        code=2,
    )
