"""
door
    The portal over a database with one account for each role, and one stranger; see
    tests/builders/portal.py for how to knock.
clinic
    The same with a loaded warehouse and a project ``demo``.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from enclave.settings import Settings
from enclave.store.database import Database
from tests.builders import installation
from tests.builders.portal import Door, portal, visits
from tests.builders.projects import cast, project


@pytest.fixture
def door(settings: Settings, database: Database) -> Iterator[Door]:
    cast(database)
    with visits(portal(settings, database)) as found:
        yield found


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of an installation with a loaded warehouse, to be copied."""
    settings = Settings.at(tmp_path_factory.mktemp("clinic") / "home")
    installation.load(settings)
    return settings.home


@pytest.fixture
def clinic(loaded: Path, settings: Settings, database: Database) -> Iterator[Door]:
    shutil.copytree(loaded, settings.home, dirs_exist_ok=True)
    cast(database)
    project(database)
    with visits(portal(settings, database)) as found:
        yield found
