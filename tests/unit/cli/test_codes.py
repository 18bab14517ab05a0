"""``enclave codes``, as a person types it."""

import json

import pytest
from click.testing import CliRunner, Result

from enclave.cli.main import enclave
from enclave.projects.demo import register_demo_people
from enclave.store.database import Database
from enclave.store.schema import upgrade
from tests.builders.small_hospital import load_small_hospital


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    settings = load_small_hospital(tmp_path_factory.mktemp("codes"))
    database = Database(settings.database_url)
    upgrade(database)
    with database.begin() as session:
        register_demo_people(session)
    database.dispose()

    def run(*words: str) -> Result:
        return CliRunner().invoke(enclave, ["codes", *words], obj=settings)

    return run


def test_codes_are_browsed_in_both_languages(run):
    english = run("browse", "SKS", "DE11").output
    danish = run("browse", "SKS", "DE11", "--language", "da").output

    assert "Code systems: NPU, SKS, VITAL" in english
    assert "DE11 Type 2 diabetes" in english
    assert "no complications" in english
    assert "ukompliceret" in danish
    top = json.loads(run("browse", "SKS", "--json").output)
    assert [(one["code"], one["children"]) for one in top["below"]] == [("D", 2)]


def test_bands_are_released_by_a_data_manager(run):
    refused = run("release-bands", "--as", "rikke")
    assert refused.exit_code == 3
    assert "rikke is no data manager" in refused.stderr

    done = run("release-bands", "--as", "mads")
    assert done.output == "The bands of snapshot 1 are released.\n"
    below = json.loads(run("browse", "SKS", "DE", "--json").output)["below"]
    assert {*below[0]["persons"]} == {"at_least", "below"}
    assert "100" in run("browse", "SKS", "DE").output


def test_what_is_not_there(run):
    result = run("browse", "XYZ")

    assert result.exit_code == 4
    assert "NPU, SKS, VITAL" in result.stderr
