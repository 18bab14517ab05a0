"""The API is asked what its own description allows, and must never break.

``ENCLAVE_FUZZ`` sets how many examples each operation gets; ``make fuzz`` asks many.
"""

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import not_a_server_error

from enclave.settings import Settings
from enclave.store.database import Database
from tests.builders.portal import PREFIX, Door, portal
from tests.builders.projects import cast, project


EXAMPLES = int(os.environ.get("ENCLAVE_FUZZ", "2"))


@pytest.fixture
def api(settings: Settings, database: Database):
    cast(database)
    project(database)
    app = portal(settings, database)
    return schemathesis.openapi.from_asgi(f"{PREFIX}/openapi.json", app)


@pytest.mark.timeout(600)
def test_no_request_breaks_the_portal(api):
    asked = 0
    for found in api.get_all_operations():
        for case in examples_of(found.ok()):
            answer = case.call(
                cookies={"who": "rikke"},
                headers={"sec-fetch-site": "same-origin", "accept": "application/json"},
            )
            case.validate_response(answer, checks=[not_a_server_error])
            asked += 1

    assert asked >= 20


def test_a_number_that_no_database_holds_is_refused(door: Door):
    answer = door.program("rikke").get(f"/api/applications/{10**30}")

    assert answer.status_code == 422
    assert "larger than any that is kept" in answer.json()["error"]


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
