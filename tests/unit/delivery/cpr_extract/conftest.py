"""A hospital with CPR numbers, and a project that may have an extract."""

import pytest

from tests.builders import cpr_hospital


@pytest.fixture
def hospital(settings, database):
    cpr_hospital.set_up(settings, database)
    return database
