"""A project that may be closed."""

import pytest

from enclave.identity.pseudonyms import Pseudonyms
from tests.builders.closing import laid_down, settled
from tests.builders.projects import cast, project


@pytest.fixture
def ready(settings, database):
    """A project with a key and files, its close-out archived."""
    cast(database)
    project(database)
    Pseudonyms.for_project(settings, 1)
    laid_down(settings)
    settled(database)
    return database
