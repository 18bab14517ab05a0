"""One running enclave for all tests of this folder.

enclave
    The enclave (see ``tests/builders/hub.py``).
rikke, anne
    The demo project's researcher; a researcher with a project of her own.
workspace
    Rikke's workspace, open.
"""

import tempfile
from pathlib import Path

import pytest

from tests.builders.hub import Person, running
from tests.conftest import KERNELS


@pytest.fixture(scope="session")
def enclave(tmp_path_factory):
    home = tmp_path_factory.mktemp("enclave")
    with (
        tempfile.TemporaryDirectory(prefix="enc-", dir="/tmp") as runtime,
        running(home, Path(runtime.lower()), KERNELS) as started,
    ):
        yield started


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
