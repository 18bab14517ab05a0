"""Commands refuse a malformed question in our words, in the language asked for."""

import json

from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings

from enclave.cli.main import enclave
from enclave.errors import InputError
from tests.builders.malformed import check_said, is_question, malformed


def refused(document: object, *command: str) -> str:
    ended = CliRunner().invoke(enclave, command, input=json.dumps(document))
    assert ended.exit_code == InputError.exit_code, ended.output
    return ended.stderr


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(malformed())
def test_what_is_wrong_is_said_in_our_words(document):
    if not is_question(document):
        said = refused(document, "cohort", "export-atlas", "-")
        assert said.startswith("Error: This question cannot be asked:\n  ")
        check_said(said)


def test_a_command_in_danish_refuses_in_danish():
    wrong = {"population": {"sex": 1}, "variables": [7]}
    said = refused(wrong, "cohort", "describe", "-", "--language", "da")

    assert said.splitlines() == [
        "Fejl: Dette spørgsmål kan ikke stilles:",
        "  population.sex: Skriv en af disse: 'female', 'male'.",
        "  variables[0]: Skriv en tekst her, i anførselstegn.",
    ]
