"""The API is asked what its own description allows: it never breaks, and never lies.

``ENCLAVE_FUZZ`` sets how many examples each operation gets; ``make fuzz`` asks many.
"""

import json
import os
from itertools import cycle

import pytest
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.failures import FailureGroup

from enclave.settings import Settings
from enclave.store.database import Database
from tests.builders import archived, installation
from tests.builders.portal import PREFIX, Door, portal
from tests.builders.projects import feasibility, proposal, request


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = int(os.environ.get("ENCLAVE_FUZZ", "2"))
# Seconds for one answer: it is not speed that is tried here, and machines are busy.
PATIENCE = 300
# One after the other, so that each operation is asked by those who may and may not.
PEOPLE = ("rikke", "mads", "karen", "ole", None)
ANALYSIS = "PAC2026Rikke_survival"
# What is there: a number that was made up is nearly always that of nothing.
THERE = {
    "application_id": (1, 2, 3, 4),
    "slug": ("demo",),
    "analysis": (ANALYSIS,),
    "number": (1,),
}


@pytest.fixture
def api(settings: Settings, database: Database):
    """A portal with a loaded warehouse, and something of most kinds in it."""
    installation.set_up(settings, database)
    request(database, "submitted")
    proposal(database, short_name="draft")
    feasibility(database, "in_work")
    with database.begin() as session:
        archived.record(session, ANALYSIS)
    app = portal(settings, database)
    return schemathesis.openapi.from_asgi(f"{PREFIX}/openapi.json", app)


@pytest.mark.timeout(14_400)
def test_no_request_breaks_the_portal_or_shows_its_description_to_be_wrong(api):
    asked, lies = 0, set()
    people, turns = cycle(PEOPLE), cycle((True, True, False))
    for found in api.get_all_operations():
        for case in examples_of(found.ok()):
            if next(turns):
                aim(case, asked)
            who = next(people)
            answer = case.call(
                cookies={"who": who} if who else {},
                headers={"sec-fetch-site": "same-origin", "accept": "application/json"},
                timeout=PATIENCE,
            )
            try:
                case.validate_response(answer, checks=CHECKS)
            except FailureGroup as group:
                lies |= {(case.operation.label, str(one)) for one in group.exceptions}
            asked += 1

    assert asked >= 60
    assert lies == set()


def test_every_operation_says_what_it_does_and_how_it_refuses(door: Door):
    paths = door.program("rikke").get("/openapi.json").json()["paths"]
    operations = [one for path in paths.values() for one in path.values()]

    assert len(operations) > 40
    for one in operations:
        assert one["description"].strip(), one
        assert {"401", "403", "404", "409", "422"} <= {*one["responses"]}
        assert "HTTPValidationError" not in json.dumps(one)


def test_a_number_that_no_database_holds_is_refused(door: Door):
    answer = door.program("rikke").get(f"/api/applications/{10**30}")

    assert answer.status_code == 422
    assert "larger than any that is kept" in answer.json()["error"]


def aim(case, turn: int) -> None:
    """Ask about something that is there."""
    for name, known in THERE.items():
        if case.path_parameters and name in case.path_parameters:
            case.path_parameters[name] = known[turn % len(known)]


def examples_of(operation) -> list:
    """Some requests that the description of an operation allows."""
    found = []

    @hypothesis_settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        derandomize=True,
        suppress_health_check=[*HealthCheck],
    )
    @given(case=operation.as_strategy())
    def keep(case):
        found.append(case)

    keep()
    return found
