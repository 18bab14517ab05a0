"""
door
    The portal over a database with one account for each role, and one stranger; see
    tests/builders/portal.py for how to knock.
clinic
    The same with a loaded warehouse and a project ``demo``.
"""

from collections.abc import Iterator

import pytest

from enclave.settings import Settings
from enclave.store.database import Database
from tests.builders import installation
from tests.builders.portal import Door, portal, visits
from tests.builders.projects import cast


@pytest.fixture
def door(settings: Settings, database: Database) -> Iterator[Door]:
    cast(database)
    with visits(portal(settings, database)) as found:
        yield found


@pytest.fixture
def clinic(settings: Settings, database: Database) -> Iterator[Door]:
    installation.set_up(settings, database)
    with visits(portal(settings, database)) as found:
        yield found
