"""An installation with a loaded warehouse and an approved project."""

import pytest

from enclave.settings import Settings
from enclave.store.database import Database
from tests.builders import installation


@pytest.fixture
def clinic(settings: Settings, database: Database) -> Database:
    installation.set_up(settings, database)
    return database
