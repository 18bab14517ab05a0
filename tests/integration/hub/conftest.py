"""People of the running enclave, and a workspace.

rikke, anne
    The demo project's researcher; a researcher with a project of her own.
workspace
    Rikke's workspace, open.
inside
    A kernel in it, the same for all tests of a module.
"""

import pytest

from tests.builders.hub_person import Person


@pytest.fixture(scope="session")
def rikke(enclave):
    person = Person(enclave, "rikke")
    yield person
    person.http.close()


@pytest.fixture(scope="session")
def anne(enclave):
    person = Person(enclave, "anne")
    yield person
    person.http.close()


@pytest.fixture
def workspace(rikke):
    return rikke.open()


@pytest.fixture(scope="module")
def inside(rikke):
    # For modules in which nobody closes the workspace.
    with rikke.open().kernel() as kernel:
        yield kernel
