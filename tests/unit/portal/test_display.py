"""What was shown to whom, and to whom that is told."""

import pytest
from click.testing import CliRunner

from enclave.cli.main import enclave
from enclave.clock import now
from enclave.display import egress
from enclave.display.egress import Shown
from tests.builders.projects import at


def _show(database, clock):
    """Rikke was shown much, and somebody little."""
    much = Shown("rikke", "immune-index", 300_000_000, 5)
    little = Shown("anne", "other-study", 1_500_000, 2)
    with database.begin() as session:
        egress.add(session, [much, little], clock=clock)


@pytest.mark.parametrize("person", ["mads", "ada"])
def test_data_managers_and_auditors_see_it(door, database, person):
    _show(database, at())
    page = door.browser(person).get("/display").text
    assert "300.0" in page
    assert "1.5" in page
    assert page.count("above the limit") == 1
    first, second = door.browser(person).get("/api/display").json()
    assert (first["person"], first["bytes"], first["alarm"]) == (
        "rikke",
        300_000_000,
        True,
    )
    assert second["alarm"] is False


@pytest.mark.parametrize("person", ["rikke", "ole"])
def test_nobody_else_does(door, person):
    for path in ("/display", "/api/display"):
        answer = door.browser(person).get(path)
        assert answer.status_code == 403
        assert "data managers and auditors" in answer.text


def test_nothing_shown_is_said(door):
    assert "Nothing was shown to anybody." in door.browser("mads").get("/display").text


def test_the_command_shows_it_too(settings, database):
    _show(database, now)
    told = CliRunner().invoke(enclave, ["display"], obj=settings)
    assert told.exit_code == 0
    assert "300.0" in told.output
    assert told.output.count("alarm") == 1
